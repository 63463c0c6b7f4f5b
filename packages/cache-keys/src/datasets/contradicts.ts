import { type Interval, nextOpenTime } from '../time/interval.ts';
import type { Dataset } from './dataset.ts';

/** A row of a dataset, by its time in epoch microseconds; with its interval if it is a bar. */
export interface ComparedRow {
  readonly dataset: Dataset;
  readonly interval?: Interval | undefined;
  readonly time: bigint;
}

/**
 * Whether two sources contradict each other in a column of one row. Two NaN do not; nor does a bar's `close_time` that is
 * its last microsecond contradict another one: sources that publish none have it computed.
 */
export function contradicts({ dataset, interval, time }: ComparedRow, column: string, a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return false;
  if (column !== 'close_time' || interval === undefined || dataset.timeColumn !== 'open_time') return true;
  const computed = nextOpenTime(interval, time) - 1n;
  return a !== computed && b !== computed;
}
