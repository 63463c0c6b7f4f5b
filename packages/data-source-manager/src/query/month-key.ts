import {
  type CacheKey,
  type Catalog,
  type Dataset,
  type Interval,
  type TimeSpan,
  utcDay,
  type UtcMonth,
  utcMonth,
} from '@vision-cache/cache-keys';

const DAY = 86_400_000_000n;

/** The key of the month's archive that holds a day's rows, if the dataset is published by the month as well. */
export function monthKeyFor<D extends Dataset>(key: CacheKey<D>, catalog: Catalog): CacheKey<D> | undefined {
  if (key.packagingFrequency === 'monthly') return undefined;
  const dataset: Dataset = catalog.datasetOf<Dataset>(key);
  if (!dataset.published.monthly.includes(key.interval)) return undefined;
  return keyAt(key, 'monthly', utcMonth(key.date), catalog);
}

/** As {@link monthKeyFor} for keys of one series: each month's key is made once, when it is asked for first. */
export function monthKeysOf(catalog: Catalog): (key: CacheKey) => CacheKey | undefined {
  const known = new Map<UtcMonth, CacheKey | undefined>();
  return (key) => {
    const month = key.date.slice(0, 7);
    if (!known.has(month)) known.set(month, monthKeyFor(key, catalog));
    return known.get(month);
  };
}

/** The keys of the daily archives within a span whose rows are kept in a month; none of a month that is kept by the day. */
export function dayKeysFor<D extends Dataset>(
  key: CacheKey<D>,
  { start, end }: TimeSpan,
  catalog: Catalog,
): CacheKey<D>[] {
  const { interval, packagingFrequency } = key;
  if (packagingFrequency !== 'monthly' || interval === undefined || !catalog.monthly.includes(interval)) return [];
  const days: CacheKey<D>[] = [];
  for (let day = start - (start % DAY); day < end; day += DAY) days.push(keyAt(key, 'daily', utcDay(day), catalog));
  return days;
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
