import type { UncheckedSeries } from '../contract/desk.ts';
import { type BinanceDataset, type CacheKey, cacheKey, type Catalog, type TimeInput } from '@vision-cache/cache-keys';

/**
 * The entries of a series that a half-open range touches, in order; the catalog is the cache's, which knows where rows are kept.
 * @throws {CacheKeyError} in a sentence that names what is wrong and what would be right
 */
export function seriesKeys(
  { marketType, symbol, interval }: UncheckedSeries,
  start: TimeInput,
  end: TimeInput,
  catalog: Catalog<BinanceDataset>,
): CacheKey<BinanceDataset>[] {
  return catalog.keysBetween({ marketType, symbol, interval, start, end });
}

/** The entry of a day, or of a month where bars are kept by the month. */
export function seriesKey({ marketType, symbol, interval }: UncheckedSeries, date: string): CacheKey<BinanceDataset> {
  const packagingFrequency: string = /^\d{4}-\d{2}$/.test(date) ? 'monthly' : 'daily';
  return cacheKey({ marketType, packagingFrequency, symbol, interval, date });
}
