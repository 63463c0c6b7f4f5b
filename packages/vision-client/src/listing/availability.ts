import {
  CHECKSUM_EXTENSION,
  type CacheKey,
  daysBetween,
  monthsBetween,
  type PackagingFrequency,
  parseVisionObjectKey,
  spanOf,
  type UtcDay,
  type UtcMonth,
} from '@vision-cache/cache-keys';
import type { ListingObject, ListingPage } from './listing-xml.ts';

/** One file of the archive, as the listing tells. */
export interface ListedObject {
  readonly key: CacheKey;
  readonly size: number;
  readonly etag: string;
  /** ISO 8601, UTC. */
  readonly lastModified: string;
}

/** What the archive has of one symbol's data. */
export interface Availability {
  readonly packagingFrequency: PackagingFrequency;
  /** The first and last day or month that is published; undefined if nothing is. */
  readonly first: UtcDay | UtcMonth | undefined;
  readonly last: UtcDay | UtcMonth | undefined;
  /** Days or months between the first and the last that are not published, in order. */
  readonly holes: readonly (UtcDay | UtcMonth)[];
  /** Archives below the folder that have no name in the dataset table, in the order of the listing. They are not read. */
  readonly unnamed?: readonly string[];
  /** Bytes of all files. */
  readonly bytes: number;
  readonly files: readonly ListedObject[];
}

/** The day or month that a name in the archive is of; undefined for a checksum and for what is no file of the table. */
export function dateOf(objectKey: string): UtcDay | UtcMonth | undefined {
  return listedObject({ objectKey, size: 0, etag: '', lastModified: '' })?.key.date;
}

/** The file that an object is, or undefined for a checksum and for what is no file of the dataset table. */
export function listedObject({ objectKey, size, etag, lastModified }: ListingObject): ListedObject | undefined {
  if (!objectKey.endsWith('.zip')) return undefined;
  try {
    return { key: parseVisionObjectKey(objectKey), size, etag, lastModified };
  } catch {
    // A bar longer than a day by the day, a name of another kind: the archive has more than is named here.
    return undefined;
  }
}

/** Whether an object that is no file of the dataset table is to be told of: a checksum or a folder is not. */
export const isUnnamed = (objectKey: string): boolean =>
  !objectKey.endsWith(CHECKSUM_EXTENSION) && !objectKey.endsWith('/');

export async function availabilityOf(
  pages: AsyncIterable<ListingPage>,
  packagingFrequency: PackagingFrequency,
): Promise<Availability> {
  const files: ListedObject[] = [];
  const unnamed: string[] = [];
  for await (const { objects } of pages) {
    for (const object of objects) {
      const file = listedObject(object);
      if (file !== undefined) files.push(file);
      else if (isUnnamed(object.objectKey)) unnamed.push(object.objectKey);
    }
  }
  // An unpadded month stands behind the others of its year.
  files.sort((a, b) => (a.key.date < b.key.date ? -1 : a.key.date > b.key.date ? 1 : 0));
  const first = files[0]?.key.date;
  const last = files.at(-1)?.key.date;
  const published = new Set(files.map(({ key }) => key.date));
  return {
    packagingFrequency,
    first,
    last,
    holes:
      first === undefined || last === undefined ? [] : datesBetween(first, last).filter((date) => !published.has(date)),
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    files,
    ...(unnamed.length === 0 ? {} : { unnamed }),
  };
}

function datesBetween(first: UtcDay | UtcMonth, last: UtcDay | UtcMonth): (UtcDay | UtcMonth)[] {
  const between = first.length === 7 ? monthsBetween : daysBetween;
  return between(spanOf(first).start, spanOf(last).end);
}
