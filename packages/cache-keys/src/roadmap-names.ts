import type { CacheKey, UncheckedCacheKey } from './cache-key.ts';
import { cachePath, parseCachePath as parseRelativePath } from './cache-path.ts';
import { BINANCE } from './catalog.ts';
import type { BinanceDataset } from './datasets.ts';
import { CacheKeyError, quote } from './errors.ts';
import type { TimeInput } from './utc-date.ts';

function keyOf(
  symbol: string,
  interval: string | undefined,
  date: TimeInput,
  exchange?: string,
  marketType?: string,
  dataNature?: string,
  packagingFrequency?: string,
): CacheKey<BinanceDataset> {
  const input: UncheckedCacheKey = { exchange, marketType, dataNature, packagingFrequency, symbol, interval, date };
  return BINANCE.cacheKey<UncheckedCacheKey & { interval: string }>(input as never);
}

/**
 * The file of an entry below a cache's folder.
 * Unlike the roadmap's sample it makes no folder: only what writes does.
 * @example
 * CacheKeyManager.getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01');
 * // cache/binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow
 */
function getCachePath(cacheDir: string, ...key: Parameters<typeof keyOf>): string {
  const path = cachePath(keyOf(...key));
  return cacheDir === '' ? path : `${cacheDir.replace(/(?<=.)\/+$/, '')}${cacheDir === '/' ? '' : '/'}${path}`;
}

/** An entry's name as text, the same as its path without the ending: `binance/spot/klines/daily/BTCUSDT/1m/2024-01-01`. */
function getCacheKey(...key: Parameters<typeof keyOf>): string {
  return cachePath(keyOf(...key)).replace(/\.arrow$/, '');
}

/**
 * The key of an entry's file, wherever its cache lies: the path's last segments tell.
 * @throws {CacheKeyError} `E_KEY_PATH` where they do not.
 */
function parseCachePath(path: string): CacheKey<BinanceDataset> {
  const segments = path.replaceAll('\\', '/').split('/');
  let failure: unknown;
  for (const depth of [7, 6]) {
    try {
      return parseRelativePath(segments.slice(-depth).join('/'));
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure instanceof CacheKeyError
    ? failure
    : new CacheKeyError('E_KEY_PATH', `${quote(path)} is not the path of a cache entry.`, { received: path });
}

/** The roadmap's names for the functions of this package. */
export const CacheKeyManager = { getCachePath, getCacheKey, parseCachePath } as const;
