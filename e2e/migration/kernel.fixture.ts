import { BINANCE, type CacheKey } from '@vision-cache/cache-keys';

export {
  type CacheKey,
  cachePath,
  type ColumnBatch,
  type Interval,
  intervalMicroseconds,
  spanOf,
} from '@vision-cache/cache-keys';

export function cacheKeyOf(
  symbol: string,
  interval: string,
  date: string,
): CacheKey<(typeof BINANCE.datasets)[number]> {
  return BINANCE.cacheKey<{ interval: string; symbol: string; date: string }>({
    symbol,
    interval,
    date,
  });
}
