import {
  BINANCE,
  type CacheFolder,
  type CacheKey,
  type Catalog,
  type ColumnBatch,
  type Dataset,
  cachePath,
  legacyCachePath,
} from '@vision-cache/cache-keys';
import type { Table } from 'apache-arrow';
import { Disk } from './disk/disk.ts';
import { rootPath } from './disk/root-path.ts';
import {
  checkLoadManyOptions,
  checkLoadOptions,
  checkManagerOptions,
  checkSaveOptions,
  checkSignalOption,
} from './store/check-options.ts';
import { nodeFileSystem } from './disk/file-system.ts';
import { KeyQueue } from './leases/key-queue.ts';
import { acquireLease, throwIfAborted } from './leases/lease.ts';
import { Root } from './disk/root.ts';
import { sleep } from './disk/sleep.ts';
import type { AbsentFacts, EntryBatch, KnownFacts, SaveFacts, SaveResult, SymbolList } from './contract/entry-facts.ts';
import { countLoad } from './read/count-load.ts';
import { EntryReader } from './store/entry-reader.ts';
import { bytesOf, findEntry, oldPathOf, readOld, readOldFacts, tryNew } from './read/load-entry.ts';
import { type Loaded, loadMany } from './read/load-many.ts';
import { eachLoaded } from './each-loaded.ts';
import type { LoadManyOptions, LoadOptions } from './read/load-options.ts';
import { loadKnown } from './read/read-known.ts';
import { OldFiles } from './store/old-files.ts';
import { leaseForFetch } from './store/fetch-lease.ts';
import { ReadingPace } from './store/reading-pace.ts';
import { type StoreContext, type StoreStats, newCounts, statsOf } from './store/store-context.ts';
import { readAbsent, saveAbsent } from './store/absent.ts';
import { readSymbols, saveSymbols } from './store/symbol-list.ts';
import { type ListedEntry, listEntries } from './read/list-entries.ts';
import { type ListedSeries, listSeries } from './read/list-series.ts';
import { type VerifiedFile, verifyEntries } from './read/verify-entries.ts';
import { toTable } from './read/to-table.ts';
import { type LoadedSeries, loadSeries } from './series/load-series.ts';
import type { UnifiedCacheManagerOptions } from './manager-options.ts';
import type { RoadmapKey } from './contract/roadmap-key.ts';
import { VerifyAgain } from './store/verify-again.ts';
import { TrustedKeys } from './store/trusted-keys.ts';
import { prune, type PrunedEntry, type PruneOptions } from './upkeep/prune.ts';
import { type SeriesUsage, usageOf } from './upkeep/usage.ts';
import { invalidateEntry } from './write/invalidate-entry.ts';
import { type SweepReport, sweep } from './write/sweep.ts';
import { type SaveItem, type SaveOptions, groupsOf, saveEntries } from './write/save-entry.ts';

/**
 * A cache of market data in a folder: one sealed Arrow file for each day or month of a symbol.
 * @example
 * const cache = new UnifiedCacheManager({ root: './data' });
 * await cache.save(key, batch, { source: 'vision', asOf: Date.now() });
 * const day = await cache.load(key);
 */
export class UnifiedCacheManager {
  /** The folder of the cache, as the system knows it. */
  readonly root: string;
  readonly #store: StoreContext;
  readonly #keys: TrustedKeys;

  constructor(options: UnifiedCacheManagerOptions) {
    checkManagerOptions(options);
    const { readLegacy = 'fallback', verify = 'once', fileSystem = nodeFileSystem } = options;
    const catalog: Catalog = options.catalog ?? BINANCE;
    const disk = new Disk(rootPath(options.root), fileSystem);
    const legacyPaths = options.legacyPaths ?? defaultLegacyPaths;
    const again = new VerifyAgain(() => this.#store);
    const afterMs = options.verifyAgainAfterMs ?? 3_600_000;
    this.root = disk.root;
    this.#keys = new TrustedKeys(catalog);
    this.#store = {
      disk,
      catalog,
      root: new Root(disk, catalog.monthly),
      reader: new EntryReader(disk, catalog, verify, { afterMs, add: (known) => again.add(known) }),
      old: new OldFiles(disk, catalog),
      pace: new ReadingPace(),
      queue: new KeyQueue(),
      durability: options.durability ?? 'group',
      leaseTimeoutMs: options.leaseTimeoutMs ?? 60_000,
      fetchSilenceMs: options.fetchSilenceMs ?? 10_000,
      now: options.now ?? Date.now,
      sleep: options.sleep ?? sleep,
      legacyPaths: readLegacy === 'off' ? () => [] : legacyPaths,
      counts: newCounts(),
    };
  }

  /**
   * Makes the folder and marks it as a cache of this catalog, if it is none yet: a first save does the same.
   * @throws {ArrowStoreError} `E_HOMES` if it keeps other intervals by the month than the catalog
   */
  async init(): Promise<void> {
    await this.#store.root.mark(this.#store.durability);
  }

  /** The rows of an entry and what is known of them; undefined if there are none. */
  async load<D extends Dataset>(of: CacheKey<D>, options: LoadOptions = {}): Promise<EntryBatch<D> | undefined> {
    checkLoadOptions(options, 'load');
    const key = this.#keys.of(of);
    throwIfAborted(options.signal, this.#store.disk, cachePath(key));
    const started = performance.now();
    const quick = options.columns === undefined && options.start === undefined && options.end === undefined
      ? this.#loadKnown(key, started) : undefined; // prettier-ignore
    if (quick !== undefined) return quick;
    const found = await findEntry(this.#store, key, options);
    const path = cachePath(key);
    if (found === undefined) {
      countLoad(this.#store, path, 'miss', 0, 0, performance.now() - started);
      return undefined;
    }
    const { facts, columns, numRows = facts.rows } = found;
    countLoad(this.#store, path, facts.layout, numRows, bytesOf(columns), performance.now() - started);
    const dataset: Dataset = this.#store.catalog.datasetOf(key);
    return { dataset: dataset.id, numRows, columns: columns as ColumnBatch<D>['columns'], facts };
  }

  /** The most frequent load: all of a file that was verified before. */
  #loadKnown<D extends Dataset>(key: CacheKey<D>, started: number): EntryBatch<D> | undefined {
    const found = loadKnown(this.#store, key);
    if (found === undefined) return undefined;
    const { entry, path } = found.known;
    countLoad(this.#store, path, 'new', entry.rows, entry.layout.length, performance.now() - started);
    const columns = found.columns as ColumnBatch<D>['columns'];
    return { dataset: entry.dataset.id, numRows: entry.rows, columns, facts: entry.facts };
  }

  /** The rows of many entries of one dataset, in contiguous columns. */
  async loadMany<D extends Dataset>(keys: readonly CacheKey<D>[], options: LoadManyOptions = {}): Promise<Loaded<D>> {
    checkLoadManyOptions(options, 'loadMany');
    return loadMany(this.#store, keys.map((key) => this.#keys.of(key)), options); // prettier-ignore
  }

  /**
   * The rows of several symbols of one dataset and interval, in contiguous columns, with the bounds of each symbol.
   * @example
   * const keys = symbols.flatMap((symbol) => catalog.keysBetween({ symbol, interval: '1d', start, end }));
   * const { times, values } = toPanel(await cache.loadSeries(keys, { columns: ['close'] }), 'close');
   */
  async loadSeries<D extends Dataset>(
    keys: readonly CacheKey<D>[],
    options: LoadOptions = {},
  ): Promise<LoadedSeries<D>> {
    checkLoadOptions(options, 'loadSeries');
    return loadSeries(this.#store, keys.map((key) => this.#keys.of(key)), options); // prettier-ignore
  }

  /** As {@link loadMany}, as a Table of apache-arrow, which has to be installed beside this package. */
  async loadTable<D extends Dataset>(keys: readonly CacheKey<D>[], options: LoadManyOptions = {}): Promise<Table> {
    const { batch } = await this.loadMany(keys, options);
    return toTable(batch, this.#store.catalog);
  }

  /** What is known of each key's entry, without reading rows; of an old file they have to be read. */
  async coverage(
    keys: readonly CacheKey[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly KnownFacts[]> {
    checkSignalOption(options, 'coverage');
    const { signal } = options;
    const known: KnownFacts[] = [];
    for (const of of keys) {
      const key = this.#keys.of(of);
      throwIfAborted(signal, this.#store.disk, cachePath(key));
      known.push((await this.#facts(key, signal)) ?? readAbsent(this.#store, cachePath(key)));
    }
    if (known.includes(undefined)) this.#store.root.assertCurrent();
    return known;
  }

  async #facts(key: CacheKey, signal?: AbortSignal): Promise<KnownFacts> {
    const { legacyPaths, reader } = this.#store;
    const path = cachePath(key);
    const found = await tryNew(this.#store, path, (file, stat) => reader.peek(path, file, stat).facts);
    if (found?.state === 'complete' || legacyPaths(key).length === 0) return found;
    const old = oldPathOf(this.#store, key);
    if (old === undefined) return found;
    if (found === undefined) return readOldFacts(this.#store, key, signal);
    return (await findEntry(this.#store, key, { signal }))?.facts;
  }

  /** Whether there is an entry with rows or facts that can be trusted, under the path or the old one. */
  async has(key: CacheKey): Promise<boolean> {
    return (await this.resolve(key)) !== undefined;
  }

  /** Where an entry is: under its path, or under the old one. */
  async resolve(of: CacheKey): Promise<{ readonly path: string; readonly layout: 'new' | 'old' } | undefined> {
    const { disk, reader } = this.#store;
    const key = this.#keys.of(of);
    const path = cachePath(key);
    const found = await tryNew(this.#store, path, (file, stat) => reader.open(path, file, stat));
    if (found !== undefined) return { path: disk.absolute(path), layout: 'new' };
    const old = await readOld(this.#store, key);
    return old === undefined ? undefined : { path: disk.absolute(old.path), layout: 'old' };
  }

  /**
   * Unites the rows with those that are there; what is there is never replaced by less.
   * @param facts Where the rows came from, and when they were asked for. @default of an unknown source, asked for now
   */
  async save<D extends Dataset>(
    of: CacheKey<D>,
    batch: ColumnBatch<D>,
    facts: SaveFacts = { source: 'unknown', asOf: this.#store.now() },
    options: SaveOptions = {},
  ): Promise<SaveResult> {
    checkSaveOptions(options, 'save');
    const [result] = await saveEntries(this.#store, [{ key: this.#keys.of(of), batch, facts }], options);
    return result!;
  }

  /**
   * Saves many entries; with durability `group`, which is the default, in groups that wait for the disk together. When
   * it fails, each entry is what it was before or the new one.
   */
  async saveMany(items: readonly SaveItem[], options: SaveOptions = {}): Promise<SaveResult[]> {
    checkSaveOptions(options, 'saveMany');
    const results: SaveResult[] = [];
    const trusted = items.map((item) => ({ ...item, key: this.#keys.of(item.key) }));
    for (const group of groupsOf(trusted, options.durability ?? this.#store.durability)) {
      throwIfAborted(options.signal, this.#store.disk, cachePath(group[0]!.key));
      results.push(...(await saveEntries(this.#store, group, options)));
    }
    return results;
  }

  /** Remembers that a source does not have an entry. */
  async saveAbsent(key: CacheKey, facts: Omit<AbsentFacts, 'state'>): Promise<void> {
    await saveAbsent(this.#store, cachePath(this.#keys.of(key)), facts);
  }

  /** The list of symbols that was saved of a folder of entries, however old; undefined if there is none. */
  async symbols(of: CacheFolder): Promise<SymbolList | undefined> {
    return Promise.resolve().then(() => readSymbols(this.#store, of));
  }

  /** Remembers which symbols a source lists of a folder of entries. */
  async saveSymbols(of: CacheFolder, list: SymbolList): Promise<void> {
    await saveSymbols(this.#store, of, list);
  }

  /** Lets an entry be as if it had never been fetched; an old file of it stays, and no longer counts until a save. */
  async invalidate(of: CacheKey): Promise<void> {
    await invalidateEntry(this.#store, this.#keys.of(of));
  }

  /**
   * Waits until no other process fetches this entry, and keeps others waiting until it is released. It guards nothing:
   * saves have a lease of their own. Who was silent for `fetchSilenceMs`, as a stopped process is, is passed over and named.
   */
  async lease(
    key: CacheKey,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly passedOver?: string; release(): Promise<void> }> {
    checkSignalOption(options, 'lease');
    return leaseForFetch(this.#store, this.#keys.of(key), options.signal);
  }

  /**
   * Takes a piece of work on the whole root for this process, without waiting: a `sync` that cron starts while the one
   * before still runs. It guards nothing: each save has a lease of its own.
   * @throws {ArrowStoreError} `E_LOCKED`, with the process that does that work now.
   */
  async work(name: string): Promise<{ release(): void }> {
    const { disk, durability, now, root, sleep } = this.#store;
    await root.mark(durability);
    return acquireLease(disk, name, 'work', { timeoutMs: 0, now, sleep });
  }

  /** Entries of several keys one by one, in their order, those that are there; memory holds one at a time. */
  async *batches<D extends Dataset>(
    keys: Iterable<CacheKey<D>> | AsyncIterable<CacheKey<D>>,
    options: LoadOptions = {},
  ): AsyncGenerator<EntryBatch<D> & { readonly key: CacheKey<D> }> {
    yield* eachLoaded(keys, (key) => this.load(key, options));
  }

  /** Every entry under new paths with its facts, in the order of the paths, without reading rows. */
  async *entries(of?: CacheFolder): AsyncGenerator<ListedEntry> {
    yield* inTurns(listEntries(this.#store, of));
  }

  /** Every series under new paths with its days or months, by the names of files alone, in the order of the paths. */
  async *series(of?: CacheFolder): AsyncGenerator<ListedSeries> {
    yield* inTurns(listSeries(this.#store, of));
  }

  /** Checks every file under new paths again, whatever the policy, and lists what is none of the store's. Changes nothing. */
  async *verify(of?: CacheFolder): AsyncGenerator<VerifiedFile> {
    yield* inTurns(verifyEntries(this.#store, of));
  }

  /** What each series takes: files, rows and bytes, in the order of the paths. Reads the head of every file. */
  async *usage(of?: CacheFolder): AsyncGenerator<SeriesUsage> {
    yield* inTurns(usageOf(this.#store, of));
  }

  /**
   * Removes entries that can be downloaded again, chosen by date, series or size, and tells of each that it chose.
   * @example
   * for await (const { path, outcome } of cache.prune({ before: '2023-01-01', dryRun: true })) console.log(path, outcome);
   */
  prune(options: PruneOptions): AsyncGenerator<PrunedEntry> {
    return prune(this.#store, options);
  }

  /** Removes what ended processes left behind in the hidden folder. */
  sweep(): Promise<SweepReport> {
    return Promise.resolve().then(() => sweep(this.#store));
  }

  /** Counts since this manager was made. */
  stats(): StoreStats {
    return statsOf(this.#store.counts);
  }

  // The names of the roadmap for the methods above.

  /**
   * The file of an entry in this cache. Unlike the roadmap's sample it makes no folder: only what writes does.
   * `getCachePath('BTCUSDT', '1h', '2024-01', 'binance', 'spot', 'klines', 'monthly')` names the month's own file, which
   * is there only where this cache's catalog keeps hours by the month. By default it keeps them by the day: that path
   * loads as a miss, a save under it is refused with `E_BATCH`, and `homeKeys(key)` lists the days that have the rows.
   */
  getCachePath(...key: RoadmapKey): string {
    return this.#store.disk.absolute(cachePath(this.#keyOf(key)));
  }

  /**
   * The file of an entry as it is found now: under its path, else under the old one, else where a save would put it. A
   * key that has no old path, as every other market's, has the new one only. Makes no folder, and reads no file.
   */
  resolveCachePath(...of: RoadmapKey): string {
    const { disk, old, legacyPaths } = this.#store;
    const key = this.#keyOf(of);
    const path = cachePath(key);
    const isThere = disk.lstat(path)?.kind === 'file';
    return disk.absolute(isThere ? path : (old.find(legacyPaths(key)) ?? path));
  }

  /**
   * Saves rows whose source is not known and that are final now; `save` says more of them.
   * @returns the file
   */
  async saveToCache(batch: ColumnBatch, ...key: RoadmapKey): Promise<string> {
    await this.save(this.#keyOf(key), batch);
    return this.getCachePath(...key);
  }

  /** As {@link load}. */
  async loadFromCache(...key: RoadmapKey): Promise<EntryBatch | undefined> {
    return this.load(this.#keyOf(key));
  }

  /** As {@link invalidate}. */
  async invalidateCache(...key: RoadmapKey): Promise<void> {
    return this.invalidate(this.#keyOf(key));
  }

  #keyOf([symbol, interval, date, exchange, marketType, dataNature, packagingFrequency]: RoadmapKey): CacheKey {
    const { catalog } = this.#store;
    return catalog.cacheKey({ symbol, interval, date, exchange, marketType, dataNature, packagingFrequency });
  }
}

/** Lets other work of the process have its turn now and then. */
async function* inTurns<T>(items: Iterable<T>): AsyncGenerator<T> {
  let until = performance.now() + 10;
  for (const item of items) {
    yield item;
    if (performance.now() < until) continue;
    await new Promise(setImmediate);
    until = performance.now() + 10;
  }
}

function defaultLegacyPaths(key: CacheKey): readonly string[] {
  const path = legacyCachePath(key);
  return path === undefined ? [] : [path];
}
