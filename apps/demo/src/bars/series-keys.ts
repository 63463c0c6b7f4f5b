import type { UncheckedSeries } from '../contract/desk.ts';
import { type BinanceDataset, type CacheKey, cacheKey, keysBetween, type TimeInput } from '@vision-cache/cache-keys';

/**
 * The entries of a series that a half-open range touches, in order.
 * @throws {CacheKeyError} in a sentence that names what is wrong and what would be right
 */
export function seriesKeys(
  { marketType, symbol, interval }: UncheckedSeries,
  start: TimeInput,
  end: TimeInput,
): CacheKey<BinanceDataset>[] {
  return keysBetween({ marketType, symbol, interval, start, end });
}

/** The entry of a day, or of a month where a bar is longer than a day. */
export function seriesKey({ marketType, symbol, interval }: UncheckedSeries, date: string): CacheKey<BinanceDataset> {
  const packagingFrequency: string = /^\d{4}-\d{2}$/.test(date) ? 'monthly' : 'daily';
  return cacheKey({ marketType, packagingFrequency, symbol, interval, date });
}
