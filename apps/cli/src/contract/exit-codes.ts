/** How a command ended, for scripts and schedulers: one table for all commands. */
export const EXIT = {
  /** Everything that was asked for is done. */
  DONE: 0,
  /** Done, and something was found that wants a look. */
  FINDINGS: 1,
  /** The command line or the state of the cache does not allow it; running it again changes nothing. */
  USAGE: 2,
  /** Stopped or failed in the middle; the same command goes on where it was. */
  FAILED: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
