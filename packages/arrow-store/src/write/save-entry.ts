import { type CacheKey, type ColumnBatch, type Dataset, cachePath } from '@vision-cache/cache-keys';
import { type SaveMessage, saveChannel } from '../contract/diagnostics.ts';
import { AlreadyThere, type Durability, syncWritten, writeFiles } from '../disk/atomic-write.ts';
import { parentOf } from '../disk/disk.ts';
import { ABSENT, INVALIDATED, recordPath } from '../disk/hidden.ts';
import { type HeldLease, acquireLease, turnOf } from '../leases/lease.ts';
import { removeFile } from '../disk/records.ts';
import type { SaveFacts, SaveResult } from '../contract/entry-facts.ts';
import type { StoreContext } from '../store/store-context.ts';
import { type CheckedRows, checkRows } from './check-rows.ts';
import { type Prepared, prepare, prepareNew } from './prepare-entry.ts';

export interface SaveOptions {
  readonly signal?: AbortSignal;
  /** @default that of the manager */
  readonly durability?: Durability;
}

/** One entry of several that are saved together. */
export interface SaveItem<D extends Dataset = Dataset> {
  readonly key: CacheKey<D>;
  readonly batch: ColumnBatch<D>;
  readonly facts: SaveFacts;
}

/** Files that become visible together, and bytes that are in memory, in one group. */
const GROUP = { files: 256, bytes: 64 * 2 ** 20 } as const;

/** Cuts many entries into groups that are saved together; the same entry twice is saved one after the other. */
export function groupsOf(items: readonly SaveItem[], durability: Durability): SaveItem[][] {
  const groups: SaveItem[][] = [];
  let paths = new Set<string>();
  let bytes = 0;
  for (const item of items) {
    const path = cachePath(item.key);
    const size = ((item.batch as ColumnBatch | undefined)?.numRows ?? 0) * 100; // Whether there is one is checked later.
    const last = groups[groups.length - 1];
    const fits = paths.size < GROUP.files && bytes + size <= GROUP.bytes && !paths.has(path) && durability !== 'entry';
    if (last !== undefined && fits) last.push(item);
    else {
      groups.push([item]);
      paths = new Set();
      bytes = 0;
    }
    paths.add(path);
    bytes += size;
  }
  return groups;
}

/**
 * Saves entries that become visible together or one after the other, each at once and whole. Leases are taken in the
 * order of the paths, so that two savers of the same entries never wait for each other.
 */
export async function saveEntries(
  store: StoreContext,
  items: readonly SaveItem[],
  { signal, durability = store.durability }: SaveOptions,
): Promise<SaveResult[]> {
  const started = performance.now();
  const checked = items.map(({ key, batch, facts }) =>
    checkRows(store.catalog, key, batch, facts, store.disk.absolute(cachePath(key))),
  );
  await store.root.mark(durability);
  const paths = checked.map(({ path }) => path).sort();
  const leave: (() => void)[] = [];
  try {
    for (const path of paths) leave.push(await turnOf(store.queue, path, store.disk, path, signal));
    const saving = { signal, durability };
    const prepared = (await saveNew(store, checked, saving)) ?? (await saveUnderLeases(store, paths, checked, saving));
    for (const each of prepared) countSave(store, each, started);
    return prepared.map(({ facts, conflicts }) => ({ facts: { ...facts, layout: 'new' }, conflicts }));
  } finally {
    for (const next of leave) next();
  }
}

interface Saving {
  readonly signal: AbortSignal | undefined;
  readonly durability: Durability;
}

/**
 * Saves entries of which there is nothing yet, neither new nor old: nothing is read that could change, and the files
 * become visible only where there still is nothing. That takes no lease, which would cost as much as the save itself.
 */
async function saveNew(
  store: StoreContext,
  items: readonly CheckedRows[],
  { durability }: Saving,
): Promise<readonly Prepared[] | undefined> {
  const { disk } = store;
  // Most caches have no such folder, and then no entry has a record in it.
  const hasMarkers = disk.lstat(INVALIDATED) !== undefined;
  const hasOldFile = oldFilesOf(store, items.length);
  const isNew = ({ key, path }: CheckedRows) =>
    disk.lstat(path) === undefined &&
    !hasOldFile(key) &&
    (!hasMarkers || disk.lstat(recordPath(INVALIDATED, path)) === undefined);
  if (!items.every(isNew)) return undefined;
  const prepared: Prepared[] = [];
  const files = items.map((item) => ({
    target: item.path,
    isNew: true,
    parts: () => {
      const each = prepareNew(item, store.catalog.sourceRank);
      prepared.push(each);
      return each.encoded.parts;
    },
  }));
  try {
    await writeFiles(disk, files, durability, { around: unlessMoved(store) });
    await forgetRecords(store, prepared, durability);
    return prepared;
  } catch (error) {
    if (error instanceof AlreadyThere) return undefined;
    throw error;
  }
}

/**
 * The rows may have got another home since the root was looked at. What became visible before is found by whoever moves
 * them; what became visible later is not acknowledged.
 */
const unlessMoved = (store: StoreContext) => () => {
  store.root.assertCurrent();
};

/** Whether an entry has an old file. Most caches have none, and then not even the folder: of many, that is seen once. */
function oldFilesOf({ disk, old, legacyPaths }: StoreContext, entries: number): (key: CacheKey) => boolean {
  if (entries === 1) return (key) => old.find(legacyPaths(key)) !== undefined;
  const without = new Set<string>();
  return (key) => {
    const paths = legacyPaths(key).filter((path) => !without.has(parentOf(path)));
    if (old.find(paths) !== undefined) return true;
    for (const path of paths) if (disk.lstat(parentOf(path)) === undefined) without.add(parentOf(path));
    return false;
  };
}

/** After that, this file system has no second names, and a rename has to do. */
const NEW_ATTEMPTS = 4;

async function saveUnderLeases(
  store: StoreContext,
  paths: readonly string[],
  items: readonly CheckedRows[],
  { signal, durability }: Saving,
): Promise<readonly Prepared[]> {
  const { now, sleep, leaseTimeoutMs: timeoutMs } = store;
  const leases = new Map<string, HeldLease>();
  try {
    for (const path of paths) {
      leases.set(path, await acquireLease(store.disk, path, 'write', { signal, timeoutMs, now, sleep }));
    }
    for (let attempt = 1; ; attempt++) {
      const prepared: Prepared[] = [];
      for (const item of items) prepared.push(await prepare(store, item, signal));
      // Where there is nothing, somebody without a lease may just be putting something.
      const files = prepared.flatMap(({ path, encoded, isNew }) =>
        encoded === undefined
          ? []
          : [
              {
                target: path,
                parts: encoded.parts,
                isNew: isNew && attempt < NEW_ATTEMPTS,
                temporary: leases.get(path)!.temporary,
              },
            ],
      );
      try {
        await writeFiles(store.disk, files, durability, {
          around: unlessMoved(store),
          before: (path) => leases.get(path)!.assertHeld(),
        });
      } catch (error) {
        if (error instanceof AlreadyThere) continue;
        throw error;
      }
      if (durability !== 'none') {
        for (const { path, encoded } of prepared) if (encoded === undefined) await syncWritten(store.disk, path);
      }
      // Under the leases: who invalidates an entry behind this save puts the same record there again.
      await forgetRecords(store, prepared, durability);
      return prepared;
    }
  } finally {
    for (const lease of leases.values()) lease.release();
  }
}

/** An entry that is there is not absent, and a complete one needs no word against the old file. */
async function forgetRecords(store: StoreContext, saved: readonly Prepared[], durability: Durability): Promise<void> {
  const { disk, reader } = store;
  const wanted = saved.some(({ hasMarker }) => hasMarker) ? [ABSENT, INVALIDATED] : [ABSENT];
  const folders = wanted.filter((folder) => disk.lstat(folder) !== undefined);
  for (const { path, facts, hasMarker } of saved) {
    reader.forget(path);
    for (const folder of folders) {
      if (folder === INVALIDATED && !(facts.state === 'complete' && hasMarker)) continue;
      const record = recordPath(folder, path);
      if (disk.lstat(record) !== undefined) await removeFile(disk, record, durability);
    }
  }
}

function countSave({ counts }: StoreContext, { path, facts, conflicts, encoded }: Prepared, started: number): void {
  const bytes = encoded?.size ?? 0;
  counts.saves++;
  counts.bytesWritten += bytes;
  counts.conflicts += conflicts.length;
  if (!saveChannel.hasSubscribers) return;
  const { state, rows } = facts;
  const durationMs = performance.now() - started;
  const message: SaveMessage = { path, state, rows, bytes, conflicts: conflicts.length, durationMs };
  saveChannel.publish(message);
}
