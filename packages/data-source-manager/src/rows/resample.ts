import {
  barCount,
  type ColumnBatch,
  type Dataset,
  epochMilliseconds,
  floorOpenTime,
  type Interval,
  intervalMicroseconds,
  isoText,
  nextOpenTime,
  storedColumns,
} from '@vision-cache/cache-keys';
import { DateTime } from 'luxon';
import { type AnyColumn, batchOf, columnsOf, newColumn, timesOf } from './batch-rows.ts';
import { DataSourceError } from '../contract/errors.ts';

export interface ResampleOptions {
  readonly from: Interval;
  /** A multiple of `from`. Weeks open on Monday, months on the 1st, 3d bars on the archive's own grid. */
  readonly to: Interval;
  /**
   * The IANA zone whose days, weeks and months the bars of `1d`, `1w` and `1mo` are; shorter bars are those of its hours.
   * @default 'UTC'
   */
  readonly zone?: string | undefined;
}

export interface Resampled<D extends Dataset> {
  readonly batch: ColumnBatch<D>;
  /** Per bar: how many finer bars it is made of. */
  readonly bars: Uint32Array;
  /** Per bar: 1 where finer bars are missing from it, as at the edges of a range and in gaps. */
  readonly incomplete: Uint8Array;
}

/** What becomes of a column when bars become one: everything else is summed. */
const FIRST = new Set(['open']);
const LAST = new Set(['close', 'close_time']);

/**
 * Makes longer bars of shorter ones. A bar's `close_time` is that of its last finer bar.
 * @throws {DataSourceError} `E_RESAMPLE` if bars of the one do not add up to bars of the other.
 */
export function resample<D extends Dataset>(dataset: D, batch: ColumnBatch<D>, options: ResampleOptions): Resampled<D> {
  const { from, to, zone = 'UTC' } = options;
  assertAddsUp(from, to, zone);
  const openTimes = timesOf(dataset, batch);
  const bucketOf = zone === 'UTC' ? utcBuckets(to) : zoneBuckets(to, zone);

  // First row and first instant of each longer bar.
  const firstRows: number[] = [];
  const buckets: Bucket[] = [];
  let current: Bucket | undefined;
  for (let row = 0; row < openTimes.length; row++) {
    const openTime = openTimes[row]!;
    if (current !== undefined && openTime < current.end) continue;
    current = bucketOf(openTime);
    if (floorOpenTime(from, current.start) !== current.start) {
      refuse(options, `${isoText(current.start)} lies within a bar: give shorter bars for ${zone}`);
    }
    firstRows.push(row);
    buckets.push(current);
  }

  const length = buckets.length;
  const endOf = (bucket: number): number => firstRows[bucket + 1] ?? openTimes.length;
  const source = columnsOf(batch);
  const columns: Record<string, AnyColumn> = {};
  for (const name of storedColumns(dataset).filter((each) => each in source)) {
    const into = newColumn(dataset, name, length) as unknown[];
    for (let bucket = 0; bucket < length; bucket++) {
      into[bucket] =
        name === dataset.timeColumn
          ? buckets[bucket]!.start
          : aggregate(name, source[name] as ArrayLike<number>, firstRows[bucket]!, endOf(bucket));
    }
    columns[name] = into as never;
  }

  const bars = new Uint32Array(length);
  const incomplete = new Uint8Array(length);
  buckets.forEach(({ start, end }, bucket) => {
    bars[bucket] = distinctBars(openTimes, from, firstRows[bucket]!, endOf(bucket));
    incomplete[bucket] = bars[bucket] < barCount(from, start, end) ? 1 : 0;
  });
  return { batch: batchOf(dataset, length, columns), bars, incomplete };
}

interface Bucket {
  readonly start: bigint;
  readonly end: bigint;
}

function aggregate(name: string, values: ArrayLike<number>, from: number, to: number): number {
  if (FIRST.has(name)) return values[from]!;
  if (LAST.has(name)) return values[to - 1]!;
  let result = values[from]!;
  for (let row = from + 1; row < to; row++) {
    const value = values[row]!;
    if (name === 'high') result = value > result ? value : result;
    else if (name === 'low') result = value < result ? value : result;
    else result += value;
  }
  return result;
}

/** Bars off the grid stand for the place that they fall into, and may share it with one on the grid. */
function distinctBars(openTimes: BigInt64Array, interval: Interval, from: number, to: number): number {
  let count = 0;
  let next: bigint | undefined;
  for (let row = from; row < to; row++) {
    const openTime = openTimes[row]!;
    if (next !== undefined && openTime < next) continue;
    next = nextOpenTime(interval, floorOpenTime(interval, openTime));
    count++;
  }
  return count;
}

function utcBuckets(to: Interval): (openTime: bigint) => Bucket {
  return (openTime) => {
    const start = floorOpenTime(to, openTime);
    return { start, end: nextOpenTime(to, start) };
  };
}

const UNITS = { '1d': 'day', '1w': 'week', '1mo': 'month' } as const;

function zoneBuckets(to: Interval, zone: string): (openTime: bigint) => Bucket {
  const unit = to === '1d' || to === '1w' || to === '1mo' ? UNITS[to] : undefined;
  if (unit === undefined) return hourBuckets(to, zone);
  return (openTime) => {
    const start = local(openTime, zone).startOf(unit);
    return { start: firstInstant(start), end: endOf(start, unit) };
  };
}

/** Bars of hours and minutes, counted from the zone's midnight; the last one of a day ends with the day. */
function hourBuckets(to: Interval, zone: string): (openTime: bigint) => Bucket {
  const step = intervalMicroseconds(to)!;
  const dayOf = zoneBuckets('1d', zone);
  let day: Bucket | undefined;
  return (openTime) => {
    if (day === undefined || openTime < day.start || openTime >= day.end) day = dayOf(openTime);
    const start = day.start + ((openTime - day.start) / step) * step;
    const end = start + step < day.end ? start + step : day.end;
    return { start, end };
  };
}

function local(openTime: bigint, zone: string): DateTime {
  const [milliseconds] = epochMilliseconds(BigInt64Array.of(openTime));
  return DateTime.fromMillis(Math.floor(milliseconds!), { zone });
}

/** Where clocks go back at midnight it strikes twice, and the day begins with the first. */
function firstInstant(start: DateTime): bigint {
  return BigInt(Math.min(...start.getPossibleOffsets().map((each) => each.toMillis()))) * 1000n;
}

/** Where clocks go forward at midnight a day begins at one, and still ends at the next midnight. */
function endOf(start: DateTime, unit: (typeof UNITS)[keyof typeof UNITS]): bigint {
  return firstInstant(start.plus({ [unit]: 1 }).startOf(unit));
}

function refuse({ from, to }: ResampleOptions, why: string): never {
  throw new DataSourceError('E_RESAMPLE', `Bars of ${from} do not make bars of ${to}: ${why}.`, { from, to });
}

function assertAddsUp(from: Interval, to: Interval, zone: string): void {
  const pair = { from, to };
  if (!DateTime.utc().setZone(zone).isValid) refuse(pair, `${JSON.stringify(zone)} is not a time zone`);
  const fine = intervalMicroseconds(from);
  const day = 86_400_000_000n;
  if (fine === undefined) return refuse(pair, 'there is no interval longer than a month');
  if (zone !== 'UTC' && to === '3d') refuse(pair, '3d bars exist on the UTC grid only');
  if (from === to && zone === 'UTC') return;
  const coarse = intervalMicroseconds(to);
  // Weeks and months are made of days; 3d bars of days too, for they begin elsewhere than weeks do.
  if (coarse === undefined || coarse > day) {
    if (fine > day || day % fine !== 0n) refuse(pair, 'a day is not a whole number of them');
  } else if (coarse % fine !== 0n || fine > coarse) {
    refuse(pair, 'one is not a whole number of the other');
  }
}
