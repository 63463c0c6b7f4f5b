import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  BINANCE,
  type CacheKey,
  type Catalog,
  type ColumnBatch,
  type Dataset,
  PACKAGING_FREQUENCIES,
  cachePath,
  createCacheKeyManager,
  isCacheKeyError,
  parseCachePath,
} from '@vision-cache/cache-keys';
import { type Durability, writeFiles } from './disk/atomic-write.ts';
import { Disk } from './disk/disk.ts';
import { nodeFileSystem } from './disk/file-system.ts';
import type { EntryBatch, EntryFacts, SaveFacts } from './contract/entry-facts.ts';
import { ArrowStoreError, quote } from './contract/errors.ts';
import { encodeEntry } from './format/encode-entry.ts';
import { metadataOf } from './format/metadata.ts';
import { otherKey, storedSchema } from './format/open-entry.ts';
import { EntryReader } from './store/entry-reader.ts';
import { describeRows, saidOf } from './rows/attribute.ts';
import { checkReadFileOptions, checkWriteFileOptions } from './store/check-options.ts';
import { checkRows } from './write/check-rows.ts';

export interface ArrowFileOptions {
  /** The datasets that may occur. @default BINANCE */
  readonly catalog?: Catalog;
}

export interface ReadArrowFileOptions extends ArrowFileOptions {
  /** Names of the columns to read. @default all */
  readonly columns?: readonly string[];
}

export interface WriteArrowFileOptions extends ArrowFileOptions {
  /** @default 'entry' */
  readonly durability?: Durability;
}

/**
 * Reads one sealed file, every byte of it verified before anything is parsed. A file under a path of the layout has to
 * be that path's own; a copy under any other name is read as what it says it is.
 * @throws {ArrowStoreError} `E_NOT_FOUND`, `E_INTEGRITY`, `E_KEY_MISMATCH`, `E_UNSEALED`, `E_FORMAT`,
 * `E_NEWER_FORMAT`, or what the system said.
 */
export function readArrowFile<D extends Dataset = Dataset>(
  path: string,
  options: ReadArrowFileOptions = {},
): Promise<EntryBatch<D>> {
  // What is thrown is to be a rejection.
  return Promise.resolve().then(() => {
    checkReadFileOptions(options);
    return readNow<D>(path, options);
  });
}

function readNow<D extends Dataset>(
  path: string,
  { catalog = BINANCE, columns: names }: ReadArrowFileOptions,
): EntryBatch<D> {
  const file = resolve(path);
  // A link that is named is followed, unlike one that is met below a root.
  const real = realPath(file);
  const disk = new Disk(dirname(real), nodeFileSystem);
  const reader = new EntryReader(disk, catalog, 'always');
  const found = reader.withFile(nameOf(real), (handle, stat) => {
    const opened = reader.openAnywhere(nameOf(real), handle, stat);
    return { ...opened, columns: reader.columns(nameOf(real), handle, opened, names) };
  });
  if (found === undefined) throw new ArrowStoreError('E_NOT_FOUND', `There is no ${quote(file)}.`, { path: file });
  const { entry, columns } = found;
  const expected = keyOfPath(file, catalog)?.path ?? entry.path;
  if (expected !== entry.path) throw otherKey(file, expected, entry.path);
  const { rows: numRows, dataset, facts } = entry;
  return { dataset: dataset.id, numRows, columns: columns as ColumnBatch<D>['columns'], facts };
}

/**
 * Writes one sealed file, atomically, in place of whatever was there: rows are not united with it, as
 * {@link UnifiedCacheManager.save} does. The path has to end as `cachePath` names it, for that is whose rows they are.
 * @throws {ArrowStoreError} `E_BATCH`, `E_SCHEMA`, `E_UNFINISHED`, or what the system said.
 * @throws {CacheKeyError} `E_KEY_PATH` if the path names no entry.
 */
export async function writeArrowFile<D extends Dataset>(
  path: string,
  batch: ColumnBatch<D>,
  facts: SaveFacts,
  options: WriteArrowFileOptions = {},
): Promise<EntryFacts> {
  checkWriteFileOptions(options);
  const { catalog = BINANCE, durability = 'entry' } = options;
  const { root, key } = entryOfPath(path, catalog);
  const disk = diskOf(root);
  const { rows, dataset, answered, ...checked } = checkRows(catalog, key, batch, facts, resolve(path));
  const stored = describeRows(key, dataset, rows, [saidOf(facts, answered)], catalog.sourceRank, facts.quality);
  const metadata = metadataOf(checked.path, stored);
  const { parts } = encodeEntry(storedSchema(dataset), rows.numRows, rows.columns, metadata);
  await writeFiles(disk, [{ target: checked.path, parts }], durability);
  return { ...stored, layout: 'new' };
}

let lastDisk: Disk | undefined;

/** Files are written to one root after the other: its folders need not be looked for from the top each time. */
function diskOf(root: string): Disk {
  if (lastDisk?.root !== root) lastDisk = new Disk(root, nodeFileSystem);
  return lastDisk;
}

const FREQUENCIES: ReadonlySet<string | undefined> = new Set(PACKAGING_FREQUENCIES);

function realPath(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file; // What is wrong with it is told when it is opened.
  }
}

const nameOf = (file: string): string => file.slice(dirname(file).length).replace(/^[\\/]/, '');

/** Which entry a file is by its path, and the root of its cache. */
export function entryOfPath(path: string, catalog: Catalog): { readonly root: string; readonly key: CacheKey } {
  const file = resolve(path);
  const found = keyOfPath(file, catalog);
  if (found !== undefined) return { root: found.root, key: found.key };
  createCacheKeyManager(catalog).parseCachePath(file); // says what is wrong with it
  throw new ArrowStoreError('E_BATCH', `${quote(file)} names no entry.`, { path: file });
}

/**
 * A path of the layout has six segments below its root where the nature has no interval, and seven where it has one.
 * Where its frequency stands tells which: an error that is made to be caught takes as long as writing the file does.
 */
function keyOfPath(file: string, catalog: Catalog) {
  const segments = file.split(/[\\/]/);
  const depth = FREQUENCIES.has(segments[segments.length - 3]) ? 6 : 7;
  try {
    const key = parseCachePath(segments.slice(-depth).join('/'), catalog);
    return { key, path: cachePath(key), root: segments.slice(0, -depth).join('/') || '/' };
  } catch (error) {
    if (!isCacheKeyError(error)) throw error;
    return undefined;
  }
}
