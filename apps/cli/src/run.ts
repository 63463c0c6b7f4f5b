import { type ApplicationContext, run as runApplication } from '@stricli/core';
import { application } from './application.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Context, Io } from './io.ts';
import { errorText, exitCodeOf } from './tell-error.ts';

/** Runs one command line; returns how it ended. Never throws. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const pending: Promise<unknown>[] = [];
  const process: ApplicationContext['process'] = {
    stdout: { write: (text) => void pending.push(io.out(text)) },
    // Nobody but the parser writes here: what it refuses is a wrong command line.
    stderr: { write: (text) => io.err(`E_USAGE: ${text}`) },
    env: { STRICLI_SKIP_VERSION_CHECK: '1' },
  };
  const context: Context & ApplicationContext = { process, io, exit: EXIT.DONE };
  try {
    // A bare `vision-cache` shows what there is, and says that nothing was asked for.
    await runApplication(application(io), args.length === 0 ? ['--help'] : args, context);
    await Promise.all(pending);
  } catch (error) {
    io.err(errorText(error, 'short'));
    return exitCodeOf(error);
  }
  if (args.length === 0) return EXIT.USAGE;
  // What the argument parser itself ends with is a wrong command line.
  const { exitCode } = process;
  return exitCode === undefined || exitCode === null || exitCode === 0 ? context.exit : EXIT.USAGE;
}
