import { firstRowAt, type TimeSpan } from '@vision-cache/cache-keys';
import type { Hole } from '../contract/entry-facts.ts';
import { reasonOf } from './hole-reason.ts';
import { clipSpans, subtractSpans } from './spans.ts';

/** What one save, or the file that is there, says: for which spans it answers, and where in them it has no rows. */
export interface Told {
  readonly spans: readonly TimeSpan[];
  readonly holes: readonly Hole[];
}

/**
 * Holes of rows without a grid are known only from what was said of them, and what is there beats what was said: a hole
 * goes as far as another answer has rows in it, and never holds a row. Where two were told, the first of them holds.
 * @param told the latest first
 */
export function toldHoles(times: BigInt64Array, spans: readonly TimeSpan[], told: readonly Told[]): Hole[] {
  const hasRows = ({ start, end }: TimeSpan) => firstRowAt(times, start) < firstRowAt(times, end);
  const kept: Hole[] = [];
  for (const each of told) {
    const answered = told
      .filter((other) => other !== each)
      .flatMap((other) => subtractSpans(other.spans, other.holes))
      .filter(hasRows);
    for (const hole of each.holes) {
      const filled = clipSpans(answered, hole).filter(hasRows);
      for (const rest of subtractSpans(clipSpans(spans, hole), [...filled, ...kept])) {
        for (const part of aroundRows(times, rest)) kept.push({ ...part, ...reasonOf(hole) });
      }
    }
  }
  return kept.sort((a, b) => (a.start < b.start ? -1 : 1));
}

/** A span, or where it holds rows, what of it is before the first and behind the last of them. */
function aroundRows(times: BigInt64Array, { start, end }: TimeSpan): TimeSpan[] {
  const from = firstRowAt(times, start);
  const to = firstRowAt(times, end);
  if (from === to) return [{ start, end }];
  const parts = [
    { start, end: times[from]! },
    { start: times[to - 1]! + 1n, end },
  ];
  return parts.filter((part) => part.start < part.end);
}
