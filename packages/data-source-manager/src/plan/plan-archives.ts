import {
  type CacheKey,
  type Catalog,
  type Dataset,
  type Interval,
  spanOf,
  type UtcMonth,
  utcMonth,
} from '@vision-cache/cache-keys';
import { isPublished, type Listing } from '../publication/listing.ts';
import type { Need } from '../ledger/needs.ts';

const DAY = 86_400_000_000n;
/** Monthly files come days to two weeks after the month's end; until then one is expected only if it is listed. */
const MONTH_PUBLISHED_AFTER = 14n * DAY;
/** Days come 4 hours after their end in the median, 146 hours at most; months up to two weeks. */
const NOT_YET = { daily: 7n * DAY, monthly: 21n * DAY } as const;

/** One object of an archive to ask for, and the needs that it may satisfy. */
export interface ArchiveTask {
  readonly packaging: 'daily' | 'monthly';
  readonly key: CacheKey;
  readonly needs: readonly Need[];
}

/** What of an archive matters to the plan. */
export interface ArchiveAbilities {
  readonly name: string;
  covers(key: CacheKey): boolean;
}

export interface ArchivePlanInput {
  readonly needs: readonly Need[];
  readonly archive: ArchiveAbilities;
  readonly catalog: Catalog;
  readonly listing: Listing | undefined;
  /** Epoch microseconds, UTC. */
  readonly now: bigint;
  /** Months of which the archive is known to have no file, although it may have the days. */
  readonly absentMonths?: ReadonlySet<UtcMonth> | undefined;
}

/** Whether a 404 for the key's object still means that it will come. */
export function isNotYet(key: CacheKey, now: bigint): boolean {
  return now < spanOf(key.date).end + NOT_YET[key.packagingFrequency];
}

/** Whether the archive may have what is needed: its day or month has ended, and it was not asked before. */
export function archiveMayHave(need: Need, archive: ArchiveAbilities, now: bigint): boolean {
  return need.whole.end <= now && !need.asked.includes(archive.name) && archive.covers(need.key);
}

/**
 * Which objects of an archive to ask for, in the order of time. A month's file is taken when at least half of its days
 * are needed and it is published; otherwise each day's.
 */
export function planArchives(input: ArchivePlanInput): ArchiveTask[] {
  const { archive, listing, now } = input;
  const tasks: ArchiveTask[] = [];
  const usable = input.needs.filter((need) => archiveMayHave(need, archive, now));
  for (const [month, needs] of byMonth(usable)) {
    const whole = needs.filter(({ why }) => why !== 'hole');
    const monthKey = whole.length === 0 ? undefined : monthKeyFor(whole[0]!.key, input.catalog);
    const single: Need[] = [];
    if (monthKey !== undefined && isWorthAMonth(input, monthKey, month, whole.length)) {
      tasks.push({ packaging: 'monthly', key: monthKey, needs: whole });
      single.push(...needs.filter(({ why }) => why === 'hole'));
    } else {
      single.push(...needs);
    }
    for (const need of single) {
      if (isPublished(listing, need.key) === false) continue;
      tasks.push({ packaging: need.key.packagingFrequency, key: need.key, needs: [need] });
    }
  }
  return tasks;
}

function isWorthAMonth(input: ArchivePlanInput, key: CacheKey, month: UtcMonth, needed: number): boolean {
  const { archive, listing, now, absentMonths } = input;
  if (!archive.covers(key) || absentMonths?.has(month) === true) return false;
  const { start, end } = spanOf(month);
  if (needed * 2 < Number((end - start) / DAY)) return false;
  return isPublished(listing, key) ?? end + MONTH_PUBLISHED_AFTER <= now;
}

/** The key of the month's archive that holds a day's rows, if the dataset is published by the month as well. */
export function monthKeyFor<D extends Dataset>(key: CacheKey<D>, catalog: Catalog): CacheKey<D> | undefined {
  if (key.packagingFrequency === 'monthly') return undefined;
  const dataset: Dataset = catalog.datasetOf<Dataset>(key);
  if (!dataset.published.monthly.includes(key.interval)) return undefined;
  return keyAt(key, 'monthly', utcMonth(key.date), catalog);
}

/** The key with another date and packaging. */
export function keyAt<D extends Dataset>(
  key: CacheKey<D>,
  packagingFrequency: 'daily' | 'monthly',
  date: string,
  catalog: Catalog,
): CacheKey<D> {
  const { exchange, marketType, dataNature, symbol, interval } = key;
  const input: { symbol: string; date: string; interval: Interval | undefined } = { symbol, date, interval };
  return catalog.cacheKey({ ...input, exchange, marketType, dataNature, packagingFrequency } as never) as never;
}

function byMonth(needs: readonly Need[]): Map<UtcMonth, Need[]> {
  const months = new Map<UtcMonth, Need[]>();
  for (const need of needs) {
    const month = need.key.date.slice(0, 7);
    const of = months.get(month);
    if (of === undefined) months.set(month, [need]);
    else of.push(need);
  }
  return months;
}
