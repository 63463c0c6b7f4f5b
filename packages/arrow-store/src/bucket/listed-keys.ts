import { type CacheFolder, type CacheKey, type Catalog, cacheFolder, cachePath, ENTRY_EXTENSION } from '@vision-cache/cache-keys'; // prettier-ignore
import type { ObjectInfo, ObjectStore } from '../objects/object-store.ts';
import { keyOfPath } from '../read/key-of-path.ts';
import type { ListedSeries } from '../read/list-series.ts';

/**
 * From so many keys of one folder on it is listed: of what may well not be there sooner than of what is to be read, where a
 * listing comes before everything else.
 */
export const LIST_FROM = { facts: 4, rows: 17 } as const;

/**
 * What the bucket has of keys, by their paths. A folder of few keys is not listed: each of them is asked for when it is
 * read, and `undefined` stands for it. A path that is not in the answer at all is not in the bucket.
 */
export async function listKeys(
  objects: ObjectStore,
  keys: readonly CacheKey[],
  listFrom: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ObjectInfo | undefined>> {
  const found = new Map<string, ObjectInfo | undefined>();
  const folders = new Map<string, string[]>();
  for (const key of keys) {
    const path = cachePath(key);
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const paths = folders.get(folder);
    if (paths === undefined) folders.set(folder, [path]);
    else paths.push(path);
  }
  await Promise.all(
    [...folders].map(async ([folder, paths]) => {
      if (paths.length < listFrom) for (const path of paths) found.set(path, undefined);
      else await listFolder(objects, folder, paths, found, signal);
    }),
  );
  return found;
}

/** From the first of the paths to the last one: a series of nine years is not listed for a week of it. */
async function listFolder(
  objects: ObjectStore,
  folder: string,
  paths: readonly string[],
  found: Map<string, ObjectInfo | undefined>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wanted = new Set(paths);
  const sorted = [...paths].sort();
  const first = sorted[0]!.slice(0, -ENTRY_EXTENSION.length); // Sorts before the path, and behind every earlier date.
  const last = sorted[sorted.length - 1]!;
  for await (const info of objects.list(folder, { startAfter: first, signal })) {
    if (wanted.has(info.key)) found.set(info.key, info);
    if (info.key >= last) break;
  }
}

/** An object of the bucket, with the key that it is named for, if it is named for one. */
interface NamedObject extends ObjectInfo {
  readonly entryKey: CacheKey | undefined;
}

/** Every object under a folder, or of all exchanges, in the order of their paths. */
export async function* listNamedObjects(
  objects: ObjectStore,
  catalog: Catalog,
  of: CacheFolder | undefined,
): AsyncGenerator<NamedObject> {
  const tops = of === undefined ? [...new Set(catalog.datasets.map(({ exchange }) => exchange))] : [cacheFolder(of)];
  for (const top of tops.sort()) {
    for await (const info of objects.list(`${top}/`)) yield { ...info, entryKey: keyOfPath(info.key, catalog) };
  }
}

/** An object of the bucket that is named as an entry is. */
export interface ListedObject extends ObjectInfo {
  readonly entryKey: CacheKey;
}

/** Every entry under a folder, or of all exchanges, in the order of their paths. */
export async function* listEntryObjects(
  objects: ObjectStore,
  catalog: Catalog,
  of: CacheFolder | undefined,
): AsyncGenerator<ListedObject> {
  for await (const { entryKey, ...info } of listNamedObjects(objects, catalog, of)) {
    if (entryKey !== undefined) yield { ...info, entryKey };
  }
}

/** The same as series: the days or months of one symbol and interval, which stand side by side. */
export async function* listBucketSeries(
  objects: ObjectStore,
  catalog: Catalog,
  of: CacheFolder | undefined,
): AsyncGenerator<ListedSeries> {
  let series: ListedSeries | undefined;
  for await (const { key: path, entryKey } of listEntryObjects(objects, catalog, of)) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (series?.folder === folder) series = { ...series, dates: [...series.dates, entryKey.date] };
    else {
      if (series !== undefined) yield series;
      const { exchange, marketType, dataNature, packagingFrequency, symbol, interval, date } = entryKey;
      series = { exchange, marketType, dataNature, packagingFrequency, symbol, interval, folder, dates: [date] };
    }
  }
  if (series !== undefined) yield series;
}
