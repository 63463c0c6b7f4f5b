import { runCli } from './cli.ts';
import type { Terminal } from './terminal.ts';
import type { ExitCode } from '../contract/exit-codes.ts';
import type { Progress } from '../contract/progress.ts';

/** What a command line that holds this one gives it. */
export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTty: boolean;
  /** What the commands are called by, where it is another program that runs them. @default 'vision-cache-migrate' */
  readonly program?: string;
  /** Asked for only by what can be stopped in good order. */
  readonly stopSignal?: () => AbortSignal;
  /** Shows how far a command is, in place of the migrator's own bar. */
  readonly progress?: () => Progress;
}

/**
 * Runs one command line of the migrator, such as `['plan', '--from', 'OLD', …]`. Never throws.
 * @returns 0 done, 1 done with findings, 2 usage or state, 3 interrupted or failed
 */
export function run(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  return runCli(args, io satisfies Terminal);
}

export type { ExitCode, Progress };
