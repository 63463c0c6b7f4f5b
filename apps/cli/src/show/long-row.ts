import type { AnyCache } from '../contract/any-cache.ts';
import type { CachedSeries } from '../series/cached-series.ts';

/** What the files of a series tell of themselves, without their rows. */
export async function longRow(
  cache: AnyCache,
  series: CachedSeries,
): Promise<{ rows: number; bytes: number; gaps: number; unreadable: number }> {
  const sum = { rows: 0, bytes: 0, gaps: 0, unreadable: series.dates.length };
  for await (const { facts, bytes } of cache.entries(series)) {
    sum.unreadable--;
    sum.rows += facts.rows;
    sum.bytes += bytes;
    sum.gaps += facts.holes.filter(({ kind }) => kind !== 'off-grid').length;
  }
  return sum;
}
