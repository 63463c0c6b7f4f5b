/** How a run ended, for scripts: one table for all commands of the product. */
export const EXIT = {
  /** Everything asked for is done. */
  DONE: 0,
  /** Done, with findings: something was refused, is in conflict, or needs a decision. The report tells what. */
  FINDINGS: 1,
  /** The command line, the plan or its state does not allow it, and will not the next time. Nothing was changed. */
  USAGE: 2,
  /** Interrupted or failed; the same command goes on where it was. */
  FAILED: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
