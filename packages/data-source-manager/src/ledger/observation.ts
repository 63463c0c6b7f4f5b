import {
  type CacheKey,
  cachePath,
  type ColumnBatch,
  ENTRY_EXTENSION,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { Asked, Conflict, EntryFacts, FetchCost, KnownFacts } from '../contract/ports.ts';
import type { Listing } from '../publication/listing.ts';

/** What one source was asked for: an object of an archive, or a span. */
export interface Question {
  readonly source: string;
  readonly kind: 'archive' | 'range' | 'cache';
  /** See {@link objectOf}. An archive's question without one is of its listing. */
  readonly object?: string;
  /** What the answer is about: the object's day or month, or the span. */
  readonly span: TimeSpan;
}

/** A source answered, and these are the times of the first and the last row that it sent. */
export interface RowsSeen {
  readonly type: 'rows-seen';
  readonly question: Question;
  readonly rows: number;
  /** Epoch microseconds, UTC; undefined without rows. */
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
  /** The spans of entries that the rows were stored for. */
  readonly stored: readonly TimeSpan[];
  readonly cost: FetchCost;
}

/** A source answered, and has no rows where none have been seen. */
export interface NoRows {
  readonly type: 'no-rows';
  readonly question: Question;
  readonly outcome: Asked['outcome'];
  readonly evidence: string;
}

/** A source did not answer. Nothing follows from it, and it has no place in what is remembered. */
export interface Failure {
  readonly type: 'failure';
  readonly question: Question;
  readonly evidence: string;
}

/** What an archive has published was read. */
export interface Listed {
  readonly type: 'listed';
  readonly source: string;
  readonly listing: Listing;
}

/** What an archive has published could not be read. */
export interface Unlisted {
  readonly type: 'unlisted';
  readonly source: string;
  readonly evidence: string;
}

/** A source of ranges that knows the symbol was asked when it was traded, and has nothing in a span beside the range. */
export interface Silence {
  readonly type: 'silence';
  readonly source: string;
  readonly span: TimeSpan;
}

/** The whole market stood still. */
export interface MarketHalt {
  readonly type: 'market-halt';
  readonly span: TimeSpan;
  readonly evidence: string;
  /** Whether it goes on again. Until then the symbol's silence tells nothing, and neither does the market's. */
  readonly isOver: boolean;
}

/** The market as a whole could not be looked at. */
export interface HaltUnknown {
  readonly type: 'halt-unknown';
  readonly span: TimeSpan;
  readonly evidence: string;
}

/** What the cache has of an entry: read again, or after rows or reasons have been saved. */
export interface Saved {
  readonly type: 'saved';
  readonly index: number;
  readonly facts: KnownFacts;
  readonly conflicts: readonly Conflict[];
}

/** Rows that the cache could not take: they are answered from memory. */
export interface NotSaved {
  readonly type: 'not-saved';
  readonly index: number;
  readonly batch: ColumnBatch;
  readonly facts: EntryFacts;
  readonly evidence: string;
}

/** One thing that was learnt, of one source and one object or span. Nothing is ever learnt of a day on the whole. */
export type Observation =
  RowsSeen | NoRows | Failure | Listed | Unlisted | Silence | MarketHalt | HaltUnknown | Saved | NotSaved;

/** The name under which an archive's object is remembered: the path of its key without the extension. */
export function objectOf(key: CacheKey): string {
  return cachePath(key).slice(0, -ENTRY_EXTENSION.length);
}

/** The day or month of an object, or undefined where its name has none. */
function spanOfObject(object: string): TimeSpan | undefined {
  try {
    return spanOf(object.slice(object.lastIndexOf('/') + 1));
  } catch {
    return undefined;
  }
}

/** What is remembered, as the answers that were once seen. */
export function remembered(asked: readonly Asked[]): NoRows[] {
  return asked.flatMap(({ source, object, span, outcome }): NoRows[] => {
    const about = object === undefined ? span : spanOfObject(object);
    if (about === undefined) return [];
    const kind = object !== undefined || outcome === 'not-published' ? 'archive' : 'range';
    const question: Question = { source, kind, span: about, ...(object === undefined ? {} : { object }) };
    return [{ type: 'no-rows', question, outcome, evidence: OUTCOMES[outcome] }];
  });
}

const OUTCOMES: Readonly<Record<Asked['outcome'], string>> = {
  'not-published': 'not published',
  'no-rows': 'no rows there',
  'unknown-symbol': 'it does not know this symbol',
};
