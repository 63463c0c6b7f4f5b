import { type TimeSpan } from '@vision-cache/cache-keys';

const MINUTE = 60_000_000n;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;

/** Days come 4 hours after their end in the median, 146 hours at most; months up to two weeks. */
const NOT_YET = { day: 7n * DAY, month: 21n * DAY } as const;
/** Monthly files come days to two weeks after the month's end; until then one is expected only if it is listed. */
export const MONTH_PUBLISHED_AFTER = 14n * DAY;

/** Whether an archive may still publish what it lacks of a day or month. */
export function isNotYet({ start, end }: TimeSpan, now: bigint): boolean {
  return now < end + (end - start > DAY ? NOT_YET.month : NOT_YET.day);
}

/** How long it is believed that a day or month is not published yet: an eighth of its age, 15 minutes to 6 hours. */
export function waitFor({ end }: TimeSpan, now: bigint): bigint {
  const wait = (now - end) / 8n;
  return wait < 15n * MINUTE ? 15n * MINUTE : wait > 6n * HOUR ? 6n * HOUR : wait;
}
