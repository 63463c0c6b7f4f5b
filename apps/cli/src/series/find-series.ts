import type { AnyCache } from '../contract/any-cache.ts';
import type { Catalog } from '@vision-cache/cache-keys';
import { cachedSeries, type CachedSeries } from './cached-series.ts';
import { parseSeriesName, seriesName } from './series-name.ts';
import { UsageError } from '../contract/usage-error.ts';

/** The cached series of a name. @throws {UsageError} `E_NOT_FOUND` if the cache has nothing of it. */
export async function findSeries(cache: AnyCache, catalog: Catalog, name: string): Promise<CachedSeries> {
  const series = parseSeriesName(name, catalog);
  for await (const found of cache.series(series)) return { ...found, name: seriesName(found) };
  throw new UsageError(
    `The cache has nothing of ${seriesName(series)}: "vision-cache ls" shows what it has, "vision-cache sync ${seriesName(series)}" fetches it.`,
    'E_NOT_FOUND',
  );
}

/** The cached series that names or patterns mean, each once, in the order of the cache. @throws {UsageError} if one means none. */
export async function findAll(cache: AnyCache, catalog: Catalog, names: readonly string[]): Promise<CachedSeries[]> {
  const found = new Map<string, CachedSeries>();
  for (const name of names) {
    if (!/[*?]/.test(name) && name.includes('/')) {
      const series = await findSeries(cache, catalog, name);
      found.set(series.name, series);
      continue;
    }
    const before = found.size;
    for await (const series of cachedSeries(cache, name)) found.set(series.name, series);
    if (found.size === before && ![...found.keys()].some((each) => each === name))
      throw new UsageError(
        `No series in the cache matches "${name}": "vision-cache ls" shows what it has.`,
        'E_NOT_FOUND',
      );
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
