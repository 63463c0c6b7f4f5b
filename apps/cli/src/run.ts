import { type ApplicationContext, proposeCompletions, run as runApplication } from '@stricli/core';
import { application } from './application.ts';
import { runMigrate } from './commands/fill/migrate.ts';
import { EXIT, type ExitCode } from './contract/exit-codes.ts';
import type { Context, Io } from './contract/io.ts';
import { errorText, exitCodeOf } from './text/tell-error.ts';

/** Runs one command line; returns how it ended. Never throws. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const pending: Promise<unknown>[] = [];
  const context: Context & ApplicationContext = {
    process: {
      stdout: { write: (text) => void pending.push(io.out(text)) },
      // Nobody but the parser writes here: what it refuses is a wrong command line.
      stderr: { write: (text) => io.err(`E_USAGE: ${text}`) },
      env: { STRICLI_SKIP_VERSION_CHECK: '1' },
    },
    io,
    exit: EXIT.DONE,
  };
  const [name, ...rest] = args;
  try {
    // What follows is the migrator's own to parse.
    if (name === 'migrate') return await runMigrate(rest, io);
    if (name === '__complete') {
      const found = await proposeCompletions(application(io), rest.length === 0 ? [''] : rest, context);
      await io.out(found.map(({ completion }) => `${completion}\n`).join(''));
      return EXIT.DONE;
    }
    // A bare `vision-cache` shows what there is, and says that nothing was asked for.
    await runApplication(application(io), name === undefined ? ['--help'] : args, context);
    await Promise.all(pending);
  } catch (error) {
    io.err(errorText(error, 'short'));
    return exitCodeOf(error);
  }
  if (name === undefined) return EXIT.USAGE;
  // What the argument parser itself ends with is a wrong command line.
  const { exitCode } = context.process;
  return exitCode === undefined || exitCode === null || exitCode === 0 ? context.exit : EXIT.USAGE;
}
