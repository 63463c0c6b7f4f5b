import {
  epochMilliseconds,
  expectedOpenTimes,
  floorOpenTime,
  type Interval,
  intervalMicroseconds,
  INTERVALS,
  nextOpenTime,
} from '@vision-cache/cache-keys';

/** A candle narrower than this shows no body: measured by eye on a display of one device pixel per CSS pixel. */
const NARROWEST_BAR_PIXELS = 3;
/** A month's bars differ in length; this is what their number in a span is estimated with. */
const MEAN_MONTH_MILLISECONDS = 30.436875 * 86_400_000;

/** Length of a bar in milliseconds; of a month, the mean. */
export function barMilliseconds(interval: Interval): number {
  const length = intervalMicroseconds(interval);
  return length === undefined ? MEAN_MONTH_MILLISECONDS : Number(length) / 1000;
}

/** Whether bars of one interval can be summed up into bars of another without cutting any in two. */
export function divides(fine: Interval, coarse: Interval): boolean {
  if (fine === coarse) return true;
  if (coarse === '1mo') return barMilliseconds(fine) <= 86_400_000;
  if (fine === '1mo') return false;
  // The grids of 3d and 1w begin at different days, so that only their equals fit into them beyond a day.
  if (barMilliseconds(fine) > 86_400_000) return false;
  return barMilliseconds(coarse) % barMilliseconds(fine) === 0;
}

/**
 * The interval in which a span is drawn: the chosen one while its candles can be seen, and otherwise the finest coarser
 * one of the archive's whose candles can. So the chart never holds more bars than it has pixels.
 */
export function drawnInterval(chosen: Interval, spanMilliseconds: number, widthPixels: number): Interval {
  let drawn = chosen;
  for (const interval of INTERVALS.slice(INTERVALS.indexOf(chosen))) {
    if (!divides(chosen, interval)) continue;
    drawn = interval;
    if ((spanMilliseconds / barMilliseconds(interval)) * NARROWEST_BAR_PIXELS <= widthPixels) break;
  }
  return drawn;
}

/** The open times of the bars that a span touches, and where the last of them ends; epoch milliseconds. */
export function gridOf(
  interval: Interval,
  from: number,
  to: number,
): { readonly grid: Float64Array; readonly end: number } {
  const start = floorOpenTime(interval, Math.floor(from));
  const opens = expectedOpenTimes(interval, start, BigInt(Math.ceil(to)) * 1000n);
  const last = opens.at(-1);
  return {
    grid: epochMilliseconds(opens),
    end: Number((last === undefined ? start : nextOpenTime(interval, last)) / 1000n),
  };
}

/**
 * The interval to read for a chosen one: itself, unless the cache holds more days of a finer one that divides it.
 *
 * @param stored days held by interval
 */
export function basisInterval(chosen: Interval, stored: Readonly<Partial<Record<Interval, number>>>): Interval {
  let basis = chosen;
  let days = stored[chosen] ?? 0;
  for (const interval of INTERVALS.slice(0, INTERVALS.indexOf(chosen)).reverse()) {
    const held = stored[interval] ?? 0;
    if (divides(interval, chosen) && held > days) {
      basis = interval;
      days = held;
    }
  }
  return basis;
}
