import type { Progress } from '../contract/progress.ts';

/** Where a run's text goes. */
export interface Terminal {
  /** What the commands are called by, where it is another program that runs them. @default 'vision-cache-migrate' */
  readonly program?: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTty: boolean;
  /** Asked for by what can be stopped in good order; everything else a signal may end at once, for it changes nothing. */
  readonly stopSignal?: () => AbortSignal;
  /** Shows how far a command is, in place of a bar of its own. */
  readonly progress?: () => Progress;
}
