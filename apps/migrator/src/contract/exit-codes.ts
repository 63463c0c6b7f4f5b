/** How a run ended, for scripts. */
export const EXIT = {
  /** Everything asked for is done. */
  DONE: 0,
  /** Done, and something was refused, is in conflict or needs a decision: see the report. */
  FINDINGS: 1,
  /** The command line, the plan or its state does not allow it; nothing was changed. */
  USAGE: 2,
  /** Stopped or failed in the middle; the same command goes on where it was. */
  FAILED: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
