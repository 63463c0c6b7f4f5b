import { type CacheFolder, type CacheKey, cachePath } from '@vision-cache/cache-keys';
import { parentOf } from '../disk/disk.ts';
import { listFiles } from '../read/list-entries.ts';
import type { StoreContext } from '../store/store-context.ts';
import { isDamage, isUnsealed } from '../store/quarantine.ts';

/** What the entries of one symbol, interval and packaging frequency take. */
export interface SeriesUsage extends Omit<CacheKey, 'date' | symbol> {
  /** Below the root, with `/`. */
  readonly folder: string;
  /** Files, one a day or a month. */
  readonly entries: number;
  /** Dates of the first and the last entry, UTC. */
  readonly first: string;
  readonly last: string;
  readonly rows: number;
  /** Sizes of the files; a file system takes whole blocks, often 4 KiB, for each. */
  readonly bytes: number;
  /** Files that are damaged or unsealed: their bytes count, their rows are not known. `verify` tells of each. */
  readonly unreadable: number;
}

/** Each series under a folder, in the order of the paths; memory holds one at a time. */
export function* usageOf(store: StoreContext, of?: CacheFolder): Generator<SeriesUsage> {
  store.root.assertReadable();
  let series: { -readonly [Name in keyof SeriesUsage]: SeriesUsage[Name] } | undefined;
  for (const { path, key } of listFiles(store.disk, store.catalog, of)) {
    if (key === undefined) continue;
    const folder = parentOf(path);
    if (series?.folder !== folder) {
      if (series !== undefined) yield series;
      const { date, ...name } = key;
      series = { ...name, folder, entries: 0, first: date, last: date, rows: 0, bytes: 0, unreadable: 0 };
    }
    series.entries++;
    series.last = key.date;
    series.bytes += store.disk.lstat(path)?.size ?? 0;
    const rows = rowsIn(store, key);
    if (rows === undefined) series.unreadable++;
    else series.rows += rows;
  }
  if (series !== undefined) yield series;
}

function rowsIn({ reader }: StoreContext, key: CacheKey): number | undefined {
  const path = cachePath(key);
  try {
    return reader.withFile(path, (file, stat) => reader.peek(path, file, stat, key).rows);
  } catch (error) {
    if (isDamage(error) || isUnsealed(error)) return undefined;
    throw error;
  }
}
