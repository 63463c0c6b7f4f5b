import type { CommandContext } from '@stricli/core';
import type { ExitCode } from './exit-codes.ts';

/** Everything of its surroundings that a command touches, besides files and the network. */
export interface Io {
  /**
   * Writes to stdout, and waits until it has been taken.
   * @returns false once nobody reads any more, as behind `| head`
   */
  readonly out: (text: string | Uint8Array) => Promise<boolean>;
  readonly err: (text: string) => void;
  /** Whether stderr, where progress is shown, is a terminal. */
  readonly isTty: boolean;
  /** Whether stdout is a terminal. */
  readonly isOutTty: boolean;
  /** Columns of the terminal behind stdout; 80 if there is none. */
  readonly columns: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asked for by what can be stopped in good order; everything else a signal may end at once, for it changes nothing. */
  readonly stopSignal: () => AbortSignal;
  /** Of this package. */
  readonly version: () => string;
  /** Where the built files of this package lie. */
  readonly folder: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What a command is run with; it leaves its exit code here. */
export interface Context extends CommandContext {
  readonly io: Io;
  exit: ExitCode;
}
