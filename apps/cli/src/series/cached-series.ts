import type { AnyCache } from '../contract/any-cache.ts';
import { matcherOf, type Series, seriesName } from './series-name.ts';

/** A series that the cache holds, with its days or months. */
export interface CachedSeries extends Series {
  readonly name: string;
  readonly dates: readonly string[];
}

/** What the cache holds, of one pattern or all, by the names of files alone, in the order of their paths. */
export async function* cachedSeries(cache: Pick<AnyCache, 'series'>, pattern?: string): AsyncGenerator<CachedSeries> {
  const matches = pattern === undefined ? undefined : matcherOf(pattern);
  for await (const series of cache.series()) {
    if (matches === undefined || matches(series)) yield { ...series, name: seriesName(series) };
  }
}
