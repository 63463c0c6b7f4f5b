import {
  BINANCE,
  type CacheKey,
  cachePath,
  type Catalog,
  createCatalog,
  type Dataset,
  type Interval,
  spanOf,
  utcMonth,
} from '@vision-cache/cache-keys';
import { hash } from 'node:crypto';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { syncFolders, writeFiles } from '../disk/atomic-write.ts';
import { Disk, parentOf } from '../disk/disk.ts';
import { type FileStat, type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { unlinkFiles } from '../disk/records.ts';
import { assertKnown, readRootFormat, rootFormat, writeRootFormat } from '../disk/root.ts';
import { rootPath } from '../disk/root-path.ts';
import { encodeEntry } from '../format/encode-entry.ts';
import { metadataOf } from '../format/metadata.ts';
import { storedSchema } from '../format/open-entry.ts';
import { throwIfAborted } from '../leases/lease.ts';
import { acquireRoot, type RootLease } from '../leases/root-lease.ts';
import { type ListedSeries, seriesUnder } from '../read/list-series.ts';
import { checkRepackOptions } from '../store/check-options.ts';
import { EntryReader } from '../store/entry-reader.ts';
import { isDamage, isUnsealed } from '../store/quarantine.ts';
import { cutPiece, holdsPiece, joinPieces, type Piece, pieceOf } from './rehome-rows.ts';

export interface RepackOptions {
  /** The folder of the cache. */
  readonly root: string | URL;
  /** The intervals that it is to keep by the month from then on; `[]` keeps all up to `1d` by the day. */
  readonly monthly: readonly Interval[];
  /** Of the cache's catalog. @default those of Binance */
  readonly datasets?: readonly Dataset[];
  /** Only list what would move. @default false */
  readonly dryRun?: boolean;
  /** Take the root over from a repack or a migration that is certain to have ended. @default false */
  readonly takeOver?: boolean;
  readonly signal?: AbortSignal;
  /** @default that of the machine */
  readonly fileSystem?: FileSystem;
}

/** A series whose rows got another home. */
export interface RepackedSeries {
  /** Where its entries were, below the root, with `/`. */
  readonly folder: string;
  /** How many of them were moved, or would be. */
  readonly entries: number;
  /** Entries that stay where they are because they cannot be read: `verify` says why. */
  readonly unreadable: number;
  readonly outcome: 'moved' | 'would-move';
}

/** Entries that are written together, and bytes of them: about as many are in memory at a time. */
const GROUP = { files: 256, bytes: 64 * 2 ** 20 } as const;
const BYTES_OF_ROW = 100; // about

/**
 * Gives the rows of a cache the homes that a catalog with other monthly intervals has: writes the new entries, reads
 * them back and compares each row, then records the intervals in the root, and only then removes what is proved to be
 * in the new entries. It can be stopped at any instant and run again. Managers that are open meanwhile find every row
 * until the intervals are recorded; from then on they refuse with `E_HOMES` where they would answer that there is nothing.
 * @throws {ArrowStoreError} `E_NEWER_FORMAT`; `E_LOCKED` where a migration or another repack is at work, `E_INTEGRITY` where
 * what was read back is not what was written, `E_ABORTED`
 */
export async function* repack(options: RepackOptions): AsyncGenerator<RepackedSeries> {
  checkRepackOptions(options);
  const { datasets = BINANCE.datasets, dryRun = false, takeOver = false, fileSystem = nodeFileSystem } = options;
  const catalog: Catalog = createCatalog<Dataset>(datasets, { monthly: options.monthly });
  const disk = new Disk(rootPath(options.root), fileSystem);
  const format = readRootFormat(disk);
  if (format !== undefined) assertKnown(disk.root, format);
  if (dryRun) {
    for (const series of misplaced(disk, catalog)) yield told(series, 0, 'would-move');
    return;
  }
  const lease = acquireRoot(options.root, { purpose: 'repack', takeOver, fileSystem });
  try {
    const reader = new EntryReader(disk, catalog, 'always');
    const work: Repacking = {
      disk,
      catalog,
      reader,
      lease,
      signal: options.signal,
      read: new Map(),
      proved: new Map(),
    };
    if (readRootFormat(disk)?.monthly.join() !== catalog.monthly.join()) {
      for (const series of [...misplaced(disk, catalog)]) await copySeries(work, series);
      lease.assertHeld();
      await writeRootFormat(disk, rootFormat(catalog.monthly), 'entry');
    }
    for (const series of [...misplaced(disk, catalog)]) yield await removeSeries(work, series);
  } finally {
    lease.release();
  }
}

interface Repacking {
  readonly disk: Disk;
  readonly catalog: Catalog;
  readonly reader: EntryReader;
  readonly lease: RootLease;
  readonly signal: AbortSignal | undefined;
  /** What the files were that were read last, by their paths; a group's at a time. */
  readonly read: Map<string, FileStat>;
  /** By the first path of a month: its old files and its homes, as they were when every row was proved to be in the homes. */
  readonly proved: Map<string, string>;
}

/**
 * Tells the files of a month from any others at their paths: a file is replaced by another one, and whoever writes into
 * one moves its times on. Where the text is equal, the rows are those that were read.
 */
function identityOf({ catalog }: Repacking, keys: readonly CacheKey[], stat: (path: string) => FileStat | undefined) {
  const stats = [...keys, ...homesOf(catalog, keys)].map((key) => stat(cachePath(key)) ?? null);
  return hash('sha256', JSON.stringify(stats), 'base64');
}

/** A series names its dataset as its keys do. */
const datasetOf = (catalog: Catalog, series: ListedSeries): Dataset => catalog.datasetOf(series as unknown as CacheKey);

/** Series that are not where the catalog keeps them. */
function* misplaced(disk: Disk, catalog: Catalog): Generator<ListedSeries> {
  for (const series of seriesUnder(disk, catalog)) {
    const dataset: Dataset = datasetOf(catalog, series);
    if (catalog.homeFrequency(dataset, series.interval) !== series.packagingFrequency) yield series;
  }
}

const told = (series: ListedSeries, unreadable: number, outcome: RepackedSeries['outcome']): RepackedSeries => ({
  folder: series.folder,
  entries: series.dates.length - unreadable,
  unreadable,
  outcome,
});

/** The keys of a series, a month's together: no entry of another home holds rows of two months. */
function keysByMonth(catalog: Catalog, series: ListedSeries): CacheKey[][] {
  const { exchange, marketType, dataNature, packagingFrequency, symbol, interval } = series;
  const months = new Map<string, CacheKey[]>();
  for (const date of series.dates) {
    const name = { exchange, marketType, dataNature, packagingFrequency, symbol, interval };
    const key = catalog.cacheKey({ ...name, date } as never);
    const month = utcMonth(date);
    const own = months.get(month);
    if (own === undefined) months.set(month, [key]);
    else own.push(key);
  }
  return [...months.values()];
}

async function copySeries(work: Repacking, series: ListedSeries): Promise<void> {
  let group: NewEntry[] = [];
  let months: CacheKey[][] = [];
  const write = async (): Promise<void> => {
    await writeProved(work, group);
    for (const keys of months)
      work.proved.set(
        cachePath(keys[0]!),
        identityOf(work, keys, (path) => work.read.get(path)),
      );
    work.read.clear();
    group = [];
    months = [];
  };
  for (const keys of keysByMonth(work.catalog, series)) {
    throwIfAborted(work.signal, work.disk, series.folder);
    const pieces = keys.flatMap((key) => readPiece(work, key) ?? []);
    group.push(...newEntries(work, keys[0]!, pieces));
    months.push(keys);
    const bytes = group.reduce((sum, { piece }) => sum + piece.rows.numRows * BYTES_OF_ROW, 0);
    if (group.length >= GROUP.files || bytes >= GROUP.bytes) await write();
  }
  await write();
}

/** Removes the entries of a series that are proved to be in their new homes, once what they have more is there as well. */
async function removeSeries(work: Repacking, series: ListedSeries): Promise<RepackedSeries> {
  const { disk, catalog, lease } = work;
  const dataset: Dataset = datasetOf(catalog, series);
  let unreadable = 0;
  for (const keys of keysByMonth(catalog, series)) {
    throwIfAborted(work.signal, disk, series.folder);
    lease.assertHeld();
    if (work.proved.get(cachePath(keys[0]!)) === identityOf(work, keys, (path) => disk.lstat(path))) {
      removeFiles(work, keys.map(cachePath));
      continue;
    }
    const old = keys.map((key) => ({ path: cachePath(key), piece: readPiece(work, key) }));
    unreadable += old.filter(({ piece }) => piece === undefined).length;
    const isMoved = (): boolean => {
      const homes = homesOf(catalog, keys).map((key) => ({ key, piece: readPiece(work, key) }));
      return old.every(({ piece }) => piece === undefined || isHeld(catalog, dataset, homes, piece));
    };
    // Somebody has saved after they were copied, or the copying was stopped: what is in the new home is the later one.
    if (!isMoved()) {
      const pieces = old.flatMap(({ piece }) => piece ?? []);
      await writeProved(work, newEntries(work, keys[0]!, pieces, 'below'));
      if (!isMoved()) throw unproved(disk, old[0]!.path);
    }
    lease.assertHeld();
    removeFiles(
      work,
      old.filter(({ piece }) => piece !== undefined).map(({ path }) => path),
    );
  }
  await syncFolders(disk, [series.folder]);
  return told(series, unreadable, 'moved');
}

/** Files of one folder, which is synced later, once for all of them. */
function removeFiles({ disk, reader }: Repacking, paths: readonly string[]): void {
  unlinkFiles(disk, paths);
  for (const path of paths) reader.forget(path);
}

function isHeld(catalog: Catalog, dataset: Dataset, homes: readonly Home[], piece: Piece): boolean {
  return homes.every((home) => {
    const part = cutPiece(dataset, piece, spanOf(home.key.date));
    if (part.rows.numRows === 0 && part.said.spans.length === 0) return true;
    return home.piece !== undefined && holdsPiece(dataset, catalog.sourceRank, home.piece, part);
  });
}

interface Home {
  readonly key: CacheKey;
  readonly piece: Piece | undefined;
}

const homesOf = (catalog: Catalog, keys: readonly CacheKey[]): CacheKey[] => [
  ...new Map(keys.flatMap((key) => catalog.homeKeys(key)).map((home) => [home.date, home] as const)).values(),
];

/** An entry that is ready to be written, and what it has to hold when it is read back. */
interface NewEntry {
  readonly key: CacheKey;
  readonly path: string;
  /** Made when they are written: the disk is busy with the files before meanwhile. */
  readonly parts: () => readonly Uint8Array[];
  readonly piece: Piece;
}

/** @param place Whether the pieces count as later than what is in their homes already, or as earlier. */
function newEntries(
  work: Repacking,
  key: CacheKey,
  pieces: readonly Piece[],
  place: 'above' | 'below' = 'above',
): NewEntry[] {
  const { catalog } = work;
  const dataset: Dataset = catalog.datasetOf(key);
  if (pieces.length === 0) return [];
  const homes = homesOf(catalog, [key]);
  const taken = namesBeside(work.disk, cachePath(homes[0]!));
  return homes.flatMap((home) => {
    const span = spanOf(home.date);
    const cut = pieces
      .map((piece) => cutPiece(dataset, piece, span))
      .filter(({ rows, said }) => rows.numRows > 0 || said.spans.length > 0);
    if (cut.length === 0) return [];
    const path = cachePath(home);
    // What stands there and cannot be read is not written over.
    const there = (taken.has(path.slice(parentOf(path).length + 1)) ? readEntry(work, home) : undefined) ?? [];
    const all = place === 'above' ? [there, ...cut].flat() : [...cut, there].flat();
    const { rows, facts } = joinPieces(home, dataset, catalog.sourceRank, all);
    const parts = () => encodeEntry(storedSchema(dataset), rows.numRows, rows.columns, metadataOf(path, facts)).parts;
    return [{ key: home, path, parts, piece: pieceOf(dataset, rows.columns, facts) }];
  });
}

/** What there is in the folder of an entry: of the days of a month mostly nothing, which one look tells of all of them. */
function namesBeside(disk: Disk, path: string): ReadonlySet<string> {
  const folder = parentOf(path);
  if (!disk.hasFolder(folder)) return new Set();
  return new Set(disk.fileSystem.list(disk.absolute(folder)).map(({ name }) => name));
}

/** Writes entries, reads them back from the disk and compares every row. */
async function writeProved(work: Repacking, entries: readonly NewEntry[]): Promise<void> {
  const { disk, lease, reader, catalog } = work;
  const files = entries.map(({ path, parts }) => ({ target: path, parts }));
  await writeFiles(disk, files, 'group', { before: () => lease.assertHeld() });
  let folder: string | undefined;
  for (const { key, path, piece } of entries) {
    reader.forget(path);
    const read = readPiece(work, key, folder);
    folder = parentOf(path);
    if (read === undefined || !holdsPiece(catalog.datasetOf(key), catalog.sourceRank, read, piece))
      throw unproved(disk, path);
  }
}

/** The rows of an entry of which nothing can be lost: undefined where there is none, or none that can be read. */
function readPiece(work: Repacking, key: CacheKey, trusted?: string): Piece | undefined {
  try {
    return readEntry(work, key, trusted);
  } catch (error) {
    if (isDamage(error) || isUnsealed(error)) return undefined;
    throw error;
  }
}

/**
 * The rows of an entry, all of its bytes verified; undefined where there is none.
 * @param trusted A folder that has just been found, and behind which nothing else has run since.
 */
function readEntry({ reader, catalog, read }: Repacking, key: CacheKey, trusted?: string): Piece | undefined {
  const path = cachePath(key);
  const readFile = (file: number, stat: FileStat): Piece => {
    const opened = reader.openAnywhere(path, file, stat, key);
    const { facts } = reader.accept(path, stat, opened.entry, true);
    const piece = pieceOf(catalog.datasetOf(key), reader.columns(path, file, opened), facts);
    read.set(path, stat);
    return piece;
  };
  return reader.withFile(path, readFile, trusted);
}

function unproved(disk: Disk, path: string): ArrowStoreError {
  const file = disk.absolute(path);
  return new ArrowStoreError(
    'E_INTEGRITY',
    `${quote(file)} does not contain what was written to it. Nothing was removed.`,
    {
      path: file,
    },
  );
}
