import { type CacheKey, type ColumnBatch, type Dataset, cachePath } from '@vision-cache/cache-keys';
import { type Durability, syncWritten, writeFiles } from '../disk/atomic-write.ts';
import { ABSENT, INVALIDATED, recordPath } from '../disk/hidden.ts';
import { type SaveMessage, saveChannel } from '../diagnostics.ts';
import { type HeldLease, acquireLease } from '../disk/lease.ts';
import { removeFile } from '../disk/records.ts';
import type { Conflict, SaveFacts, SaveResult, StoredFacts } from '../entry-facts.ts';
import { type ArrowStoreError, isArrowStoreError } from '../errors.ts';
import { type EncodedEntry, encodeEntry } from '../format/encode-entry.ts';
import { metadataOf } from '../format/metadata.ts';
import { storedSchema } from '../format/open-entry.ts';
import { readOld } from '../read/load-entry.ts';
import { describeRows, withOrigins } from '../rows/attribute.ts';
import { uniteRows } from '../rows/unite-rows.ts';
import type { StoreContext } from '../store-context.ts';
import { type CheckedRows, checkRows } from './encode-rows.ts';
import { isDamage, quarantine } from './quarantine.ts';

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

/** Files that are open at the same time, and bytes that are in memory, in one group. */
const GROUP = { files: 16, bytes: 64 * 2 ** 20 } as const;

/** Cuts many entries into groups that are saved together; the same entry twice is saved one after the other. */
export function groupsOf(items: readonly SaveItem[], durability: Durability): SaveItem[][] {
  const groups: SaveItem[][] = [];
  let paths = new Set<string>();
  let bytes = 0;
  for (const item of items) {
    const path = cachePath(item.key);
    const size = item.batch.numRows * 100;
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

/** An entry that is ready to be written, under its lease. */
interface Prepared {
  readonly path: string;
  readonly facts: StoredFacts;
  readonly conflicts: readonly Conflict[];
  /** Undefined where the file already is what it should be. */
  readonly encoded: EncodedEntry | undefined;
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
  const leases = new Map<string, HeldLease>();
  try {
    for (const path of paths) {
      leave.push(await store.queue.enter(path));
      const { now, sleep, leaseTimeoutMs: timeoutMs } = store;
      leases.set(path, await acquireLease(store.disk, path, 'write', { signal, timeoutMs, now, sleep }));
    }
    const prepared: Prepared[] = [];
    for (const item of checked) prepared.push(await prepare(store, item, signal));
    const files = prepared.flatMap(({ path, encoded }) =>
      encoded === undefined ? [] : [{ target: path, parts: encoded.parts }],
    );
    await writeFiles(store.disk, files, durability, (path) => leases.get(path)!.assertHeld());
    if (durability !== 'none') {
      for (const { path, encoded } of prepared) if (encoded === undefined) await syncWritten(store.disk, path);
    }
    for (const { path, facts } of prepared) await forgetRecords(store, path, facts, durability);
    for (const each of prepared) countSave(store, each, started);
    return prepared.map(({ facts, conflicts }) => ({ facts: { ...facts, layout: 'new' }, conflicts }));
  } finally {
    for (const lease of leases.values()) lease.release();
    for (const next of leave) next();
  }
}

async function prepare(store: StoreContext, item: CheckedRows, signal?: AbortSignal): Promise<Prepared> {
  const { key, path, dataset } = item;
  const existing = await readExisting(store, item);
  const old = existing?.facts.state === 'complete' ? undefined : await readOld(store, key, signal);
  let { rows } = item;
  const conflicts = [...item.conflicts];
  const before = [
    ...(old === undefined ? [] : [old.rows]),
    ...(existing === undefined ? [] : [withOrigins(dataset, existing.columns, existing.facts)]),
  ];
  if (before.length > 0) {
    // The oldest first, so that of equal precedence the latest is kept.
    const all = [...before, rows].reduce((earlier, later) => {
      const united = uniteRows(dataset, earlier, later);
      conflicts.push(...united.conflicts);
      return united.rows;
    });
    rows = all;
  }
  const spans = [...item.answered, ...(existing?.facts.spans ?? []), ...(old?.facts.spans ?? [])];
  const holes = [...(item.facts.holes ?? []), ...(existing?.facts.holes ?? [])];
  const facts = describeRows(key, dataset, rows, spans, holes);
  const encoded = encodeEntry(storedSchema(dataset), rows.numRows, rows.columns, metadataOf(path, facts));
  return { path, facts, conflicts, encoded: encoded.sha256 === existing?.sha256 ? undefined : encoded };
}

/** What is there now, read under the lease. What cannot be read is moved aside first: nothing is overwritten unseen. */
async function readExisting(store: StoreContext, { path }: CheckedRows) {
  if (store.disk.lstat(path) === undefined) return undefined;
  try {
    return store.reader.withFile(path, (file, stat) => {
      const opened = store.reader.open(path, file, stat);
      const { facts, sha256 } = opened.entry;
      return { facts, sha256, columns: store.reader.columns(path, file, opened) };
    });
  } catch (error) {
    const isUnsealed = isArrowStoreError(error) && error.code === 'E_UNSEALED';
    if (!isDamage(error) && !isUnsealed) throw error;
    await quarantine(store, path, error as ArrowStoreError);
    return undefined;
  }
}

/** An entry that is there is not absent, and a complete one needs no word against the old file. */
async function forgetRecords(
  store: StoreContext,
  path: string,
  facts: StoredFacts,
  durability: Durability,
): Promise<void> {
  store.reader.forget(path);
  const folders = facts.state === 'complete' ? [ABSENT, INVALIDATED] : [ABSENT];
  for (const folder of folders) {
    const record = recordPath(folder, path);
    if (store.disk.lstat(record) !== undefined) await removeFile(store.disk, record, durability);
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
