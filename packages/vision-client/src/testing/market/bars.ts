import { type Interval, floorOpenTime, intervalMicroseconds } from '@vision-cache/cache-keys';

// Taken once: within a test runner's own realm, each look-up of a global is slow.
const { floor, max, min } = Math;

const FIELDS = [
  'openTime', 'closeTime', 'open', 'high', 'low', 'close', 'volume', 'count', 'takerVolume',
  'quoteUnits', 'quoteRest', 'takerQuoteUnits', 'takerQuoteRest',
] as const; // prettier-ignore

/**
 * Bars as columns of whole numbers, so that sums are exact: times in epoch microseconds, prices in ticks, volumes in
 * lots. A quote volume, which can be longer than 2^53, is units and rest (of 1e-8 units), each summed by itself.
 */
export type Bars = { readonly length: number } & { readonly [Field in (typeof FIELDS)[number]]: Float64Array };

export function allocateBars(length: number): Bars {
  return {
    length,
    ...(Object.fromEntries(FIELDS.map((field) => [field, new Float64Array(length)])) as Omit<Bars, 'length'>),
  };
}

export function copyBar(from: Bars, row: number, into: Bars, at: number): void {
  for (const field of FIELDS) into[field][at] = from[field][row]!;
}

/** Those of the bars that a test of their row finds good. */
export function filterBars(bars: Bars, keep: (row: number) => boolean): Bars {
  const rows: number[] = [];
  for (let row = 0; row < bars.length; row++) if (keep(row)) rows.push(row);
  if (rows.length === bars.length) return bars;
  const kept = allocateBars(rows.length);
  rows.forEach((row, at) => copyBar(bars, row, kept, at));
  return kept;
}

export function sliceBars(bars: Bars, from: number, to: number): Bars {
  const start = max(0, from);
  const end = max(start, min(bars.length, to));
  return {
    length: end - start,
    ...(Object.fromEntries(FIELDS.map((field) => [field, bars[field].subarray(start, end)])) as Omit<Bars, 'length'>),
  };
}

export function concatBars(parts: readonly Bars[]): Bars {
  const whole = allocateBars(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    for (const field of FIELDS) whole[field].set(part[field], at);
    at += part.length;
  }
  return whole;
}

/** The grid of an interval in numbers of microseconds: cache-keys has it in bigints, too slow for each row. */
export interface Grid {
  floor(time: number): number;
  next(openTime: number): number;
}

export function gridOf(interval: Interval): Grid {
  const length = Number(intervalMicroseconds(interval) ?? 0n);
  if (length === 0) return MONTHS;
  const anchor = Number(floorOpenTime(interval, 0n));
  return {
    floor: (time) => floor((time - anchor) / length) * length + anchor,
    next: (openTime) => openTime + length,
  };
}

const MONTHS: Grid = {
  floor(time) {
    const date = new Date(floor(time / 1000));
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) * 1000;
  },
  next(openTime) {
    const date = new Date(openTime / 1000);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) * 1000;
  },
};

/** Bars of a longer interval from those of a shorter one. Close times are a full bar's: the next open time − 1 µs. */
export function aggregate(bars: Bars, grid: Grid): Bars {
  const whole = allocateBars(bars.length);
  let last = -1;
  let end = -Infinity;
  for (let row = 0; row < bars.length; row++) {
    const time = bars.openTime[row]!;
    if (time >= end) {
      last++;
      copyBar(bars, row, whole, last);
      const open = grid.floor(time);
      end = grid.next(open);
      whole.openTime[last] = open;
      whole.closeTime[last] = end - 1;
      continue;
    }
    whole.high[last] = max(whole.high[last]!, bars.high[row]!);
    whole.low[last] = min(whole.low[last]!, bars.low[row]!);
    whole.close[last] = bars.close[row]!;
    for (const field of SUMMED) whole[field][last]! += bars[field][row]!;
  }
  return sliceBars(whole, 0, last + 1);
}

const SUMMED = [
  'volume', 'count', 'takerVolume', 'quoteUnits', 'quoteRest', 'takerQuoteUnits', 'takerQuoteRest',
] as const; // prettier-ignore
