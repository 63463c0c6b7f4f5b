import { BINANCE, type CacheFolder, type CacheKey, type Catalog, type ColumnBatch, type Dataset, cachePath } from '@vision-cache/cache-keys'; // prettier-ignore
import { BucketMarker } from './bucket/bucket-marker.ts';
import type { BucketContext } from './bucket/bucket-context.ts';
import { BucketReader } from './bucket/bucket-reader.ts';
import { Copies } from './bucket/copies.ts';
import { inOrder } from './bucket/in-order.ts';
import { listBucketSeries, listEntryObjects } from './bucket/listed-keys.ts';
import { coverageOf, loadFromBucket, loadManyFromBucket } from './bucket/load-from-bucket.ts';
import type { LocalLevel } from './bucket/local-level.ts';
import { type BucketSaveResult, saveToBucket } from './bucket/save-to-bucket.ts';
import { verifyBucket } from './bucket/verify-bucket.ts';
import type { AbsentFacts, EntryBatch, KnownFacts, SaveFacts, SymbolList } from './contract/entry-facts.ts';
import {
  type OptionKinds,
  aFunction,
  aSize,
  anObject,
  anything,
  checkOptions,
  milliseconds,
} from './contract/options.ts';
import { Disk } from './disk/disk.ts';
import { nodeFileSystem } from './disk/file-system.ts';
import { ABSENT, recordPath } from './disk/hidden.ts';
import { removeFile } from './disk/records.ts';
import { rootPath } from './disk/root-path.ts';
import { KeyQueue } from './leases/key-queue.ts';
import { FolderObjects } from './objects/folder-objects.ts';
import type { ObjectStore } from './objects/object-store.ts';
import type { Loaded } from './read/load-many.ts';
import type { ListedEntry } from './read/list-entries.ts';
import type { ListedSeries } from './read/list-series.ts';
import type { VerifiedFile } from './read/verify-entries.ts';
import { eachLoaded } from './each-loaded.ts';
import type { LoadManyOptions, LoadOptions } from './read/load-options.ts';
import { checkLoadManyOptions, checkLoadOptions, checkSaveOptions, checkSignalOption } from './store/check-options.ts';
import { TrustedKeys } from './store/trusted-keys.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';
import type { SaveItem } from './write/save-entry.ts';

export interface BucketCacheManagerOptions {
  /** Where the entries lie: `s3Objects({ bucket })`, or an adapter of your own. */
  readonly objects: ObjectStore;
  /**
   * A folder of this machine for what a bucket may not hold: days and months that are not whole yet, what a source does
   * not have, and who fetches what. Whoever works on the same folder shares them.
   */
  readonly local: string | URL;
  /** A second level: whole objects in a folder, at most so many bytes of them. @default none */
  readonly copies?: { readonly folder: string | URL; readonly maxBytes: number } | undefined;
  /** The datasets that are stored. @default BINANCE */
  readonly catalog?: Catalog | undefined;
  /** How long who holds a fetch lease has to be silent until others fetch too. @default 10_000 */
  readonly fetchSilenceMs?: number | undefined;
  /** The clock of leases and saves, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

const OPTIONS: OptionKinds = {
  objects: anObject,
  local: anything,
  copies: anObject,
  catalog: anObject,
  fetchSilenceMs: milliseconds,
  now: aFunction,
};

/**
 * A cache of market data in a bucket: whole days and months as objects, the same bytes whoever puts them, and beside it
 * a folder for what is not whole yet. No lock and no condition of the bucket is relied on.
 * @example
 * const objects = s3Objects({ bucket: 'team', prefix: 'market-data' });
 * const cache = new BucketCacheManager({ objects, local: './local' });
 * const manager = new DataSourceManager({ cache, sources: [new VisionDataClient()] });
 */
export class BucketCacheManager {
  /** Where the bucket is, as messages call it. */
  readonly root: string;
  readonly #bucket: BucketContext;
  readonly #local: UnifiedCacheManager;
  readonly #keys: TrustedKeys;

  constructor(options: BucketCacheManagerOptions) {
    checkOptions(options, OPTIONS, 'BucketCacheManager');
    const { objects, local, copies, catalog = BINANCE, fetchSilenceMs, now } = options;
    this.root = objects.name;
    this.#keys = new TrustedKeys(catalog);
    this.#local = new UnifiedCacheManager({
      root: local,
      catalog,
      readLegacy: 'off',
      ...(fetchSilenceMs === undefined ? {} : { fetchSilenceMs }),
      ...(now === undefined ? {} : { now }),
    });
    this.#bucket = {
      objects,
      catalog,
      reader: new BucketReader(objects, catalog, copies === undefined ? undefined : copiesIn(copies)),
      local: localLevel(this.#local),
      marker: new BucketMarker(objects, catalog),
      queue: new KeyQueue(),
    };
  }

  /**
   * Marks the bucket as a cache of this catalog, as the first save does: which intervals it keeps by the month.
   * @throws {ArrowStoreError} `E_HOMES` if it is marked for other ones
   */
  async mark(): Promise<void> {
    await this.#bucket.marker.mark();
  }

  /** What is known of each key's entry, without reading rows. */
  async coverage(
    keys: readonly CacheKey[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly KnownFacts[]> {
    checkSignalOption(options, 'coverage');
    return coverageOf(this.#bucket, keys.map((key) => this.#keys.of(key)), options.signal); // prettier-ignore
  }

  /** The rows of an entry and what is known of them; undefined if there are none. */
  async load<D extends Dataset>(of: CacheKey<D>, options: LoadOptions = {}): Promise<EntryBatch<D> | undefined> {
    checkLoadOptions(options, 'load');
    return loadFromBucket(this.#bucket, this.#keys.of(of), options);
  }

  /** Entries of several keys one by one, in their order, those that are there; memory holds one at a time. */
  async *batches<D extends Dataset>(
    keys: Iterable<CacheKey<D>> | AsyncIterable<CacheKey<D>>,
    options: LoadOptions = {},
  ): AsyncGenerator<EntryBatch<D> & { readonly key: CacheKey<D> }> {
    yield* eachLoaded(keys, (key) => this.load(key, options));
  }

  /** The rows of many entries of one dataset, in contiguous columns. */
  async loadMany<D extends Dataset>(keys: readonly CacheKey<D>[], options: LoadManyOptions = {}): Promise<Loaded<D>> {
    checkLoadManyOptions(options, 'loadMany');
    return loadManyFromBucket(this.#bucket, keys.map((key) => this.#keys.of(key)), options); // prettier-ignore
  }

  /**
   * Unites the rows with those that are there; what is there is never replaced by less. A whole day or month is put into
   * the bucket; a part of one stays in the local folder, and `kept` says so.
   */
  async save<D extends Dataset>(
    of: CacheKey<D>,
    batch: ColumnBatch<D>,
    facts: SaveFacts,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<BucketSaveResult> {
    checkSaveOptions(options, 'save');
    return saveToBucket(this.#bucket, this.#keys.of(of), batch, facts, options.signal);
  }

  /** Saves many entries, as many at a time as the bucket takes. When it fails, each entry is the old or the new one. */
  async saveMany(
    items: readonly SaveItem[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly BucketSaveResult[]> {
    checkSaveOptions(options, 'saveMany');
    const results: BucketSaveResult[] = [];
    const size = ({ batch }: SaveItem): number => ((batch as ColumnBatch | undefined)?.numRows ?? 0) * 100;
    const saves = inOrder(items, size, ({ key, batch, facts }) => this.save(key, batch, facts, options));
    for await (const { answer } of saves) results.push(answer);
    return results;
  }

  /** Remembers, in the local folder, that a source does not have an entry. */
  async saveAbsent(key: CacheKey, facts: Omit<AbsentFacts, 'state'>): Promise<void> {
    await this.#local.saveAbsent(key, facts);
  }

  /** The list of symbols that was saved of a folder of entries in the local folder, however old. */
  async symbols(of: CacheFolder): Promise<SymbolList | undefined> {
    return this.#local.symbols(of);
  }

  /** Remembers, in the local folder, which symbols a source lists of a folder of entries. */
  async saveSymbols(of: CacheFolder, list: SymbolList): Promise<void> {
    await this.#local.saveSymbols(of, list);
  }

  /** Waits until nobody who shares the local folder fetches this entry, and keeps those waiting until it is released. */
  async lease(
    key: CacheKey,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly passedOver?: string; release(): Promise<void> }> {
    return this.#local.lease(key, options);
  }

  /** Takes a piece of work for this process among those who share the local folder. @throws {ArrowStoreError} `E_LOCKED` */
  async work(name: string): Promise<{ release(): void }> {
    return this.#local.work(name);
  }

  /** Removes an entry from the bucket and from the local folder. */
  async invalidate(of: CacheKey): Promise<void> {
    const key = this.#keys.of(of);
    await this.#bucket.objects.delete(cachePath(key));
    await this.#local.invalidate(key);
  }

  /** Every series of the bucket with its days or months, by the names of objects alone, in the order of the paths. */
  async *series(of?: CacheFolder): AsyncGenerator<ListedSeries> {
    await this.#bucket.marker.check();
    yield* listBucketSeries(this.#bucket.objects, this.#bucket.catalog, of);
  }

  /** Every entry of the bucket with its facts, in the order of the paths: one request for each. */
  async *entries(of?: CacheFolder): AsyncGenerator<ListedEntry> {
    await this.#bucket.marker.check();
    for await (const info of listEntryObjects(this.#bucket.objects, this.#bucket.catalog, of)) {
      const { entryKey: key, key: path, size: bytes } = info;
      const facts = await this.#bucket.reader.facts(key, { info });
      if (facts !== undefined) yield { key, path, facts, bytes };
    }
  }

  /** Gets every object whole and checks it again, and lists what is none of the store's. Changes nothing. */
  async *verify(of?: CacheFolder): AsyncGenerator<VerifiedFile> {
    await this.#bucket.marker.check();
    yield* verifyBucket(this.#bucket, of);
  }
}

function copiesIn({ folder, maxBytes }: NonNullable<BucketCacheManagerOptions['copies']>): Copies {
  checkOptions({ maxBytes }, { maxBytes: aSize }, 'copies');
  return new Copies(new FolderObjects(new Disk(rootPath(folder), nodeFileSystem), 'none'), maxBytes);
}

function localLevel(cache: UnifiedCacheManager): LocalLevel {
  const disk = new Disk(cache.root, nodeFileSystem);
  return {
    coverage: (keys, options) => cache.coverage(keys, options),
    load: (key, options) => cache.load(key, options),
    save: (key, batch, facts, options) => cache.save(key, batch, facts, options),
    invalidate: (key) => cache.invalidate(key),
    isThere: (key) => disk.lstat(cachePath(key)) !== undefined,
    forgetAbsent: async (key) => {
      const record = recordPath(ABSENT, cachePath(key));
      if (disk.lstat(record) !== undefined) await removeFile(disk, record, 'none');
    },
  };
}
