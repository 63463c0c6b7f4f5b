import {
  BINANCE,
  type BinanceDataset,
  type CacheKey,
  CHECKSUM_EXTENSION,
  daysBetween,
  type Interval,
  monthsBetween,
  spanOf,
  visionPrefix,
} from '@vision-cache/cache-keys';
import type { Listing } from '../market/listed-symbols.ts';
import type { ArchiveObjects } from './archive-objects.ts';
import type { ArchiveText } from './archive-text.ts';
import type { Folder } from './object-listing.ts';
import type { Publication } from './publication.ts';

/** A folder of the archive and the keys of its files, published or not. */
export interface KeyFolder {
  readonly prefix: string;
  /** A month that is not padded stands behind those of two digits. */
  readonly hasMonths: boolean;
  /** @param from of this day and later ones only */
  readonly keys: (from?: string) => Iterable<CacheKey<BinanceDataset>>;
}

/** Every folder of the listed symbols, in the order of their prefixes. `until` in epoch microseconds. */
export function keyFolders(listings: Iterable<Listing>, until: () => number): KeyFolder[] {
  const folders: KeyFolder[] = [];
  for (const listing of listings) {
    for (const frequency of ['daily', 'monthly'] as const) {
      for (const interval of listing.dataset.published[frequency] as readonly (Interval | undefined)[]) {
        if (interval !== undefined && listing.intervals?.includes(interval) === false) continue;
        const { marketType, dataNature } = listing.dataset;
        const { symbol } = listing;
        const prefix = visionPrefix({ marketType, packagingFrequency: frequency, dataNature, symbol, interval });
        folders.push({
          prefix,
          hasMonths: frequency === 'monthly',
          keys: (from) => keysOf(listing, frequency, interval, until(), from),
        });
      }
    }
  }
  return folders.sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

function* keysOf(
  listing: Listing,
  packagingFrequency: 'daily' | 'monthly',
  interval: Interval | undefined,
  until: number,
  from?: string,
): Generator<CacheKey<BinanceDataset>, void, undefined> {
  const first = spanOf(new Date(Math.floor(listing.life.start / 1000)).toISOString().slice(0, 7)).start;
  // A bar that is longer than a day may open in the month before its symbol was listed.
  const start = from === undefined || spanOf(from).start < first ? first - 1n : spanOf(from).start;
  const end = BigInt(Math.min(until, listing.life.end));
  if (end <= start) return;
  const dates = packagingFrequency === 'daily' ? daysBetween(start, end) : monthsBetween(start, end);
  for (const date of dates) {
    const { exchange, marketType, dataNature } = listing.dataset;
    yield BINANCE.cacheKey<{ interval: string; symbol: string; date: string }>({
      exchange, marketType, dataNature, packagingFrequency, symbol: listing.symbol, interval, date,
    } as never); // prettier-ignore
  }
}

/** The folders as a listing shows them: what is published in each, and the CHECKSUM beside it. */
export function listedFolders(
  folders: readonly KeyFolder[],
  { fileIrregularities }: ArchiveText,
  { isPublished, nameOf }: Publication,
  { describe }: ArchiveObjects,
): readonly Folder[] {
  return folders.map(({ prefix, hasMonths, keys }) => {
    const keyOf = new Map<string, CacheKey>();
    function* namesOf(from?: string): Generator<string, void, undefined> {
      for (const key of keys(from)) {
        if (!isPublished(key)) continue;
        const name = nameOf(key);
        const form = fileIrregularities(key).find((each) => each.name === 'checksum-form')?.form;
        for (const each of form === 'missing' ? [name] : [name, `${name}${CHECKSUM_EXTENSION}`]) {
          // It is described next, or never.
          if (keyOf.size > 1000) keyOf.clear();
          keyOf.set(each, key);
          yield each;
        }
      }
    }
    return {
      prefix,
      describe: (name) => describe(name, keyOf.get(name)),
      *names(marker = '') {
        if (hasMonths) yield* [...namesOf()].sort();
        else yield* namesOf(/\d{4}-\d{2}-\d{2}(?=\.zip)/.exec(marker)?.[0]);
      },
    };
  });
}

/** The folders that hold names with a prefix; there are tens of thousands, in the order of their prefixes. */
export function foldersBelow(folders: readonly Folder[], prefix = ''): readonly Folder[] {
  const above = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  let low = 0;
  let high = folders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (folders[middle]!.prefix < above) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < folders.length && folders[end]!.prefix.startsWith(above)) end++;
  return folders.slice(low, end);
}
