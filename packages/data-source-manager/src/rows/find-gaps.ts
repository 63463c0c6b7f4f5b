import {
  type Interval,
  type TimeSpan,
  ceilOpenTime,
  floorOpenTime,
  intervalMicroseconds,
  nextOpenTime,
} from '@vision-cache/cache-keys';

/**
 * The spans within `[span.start, span.end)` in which the interval's grid expects bars and there are none, in order.
 * A span runs from the first missing open time to the end of the last missing bar, cut at the span's end.
 *
 * A bar that opens off the grid stands for the place of the grid that it falls into: Binance's bars of 2018-02-09 open
 * at 09:28:14.789, and the hour of 09:00 is not missing. Bars that come twice stand for one. The same rule holds for
 * every place, so that a missing bar at 00:00 is found like any other.
 *
 * @param openTimes Epoch microseconds, UTC, in ascending order.
 */
export function findGaps(openTimes: BigInt64Array, interval: Interval, span: TimeSpan): TimeSpan[] {
  const first = ceilOpenTime(interval, span.start);
  if (first >= span.end) return [];
  const step = intervalMicroseconds(interval);
  return step === undefined
    ? monthGaps(openTimes, span, first)
    : evenGaps(openTimes, span, Number(first), Number(step));
}

/**
 * Open times are read as pairs of 32-bit words: microseconds are exact in a double until the year 2255, and no bigint
 * is made for a row.
 */
function evenGaps(openTimes: BigInt64Array, span: TimeSpan, first: number, step: number): TimeSpan[] {
  const words = new Int32Array(openTimes.buffer, openTimes.byteOffset, openTimes.length * 2);
  const gaps: TimeSpan[] = [];
  const end = Number(span.end);
  let expected = first;
  const missing = (until: number): void => {
    gaps.push({ start: BigInt(expected), end: BigInt(Math.min(until, end)) });
  };
  for (let row = 0; row < openTimes.length && expected < end; row++) {
    const openTime = words[row * 2 + 1]! * 4_294_967_296 + (words[row * 2]! >>> 0);
    if (openTime < expected) continue;
    const place = openTime - ((openTime - first) % step);
    if (place >= end) break;
    if (place > expected) missing(place);
    expected = place + step;
  }
  if (expected < end) missing(end);
  return gaps;
}

function monthGaps(openTimes: BigInt64Array, span: TimeSpan, first: bigint): TimeSpan[] {
  const gaps: { start: bigint; end: bigint }[] = [];
  const places = new Set(Array.from(openTimes, (openTime) => floorOpenTime('1mo', openTime)));
  for (let place = first; place < span.end; place = nextOpenTime('1mo', place)) {
    if (places.has(place)) continue;
    const next = nextOpenTime('1mo', place);
    const end = next < span.end ? next : span.end;
    const last = gaps.at(-1);
    if (last?.end === place) last.end = end;
    else gaps.push({ start: place, end });
  }
  return gaps;
}
