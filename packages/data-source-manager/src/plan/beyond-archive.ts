import { hasEnded, isPublished, listedRange, type Listing, sideOfPublished } from '../publication/listing.ts';
import type { Need } from '../ledger/needs.ts';

/** So many entries beyond everything that an archive has are judged by one of them. */
const WORTH_A_PROBE = 8;

/** Entries before, or after, everything that an archive has published. */
export interface Beyond {
  /** The one next to what is published: where it has no rows, the others have none. */
  readonly probe: Need;
  readonly others: readonly Need[];
  /** Why the others are missing where the probe has no rows. */
  readonly reason: { readonly kind: 'not-listed-yet' | 'delisted'; readonly evidence: string };
}

/**
 * Whole entries that lie before a symbol's first archive or, once its archives have ended, after the last one. A year
 * of minutes before a listing would be 526 pages of REST without a row; one day next to the listing tells as much.
 * Pure.
 */
export function beyondArchive(needs: readonly Need[], listing: Listing | undefined, now: bigint): Beyond[] {
  const range = listing === undefined ? undefined : listedRange(listing);
  if (listing === undefined || range === undefined || needs.length < WORTH_A_PROBE) return [];
  const sides = { before: [] as Need[], after: [] as Need[] };
  const isOver = hasEnded(listing, now);
  for (const need of needs) {
    if (need.why !== 'unknown' || isPublished(listing, need.key) === true) continue;
    const side = sideOfPublished(listing, need.key);
    if (side === 'before' || (side === 'after' && isOver)) sides[side].push(need);
  }
  const { before, after } = sides;
  return [
    ...(before.length < WORTH_A_PROBE
      ? []
      : [beyond(before.at(-1)!, before.slice(0, -1), 'not-listed-yet', `the archive begins with ${range.first}`)]),
    ...(after.length < WORTH_A_PROBE
      ? []
      : [beyond(after[0]!, after.slice(1), 'delisted', `the archive ends with ${range.last}`)]),
  ];
}

function beyond(probe: Need, others: readonly Need[], kind: Beyond['reason']['kind'], evidence: string): Beyond {
  return { probe, others, reason: { kind, evidence } };
}
