import { type CacheKey, type Catalog, type Dataset, type Interval, utcMonth } from '@vision-cache/cache-keys';

/** The key of the month's archive that holds a day's rows, if the dataset is published by the month as well. */
export function monthKeyFor<D extends Dataset>(key: CacheKey<D>, catalog: Catalog): CacheKey<D> | undefined {
  if (key.packagingFrequency === 'monthly') return undefined;
  const dataset: Dataset = catalog.datasetOf<Dataset>(key);
  if (!dataset.published.monthly.includes(key.interval)) return undefined;
  return keyAt(key, 'monthly', utcMonth(key.date), catalog);
}

/** The key with another date and packaging. */
export function keyAt<D extends Dataset>(
  key: CacheKey<D>,
  packagingFrequency: 'daily' | 'monthly',
  date: string,
  catalog: Catalog,
): CacheKey<D> {
  const { exchange, marketType, dataNature, symbol, interval } = key;
  const input: { symbol: string; date: string; interval: Interval | undefined } = { symbol, date, interval };
  return catalog.cacheKey({ ...input, exchange, marketType, dataNature, packagingFrequency } as never) as never;
}
