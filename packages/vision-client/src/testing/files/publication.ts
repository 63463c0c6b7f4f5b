import { BINANCE, type CacheKey, spanOf, unpaddedObjectKey, visionObjectKey } from '@vision-cache/cache-keys';
import { gridOf } from '../market/bars.ts';
import { microsecondsOf } from '../market/irregularity.ts';
import type { Listing } from '../market/listed-symbols.ts';
import type { ArchiveText } from './archive-text.ts';

export interface PublicationOptions {
  readonly text: ArchiveText;
  readonly dailyDelayHours: number;
  readonly monthlyDelayHours: number;
  /** Epoch microseconds; files that end later are never published. */
  readonly lastEnd: number;
  /** Epoch microseconds, UTC. */
  readonly now: () => number;
}

/** Which files are there, since when, and under which name. */
export interface Publication {
  readonly isPublished: (key: CacheKey) => boolean;
  /** When the file as it is now was written, ISO 8601 UTC. */
  readonly lastModified: (key: CacheKey) => string;
  /** The name of the key's object, which may have its month unpadded. */
  readonly nameOf: (key: CacheKey) => string;
}

const HOUR = 3_600_000_000;

export function createPublication(options: PublicationOptions): Publication {
  const { text, dailyDelayHours, monthlyDelayHours, lastEnd, now } = options;
  const { eventsOf, listingOf, fileIrregularities } = text;

  const known = new WeakMap<CacheKey, number>();
  /** When the key's file appears, infinite where it never does. Epoch microseconds. */
  function publishedAt(key: CacheKey): number {
    const before = known.get(key);
    if (before !== undefined) return before;
    const at = appearsAt(key) ?? Infinity;
    known.set(key, at);
    return at;
  }

  function appearsAt(key: CacheKey): number | undefined {
    const listing = listingOf(key);
    if (listing === undefined) return undefined;
    const { start, end } = spanOf(key.date);
    const special = fileIrregularities(key);
    if (special.some((each) => each.name === 'missing-file')) return undefined;
    const grid = key.interval === undefined ? undefined : gridOf(key.interval);
    const rowsEnd = Math.max(Number(end), grid?.next(grid.floor(Number(end) - 1)) ?? 0);
    if (rowsEnd > lastEnd || !hasRows(key, listing, Number(start), Number(end))) return undefined;
    const late = special.find((each) => each.name === 'late');
    const delay = late?.hours ?? (key.packagingFrequency === 'daily' ? dailyDelayHours : monthlyDelayHours);
    return rowsEnd + delay * HOUR;
  }

  function hasRows(key: CacheKey, listing: Listing, start: number, end: number): boolean {
    const { life, outages } = eventsOf(listing);
    if (key.interval !== undefined && BINANCE.homeFrequency(listing.dataset, key.interval) === 'monthly') {
      // A month need not hold the open of any bar that is longer than a day.
      const grid = gridOf(key.interval);
      const from = Math.max(start, grid.floor(life.start));
      const open = grid.floor(from) < from ? grid.next(grid.floor(from)) : from;
      return open < Math.min(end, life.end);
    }
    if (end <= life.start || start >= life.end) return false;
    return !outages.some((outage) => outage.start <= start && outage.end >= end);
  }

  const isPublished = (key: CacheKey): boolean => publishedAt(key) <= now();

  /** When the file as it is now was written. */
  function lastModified(key: CacheKey): string {
    const republished = fileIrregularities(key).find((each) => each.name === 'republished');
    const first = publishedAt(key);
    const again = republished === undefined ? first : microsecondsOf(republished.at);
    return new Date(Math.floor((again > first && again <= now() ? again : first) / 1000)).toISOString();
  }

  function nameOf(key: CacheKey): string {
    const isUnpadded = fileIrregularities(key).some((each) => each.name === 'unpadded-month');
    return (isUnpadded ? unpaddedObjectKey(key) : undefined) ?? visionObjectKey(key);
  }

  return { isPublished, lastModified, nameOf };
}
