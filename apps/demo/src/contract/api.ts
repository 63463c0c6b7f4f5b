// What the server and the page say to each other. Times are epoch milliseconds UTC unless a name says otherwise.
import type { Interval, MarketType } from '@vision-cache/cache-keys';

/** Which bars are looked at. */
export interface Series {
  readonly marketType: MarketType;
  readonly symbol: string;
  readonly interval: Interval;
}

export interface Market {
  readonly marketType: MarketType;
  readonly title: string;
  /** Offered to choose from; any other symbol can be typed. */
  readonly symbols: readonly string[];
  readonly intervals: readonly Interval[];
}

/** What the page needs to know before it asks for anything. */
export interface Setup {
  /** `embedded`: the synthetic archive of this process; `live`: Binance's hosts; `offline`: a cache as it is. */
  readonly mode: 'embedded' | 'live' | 'offline';
  /** Whether the page may change what is in the cache's folder. */
  readonly mayWrite: boolean;
  /** The folder of the cache, to show. */
  readonly cache: string;
  readonly markets: readonly Market[];
  /** Intervals that the cache keeps by the month, besides those longer than a day. */
  readonly monthly: readonly Interval[];
  /** Where the page begins. */
  readonly start: Series & { readonly from: number; readonly to: number };
  /** Nothing older or newer can be had; with `live`, `last` is the moment at which it is asked for. */
  readonly first: number;
  readonly last: number;
  /** What is to be said before anything else, such as that a host cannot be reached. */
  readonly notice?: string;
  /** Whether there may be an old cache to migrate. */
  readonly hasOldCache: boolean;
  /** Whether the old cache is a sample that can be written again. */
  readonly hasSample: boolean;
}

export interface Gap {
  readonly from: number;
  readonly to: number;
  /** `exchange-outage`, `not-published-yet`, … ; `unexplained` where nobody knows. */
  readonly kind: string;
  readonly evidence?: string;
}

/** Where the rows of a day come from, as far as this visit of the page knows. */
export type Origin = 'cache' | 'vision' | 'rest' | 'migrated';

/** `gaps`: all that its sources have is here, and rows are missing all the same. */
export type EntryState = 'complete' | 'gaps' | 'partial' | 'degraded' | 'absent' | 'unasked';

/** One day (or month) of a series. */
export interface EntrySummary {
  /** `YYYY-MM-DD`, or `YYYY-MM` where bars are kept by the month. */
  readonly date: string;
  readonly from: number;
  readonly to: number;
  readonly state: EntryState;
  /** Missing where there are no rows. */
  readonly origin?: Origin;
  readonly rows?: number;
  readonly expectedRows: number;
  readonly gaps: readonly Gap[];
  /** Of an absent entry: why. */
  readonly reason?: string;
}

/** Only what is known: an entry that is not named was never asked for. */
export interface Coverage {
  readonly entries: readonly EntrySummary[];
}

/** Days (or months) held of each interval of a symbol. */
export type StoredIntervals = Readonly<Partial<Record<Interval, number>>>;

/** Everything that is known of one entry. */
export interface EntryDetails extends EntrySummary {
  readonly path: string;
  readonly layout?: 'new' | 'old';
  readonly bytes?: number;
  readonly source?: string;
  readonly sourceUrl?: string;
  readonly sourceSha256?: string;
  readonly sourceEtag?: string;
  readonly sourceLastModified?: string;
  readonly askedAt?: number;
  readonly believedUntil?: number;
}

export interface Verification {
  readonly sound: boolean;
  /** What was checked, or what is wrong. */
  readonly finding: string;
}

/** What a fetch would do. */
export interface FetchPlan {
  readonly requests: number;
  readonly bytes: number;
  /** Of REST's limit per minute. */
  readonly weight: number;
  /** Entries that would be written, and those that are there already. */
  readonly missing: number;
  readonly held: number;
  /** Requests that one zip for each day would have cost. */
  readonly oneZipADay: number;
}

/** What happened, as it happens. */
export type LiveEvent =
  | {
      readonly type: 'lookup';
      readonly hit: boolean;
      readonly layout?: 'new' | 'old';
      readonly count: number;
      readonly bytes: number;
      readonly milliseconds: number;
    }
  | {
      readonly type: 'request';
      readonly source: string;
      readonly what: string;
      readonly status: number;
      readonly bytes: number;
      readonly milliseconds: number;
    }
  | {
      readonly type: 'stored';
      readonly source: string;
      readonly what: string;
      readonly bytes: number;
      readonly milliseconds: number;
    }
  | { readonly type: 'quarantined'; readonly what: string; readonly reason: string }
  /** Entries are not what they were: ask again. Without dates: all of them. */
  | { readonly type: 'changed'; readonly series?: Series; readonly dates?: readonly string[] }
  | ({ readonly type: 'totals' } & Totals)
  | ({ readonly type: 'fetch' } & FetchProgress)
  | ({ readonly type: 'migration' } & MigrationProgress);

export type Stamped<Event> = Event & { readonly at: number; readonly id: number };

export interface FetchProgress {
  readonly job: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly done: number;
  readonly total: number;
  /** When it has failed: what happened, what was kept, what to do. */
  readonly sentence?: string;
  /** Of the error, when it has failed. */
  readonly code?: string;
}

export interface Totals {
  readonly hits: number;
  readonly misses: number;
  readonly oldPathHits: number;
  readonly bytesRead: number;
  readonly requests: number;
  readonly bytesReceived: number;
  readonly stored: number;
  readonly savedRequests: number;
  /** Days or months that were fetched and could not be stored, and why the last one could not. */
  readonly notStored: number;
  readonly notStoredWhy?: string;
  readonly bySource: Readonly<Record<string, SourceTotals>>;
}

export interface SourceTotals {
  readonly requests: number;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly rows: number;
}

export type MigrationStep = 'plan' | 'apply' | 'verify' | 'rollback' | 'sample';

export interface MigrationProgress {
  readonly step: MigrationStep;
  readonly state: 'running' | 'done' | 'failed';
  readonly done: number;
  readonly total: number;
  readonly sentence?: string;
}

/** One file of the old cache and what becomes of it. */
export interface MigrationItem {
  readonly from: string;
  readonly to: readonly string[];
  readonly action: string;
  readonly reason: string;
  readonly generation: string;
}

export interface MigrationView {
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly state: 'planned' | 'applied' | 'rolled-back';
  readonly items: readonly MigrationItem[];
  readonly counts: Readonly<Record<string, number>>;
  readonly sentences: readonly string[];
}

/** The body of every answer that is no success. */
export interface Refusal {
  readonly code: string;
  /** What went wrong, what was kept, what to do. */
  readonly sentence: string;
}
