import type { CacheKey, UncheckedCacheKey } from './keys/cache-key.ts';
import { cachePath, ENTRY_EXTENSION, parseCachePath as parseRelativePath } from './paths/cache-path.ts';
import { BINANCE, type Catalog } from './keys/catalog.ts';
import { type Dataset, PACKAGING_FREQUENCIES } from './datasets/dataset.ts';
import type { BinanceDataset } from './datasets/datasets.ts';
import type { TimeInput } from './time/time-input.ts';

/** The roadmap's arguments: what is not given is `binance`, `spot`, `klines` and `daily`. The date is one in UTC. */
type RoadmapArguments = [
  symbol: string,
  interval: string | undefined,
  date: TimeInput,
  exchange?: string,
  marketType?: string,
  dataNature?: string,
  packagingFrequency?: string,
];

/** The roadmap's names for the functions of this package. */
export interface CacheKeyManager<D extends Dataset = Dataset> {
  /**
   * The file of an entry below a cache's folder.
   * Unlike the roadmap's sample it makes no folder: only what writes does.
   *
   * Rows that the archive has by the day and by the month are kept in one of the two places, by the day unless the
   * catalog says otherwise. `getCachePath(folder, 'BTCUSDT', '1h', '2024-01', 'binance', 'spot', 'klines', 'monthly')`
   * therefore names the file that the archive's month would have, and no such file exists in a cache whose catalog
   * keeps hours by the day: a load there is a miss, a save is refused, and the month's rows stand in the files of
   * its days, which `homeKeys(key)` lists. Where the catalog keeps the interval by the month
   * (`createCatalog(datasets, { monthly: ['1h'] })`), and for `3d`, `1w`, `1mo` and funding rates always, it is the
   * file itself. A full date given for a monthly path means its month.
   * @throws {CacheKeyError} with the code of the part that is wrong
   * @example
   * CacheKeyManager.getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01');
   * // cache/binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow
   */
  getCachePath(this: void, cacheDir: string, ...key: RoadmapArguments): string;
  /**
   * An entry's name as text, the same as its path without the ending: `binance/spot/klines/daily/BTCUSDT/1m/2024-01-01`.
   * @throws {CacheKeyError} with the code of the part that is wrong
   */
  getCacheKey(this: void, ...key: RoadmapArguments): string;
  /**
   * The key of an entry's file, wherever its cache lies: the path's last segments tell. `\` separates as `/` does.
   * @throws {CacheKeyError} `E_KEY_PATH` if they do not, or the code of the wrong part.
   */
  parseCachePath(this: void, path: string): CacheKey<D>;
}

/** Segments of a path without an interval, and of one with: in this order, for a cache's folder may be named alike. */
const DEPTHS = [6, 7] as const;
const FREQUENCIES: ReadonlySet<string | undefined> = new Set(PACKAGING_FREQUENCIES);

/**
 * The roadmap's names for the datasets of a catalog: those of another exchange, or of several.
 * @example
 * const { getCachePath } = createCacheKeyManager(createCatalog([...BINANCE.datasets, krakenKlines]));
 * getCachePath('cache', 'XBTEUR', '1m', '2024-01-01', 'kraken');
 * // cache/kraken/spot/klines/daily/XBTEUR/1m/2024-01-01.arrow
 */
export function createCacheKeyManager<D extends Dataset>(catalog: Catalog<D>): CacheKeyManager<D> {
  const exchanges = new Set<string | undefined>(catalog.datasets.map(({ exchange }) => exchange));
  const pathOf = (...[symbol, interval, date, ...rest]: RoadmapArguments): string => {
    const [exchange, marketType, dataNature, packagingFrequency] = rest;
    const input: UncheckedCacheKey = { exchange, marketType, dataNature, packagingFrequency, symbol, interval, date };
    return cachePath(catalog.cacheKey(input as never));
  };
  return {
    getCachePath(cacheDir, ...key) {
      const separator = cacheDir === '' || cacheDir.endsWith('/') ? '' : '/';
      return `${cacheDir}${separator}${pathOf(...key)}`;
    },
    getCacheKey: (...key) => pathOf(...key).slice(0, -ENTRY_EXTENSION.length),
    parseCachePath(path) {
      const segments = path.split(/[/\\]/);
      const startsAt = (depth: number) => exchanges.has(segments.at(-depth));
      // A market may be named like its exchange: then the frequency, three folders on, tells.
      const depth =
        DEPTHS.find((each) => startsAt(each) && FREQUENCIES.has(segments.at(3 - each))) ?? DEPTHS.find(startsAt);
      return parseRelativePath(depth === undefined ? path : segments.slice(-depth).join('/'), catalog);
    },
  };
}

/** The roadmap's names for Binance's archive; {@link createCacheKeyManager} makes them for another catalog. */
export const CacheKeyManager: CacheKeyManager<BinanceDataset> = createCacheKeyManager(BINANCE);
