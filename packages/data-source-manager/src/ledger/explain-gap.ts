import { type CacheKey, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import type { GapReason } from './coverage.ts';
import type { Note } from '../request/engine.ts';
import { hasEnded, isPublished, listedRange, type Listing, sideOfPublished } from '../publication/listing.ts';
import { isNotYet } from '../plan/plan-archives.ts';

/** What is known of rows that no source had. */
export interface GapClues {
  readonly key: CacheKey;
  readonly span: TimeSpan;
  /** What the sources said. */
  readonly notes: readonly Note[];
  /** What the archive has published, where it was listed. */
  readonly listing: Listing | undefined;
  /** Whether any row of the entry is known. */
  readonly hasRows: boolean;
  /** The first entry of the request that has rows. */
  readonly firstRows?: { readonly start: bigint; readonly date: string } | undefined;
  /** Of a known outage, or of witnesses. */
  readonly outage: string | undefined;
  /** Epoch microseconds, UTC. */
  readonly now: bigint;
}

/**
 * A bar may come some time after it has closed, and a clock may be ahead of the exchange's: that a source of ranges does
 * not have it yet proves nothing for so long.
 */
const LATE_BY = 15n * 60_000_000n;

/** Names the reason of a gap from what was seen. Pure. */
export function explainGap(clues: GapClues): GapReason {
  const { key, notes, now, outage } = clues;
  // An archive may begin after the symbol did: only with the answers of all others does its listing tell.
  const isOpen = notes.some(({ kind, outcome }) => kind === 'range' && outcome === 'failed');
  const listed = isOpen ? undefined : listingReason(clues);
  if (listed !== undefined) return listed;
  if (outage !== undefined) return { kind: 'exchange-outage', evidence: outage };
  const failed = notes.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) return { kind: 'source-failed', evidence: texts(failed) };
  const ranges = notes.filter(({ kind }) => kind === 'range');
  const isAwaited = !clues.hasRows || (ranges.length === 0 && notes.some(({ outcome }) => outcome === 'missing'));
  if (isAwaited && isNotYet(key, now)) return { kind: 'not-published-yet', evidence: texts(notes) };
  if (ranges.length > 0 && now < clues.span.end + LATE_BY) return { kind: 'not-published-yet', evidence: texts(notes) };
  if (ranges.length > 0) return { kind: 'no-data', evidence: texts(notes) };
  if (notes.length > 0) return { kind: 'publisher-hole', evidence: texts(notes) };
  return { kind: 'publisher-hole', evidence: 'the archive has no such rows, and no other source was there to ask' };
}

/** Before everything that is published, or long after it, a symbol was not traded. */
function listingReason({ key, span, listing, now, firstRows }: GapClues): GapReason | undefined {
  if (listing === undefined) return undefined;
  const range = listedRange(listing);
  const whole = spanOf(key.date);
  if (range === undefined) {
    // REST has a symbol from its first minute on, the archive from its first whole day.
    const isFirstDay = firstRows?.date === key.date && span.start === whole.start;
    if (firstRows !== undefined && (isFirstDay || whole.end <= firstRows.start)) {
      return { kind: 'not-listed-yet', evidence: `the first rows that any source has are of ${firstRows.date}` };
    }
    return undefined;
  }
  const published = isPublished(listing, key) === true;
  const side = sideOfPublished(listing, key);
  // On the first published day the rows before its first one are missing, on the last day those after its last one.
  if (side === 'before' && (!published || span.start === whole.start)) {
    return { kind: 'not-listed-yet', evidence: `the archive begins with ${range.first}` };
  }
  const isOver = !isNotYet(key, now) || hasEnded(listing, now);
  if (side === 'after' && isOver && (!published || span.end === whole.end)) {
    return { kind: 'delisted', evidence: `the archive ends with ${range.last}` };
  }
  return undefined;
}

function texts(notes: readonly Note[]): string {
  return [...new Set(notes.map(({ source, text }) => `${source}: ${text}`))].join('; ');
}
