import {
  BINANCE,
  type Catalog,
  type ColumnBatch,
  type Dataset,
  type TimeInput,
  utcDay,
  utcMonth,
} from '@vision-cache/cache-keys';
import { entryOfPath, readArrowFile } from './arrow-file.ts';
import type { EntryBatch } from './contract/entry-facts.ts';
import { ArrowStoreError, isArrowStoreError, quote } from './contract/errors.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

/** The roadmap's names for reading and writing one file. */
export interface VisionCacheManager {
  /**
   * Saves rows of a day or a month under a file name, as the roadmap has it: united with what is there, through the same
   * writer as {@link UnifiedCacheManager.save}. The path has to be one of the layout, and its date, in UTC, the given one.
   * @throws {ArrowStoreError} `E_BATCH` if the date is another one, and whatever `save` throws
   * @throws {CacheKeyError} if the path names no entry of the catalog
   */
  saveToCache<D extends Dataset>(this: void, batch: ColumnBatch<D>, path: string, date: TimeInput): Promise<void>;
  /**
   * The rows of a file, or undefined if there is none. A damaged one throws, as {@link readArrowFile} does.
   */
  loadFromCache(this: void, path: string): Promise<EntryBatch | undefined>;
}

/**
 * The roadmap's names for files of a catalog's datasets: those of another exchange, or of several. `saveToCache` keeps
 * rows where the catalog keeps them, and refuses a path that is another one of theirs.
 * @example
 * const { saveToCache, loadFromCache } = createVisionCacheManager(createCatalog([...BINANCE.datasets, krakenKlines]));
 */
export function createVisionCacheManager(catalog: Catalog): VisionCacheManager {
  return {
    async saveToCache(batch, path, date) {
      const { root, key } = entryOfPath(path, catalog);
      const expected = key.packagingFrequency === 'daily' ? utcDay(date) : utcMonth(date);
      if (key.date !== expected) {
        const message = `${quote(path)} is the file of ${key.date}, but the rows are declared to be of ${expected}.`;
        throw new ArrowStoreError('E_BATCH', message, { path, expected, found: key.date });
      }
      const cache = new UnifiedCacheManager({ root, catalog, readLegacy: 'off' });
      await cache.save(key, batch, { source: 'unknown', asOf: Date.now() });
    },
    async loadFromCache(path) {
      try {
        return await readArrowFile(path, { catalog });
      } catch (error) {
        if (isArrowStoreError(error) && error.code === 'E_NOT_FOUND') return undefined;
        throw error;
      }
    },
  };
}

/** The roadmap's names for files of Binance's archive; {@link createVisionCacheManager} makes them for another catalog. */
export const VisionCacheManager: VisionCacheManager = createVisionCacheManager(BINANCE);
