import type { Dataset, ColumnBatch, TimeInput, TimeSpan } from '@vision-cache/cache-keys';

/** A span of a stored entry in which the grid expects rows and no source has any. */
export interface Hole extends TimeSpan {
  /** Why there are none, where it is known. */
  readonly kind?: string;
  /** What it is known from. */
  readonly evidence?: string;
}

/** Where rows came from. */
export interface SourceFacts {
  /** `vision`, `rest`, `migrated`, or the name of a caller's own source. */
  readonly source: string;
  readonly sourceUrl?: string;
  /** SHA-256 of the archive, 64 small hex digits. */
  readonly sourceSha256?: string;
  readonly sourceEtag?: string;
  /** ISO 8601, UTC. */
  readonly sourceLastModified?: string;
}

/** Rows of an entry that another source gave than the one which gave the most trusted ones. */
export interface Contribution extends SourceFacts {
  /** Rows of these times are of this source; where contributions overlap, of the last one. */
  readonly spans: readonly TimeSpan[];
  readonly missingColumns: readonly string[];
}

export type EntryState = 'complete' | 'partial' | 'degraded';

/** What stands in a file besides its rows. */
export interface StoredFacts extends SourceFacts {
  /** `partial`: only `spans` have been answered for; `degraded`: columns are missing. */
  readonly state: EntryState;
  readonly rows: number;
  /** Times of the first and the last row, epoch microseconds UTC; undefined without rows. */
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
  /** The spans of the entry's day or month that a source has answered for, in order. */
  readonly spans: readonly TimeSpan[];
  /** Within the spans: where the grid expects rows and there are none. */
  readonly holes: readonly Hole[];
  /** Columns that `source` did not have: NaN, 0 or empty text in its rows. */
  readonly missingColumns: readonly string[];
  /** Further sources of rows; empty where all rows are of one source. */
  readonly contributions: readonly Contribution[];
}

/** What is known of a stored entry without its rows. */
export interface EntryFacts extends StoredFacts {
  /** Whether it was read from the path or from the old path. */
  readonly layout: 'new' | 'old';
}

/** Rows of one entry with what is known of them. */
export type EntryBatch<D extends Dataset = Dataset> = ColumnBatch<D> & { readonly facts: EntryFacts };

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
}

export type KnownFacts = EntryFacts | AbsentFacts | undefined;

/** What a caller says of rows that it saves. */
export interface SaveFacts extends SourceFacts {
  /** The spans that the rows answer for. @default the whole day or month */
  readonly spans?: readonly TimeSpan[];
  /** What is known of missing rows; unexplained ones are found by the store. */
  readonly holes?: readonly Hole[];
  /** Columns that the source did not have; the entry is then `degraded`. @default none */
  readonly missingColumns?: readonly string[];
  /** When the source was asked: rows of bars that were not finished by then are refused. */
  readonly asOf: TimeInput;
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
  /** Of the entry as it is now, with what was there before. */
  readonly facts: EntryFacts;
  readonly conflicts: readonly Conflict[];
}
