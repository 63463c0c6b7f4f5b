import {
  type ColumnBatch,
  type Dataset,
  type Interval,
  intervalMicroseconds,
  nextOpenTime,
  storedColumns,
} from '@vision-cache/cache-keys';
import { assertBars, assertDecimals } from './kline-checks.ts';
import { RECOMPUTED, type ValueColumns, readValueColumns } from './kline-columns.ts';
import { type OpenTimes, findOpenTimes, looseTimes, toInt64 } from './open-times.ts';
import type { RawTable } from '../containers/raw-table.ts';
import { refusal } from '../containers/refusal.ts';
import { settleInterval } from './row-interval.ts';

/** A row whose open time an earlier row of the file has too, with other values; the earlier one is kept. */
export interface LegacyConflict {
  /** Open time, epoch microseconds UTC. */
  readonly time: bigint;
  readonly values: readonly { readonly column: string; readonly kept: number; readonly dropped: number }[];
}

export interface NormalisedRows<D extends Dataset = Dataset> {
  readonly batch: ColumnBatch<D>;
  readonly interval: Interval;
  /** Rows in the file: as many as in the batch, with the repeats and the dropped ones. */
  readonly rowsRead: number;
  /** Exact repeats that were left out. */
  readonly duplicates: number;
  readonly conflicts: readonly LegacyConflict[];
  /** Rows that stood before a row of an earlier time. */
  readonly unsorted: number;
  readonly missingColumns: readonly string[];
  readonly lossy: boolean;
  readonly timeColumn: string;
  readonly timeUnit: OpenTimes['unit'];
}

/**
 * What a decoded old file means: times in whatever column and unit, values under whatever names, sorted, each time once,
 * close times computed again.
 * @throws {ArrowStoreError} `E_SCHEMA` or `E_LOGICAL`, with `details.found` a stable word.
 */
export function normaliseKlines<D extends Dataset>(
  table: RawTable,
  dataset: D,
  named: readonly Interval[],
): NormalisedRows<D> {
  if (table.rows === 0) throw refusal('E_LOGICAL', 'no-rows', 'The file holds no rows.');
  const times = findOpenTimes(table);
  const values = readValueColumns(table, dataset);
  const { order, duplicates, conflicts, unsorted } = sortAndUnite(times.values, values.columns);
  // Two rows of one time happen; where most rows have the time of another one, it is the times that are wrong.
  if (conflicts.length > table.rows - duplicates - conflicts.length) {
    throw refusal('E_LOGICAL', 'date-collapsed', `The column ${times.column} has one time for many different rows.`);
  }
  const sorted = order === undefined ? times.values : Float64Array.from(order, (row) => times.values[row]!);
  const spans = () => looseTimes(table, 'closetime')?.map((close, row) => close - times.values[row]!);
  const interval = settleInterval(named, { times: sorted, spans });
  const length = intervalMicroseconds(interval);
  if (times.daysOnly && length !== undefined && length < 86_400_000_000n) {
    throw refusal('E_LOGICAL', 'date-collapsed', `The column ${times.column} has lost the time of day.`);
  }
  const columns = new Map([...values.columns].map(([name, column]) => [name, pick(column, order)]));
  assertBars(sorted, columns, dataset.columns['volume']?.unit);
  if (!values.lossy) assertDecimals(sorted, columns);

  return {
    batch: toBatch(dataset, sorted, columns, order === undefined ? asStored(dataset, times, values) : NONE, interval),
    interval,
    rowsRead: table.rows,
    duplicates,
    conflicts,
    unsorted,
    missingColumns: values.missing,
    lossy: values.lossy,
    timeColumn: times.column,
    timeUnit: times.unit,
  };
}

const pick = (column: Float64Array, order: Int32Array | undefined): Float64Array =>
  order === undefined ? column : Float64Array.from(order, (row) => column[row]!);

/** The rows to keep, by time; undefined if the file already has them so. */
function sortAndUnite(times: Float64Array, columns: ReadonlyMap<string, Float64Array>) {
  const rows = times.length;
  let unsorted = 0;
  let rising = true;
  for (let row = 1; row < rows; row++) {
    if (times[row]! < times[row - 1]!) unsorted += 1;
    if (!(times[row]! > times[row - 1]!)) rising = false;
  }
  if (rising) return { order: undefined, duplicates: 0, conflicts: [], unsorted };
  const order = Int32Array.from({ length: rows }, (_, row) => row).sort(
    (left, right) => times[left]! - times[right]! || left - right,
  );
  const conflicts: LegacyConflict[] = [];
  let duplicates = 0;
  let kept = 1;
  for (let at = 1; at < rows; at++) {
    const first = order[kept - 1]!;
    const row = order[at]!;
    if (times[row] !== times[first]) {
      order[kept++] = row;
      continue;
    }
    const values = [...columns].flatMap(([column, each]) =>
      each[row] === each[first] ? [] : [{ column, kept: each[first]!, dropped: each[row]! }],
    );
    if (values.length === 0) duplicates += 1;
    else conflicts.push({ time: BigInt(times[row]!), values });
  }
  return { order: order.slice(0, kept), duplicates, conflicts, unsorted };
}

const NONE: ReadonlyMap<string, BigInt64Array> = new Map();

/** Columns that the file holds as they are kept, where its rows stay in their order. */
function asStored(
  dataset: Dataset,
  { integers: times }: OpenTimes,
  { integers }: ValueColumns,
): ReadonlyMap<string, BigInt64Array> {
  return times === undefined ? integers : new Map([...integers, [dataset.timeColumn, times]]);
}

function toBatch<D extends Dataset>(
  dataset: D,
  times: Float64Array,
  values: ReadonlyMap<string, Float64Array>,
  stored: ReadonlyMap<string, BigInt64Array>,
  interval: Interval,
): ColumnBatch<D> {
  const numRows = times.length;
  const columns: Record<string, Float64Array | BigInt64Array> = {};
  for (const name of storedColumns(dataset)) {
    const found = values.get(name);
    if (RECOMPUTED.has(name)) {
      columns[name] = closeTimes(times, interval);
    } else if (name === dataset.timeColumn || dataset.columns[name]!.type === 'int64') {
      columns[name] = stored.get(name) ?? integersOf(name === dataset.timeColumn ? times : found, numRows);
    } else {
      columns[name] = found ?? new Float64Array(numRows).fill(NaN);
    }
  }
  return { dataset: dataset.id, numRows, columns: columns as ColumnBatch<D>['columns'] };
}

function integersOf(values: Float64Array | undefined, rows: number): BigInt64Array {
  const integers = new BigInt64Array(rows);
  if (values !== undefined) toInt64(values, integers);
  return integers;
}

function closeTimes(times: Float64Array, interval: Interval): BigInt64Array {
  const closes = new BigInt64Array(times.length);
  const length = intervalMicroseconds(interval);
  if (length === undefined) times.forEach((time, row) => (closes[row] = nextOpenTime(interval, BigInt(time)) - 1n));
  else toInt64(times, closes, Number(length) - 1);
  return closes;
}
