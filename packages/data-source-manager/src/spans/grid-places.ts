import { ceilOpenTime, floorOpenTime, type Interval, type TimeSpan } from '@vision-cache/cache-keys';

/** Whether a bar should open within a span: of a range that begins within a month, its bar of 1mo is not missing. */
export function hasPlaces(interval: Interval | undefined, { start, end }: TimeSpan): boolean {
  return interval === undefined || ceilOpenTime(interval, start) < end;
}

/** The span with the whole of each place of the grid that it touches, as far as they lie within a day or month. */
export function wholePlaces(interval: Interval | undefined, span: TimeSpan, whole: TimeSpan): TimeSpan {
  if (interval === undefined) return span;
  const [start, end] = [floorOpenTime(interval, span.start), ceilOpenTime(interval, span.end)];
  return { start: start > whole.start ? start : whole.start, end: end < whole.end ? end : whole.end };
}
