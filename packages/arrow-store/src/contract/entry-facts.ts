import type { ColumnBatch, Dataset, MissingIds, TimeInput, TimeSpan } from '@vision-cache/cache-keys';

/** One question to one source and its answer. A source that failed has not answered: no outcome stands for that. */
export interface Asked {
  /** The source's name. */
  readonly source: string;
  /** What was asked for: an archive's object, named by its key's path without `.arrow` (the month's path for a month). */
  readonly object?: string;
  /** What was asked for: a span of a source of ranges. Exactly one of `object` and `span` is there. */
  readonly span?: TimeSpan;
  readonly outcome: 'not-published' | 'no-rows' | 'unknown-symbol';
}

/** A span of a stored entry in which rows are expected and no source has any. */
export interface Hole extends TimeSpan {
  /** Why there are none, where it is known. */
  readonly kind?: string;
  /** What it is known from. */
  readonly evidence?: string;
  /** Who was asked for what, and what the answer was. Without it nobody knows, and the sources are asked once more. */
  readonly asked?: readonly Asked[];
  /** From then on it is asked again. Epoch microseconds, UTC. @default it is believed for good */
  readonly believedUntil?: bigint;
}

/** The digest that an archive publishes of its file. */
export interface SourceDigest {
  readonly algorithm: 'sha256' | 'md5';
  /** Small hex digits: 64 of SHA-256, 32 of MD5. */
  readonly hex: string;
}

/** Where rows came from. */
export interface SourceFacts {
  /** `vision`, `rest`, `migrated`, `import`, or the name of a caller's own source. */
  readonly source: string;
  readonly sourceUrl?: string;
  /** SHA-256 of the archive, 64 small hex digits. */
  readonly sourceSha256?: string;
  /** The archive's digest where it publishes another one; one of SHA-256 is answered as `sourceSha256` as well. */
  readonly sourceDigest?: SourceDigest;
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
  /** Within the spans: where rows are expected and there are none. */
  readonly holes: readonly Hole[];
  /** Ids that no source gave, of natures whose ids follow each other; left out where none is known to be missing. */
  readonly missingIds?: readonly MissingIds[];
  /** Counts of what was found when the rows were read from their source, such as `duplicates`; left out without any. */
  readonly quality?: Readonly<Record<string, number>>;
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
  /** Who was asked for what, and what the answer was. Without it nobody knows, and the sources are asked once more. */
  readonly asked?: readonly Asked[];
}

export type KnownFacts = EntryFacts | AbsentFacts | undefined;

/** A symbol as a source lists it. */
export interface ListedSymbol {
  readonly symbol: string;
  /** First and last UTC day, `YYYY-MM-DD`, of each time that it was listed; left out where that was not asked. */
  readonly lives?: readonly { readonly first: string; readonly last: string }[];
}

/** Which symbols a source has of a folder of entries. */
export interface SymbolList {
  readonly source: string;
  /** Epoch microseconds, UTC. */
  readonly askedAt: bigint;
  readonly symbols: readonly ListedSymbol[];
}

/** What a caller says of rows that it saves. */
export interface SaveFacts extends SourceFacts {
  /** The spans that the rows answer for. @default the whole day or month */
  readonly spans?: readonly TimeSpan[];
  /** What is known of missing rows; unexplained ones are found by the store. */
  readonly holes?: readonly Hole[];
  /** Ids that should be among the rows and are not. @default none */
  readonly missingIds?: readonly MissingIds[];
  /** Counts that a later answer repeats: how many rows were duplicates, off the grid, of zero quantity… @default none */
  readonly quality?: Readonly<Record<string, number>>;
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
