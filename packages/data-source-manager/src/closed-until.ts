import { floorOpenTime, type Interval, type TimeSpan, utcDay, epochMicroseconds } from '@vision-cache/cache-keys';

/**
 * The end of what can be there at all: bars that open before it have closed. Without an interval, only whole days are
 * published, and it is the start of today. Never later than the span's own end.
 */
export function closedUntil(interval: Interval | undefined, now: bigint, span: TimeSpan): bigint {
  const closed = interval === undefined ? epochMicroseconds(utcDay(now)) : floorOpenTime(interval, now);
  return closed < span.end ? closed : span.end;
}
