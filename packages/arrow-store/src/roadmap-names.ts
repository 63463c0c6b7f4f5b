import {
  type CacheKey,
  type CacheKeyManager,
  type ColumnBatch,
  type Dataset,
  type UncheckedCacheKey,
  cachePath,
} from '@vision-cache/cache-keys';
import type { EntryBatch, SaveResult } from './contract/entry-facts.ts';

/** The roadmap's arguments: what is not given has its defaults, `binance`, `spot`, `klines` and `daily`. */
export type RoadmapKey = Readonly<Parameters<(typeof CacheKeyManager)['getCacheKey']>>;

/** The roadmap's names for the methods of the cache manager. */
export abstract class RoadmapNames {
  protected abstract fileOf(path: string): string;
  protected abstract existingFileOf(key: CacheKey): string | undefined;
  protected abstract keyOf(input: UncheckedCacheKey): CacheKey;
  abstract load<D extends Dataset>(key: CacheKey<D>): Promise<EntryBatch<D> | undefined>;
  abstract save<D extends Dataset>(key: CacheKey<D>, batch: ColumnBatch<D>): Promise<SaveResult>;
  abstract invalidate(key: CacheKey): Promise<void>;

  #key(...[symbol, interval, date, exchange, marketType, dataNature, packagingFrequency]: RoadmapKey): CacheKey {
    return this.keyOf({ symbol, interval, date, exchange, marketType, dataNature, packagingFrequency });
  }

  /**
   * The file of an entry in this cache. Unlike the roadmap's sample it makes no folder: only what writes does.
   * `getCachePath('BTCUSDT', '1h', '2024-01', 'binance', 'spot', 'klines', 'monthly')` names the month's own file, which
   * is there only where this cache's catalog keeps hours by the month. By default it keeps them by the day: that path
   * loads as a miss, a save under it is refused with `E_BATCH`, and `homeKeys(key)` lists the days that have the rows.
   */
  getCachePath(...key: RoadmapKey): string {
    return this.fileOf(cachePath(this.#key(...key)));
  }

  /**
   * The file of an entry as it is found now: under its path, else under the old one, else where a save would put it. A
   * key that has no old path, as every other market's, has the new one only. Makes no folder, and reads no file.
   */
  resolveCachePath(...key: RoadmapKey): string {
    return this.existingFileOf(this.#key(...key)) ?? this.getCachePath(...key);
  }

  /**
   * Saves rows whose source is not known and that are final now; `save` says more of them.
   * @returns the file
   */
  async saveToCache(batch: ColumnBatch, ...key: RoadmapKey): Promise<string> {
    await this.save(this.#key(...key), batch);
    return this.getCachePath(...key);
  }

  loadFromCache(...key: RoadmapKey): Promise<EntryBatch | undefined> {
    return this.load(this.#key(...key));
  }

  invalidateCache(...key: RoadmapKey): Promise<void> {
    return this.invalidate(this.#key(...key));
  }
}
