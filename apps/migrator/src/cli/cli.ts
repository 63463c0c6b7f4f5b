import { parseArgs } from 'node:util';
// Only what `--help` and a wrong command line need: a piece that is not loaded costs no start.
import { EXIT, type ExitCode } from '../contract/exit-codes.ts';
import { VERSION } from '../contract/version.ts';
import { helpText, toldBy } from './help.ts';
import { isMigratorError } from '../contract/migrator-error.ts';
import { escapeOutput, escapeTerminal } from '../contract/escape-terminal.ts';
import { type Command, OPTIONS } from './options.ts';
import type { Terminal } from './terminal.ts';
import { type Values, usage } from './values.ts';

/** Runs one command line; returns how it ended. Never throws. */
export async function runCli(args: readonly string[], io: Terminal): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  const terminal = withoutControls(io);
  try {
    if (name === '' || name === '--help' || name === '-h' || name === 'help') {
      terminal.out(helpText(rest[0] ?? '', io.program));
      return name === '' ? EXIT.USAGE : EXIT.DONE;
    }
    if (name === '--version' || name === '-V') {
      terminal.out(`${VERSION}\n`);
      return EXIT.DONE;
    }
    if (!Object.hasOwn(OPTIONS, name))
      throw usage(`${escapeTerminal(name)} is not a command: ${Object.keys(OPTIONS).join(', ')}.`);
    const command = name as Command;
    const { values, positionals } = parse(command, rest);
    if (values['help'] === true) {
      terminal.out(helpText(command, io.program));
      return EXIT.DONE;
    }
    const { runCommand } = await import('./run-command.ts');
    return await runCommand(command, values, positionals, terminal);
  } catch (error) {
    return tell(error, terminal);
  }
}

/** Whatever a name from outside holds, no character that a terminal obeys gets there. */
function withoutControls(io: Terminal): Terminal {
  // The rest is asked of `io` itself, and only where it is needed: a stream takes its time to be made.
  return Object.create(io, {
    out: { value: (text: string) => io.out(escapeOutput(text)) },
    err: { value: (text: string) => io.err(escapeOutput(text)) },
  }) as Terminal;
}

function parse(command: Command, args: string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args, options: OPTIONS[command], allowPositionals: command !== 'plan' }) as never;
  } catch (cause) {
    const message = (cause as Error).message.split('. ')[0]!;
    throw usage(`${message.replace(/\.$/, '')}.`);
  }
}

function tell(error: unknown, { err, program }: Terminal): ExitCode {
  if (!isMigratorError(error)) {
    const { code } = error as { code?: string };
    err(
      `failed: ${escapeTerminal(error instanceof Error ? error.message : String(error))}${code === undefined ? '' : ` (${code})`}\n`,
    );
    return EXIT.FAILED;
  }
  err(`${error.code}: ${error.message}\n`);
  if (error.code === 'E_USAGE') err(toldBy(program, 'Run vision-cache-migrate --help for more.\n'));
  return error.code === 'E_STOPPED' || error.code === 'E_ABORTED' ? EXIT.FAILED : EXIT.USAGE;
}
