import type { CacheKey } from '../keys/cache-key.ts';
import { BINANCE, type Catalog } from '../keys/catalog.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { BinanceDataset } from '../datasets/datasets.ts';
import { CacheKeyError, quote } from '../contract/errors.ts';
import { isInterval } from '../time/interval.ts';
import { legacyCachePath } from './legacy-path.ts';
import { isMarketSymbol } from '../contract/symbol.ts';
import { isFolderName } from '../datasets/usable-dataset.ts';

/** The ending of every entry's file name. */
export const ENTRY_EXTENSION = '.arrow';

/** The choices above an entry, from the outermost: as many of them as are given, up to the first that is not. */
export interface CacheFolder {
  readonly exchange: string;
  readonly marketType?: string;
  readonly dataNature?: string;
  readonly packagingFrequency?: string;
  readonly symbol?: string;
  readonly interval?: string | undefined;
}

/**
 * The path of an entry below the root of a cache, with `/` on every platform:
 *
 *     binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow
 *     binance/um/klines/monthly/BTCUSDT/1w/2024-01.arrow
 *     binance/um/metrics/daily/BTCUSDT/2024-01-01.arrow
 *
 * Pure: no folder is looked at or made.
 */
export function cachePath(key: CacheKey): string {
  const { exchange, marketType, dataNature, packagingFrequency, symbol, interval, date } = key;
  return interval === undefined
    ? `${exchange}/${marketType}/${dataNature}/${packagingFrequency}/${symbol}/${date}${ENTRY_EXTENSION}`
    : `${exchange}/${marketType}/${dataNature}/${packagingFrequency}/${symbol}/${interval}/${date}${ENTRY_EXTENSION}`;
}

/**
 * The folder in which an entry lies, or one above it, relative to the root: `binance/spot/klines/daily/BTCUSDT`.
 * @throws {CacheKeyError} `E_KEY_PATH` if a value is not the name of a folder.
 */
export function cacheFolder(of: CacheKey | CacheFolder): string {
  const { exchange, marketType, dataNature, packagingFrequency, symbol, interval } = of;
  const parts = [exchange, marketType, dataNature, packagingFrequency, symbol, interval];
  const isPart = [isFolderName, isFolderName, isFolderName, isFolderName, isMarketSymbol, isInterval];
  const end = parts.indexOf(undefined);
  const given = (end === -1 ? parts : parts.slice(0, end)) as string[];
  const wrong = given.find((part, depth) => !isPart[depth]!(part));
  if (wrong === undefined) return given.join('/');
  throw new CacheKeyError('E_KEY_PATH', `${quote(wrong)} is not the name of a folder of the cache.`, {
    received: wrong,
  });
}

/**
 * The key of a path below the root, as `cachePath` gives it; the exact inverse.
 * @throws {CacheKeyError} `E_KEY_PATH` if the text is not such a path, or the code of the wrong part.
 */
export function parseCachePath(path: string): CacheKey<BinanceDataset>;
export function parseCachePath<D extends Dataset>(path: string, catalog: Catalog<D>): CacheKey<D>;
export function parseCachePath(path: string, catalog: Catalog = BINANCE): CacheKey {
  const parts = typeof path === 'string' ? path.split('/') : [];
  const file = parts.pop();
  const [exchange, marketType, dataNature, packagingFrequency, symbol, interval] = parts;
  if (symbol === undefined || parts.length > 6 || !file?.endsWith(ENTRY_EXTENSION)) {
    throw new CacheKeyError(
      'E_KEY_PATH',
      `${quote(path)} is not the path of a cache entry: ` +
        `exchange/market_type/data_nature/packaging_frequency/SYMBOL/INTERVAL/YYYY-MM-DD${ENTRY_EXTENSION} is.`,
      { received: path },
    );
  }
  const date = file.slice(0, -ENTRY_EXTENSION.length);
  const input = { exchange, marketType, dataNature, packagingFrequency, symbol, interval, date } as const;
  const key = catalog.cacheKey(input);
  // Other spellings of the same key, `1M` or a full date in a monthly path, are no paths.
  if (cachePath(key) !== path) {
    throw new CacheKeyError('E_KEY_PATH', `${quote(path)} is not the spelling of its entry: ${cachePath(key)} is.`, {
      received: path,
    });
  }
  return key;
}

/** The paths of an entry, in the order in which they are tried: the new path, then the old path if there is one. */
export function candidatePaths(key: CacheKey): readonly string[] {
  const old = legacyCachePath(key);
  return old === undefined ? [cachePath(key)] : [cachePath(key), old];
}
