import {
  epochMicroseconds,
  floorOpenTime,
  type Interval,
  type TimeSpan,
  utcDay,
  utcMonth,
} from '@vision-cache/cache-keys';

/**
 * The end of what can be there at all: bars that open before it have closed. Without an interval only whole days are
 * published, or whole months, and it is the start of today or of this month. Never later than the span's own end.
 * @param hasTail a source of ranges has the rows without an interval that no archive has yet: then it is now
 */
export function closedUntil(
  interval: Interval | undefined,
  now: bigint,
  span: TimeSpan,
  packaging: 'daily' | 'monthly' = 'daily',
  hasTail = false,
): bigint {
  if (interval === undefined && hasTail) return now < span.end ? now : span.end;
  const period = packaging === 'monthly' ? utcMonth(now) : utcDay(now);
  const closed = interval === undefined ? epochMicroseconds(period) : floorOpenTime(interval, now);
  return closed < span.end ? closed : span.end;
}
