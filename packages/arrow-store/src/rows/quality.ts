import type { TimeSpan } from '@vision-cache/cache-keys';
import { clipSpans, covers } from './spans.ts';

/** Counts of what was found when rows were read from a source. */
export type Quality = Readonly<Record<string, number>>;

/** Counts with the spans that they are of, and how much their source is trusted. */
export interface Counted {
  readonly quality: Quality | undefined;
  readonly spans: readonly TimeSpan[];
  readonly rank: number;
}

/**
 * The counts of rows that are united: of other spans they add up; an answer for all that was there replaces its counts
 * where it replaces its rows; and of spans that overlap in part the larger count holds, so that the same answer twice is
 * counted once.
 */
export function uniteQuality(before: Counted, later: Counted): Quality | undefined {
  if (before.quality === undefined || later.quality === undefined) return later.quality ?? before.quality;
  const coversBefore = before.spans.every((span) => covers(later.spans, span));
  if (coversBefore) return later.rank >= before.rank ? later.quality : before.quality;
  const overlaps = before.spans.some((span) => clipSpans(later.spans, span).length > 0);
  const united: Record<string, number> = { ...before.quality };
  for (const [name, count] of Object.entries(later.quality)) {
    const known = united[name] ?? 0;
    united[name] = overlaps ? Math.max(known, count) : known + count;
  }
  return united;
}
