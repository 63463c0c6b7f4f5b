import type { CacheKey, ColumnBatch, Dataset, MissingIds, TimeInput, TimeSpan } from '@vision-cache/cache-keys';
import type { RememberedSymbols, SymbolsFolder } from './universe.ts';

/** One question to one source, and its answer. A failure is no answer, so that it cannot be remembered. */
export interface Asked {
  /** The source's name. */
  readonly source: string;
  /**
   * An object of an archive that was asked for: the path of its key without its extension, such as
   * `binance/spot/klines/monthly/BTCUSDT/1h/2024-01`.
   */
  readonly object?: string;
  /**
   * The span that a source of ranges was asked for, or of which the listing of an archive has no object at all. Either
   * this or `object` is there.
   */
  readonly span?: TimeSpan;
  /** `not-published`: there is no such object; `no-rows`: it answered, and has none there; `unknown-symbol`: it refused the name. */
  readonly outcome: 'not-published' | 'no-rows' | 'unknown-symbol';
}

/** A span of a stored entry in which the grid expects rows and no source has any. */
export interface Hole extends TimeSpan {
  /** Why there are none, if known. */
  readonly kind?: string;
  /** What it is known from. */
  readonly evidence?: string;
  /** Which sources were asked; if absent, that is unknown, and all are asked once more. */
  readonly asked?: readonly Asked[];
  /** From then on it is asked for again. Epoch microseconds, UTC. @default it is believed for good */
  readonly believedUntil?: bigint;
}

/** The source of rows. */
export interface SourceFacts {
  /** `vision`, `rest`, `migrated`, or the name of a caller's own source. */
  readonly source: string;
  readonly sourceUrl?: string;
  /** SHA-256 of the archive, 64 small hex digits. */
  readonly sourceSha256?: string;
  readonly sourceEtag?: string;
  /** ISO 8601, UTC. */
  readonly sourceLastModified?: string;
  /** A digest of the archive that is no SHA-256. */
  readonly sourceDigest?: { readonly algorithm: 'sha256' | 'md5'; readonly hex: string };
}

/** Rows of an entry that another source gave than the one which gave most of them. */
export interface Contribution extends SourceFacts {
  /** Rows in this span come from this source; if contributions overlap, from the last one. */
  readonly spans: readonly TimeSpan[];
}

/** What a source noticed that is no gap, by name: how many rows it concerns. */
export type Quality = Readonly<Record<string, number>>;

/** What is known of a stored entry without its rows. */
export interface EntryFacts extends SourceFacts {
  /** `partial`: only `spans` have been answered for; `degraded`: columns are missing. */
  readonly state: 'complete' | 'partial' | 'degraded';
  readonly layout: 'new' | 'old';
  readonly rows: number;
  /** The spans of the entry's day or month that a source has answered for, in order. */
  readonly spans: readonly TimeSpan[];
  /**
   * Within the spans: where the grid expects rows and there are none. Where a bar opens off the grid, its place is not
   * empty: a hole of kind `off-grid` says so, and is none.
   */
  readonly holes: readonly Hole[];
  /** Further sources of rows. @default all rows are of `source` */
  readonly contributions?: readonly Contribution[];
  readonly missingIds?: readonly MissingIds[];
  readonly quality?: Quality;
}

/** What is remembered of an entry that a source does not have. */
export interface AbsentFacts {
  readonly state: 'absent';
  readonly source: string;
  /** The kind of the gap. */
  readonly kind: string;
  readonly evidence: string;
  /** Epoch microseconds, UTC. */
  readonly askedAt: bigint;
  /** From then on it is asked again. Epoch microseconds, UTC. */
  readonly believedUntil: bigint;
  /** Which sources were asked for what; if absent, that is unknown, and all are asked once more. */
  readonly asked?: readonly Asked[];
}

export type KnownFacts = EntryFacts | AbsentFacts | undefined;

/** What a caller says of rows that it saves. */
export interface SaveFacts extends SourceFacts {
  /** The spans that the rows answer for. @default the whole day or month */
  readonly spans?: readonly TimeSpan[];
  /** What is known of missing rows; unexplained ones are found by the store. */
  readonly holes?: readonly Hole[];
  readonly missingIds?: readonly MissingIds[];
  readonly quality?: Quality;
  /** When the source was asked: rows of bars that were not finished by then are refused. */
  readonly asOf: TimeInput;
}

/** One entry of several that are saved together. */
export interface SaveItem<D extends Dataset = Dataset> {
  readonly key: CacheKey<D>;
  readonly batch: ColumnBatch<D>;
  readonly facts: SaveFacts;
}

/** Two different values for one row; the kept one is of the source with precedence. */
export interface Conflict {
  /** Epoch microseconds, UTC. */
  readonly time: bigint;
  readonly column: string;
  readonly kept: number | bigint | string;
  readonly dropped: number | bigint | string;
  readonly keptSource: string;
  readonly droppedSource: string;
}

export interface SaveResult {
  /** Facts of the entry as it is now, merged with what was there before. */
  readonly facts: EntryFacts;
  readonly conflicts: readonly Conflict[];
}

export interface LoadManyOptions {
  /** Names of the columns to read. @default all */
  readonly columns?: readonly string[];
  /** First instant, inclusive. @default the first key's start */
  readonly start?: TimeInput;
  /** Last instant, exclusive. @default the last key's end */
  readonly end?: TimeInput;
  readonly signal?: AbortSignal;
  /** The same request reads again what it has just stored: a cache that counts hits and misses has counted it already. */
  readonly uncounted?: boolean;
}

export interface Loaded<D extends Dataset> {
  /** The rows of all entries that are there, in the order of the keys, in contiguous columns. */
  readonly batch: ColumnBatch<D>;
  /** For each key, in order. */
  readonly entries: readonly KnownFacts[];
  /** Places of the keys of which something damaged was found and put aside, where the cache tells it. */
  readonly damaged?: readonly number[];
}

export interface Lease {
  release(): Promise<void>;
}

/** The cache, as the engine needs it. */
export interface CachePort {
  /**
   * What is known of each key's entry, in order, without reading rows. Any key may be asked, also a month whose rows
   * are kept by the day: that the archive has no such month is remembered under the month's own key.
   */
  coverage(keys: readonly CacheKey[], options?: { readonly signal?: AbortSignal }): Promise<readonly KnownFacts[]>;
  /** The rows that open within `[start, end)`, and what is known of each key, in one pass. A damaged entry is a miss. */
  loadMany<D extends Dataset>(keys: readonly CacheKey<D>[], options?: LoadManyOptions): Promise<Loaded<D>>;
  /**
   * Unites the rows with those that are there; what is there is never replaced by less. Of two values of equal rank
   * the later saved one is kept. A batch without rows is welcome: its facts say which spans have been answered for
   * and why rows are missing there.
   */
  save<D extends Dataset>(key: CacheKey<D>, batch: ColumnBatch<D>, facts: SaveFacts): Promise<SaveResult>;
  /**
   * Like `save` for each item, if many can be made durable at once. If it fails, each entry is either the old or the
   * new one.
   */
  saveMany?(items: readonly SaveItem[], options?: { readonly signal?: AbortSignal }): Promise<readonly SaveResult[]>;
  saveAbsent(key: CacheKey, facts: Omit<AbsentFacts, 'state'>): Promise<void>;
  /**
   * Waits until no other process fetches this key. Who holds it may save the key: it is not the lock that `save` takes
   * for itself.
   */
  lease?(key: CacheKey, options?: { readonly signal?: AbortSignal }): Promise<Lease>;
  /** The saved list of symbols of a folder, however old; undefined if there is none. */
  symbols?(of: SymbolsFolder): Promise<RememberedSymbols | undefined>;
  /** Remembers which symbols an archive has, in place of the list before. */
  saveSymbols?(of: SymbolsFolder, list: RememberedSymbols): Promise<void>;
}

/** What a source noticed in the rows that it read. */
export interface RowFindings {
  readonly rows: number;
  /** Exact repeats that were removed. */
  readonly duplicates: number;
  /** Rows whose time is not on the interval's grid; they are kept. */
  readonly offGrid: number;
  /** Rows out of order that were sorted. */
  readonly unsorted: number;
  /** Rows with the identity of an earlier one and other values; the earlier one is kept. */
  readonly conflicts?: number;
  /** The first of these, value by value. */
  readonly conflicting?: readonly RowDifference[];
  /** Trades of quantity 0; they are kept. */
  readonly zeroQuantity?: number;
  /** The rows of a file whose flag is the same in all of them. */
  readonly constantFlag?: number;
  /** Bands of an order book that never change. */
  readonly frozenBands?: number;
  /** Rows that snapshots of an order book lack of the bands that their file has. */
  readonly missingBands?: number;
  /** Rows of another day or month than the file's; they are left out. */
  readonly otherDay?: number;
  /** Bars whose high is not the highest or low not the lowest price, or with a negative volume; they are kept. */
  readonly ohlcViolations?: number;
}

/** Two values for one row within one file: the first one is kept. */
export interface RowDifference {
  /** Epoch microseconds, UTC. */
  readonly time: bigint;
  readonly column: string;
  readonly kept: number | bigint | string;
  readonly dropped: number | bigint | string;
}

/** The cost of an answer, if the source counts it. */
export interface FetchCost {
  readonly requests: number;
  /** Bytes that came over the wire. */
  readonly bytes: number;
}

export type SourceAnswer<D extends Dataset = Dataset> =
  | {
      readonly status: 'ok';
      readonly batch: ColumnBatch<D>;
      readonly facts: SourceFacts;
      readonly quality: RowFindings;
      readonly cost?: FetchCost;
      /**
       * The part of the span that is answered for, where a source of ranges answers for less than it was asked. What is
       * before it the source does not have, and what is behind it was left out: it is asked again by the next request.
       * @default all of it
       */
      readonly answered?: TimeSpan;
      /** Why the rest is not answered. */
      readonly evidence?: string;
    }
  /** The source has not published it. */
  | { readonly status: 'missing'; readonly evidence: string; readonly cost?: FetchCost };

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /**
   * Told of requests whose cost no answer carries: the pages of a listing, and what was sent before an error. A source
   * that does not tell counts as one request for each listing and each failure.
   */
  readonly onCost?: (cost: FetchCost) => void;
}

/** One object of an archive, as its listing tells. */
export interface ListedObject {
  readonly key: CacheKey;
  readonly size: number;
  readonly etag: string;
  /** ISO 8601, UTC. */
  readonly lastModified: string;
}

/** A source of whole days and months. */
export interface ArchiveSource {
  readonly kind: 'archive';
  readonly name: string;
  covers(key: CacheKey): boolean;
  fetch(key: CacheKey, options?: FetchOptions): Promise<SourceAnswer>;
  /** Everything that is published of the key's symbol, interval and frequency from that key's date on, in order. */
  list?(from: CacheKey, options?: FetchOptions): AsyncIterable<ListedObject>;
  /** As `list`, of the days or months alone, which may take fewer requests. */
  dates?(from: CacheKey, options?: FetchOptions): AsyncIterable<string>;
  /** The names of the symbols that have a folder. */
  names?(
    folder: { readonly marketType: string; readonly dataNature?: string; readonly packagingFrequency?: string },
    options?: FetchOptions,
  ): Promise<readonly string[]>;
}

/** A source of any span of time. */
export interface RangeSource {
  readonly kind: 'range';
  readonly name: string;
  covers(key: CacheKey): boolean;
  /** Rows of the key's symbol and interval that open within the span; the key's date says nothing. */
  fetch(key: CacheKey, span: TimeSpan, options?: FetchOptions): Promise<SourceAnswer>;
  /** What the span would cost. */
  estimate?(key: CacheKey, span: TimeSpan): { readonly requests: number; readonly weight: number };
}

export type SourcePort = ArchiveSource | RangeSource;
