import { type CacheKey, type ColumnArray, type ColumnBatch, type Dataset, cachePath } from '@vision-cache/cache-keys';
import { INVALIDATED, recordPath } from '../disk/hidden.ts';
import type { EntryBatch, EntryFacts, StoredFacts } from '../entry-facts.ts';
import { isArrowStoreError } from '../errors.ts';
import { describeRows, withOrigins } from '../rows/attribute.ts';
import { uniteRows } from '../rows/unite-rows.ts';
import { type StoreContext, tell } from '../store-context.ts';
import { isDamage, quarantineAsReader } from '../write/quarantine.ts';
import type { OldEntry } from './old-files.ts';

/** Rows of an entry, before a layout is named. */
export interface FoundEntry {
  readonly facts: EntryFacts;
  readonly columns: Readonly<Record<string, ColumnArray>>;
}

/**
 * What stands under the new path: `use` gets the open file. A damaged file is moved aside and answered as nothing; an
 * unsealed one is left, reported, and answered as nothing.
 */
export async function tryNew<T>(
  store: StoreContext,
  path: string,
  use: Parameters<typeof store.reader.withFile<T>>[1],
): Promise<T | undefined> {
  store.root.assertReadable();
  try {
    return store.reader.withFile(path, use);
  } catch (error) {
    if (isDamage(error)) {
      store.reader.forget(path);
      await quarantineAsReader(store, path, error);
      return undefined;
    }
    if (!isArrowStoreError(error) || error.code !== 'E_UNSEALED') throw error;
    store.counts.unsealed++;
    tell({ path, kind: 'unsealed', code: error.code, message: error.message });
    return undefined;
  }
}

/** The old file that counts for a key: there is one, and it was not invalidated. */
export function oldPathOf(store: StoreContext, key: CacheKey): string | undefined {
  const paths = store.legacyPaths(key);
  if (paths.length === 0) return undefined;
  const old = store.old.find(paths);
  if (old === undefined || store.disk.lstat(recordPath(INVALIDATED, cachePath(key))) !== undefined) return undefined;
  return old;
}

/** The rows of the old file of a key, or undefined where there is none that can be trusted. */
export async function readOld(store: StoreContext, key: CacheKey, signal?: AbortSignal): Promise<OldEntry | undefined> {
  const path = oldPathOf(store, key);
  const answer = path === undefined ? undefined : await store.old.read(key, path, signal);
  if (!isArrowStoreError(answer)) return answer;
  store.counts.oldRefused++;
  tell({ path: path!, kind: 'old-refused', code: answer.code, message: answer.message });
  return undefined;
}

/** Rows under the new path and of the old file as one entry: a partial new file hides no row of a good old one. */
export function uniteWithOld(
  dataset: Dataset,
  key: CacheKey,
  columns: FoundEntry['columns'],
  facts: StoredFacts,
  old: OldEntry,
): FoundEntry {
  const { rows } = uniteRows(dataset, old.rows, withOrigins(dataset, columns, facts));
  const united = describeRows(key, dataset, rows, [...facts.spans, ...old.facts.spans], facts.holes);
  return { facts: { ...united, layout: 'old' }, columns: rows.columns };
}

/** An entry with all its columns, from the new path, the old one, or both. */
export async function findEntry(store: StoreContext, key: CacheKey, signal?: AbortSignal): Promise<FoundEntry | undefined> {
  const path = cachePath(key);
  const found = await tryNew(store, path, (file, stat) => {
    const opened = store.reader.open(path, file, stat);
    return { facts: opened.entry.facts, columns: store.reader.columns(path, file, opened) };
  });
  if (found !== undefined && (found.facts.state === 'complete' || store.legacyPaths(key).length === 0)) {
    return { facts: { ...found.facts, layout: 'new' }, columns: found.columns };
  }
  const old = await readOld(store, key, signal);
  if (old === undefined) return found && { facts: { ...found.facts, layout: 'new' }, columns: found.columns };
  if (found === undefined) return { facts: { ...old.facts, layout: 'old' }, columns: old.rows.columns };
  return uniteWithOld(store.catalog.datasetOf(key), key, found.columns, found.facts, old);
}

export function batchOf<D extends Dataset>(dataset: D, { columns, facts }: FoundEntry, numRows = facts.rows): EntryBatch<D> {
  return { dataset: dataset.id, numRows, columns: columns as ColumnBatch<D>['columns'], facts };
}
