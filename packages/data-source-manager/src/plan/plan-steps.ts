import type { CacheKey, TimeSpan } from '@vision-cache/cache-keys';
import type { Gap } from '../contract/coverage.ts';

/** The source for one part of a range. */
export type PlanStep = TimeSpan &
  (
    | { readonly from: 'cache' }
    | {
        readonly from: 'archive';
        readonly source: string;
        readonly key: CacheKey;
        /** Entries that the object is to fill. */
        readonly entries: number;
        readonly requests: number;
        readonly bytes: number;
        /** Whether the bytes are of the listing; otherwise they are estimated from the number of bars. */
        readonly listed: boolean;
      }
    | { readonly from: 'range'; readonly source: string; readonly requests: number; readonly weight: number }
  );

/** What a request is going to do. Nothing has been asked for. */
export interface FetchPlan {
  readonly span: TimeSpan;
  /** In the order of time. */
  readonly steps: readonly PlanStep[];
  /** What is requested first; if it lacks nothing, nothing else is requested. */
  readonly certain: readonly PlanStep[];
  /** What would be asked for in place of each of these that is missing. */
  readonly ifMissing: readonly PlanStep[];
  /** What is already known to be missing, and why. */
  readonly gaps: readonly Gap[];
  readonly requests: number;
  /** Of archives, as listed or estimated. */
  readonly bytes: number;
  /** Of REST, in Binance's unit. */
  readonly weight: number;
  /** Requests that one daily archive for each missing day would take. */
  readonly requestsByDay: number;
}
