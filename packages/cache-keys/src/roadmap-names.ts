import { type CacheKey, KEY_DEFAULTS, type UncheckedCacheKey } from './keys/cache-key.ts';
import { cachePath, ENTRY_EXTENSION, parseCachePath as parseRelativePath } from './paths/cache-path.ts';
import { BINANCE } from './keys/catalog.ts';
import type { BinanceDataset } from './datasets/datasets.ts';
import type { TimeInput } from './time/time-input.ts';

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
  return BINANCE.cacheKey(input);
}

/**
 * The file of an entry below a cache's folder.
 * Unlike the roadmap's sample it makes no folder: only what writes does.
 * @example
 * CacheKeyManager.getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01');
 * // cache/binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow
 */
function getCachePath(cacheDir: string, ...key: Parameters<typeof keyOf>): string {
  const separator = cacheDir === '' || cacheDir.endsWith('/') ? '' : '/';
  return `${cacheDir}${separator}${cachePath(keyOf(...key))}`;
}

/** An entry's name as text, the same as its path without the ending: `binance/spot/klines/daily/BTCUSDT/1m/2024-01-01`. */
function getCacheKey(...key: Parameters<typeof keyOf>): string {
  return cachePath(keyOf(...key)).slice(0, -ENTRY_EXTENSION.length);
}

/** Segments of a path without an interval, and of one with: in this order, for a cache's folder may be named alike. */
const DEPTHS = [6, 7] as const;

/**
 * The key of an entry's file, wherever its cache lies: the path's last segments tell. `\` separates as `/` does.
 * @throws {CacheKeyError} `E_KEY_PATH` where they do not, or the code of the part that is wrong.
 */
function parseCachePath(path: string): CacheKey<BinanceDataset> {
  const segments = path.split(/[/\\]/);
  const depth = DEPTHS.find((each) => segments.at(-each) === KEY_DEFAULTS.exchange);
  return parseRelativePath(depth === undefined ? path : segments.slice(-depth).join('/'));
}

/** The roadmap's names for the functions of this package. */
export const CacheKeyManager = { getCachePath, getCacheKey, parseCachePath } as const;
