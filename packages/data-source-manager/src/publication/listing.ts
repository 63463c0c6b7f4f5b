import { type CacheKey, spanOf, type UtcDay, utcDay, type UtcMonth, utcMonth } from '@vision-cache/cache-keys';
import type { ListedObject } from '../contract/ports.ts';

/** What an archive has published of one symbol and interval, as far as it was listed. */
export interface Listing {
  /** By day, from `dailyFrom` on, up to and including the first one after the range. */
  readonly daily: ReadonlyMap<UtcDay, ListedObject>;
  /** Undefined if days were not listed. Everything from this day on is in `daily`, or is not published. */
  readonly dailyFrom: UtcDay | undefined;
  /** The last day that `daily` can tell of; undefined when the listing went to its end. */
  readonly dailyTo: UtcDay | undefined;
  /** Every month. Undefined if months were not listed. */
  readonly monthly: ReadonlyMap<UtcMonth, ListedObject> | undefined;
}

/** Whether an archive has the key's object: undefined when the listing does not tell. */
export function isPublished(listing: Listing | undefined, key: CacheKey): boolean | undefined {
  if (listing === undefined) return undefined;
  if (key.packagingFrequency === 'monthly') return listing.monthly?.has(key.date);
  const { daily, dailyFrom, dailyTo } = listing;
  if (dailyFrom === undefined || key.date < dailyFrom) return undefined;
  if (dailyTo !== undefined && key.date > dailyTo) return undefined;
  return daily.has(key.date);
}

/** Size in bytes of the key's object, where the listing tells. */
export function listedSize(listing: Listing | undefined, key: CacheKey): number | undefined {
  return (key.packagingFrequency === 'monthly' ? listing?.monthly : listing?.daily)?.get(key.date)?.size;
}

/** On which side of everything that is published a day or month lies. */
export function sideOfPublished(listing: Listing, key: CacheKey): 'before' | 'after' | 'within' | 'nothing' {
  const months = [...(listing.monthly?.keys() ?? [])];
  const days = [...listing.daily.keys()];
  if (months.length + days.length === 0) return 'nothing';
  const month = key.date.slice(0, 7);
  const earlier = months.some((each) => each < month) || days.some((each) => each < key.date);
  const later = months.some((each) => each > month) || days.some((each) => each > key.date);
  // What is published of the month itself lies before or after the day: only days can tell, and they were looked at.
  const same = days.length === 0 && months.includes(month);
  if (same || (earlier && later)) return 'within';
  return earlier ? 'after' : later ? 'before' : 'within';
}

/** Whether the listing has no day before a day, or none after it. */
export function isOutsideOfDays(listing: Listing | undefined, { date }: CacheKey): boolean {
  if (listing === undefined) return false;
  const days = [...listing.daily.keys()];
  return days.every((day) => day >= date) || days.every((day) => day <= date);
}

/** First and last day or month of everything that is listed, for people. */
export function listedRange(listing: Listing): { readonly first: string; readonly last: string } | undefined {
  const months = [...(listing.monthly?.keys() ?? [])].sort();
  const days = [...listing.daily.keys()].sort();
  const [month] = months;
  const [day] = days;
  if (month === undefined || day === undefined) {
    const [first, last] = month === undefined ? [day, days.at(-1)] : [month, months.at(-1)];
    return first === undefined || last === undefined ? undefined : { first, last };
  }
  // Where both begin, or end, in one month, the day says more.
  const first = month < day.slice(0, 7) ? month : day;
  const [lastMonth = month, lastDay = day] = [months.at(-1), days.at(-1)];
  const last = lastMonth > lastDay.slice(0, 7) ? lastMonth : lastDay;
  return { first, last };
}

const DAY = 86_400_000_000n;
/** Days come 146 hours after their end at the latest, months two weeks. */
const LATEST = { day: 7n * DAY, month: 21n * DAY } as const;

/** Whether the archive's last day or month is the last for good: the next one would have been published by now. */
export function hasEnded(listing: Listing, now: bigint): boolean {
  const range = listedRange(listing);
  if (range === undefined) return false;
  const { daily, dailyFrom, dailyTo } = listing;
  // No day at all from then on.
  if (dailyFrom !== undefined && dailyTo === undefined && daily.size === 0) return isLate(dailyFrom, now);
  return isLate(following(range.last), now);
}

function isLate(date: UtcDay | UtcMonth, now: bigint): boolean {
  const latest = date.length === 'YYYY-MM'.length ? LATEST.month : LATEST.day;
  return spanOf(date).end + latest <= now;
}

function following(date: UtcDay | UtcMonth): UtcDay | UtcMonth {
  const { end } = spanOf(date);
  return date.length === 'YYYY-MM'.length ? utcMonth(end) : utcDay(end);
}
