import {
  barCount,
  type BinanceDataset,
  type CacheKey,
  CHECKSUM_EXTENSION,
  parseVisionObjectKey,
  spanOf,
  utcDay,
} from '@vision-cache/cache-keys';
import { createHash } from 'node:crypto';
import { checksumText } from '../market/irregularity.ts';
import type { Listing } from '../market/listed-symbols.ts';
import type { ArchiveText } from './archive-text.ts';
import type { ListedFile } from './object-listing.ts';
import type { Publication } from './publication.ts';
import { zipOf } from './zip-writer.ts';

/** An object of the archive as it is at a moment. */
export interface ArchiveObject extends ListedFile {
  readonly body: Uint8Array;
}

export interface ArchiveObjects {
  /** A zip or its CHECKSUM; undefined if it is not (yet) published. */
  readonly object: (name: string) => ArchiveObject | undefined;
  /** What a listing says of it: of a usual file without making it. */
  readonly describe: (name: string, key?: CacheKey) => ListedFile;
}

type Zip = ArchiveObject & { readonly sha256: string };

const KEPT_BYTES = 32 * 1024 * 1024;
/** A usual file is at most so much larger than its folder's first one promises; it is filled up to that. */
const MARGIN = 1.15;
/** Rows are longer from some year on, and prices of other years have more digits. */
const ERAS = ['2025', '2022', '2019', ''];
/** A CHECKSUM is a digest, two spaces, a name and a line feed. */
const CHECKSUM_OVERHEAD = 64 + 2 + 1;

export function createArchiveObjects(
  text: ArchiveText,
  publication: Publication,
  seed: number | string,
): ArchiveObjects {
  const { listingOf, fileIrregularities } = text;
  const { isPublished, lastModified, nameOf } = publication;
  const made = new Map<string, Zip>();
  const exact = new Map<string, ListedFile>();
  const perRow = new Map<string, number>();
  let madeBytes = 0;

  /** Whether nothing happened to the file, so that what it is follows from its name. */
  const isUsual = (key: CacheKey): boolean => fileIrregularities(key).length === 0;

  /** Of a file whose CHECKSUM alone is odd the bytes are as usual, and its ETag is the MD5 of them. */
  const hasUsualRows = (key: CacheKey): boolean =>
    fileIrregularities(key).every(({ name }) => name === 'wrong-checksum' || name === 'checksum-form');

  /** How large a usual file is: as many rows as its day or month can have, at what a row of its folder takes. */
  function sizeOf(key: CacheKey, listing: Listing): number {
    const { marketType, dataNature, symbol, interval, date } = key;
    const folder = `${marketType} ${dataNature} ${symbol} ${interval} ${ERAS.findIndex((from) => date >= from)}`;
    let bytes = perRow.get(folder);
    if (bytes === undefined) {
      bytes = sampleOf(key, listing);
      perRow.set(folder, bytes);
    }
    return 512 + Math.ceil(placesOf(key) * bytes * MARGIN);
  }

  /** Bytes that a row takes in a whole day of the month, or where a day has few of them, in all of the month. */
  function sampleOf(key: CacheKey, listing: Listing): number {
    const month = key.date.slice(0, 7);
    const { start } = spanOf(month);
    const middle = Number(start) + 15 * 86_400_000_000;
    const { life } = listing;
    const at = Math.max(Math.min(middle, life.end - 86_400_000_000), life.start + 86_400_000_000);
    const day = { ...key, packagingFrequency: 'daily', date: utcDay(BigInt(Math.floor(at))) } as CacheKey;
    const isLong = key.interval !== undefined && placesOf(day) < 24;
    const sample = isLong ? ({ ...key, packagingFrequency: 'monthly', date: month } as CacheKey) : day;
    const content = text.fileText(sample, listing);
    return Math.max(90, zipOf('sample.csv', content).length / Math.max(1, placesOf(sample)));
  }

  function zipObject(key: CacheKey, listing: Listing): Zip {
    const name = nameOf(key);
    const modified = lastModified(key);
    const known = made.get(name);
    if (known?.lastModified === modified) return known;
    if (known !== undefined) madeBytes -= known.size;
    const stem = name.slice(name.lastIndexOf('/') + 1, -'.zip'.length);
    const size = hasUsualRows(key) ? sizeOf(key, listing) : undefined;
    const body = zipOf(`${stem}.csv`, text.fileText(key, listing), size);
    if (fileIrregularities(key).some((each) => each.name === 'broken-zip')) {
      // Within the packed rows: its CRC-32 finds it.
      for (let at = body.length >> 2; at < body.length >> 1; at++) body[at]! ^= 0x5a;
    }
    const listed = isUsual(key) && size === body.length ? { size, etag: etagOf(name, modified) } : undefined;
    const object = {
      key: name,
      body,
      lastModified: modified,
      ...(listed ?? { size: body.length, etag: md5(body) }),
      sha256: createHash('sha256').update(body).digest('hex'),
    };
    made.delete(name);
    made.set(name, object);
    madeBytes += object.size;
    for (const [oldest, { size: bytes }] of made) {
      if (madeBytes <= KEPT_BYTES) break;
      made.delete(oldest);
      madeBytes -= bytes;
    }
    return object;
  }

  /** As S3 gives one to what came in parts: 32 digits that are no MD5 of the bytes. */
  const etagOf = (name: string, modified: string): string => md5(Buffer.from(`${seed} ${name} ${modified}`));

  function checksumObject(key: CacheKey, listing: Listing): ArchiveObject | undefined {
    const special = fileIrregularities(key);
    const form = special.find((each) => each.name === 'checksum-form')?.form;
    if (form === 'missing') return undefined;
    const zip = zipObject(key, listing);
    const isWrong = special.some((each) => each.name === 'wrong-checksum');
    const sha256 = isWrong ? createHash('sha256').update(`not ${zip.key}`).digest('hex') : zip.sha256;
    const body = Buffer.from(checksumText(sha256, zip.key.slice(zip.key.lastIndexOf('/') + 1), form));
    const name = `${zip.key}${CHECKSUM_EXTENSION}`;
    const etag = isUsual(key) ? etagOf(name, zip.lastModified) : md5(body);
    return { key: name, body, size: body.length, lastModified: zip.lastModified, etag };
  }

  function object(name: string): ArchiveObject | undefined {
    const key = keyOfName(name);
    const listing = key && listingOf(key);
    if (key === undefined || listing === undefined || !isPublished(key)) return undefined;
    const isChecksum = name.endsWith(CHECKSUM_EXTENSION);
    if ((isChecksum ? name.slice(0, -CHECKSUM_EXTENSION.length) : name) !== nameOf(key)) return undefined;
    return isChecksum ? checksumObject(key, listing) : zipObject(key, listing);
  }

  function describe(name: string, known?: CacheKey): ListedFile {
    const key = known ?? keyOfName(name)!;
    const modified = lastModified(key);
    if (isUsual(key)) {
      const size = name.endsWith(CHECKSUM_EXTENSION)
        ? CHECKSUM_OVERHEAD + name.slice(name.lastIndexOf('/') + 1, -CHECKSUM_EXTENSION.length).length
        : sizeOf(key, listingOf(key)!);
      return { key: name, size, lastModified: modified, etag: etagOf(name, modified) };
    }
    const id = `${modified} ${name}`;
    const before = exact.get(id);
    if (before !== undefined) return before;
    const { body: _, ...facts } = object(name)!;
    exact.set(id, facts);
    return facts;
  }

  return { object, describe };
}

/** Rows of a day or month at the most, or its days where rows come as they come. */
function placesOf({ interval, date }: CacheKey): number {
  const { start, end } = spanOf(date);
  return interval === undefined ? Number((end - start) / 86_400_000_000n) : barCount(interval, start, end);
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

function keyOfName(name: string): CacheKey<BinanceDataset> | undefined {
  try {
    return parseVisionObjectKey(name);
  } catch {
    return undefined; // no name of the archive: no such object
  }
}
