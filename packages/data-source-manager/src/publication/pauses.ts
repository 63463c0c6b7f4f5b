import { spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import { length, union } from '../spans/spans.ts';
import type { Listing } from './listing.ts';

/**
 * So long without a file, and a symbol was listed again: a day or a week without one is the publisher's. The shortest
 * real pause: LUNAUSDT, 2022-05-13 to 05-31, two assets under one name.
 */
export const PAUSE = 14n * 86_400_000_000n;

/** The days and months that are listed; of a month of which days are listed, these. */
export function listedSpans({ daily, monthly }: Listing): TimeSpan[] {
  const ofDays = new Set([...daily.keys()].map((day) => day.slice(0, 7)));
  const months = [...(monthly?.keys() ?? [])].filter((month) => !ofDays.has(month));
  return [...daily.keys(), ...months].map((date) => spanOf(date));
}

/** The stretches between signs of trading that are too long to be the publisher's. Pure. */
export function pausesBetween(signs: readonly TimeSpan[]): TimeSpan[] {
  const traded = union(signs);
  return traded.slice(1).flatMap((next, index) => {
    const pause = { start: traded[index]!.end, end: next.start };
    return length([pause]) < PAUSE ? [] : [pause];
  });
}
