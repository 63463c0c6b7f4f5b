import { resolve } from 'node:path';
import {
  BINANCE,
  type BinanceDataset,
  type CacheKey,
  type Catalog,
  type ColumnBatch,
  type Dataset,
  cachePath,
  legacyCachePath,
} from '@vision-cache/cache-keys';
import type { Durability } from './disk/atomic-write.ts';
import { Disk } from './disk/disk.ts';
import { type FileSystem, nodeFileSystem } from './disk/file-system.ts';
import { INVALIDATED, recordPath } from './disk/hidden.ts';
import { KeyQueue } from './disk/key-queue.ts';
import { acquireLease } from './disk/lease.ts';
import { removeFile, writeRecord } from './disk/records.ts';
import { Root } from './disk/root.ts';
import { sleep } from './disk/sleep.ts';
import type { AbsentFacts, EntryBatch, KnownFacts, SaveFacts, SaveResult } from './entry-facts.ts';
import { EntryReader, type VerifyPolicy } from './read/entry-reader.ts';
import { batchOf, findEntry, oldPathOf, readOld, tryNew, uniteWithOld } from './read/load-entry.ts';
import { type Loaded, cut, loadMany } from './read/load-many.ts';
import type { LoadManyOptions, LoadOptions } from './read/load-options.ts';
import { OldFiles } from './read/old-files.ts';
import { timesOf } from './rows/rows.ts';
import { type StoreContext, type StoreStats, newCounts, statsOf } from './store-context.ts';
import { readAbsent, saveAbsent } from './write/absent.ts';
import { type SaveItem, type SaveOptions, saveEntries } from './write/save-entry.ts';

export interface UnifiedCacheManagerOptions<D extends Dataset = BinanceDataset> {
  /** The folder of the cache; it is made by the first save. */
  readonly root: string;
  /** Whether an entry that is not under its path is looked for under the old one. @default 'fallback' */
  readonly readLegacy?: 'fallback' | 'off';
  /** Where the old file of a key may lie, below the root. @default legacyCachePath(key) */
  readonly legacyPaths?: (key: CacheKey) => readonly string[];
  /** @default 'once' */
  readonly verify?: VerifyPolicy;
  /** The datasets that are stored. @default BINANCE */
  readonly catalog?: Catalog<D>;
  /** @default 'group' */
  readonly durability?: Durability;
  /** How long a save waits for another process that saves the same entry. @default 60_000 */
  readonly leaseTimeoutMs?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** @default that of the machine */
  readonly fileSystem?: FileSystem;
}

/**
 * A cache of market data in a folder: one sealed Arrow file for each day or month of a symbol.
 * @example
 * const cache = new UnifiedCacheManager({ root: './data' });
 * await cache.save(key, batch, { source: 'vision', asOf: Date.now() });
 * const day = await cache.load(key);
 */
export class UnifiedCacheManager<D extends Dataset = BinanceDataset> {
  readonly root: string;
  readonly #store: StoreContext;

  constructor(options: UnifiedCacheManagerOptions<D>) {
    const { readLegacy = 'fallback', verify = 'once', fileSystem = nodeFileSystem } = options;
    const catalog = (options.catalog ?? BINANCE) as Catalog;
    const disk = new Disk(resolve(options.root), fileSystem);
    const legacyPaths = options.legacyPaths ?? defaultLegacyPaths;
    this.root = disk.root;
    this.#store = {
      disk,
      catalog,
      root: new Root(disk),
      reader: new EntryReader(disk, catalog, verify),
      old: new OldFiles(disk, catalog),
      queue: new KeyQueue(),
      durability: options.durability ?? 'group',
      leaseTimeoutMs: options.leaseTimeoutMs ?? 60_000,
      now: options.now ?? Date.now,
      sleep: options.sleep ?? sleep,
      legacyPaths: readLegacy === 'off' ? () => [] : legacyPaths,
      counts: newCounts(),
    };
  }

  /** The rows of an entry and what is known of them; undefined where there are none. */
  async load<K extends D>(key: CacheKey<K>, options: LoadOptions = {}): Promise<EntryBatch<K> | undefined> {
    options.signal?.throwIfAborted();
    const found = await findEntry(this.#store, key, options.signal);
    const { counts } = this.#store;
    if (found === undefined) counts.misses++;
    else if (found.facts.layout === 'new') counts.hitsNew++;
    else counts.hitsOld++;
    if (found === undefined) return undefined;
    const dataset = this.#store.catalog.datasetOf(key);
    const part = cut(dataset, found, options, key);
    return batchOf(dataset, part, timesOf(dataset, part.columns).length);
  }

  /** The rows of many entries of one dataset, in contiguous columns. */
  loadMany<K extends D>(keys: readonly CacheKey<K>[], options?: LoadManyOptions): Promise<Loaded<K>> {
    return loadMany(this.#store, keys, options);
  }

  /** What is known of each key's entry, without reading rows; of an old file they have to be read. */
  async coverage(keys: readonly CacheKey[], { signal }: { readonly signal?: AbortSignal } = {}): Promise<readonly KnownFacts[]> {
    const known: KnownFacts[] = [];
    for (const key of keys) {
      signal?.throwIfAborted();
      known.push((await this.#facts(key, signal)) ?? readAbsent(this.#store, cachePath(key)));
    }
    return known;
  }

  async #facts(key: CacheKey, signal?: AbortSignal): Promise<KnownFacts> {
    return (await findEntry(this.#store, key, signal))?.facts;
  }

  /** Whether there is an entry with rows or facts that can be trusted, under the path or the old one. */
  async has(key: CacheKey): Promise<boolean> {
    return (await this.resolve(key)) !== undefined;
  }

  /** Where an entry is: under its path, or under the old one. */
  async resolve(key: CacheKey): Promise<{ readonly path: string; readonly layout: 'new' | 'old' } | undefined> {
    const { disk, reader } = this.#store;
    const path = cachePath(key);
    const found = await tryNew(this.#store, path, (file, stat) => reader.open(path, file, stat));
    if (found !== undefined) return { path: disk.absolute(path), layout: 'new' };
    const old = await readOld(this.#store, key);
    return old === undefined ? undefined : { path: disk.absolute(old.path), layout: 'old' };
  }

  /** Unites the rows with those that are there; what is there is never replaced by less. */
  async save<K extends D>(
    key: CacheKey<K>,
    batch: ColumnBatch<K>,
    facts: SaveFacts,
    options: SaveOptions = {},
  ): Promise<SaveResult> {
    const [result] = await saveEntries(this.#store, [{ key, batch, facts }], options);
    return result!;
  }

  /** Remembers that a source does not have an entry. */
  async saveAbsent(key: CacheKey, facts: Omit<AbsentFacts, 'state'>): Promise<void> {
    await saveAbsent(this.#store, cachePath(key), facts);
  }

  /** Lets an entry be as if it had never been fetched; an old file of it stays, and no longer counts until a save. */
  async invalidate(key: CacheKey): Promise<void> {
    const { disk, durability, now, queue, leaseTimeoutMs: timeoutMs, sleep, reader, root } = this.#store;
    const path = cachePath(key);
    await root.mark(durability);
    const leave = await queue.enter(path);
    try {
      const lease = await acquireLease(disk, path, 'write', { timeoutMs, now, sleep });
      try {
        if (oldPathOf(this.#store, key) !== undefined) {
          const record = { path, at: new Date(now()).toISOString() };
          await writeRecord(disk, recordPath(INVALIDATED, path), record, durability);
        }
        await removeFile(disk, path, durability);
        reader.forget(path);
      } finally {
        lease.release();
      }
    } finally {
      leave();
    }
  }

  stats(): StoreStats {
    return statsOf(this.#store.counts);
  }
}

function defaultLegacyPaths(key: CacheKey): readonly string[] {
  const path = legacyCachePath(key);
  return path === undefined ? [] : [path];
}
