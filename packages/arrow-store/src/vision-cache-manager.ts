import { BINANCE, type ColumnBatch, type Dataset, type TimeInput, utcDay, utcMonth } from '@vision-cache/cache-keys';
import { entryOfPath, readArrowFile } from './arrow-file.ts';
import type { EntryBatch } from './contract/entry-facts.ts';
import { ArrowStoreError, isArrowStoreError, quote } from './contract/errors.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

/**
 * Saves rows of a day under a file name, as the roadmap has it: united with what is there, through the same writer as
 * {@link UnifiedCacheManager.save}. The path has to be one of the layout, and its date the given one.
 */
async function saveToCache<D extends Dataset>(batch: ColumnBatch<D>, path: string, date: TimeInput): Promise<void> {
  const { root, key } = entryOfPath(path, BINANCE);
  const expected = key.packagingFrequency === 'daily' ? utcDay(date) : utcMonth(date);
  if (key.date !== expected) {
    const message = `${quote(path)} is the file of ${key.date}, and the rows are said to be of ${expected}.`;
    throw new ArrowStoreError('E_BATCH', message, { path, expected, found: key.date });
  }
  const cache = new UnifiedCacheManager({ root, readLegacy: 'off' });
  await cache.save(key, batch, { source: 'unknown', asOf: Date.now() });
}

/** The rows of a file, or undefined where there is none. A damaged one throws, as {@link readArrowFile} does. */
async function loadFromCache(path: string): Promise<EntryBatch | undefined> {
  try {
    return await readArrowFile(path);
  } catch (error) {
    if (isArrowStoreError(error) && error.code === 'E_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The roadmap's names for reading and writing one file. */
export const VisionCacheManager = { saveToCache, loadFromCache } as const;
