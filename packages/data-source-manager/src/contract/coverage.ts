import type { MissingIds, TimeSpan } from '@vision-cache/cache-keys';
import type { EntryFacts } from './ports.ts';

/**
 * Why rows are missing:
 * `not-listed-yet` and `delisted`, the symbol was not traded; `not-published-yet`, the bar or the day has not ended or
 * its archive has not come; `exchange-outage`, the whole market stood still; `publisher-hole`, the archive lacks them
 * and nobody else was there to ask; `no-data`, every source was asked and none has them; `source-failed`, a source
 * that may have them did not answer; `not-cached`, only the cache was asked; `short-file`, of a nature other than klines:
 * the file lacks what one expects of it, and no source has it; `ended`, the archive publishes this nature no more.
 */
export const GAP_KINDS = [
  'not-listed-yet',
  'delisted',
  'not-published-yet',
  'exchange-outage',
  'publisher-hole',
  'no-data',
  'source-failed',
  'not-cached',
  'short-file',
  'ended',
] as const;

export type GapKind = (typeof GAP_KINDS)[number];

/** The kind of a place of the grid that is not empty, for a bar opens within it: no gap. */
export const OFF_GRID = 'off-grid';

/** The kind of a place over which ids jump: who was asked for them is remembered with it, and it is no gap of time. */
export const ID_HOLE = 'missing-ids';

/** Kinds that no source can fill, so that an answer with them is as complete as can be. */
export const EXPECTED_GAPS: readonly GapKind[] = [
  'not-listed-yet',
  'delisted',
  'not-published-yet',
  'exchange-outage',
  'short-file',
  'ended',
];

/** The text as a kind, if it is one. */
export function gapKind(text: string | undefined): GapKind | undefined {
  return (GAP_KINDS as readonly (string | undefined)[]).includes(text) ? (text as GapKind) : undefined;
}

export interface GapReason {
  readonly kind: GapKind;
  /** What the kind is known from, for people. */
  readonly evidence: string;
}

/** A span without rows, and why. */
export type Gap = TimeSpan & GapReason;

/** A span with rows, and their source. */
export interface CoveredSpan extends TimeSpan {
  /** `vision`, `rest`, `migrated`, or the name of a caller's own source. */
  readonly source: string;
  /** Whether the rows were in the cache before this request. */
  readonly via: 'cache' | 'fetch';
  /** The layout of the cached file; `old` is a file at the old path. */
  readonly layout: 'new' | 'old';
  readonly state: EntryFacts['state'];
}

/**
 * What is there of a range and what is not: the spans and the gaps divide it without rest and without overlap. Of an
 * answer it becomes JSON as well: `JSON.stringify(coverage)` has instants as ISO 8601 text in UTC, ids as decimal text.
 */
export interface Coverage {
  readonly span: TimeSpan;
  /** Whether there is no gap at all, and no id is missing. */
  readonly complete: boolean;
  readonly spans: readonly CoveredSpan[];
  readonly gaps: readonly Gap[];
  /**
   * Ids that are missing within the spans, of natures whose ids step by one, in order: between two rows, also of two
   * days of which both are in the answer or in the cache. No time gap is made of them, for none can be told.
   */
  readonly missingIds: readonly MissingIds[];
}
