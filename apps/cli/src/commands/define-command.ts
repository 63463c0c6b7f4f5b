import { buildCommand, type Command, type TypedCommandParameters } from '@stricli/core';
import { EXIT, type ExitCode } from '../contract/exit-codes.ts';
import type { Context, Io } from '../contract/io.ts';
import { errorText, exitCodeOf, isStop } from '../text/tell-error.ts';

export interface CommandSpec<F, A extends readonly unknown[]> {
  /** A line in the list of commands. */
  readonly brief: string;
  /** What `--help` says beyond it. */
  readonly text?: string;
  /** Command lines without `vision-cache`, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly parameters: TypedCommandParameters<F & Record<never, never>, A, Context>;
  run(io: Io, flags: F, ...args: A): Promise<ExitCode>;
  /** Said when the user stopped it. */
  readonly stopped?: string;
}

/** A command: its help with examples, and its exit code also where it throws. */
export function defineCommand<F extends { readonly verbose?: boolean | undefined }, A extends readonly unknown[]>(
  spec: CommandSpec<F, A>,
): Command<Context> {
  return buildCommand<F & Record<never, never>, A, Context>({
    docs: {
      brief: spec.brief,
      fullDescription: [spec.brief, ...(spec.text === undefined ? [] : ['', spec.text]), '', examplesText(spec)].join(
        '\n',
      ),
    },
    parameters: spec.parameters,
    async func(this: Context, flags: F, ...args: A) {
      const { io } = this;
      try {
        this.exit = await spec.run(io, flags, ...args);
      } catch (error) {
        if (isStop(error)) {
          io.err(`Stopped. ${spec.stopped ?? 'Run the same command again.'}\n`);
          this.exit = EXIT.FAILED;
          return;
        }
        io.err(errorText(error, flags.verbose === true ? 'verbose' : 'short'));
        this.exit = exitCodeOf(error);
      }
    },
  } as never);
}

function examplesText({ examples }: Pick<CommandSpec<never, never>, 'examples'>): string {
  const widest = Math.max(...examples.map(([line]) => line.length));
  // Beside each other where both fit a terminal; otherwise one below the other.
  const beside = widest <= 44;
  const lines = examples.map(([line, what]) =>
    beside ? `  vision-cache ${line.padEnd(widest)}  ${what}` : `  ${what}:\n    vision-cache ${line}`,
  );
  return ['EXAMPLES', ...lines].join('\n');
}
