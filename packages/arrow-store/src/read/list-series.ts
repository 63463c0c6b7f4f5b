import {
  type CacheFolder,
  type CacheKey,
  type Catalog,
  ENTRY_EXTENSION,
  isUtcDay,
  isUtcMonth,
  type UtcDate,
} from '@vision-cache/cache-keys';
import type { Disk } from '../disk/disk.ts';
import type { StoreContext } from '../store/store-context.ts';
import { keyOfPath } from './key-of-path.ts';
import { topFolders } from './list-entries.ts';

/** The entries of one symbol, interval and packaging frequency, by the names of their files alone. */
export interface ListedSeries extends Omit<CacheKey, 'date' | symbol> {
  /** Below the root, with `/`. */
  readonly folder: string;
  /** The days or months of its entries, UTC, in order; never empty. */
  readonly dates: readonly UtcDate[];
}

/**
 * Every series under a folder of entries, in the order of their paths. No file is opened, so that an entry that is
 * damaged counts as well.
 */
export function* listSeries({ disk, catalog, root }: StoreContext, of?: CacheFolder): Generator<ListedSeries> {
  root.assertReadable();
  yield* seriesUnder(disk, catalog, of);
}

/** The same of a root whose format is known to the caller. */
export function* seriesUnder(disk: Disk, catalog: Catalog, of?: CacheFolder): Generator<ListedSeries> {
  for (const folder of topFolders(disk, catalog, of)) yield* walk(disk, catalog, folder);
}

function* walk(disk: Disk, catalog: Catalog, folder: string): Generator<ListedSeries> {
  const folders: string[] = [];
  const names: string[] = [];
  for (const { name, kind } of disk.fileSystem.list(disk.absolute(folder))) {
    if (kind === 'folder') folders.push(name);
    else if (kind === 'file' && name.endsWith(ENTRY_EXTENSION)) names.push(name);
  }
  const series = seriesOf(catalog, folder, names);
  if (series !== undefined) yield series;
  for (const name of folders.sort()) yield* walk(disk, catalog, `${folder}/${name}`);
}

/** One name is parsed for all: what stands above the names is the same for each of them. */
function seriesOf(catalog: Catalog, folder: string, names: readonly string[]): ListedSeries | undefined {
  let series: Omit<CacheKey, 'date'> | undefined;
  let isDate = isUtcDay;
  const dates: UtcDate[] = [];
  for (const name of names) {
    const date = name.slice(0, -ENTRY_EXTENSION.length);
    if (series === undefined) {
      series = keyOfPath(`${folder}/${name}`, catalog);
      if (series?.packagingFrequency === 'monthly') isDate = isUtcMonth;
    }
    if (series !== undefined && isDate(date)) dates.push(date);
  }
  if (series === undefined || dates.length === 0) return undefined;
  const { exchange, marketType, dataNature, packagingFrequency, symbol, interval } = series;
  return { exchange, marketType, dataNature, packagingFrequency, symbol, interval, folder, dates: dates.sort() };
}
