import { type TimeInput, instantOf } from './time-input.ts';
import { type TimeSpan, monthAt, spanBetween, spanOf } from './utc-date.ts';

/**
 * Every interval of Binance's klines, finest first, as the archive spells them (`1mo`; REST says `1M`).
 * Source: github.com/binance/binance-public-data, README.
 */
export const INTERVALS = [
  '1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1mo',
] as const; // prettier-ignore

export type Interval = (typeof INTERVALS)[number];

const SECOND = 1_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;

/** Length in microseconds and the open time of one bar; every other bar opens a whole number of lengths away. */
const GRID: Readonly<Record<Exclude<Interval, '1mo'>, { readonly length: bigint; readonly anchor: bigint }>> = {
  '1s': { length: SECOND, anchor: 0n },
  '1m': { length: MINUTE, anchor: 0n },
  '3m': { length: 3n * MINUTE, anchor: 0n },
  '5m': { length: 5n * MINUTE, anchor: 0n },
  '15m': { length: 15n * MINUTE, anchor: 0n },
  '30m': { length: 30n * MINUTE, anchor: 0n },
  '1h': { length: HOUR, anchor: 0n },
  '2h': { length: 2n * HOUR, anchor: 0n },
  '4h': { length: 4n * HOUR, anchor: 0n },
  '6h': { length: 6n * HOUR, anchor: 0n },
  '8h': { length: 8n * HOUR, anchor: 0n },
  '12h': { length: 12n * HOUR, anchor: 0n },
  '1d': { length: DAY, anchor: 0n },
  '3d': { length: 3n * DAY, anchor: DAY }, // 1970-01-02
  '1w': { length: 7n * DAY, anchor: 4n * DAY }, // Monday, 1970-01-05
};

/** Whether the text is an interval of the archive. */
export function isInterval(text: unknown): text is Interval {
  return (INTERVALS as readonly unknown[]).includes(text);
}

/** The interval as REST spells it: `1M` for `1mo`, otherwise the same. */
export function restInterval(interval: Interval): string {
  return interval === '1mo' ? '1M' : interval;
}

/** Length of a bar in microseconds, or undefined for `1mo`, whose bars differ in length. */
export function intervalMicroseconds(interval: Interval): bigint | undefined {
  return interval === '1mo' ? undefined : GRID[interval].length;
}

/** Number of bars in a full UTC day, or undefined if a bar is longer than a day. */
export function barsPerDay(interval: Interval): number | undefined {
  const length = intervalMicroseconds(interval);
  return length === undefined || length > DAY ? undefined : Number(DAY / length);
}

/** Open time (epoch microseconds, UTC) of the bar that an instant falls into. */
export function floorOpenTime(interval: Interval, instant: TimeInput): bigint {
  const at = instantOf(instant);
  if (interval === '1mo') return spanOf(monthAt(at)).start;
  const { length, anchor } = GRID[interval];
  const past = (at - anchor) % length;
  return at - (past < 0n ? past + length : past);
}

/** End of the bar that opens at this instant, which is the open time of the next one. */
export function nextOpenTime(interval: Interval, openTime: bigint): bigint {
  return interval === '1mo' ? spanOf(monthAt(openTime)).end : openTime + GRID[interval].length;
}

/**
 * When a bar closes, epoch microseconds UTC: its last microsecond where that was published in milliseconds; anything else,
 * such as an earlier close before an outage, as it was published.
 */
export function barCloseTime(interval: Interval, openTime: bigint, published: bigint): bigint {
  const end = nextOpenTime(interval, openTime);
  return published === end - 1000n ? end - 1n : published;
}

/** First open time of the grid at or after an instant. */
export function ceilOpenTime(interval: Interval, instant: TimeInput): bigint {
  const at = instantOf(instant);
  const floor = floorOpenTime(interval, at);
  return floor === at ? at : nextOpenTime(interval, floor);
}

/** How many bars open within `[start, end)` on an unbroken grid. */
export function barCount(interval: Interval, start: TimeInput, end: TimeInput): number {
  const span = spanBetween(start, end);
  if (interval !== '1mo') {
    const first = ceilOpenTime(interval, span.start);
    const { length } = GRID[interval];
    return first >= span.end ? 0 : Number((span.end - first + length - 1n) / length);
  }
  let bars = 0;
  for (let open = ceilOpenTime(interval, span.start); open < span.end; open = nextOpenTime(interval, open)) bars++;
  return bars;
}

/** Open times (epoch microseconds, UTC) of the bars that open within `[start, end)` on an unbroken grid. */
export function expectedOpenTimes(interval: Interval, start: TimeInput, end: TimeInput): BigInt64Array {
  const span: TimeSpan = spanBetween(start, end);
  const openTimes = new BigInt64Array(barCount(interval, span.start, span.end));
  let open = ceilOpenTime(interval, span.start);
  for (let bar = 0; bar < openTimes.length; bar++) {
    openTimes[bar] = open;
    open = nextOpenTime(interval, open);
  }
  return openTimes;
}
