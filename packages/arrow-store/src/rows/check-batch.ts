import {
  type CacheKey,
  type ColumnArray,
  type ColumnBatch,
  type ColumnType,
  type Dataset,
  type TimeSpan,
  barCloseTime,
  intervalMicroseconds,
  isoText,
  nextOpenTime,
  rowSpanOf,
} from '@vision-cache/cache-keys';
import type { Conflict } from '../contract/entry-facts.ts';
import { ArrowStoreError, type ArrowStoreErrorDetails, quote } from '../contract/errors.ts';
import type { StoredColumn } from '../frame/entry-layout.ts';
import { type Int64Order, isAnyMoreBy, orderWithinInt64 } from './int64.ts';
import { isInKeyOrder } from './key-order.ts';
import { type Origin, type Rows, gather, rowsOf, timesOf } from './rows.ts';
import { identityOf, identityText } from './unite-rows.ts';

const ARRAY_OF: Readonly<Record<ColumnType, string>> = {
  timestamp: '[object BigInt64Array]',
  int64: '[object BigInt64Array]',
  float64: '[object Float64Array]',
  bool: '[object Uint8Array]',
  text: '[object Array]',
};

/** By its tag: an array of another realm, a worker's or a test's, is no instance of this one's. */
const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

export interface CheckedBatch {
  readonly rows: Rows;
  /** Rows that stood twice in the batch with different values; the first was kept. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Takes rows that are to be stored: of the key's dataset, with all its columns, within its day or month, of finished
 * bars. Rows out of order are sorted and exact repeats removed; close times are normalised (see `docs/format.md`).
 * @throws {ArrowStoreError} `E_BATCH`, `E_SCHEMA`, `E_UNFINISHED`.
 */
export function checkBatch(
  key: CacheKey,
  dataset: Dataset,
  schema: readonly StoredColumn[],
  batch: ColumnBatch,
  origin: Origin,
  asOf: bigint,
  file: string,
): CheckedBatch {
  const { numRows } = batch;
  if (batch.dataset !== dataset.id) {
    throw refusal('E_BATCH', file, `rows of ${dataset.id}`, `rows of ${quote(batch.dataset)}`);
  }
  const columns: Record<string, ColumnArray> = {};
  const given: Readonly<Record<string, ColumnArray>> = batch.columns;
  for (const { name, type } of schema) columns[name] = checkedColumn(given[name], name, type, numRows, file);
  const foreign = Object.keys(given).find((name) => !Object.hasOwn(columns, name));
  if (foreign !== undefined)
    throw refusal('E_SCHEMA', file, Object.keys(columns).join(', '), `a column ${quote(foreign)}`);

  const times = timesOf(dataset, columns);
  const order = checkTimes(key, rowSpanOf(dataset, key.date), times, asOf, file);
  if (key.interval !== undefined && columns.close_time !== undefined) {
    columns.close_time = normalCloseTimes(times, columns.close_time as BigInt64Array, key.interval);
  }
  return withoutRepeats(dataset, rowsOf(numRows, columns, origin), order);
}

function refusal<C extends 'E_BATCH' | 'E_SCHEMA' | 'E_UNFINISHED'>(
  code: C,
  path: string,
  expected: string,
  found: string,
  row?: number,
): ArrowStoreError {
  const message = `${quote(path)}: cannot be saved; expected ${expected}, found ${found}.`;
  return new ArrowStoreError(code, message, { path, expected, found, row } as ArrowStoreErrorDetails[C]);
}

function checkedColumn(
  column: ColumnArray | undefined,
  name: string,
  type: ColumnType,
  numRows: number,
  file: string,
): ColumnArray {
  if (column === undefined || tagOf(column) !== ARRAY_OF[type]) {
    throw refusal('E_SCHEMA', file, `${name} as ${ARRAY_OF[type].slice(8, -1)}`, column === undefined ? 'no such column' : tagOf(column)); // prettier-ignore
  }
  if (column.length !== numRows) {
    throw refusal('E_BATCH', file, `${numRows} values in each column`, `${column.length} in ${name}`);
  }
  return column;
}

/** The order of the times. They have to be of the key's day or month, and of bars that are over. */
function checkTimes(key: CacheKey, span: TimeSpan, times: BigInt64Array, asOf: bigint, file: string): Int64Order {
  const last = times.length - 1;
  const order = orderWithinInt64(times);
  // Of rows in order, the first and the last tell.
  const isWithin = order !== 'unsorted' && (last < 0 || (times[0]! >= span.start && times[last]! < span.end));
  if (!isWithin) checkEachTime(key, times, span, file);
  const overAt = (row: number) => (key.interval === undefined ? times[row]! : nextOpenTime(key.interval, times[row]!));
  if (order !== 'unsorted' && (last < 0 || overAt(last) <= asOf)) return order;
  for (let row = 0; row <= last; row++) {
    if (overAt(row) <= asOf) continue;
    const found = `one that is at ${shown(overAt(row))}`;
    throw refusal('E_UNFINISHED', file, `rows that were final at ${shown(asOf)}`, found, row);
  }
  return order;
}

function checkEachTime(key: CacheKey, times: BigInt64Array, { start, end }: TimeSpan, file: string): void {
  for (let row = 0; row < times.length; row++) {
    const time = times[row]!;
    if (time < start || time >= end) throw refusal('E_BATCH', file, `times of ${key.date}`, shown(time), row);
  }
}

function shown(time: bigint): string {
  const within = time > -62_135_596_800_000_000n && time < 253_402_300_800_000_000n;
  return within ? isoText(time) : `${time} microseconds`;
}

/** The last microsecond of a bar, also where the source gave its last millisecond; any other value is kept. */
function normalCloseTimes(
  openTimes: BigInt64Array,
  closeTimes: BigInt64Array,
  interval: NonNullable<CacheKey['interval']>,
) {
  const length = intervalMicroseconds(interval);
  if (length !== undefined && !isAnyMoreBy(closeTimes, openTimes, length - 1000n)) return closeTimes;
  const normal = closeTimes.slice();
  for (let row = 0; row < openTimes.length; row++)
    normal[row] = barCloseTime(interval, openTimes[row]!, closeTimes[row]!);
  return normal;
}

function withoutRepeats(dataset: Dataset, rows: Rows, timeOrder: Int64Order): CheckedBatch {
  const identity = identityOf(dataset);
  const isSorted = timeOrder !== 'unsorted';
  if (timeOrder === 'increasing' && identity.length === 1 && identity[0] === dataset.timeColumn)
    return { rows, conflicts: [] };
  if (isSorted && isInKeyOrder(identity.map((name) => rows.columns[name]!))) return { rows, conflicts: [] };
  const times = timesOf(dataset, rows.columns);
  const order = Array.from({ length: rows.numRows }, (_, row) => row);
  if (!isSorted) order.sort((a, b) => (times[a]! < times[b]! ? -1 : times[a]! > times[b]! ? 1 : a - b));

  const keys = identity.map((name) => rows.columns[name]!);
  const conflicts: Conflict[] = [];
  const kept = keys.length === 1 && keys[0] === times ? keepByTime() : keepByIdentity();
  if (isSorted && kept.length === rows.numRows) return { rows, conflicts };
  const columns = Object.fromEntries(
    Object.entries(rows.columns).map(([name, column]) => [name, gather(column, kept)]),
  );
  return { rows: rowsOf(kept.length, columns, rows.origins[0]!), conflicts };

  function keepByTime(): number[] {
    const first: number[] = [];
    for (const row of order) {
      const last = first[first.length - 1];
      if (last !== undefined && times[last] === times[row]) note(last, row);
      else first.push(row);
    }
    return first;
  }

  function keepByIdentity(): number[] {
    const known = new Map<string, number>();
    return order.filter((row) => {
      const text = identityText(keys, row);
      const first = known.get(text);
      if (first === undefined) known.set(text, row);
      else note(first, row);
      return first === undefined;
    });
  }

  function note(keptRow: number, droppedRow: number): void {
    const { source } = rows.origins[0]!;
    for (const [column, values] of Object.entries(rows.columns)) {
      const [keptValue, droppedValue] = [values[keptRow]!, values[droppedRow]!];
      if (Object.is(keptValue, droppedValue) || keptValue === droppedValue) continue;
      conflicts.push({ time: times[keptRow]!, column, kept: keptValue, dropped: droppedValue, keptSource: source, droppedSource: source }); // prettier-ignore
    }
  }
}
