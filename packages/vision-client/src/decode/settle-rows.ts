import type { CacheKey, ColumnArray, ColumnBatch, Dataset, Interval, TimeSpan } from '@vision-cache/cache-keys';
import { barCloseTime, isoText, rowSpanOf, spanOf } from '@vision-cache/cache-keys';
import { VisionClientError } from '../contract/errors.ts';
import type { ConflictingValues, DataQualityReport } from '../contract/quality.ts';
import { compareWithGrid } from './bar-grid.ts';
import { countOddities } from './count-oddities.ts';
import type { ColumnBuffers } from '../csv/column-buffers.ts';
import { isBars, type Layout } from '../csv/layout.ts';
import type { Seen } from './row-checks.ts';
import type { RowDecoder } from './row-decoder.ts';

export interface SettledRows {
  readonly batch: ColumnBatch;
  readonly quality: DataQualityReport;
}

/** What a part of a file must know of the whole. */
export interface Surroundings {
  /** The span that the rows answer for: the file's, or what is left of it. */
  readonly span: TimeSpan;
  /** The part before, whose rows are not to be repeated. */
  readonly previous?: ColumnBatch | undefined;
}

/** So many are told one by one; all are counted. */
const MOST_CONFLICTING = 1000;

/** Brings decoded rows into order, each once, of the file's own day or month only, and tells what it found. */
export function settleRows(
  buffers: ColumnBuffers,
  { rows, seen, checks }: Pick<RowDecoder, 'rows' | 'seen' | 'checks'>,
  key: CacheKey,
  { span: given, previous }: Partial<Surroundings> = {},
): SettledRows {
  const { layout } = buffers;
  const whole = rowSpanOf(layout.dataset, key.date);
  const span = given ?? spanOf(key.date);
  const raw = buffers.batch(rows);
  if (key.interval !== undefined && isBars(layout.dataset) && Number.isNaN(layout.barMicroseconds))
    finishCloseTimes(raw, key.interval);
  let times = buffers.times.subarray(0, rows);
  let batch = raw;
  const found = { duplicates: 0, conflicts: 0, unsorted: 0, otherDay: 0 };
  const conflicting: ConflictingValues[] = [];
  const isPlain =
    checks.isOrdered &&
    (checks.isRising || isEachOnce(raw, times, layout.dataset)) &&
    (rows === 0 || (times[0]! >= Number(whole.start) && times[rows - 1]! < Number(whole.end))) &&
    (previous === undefined || startsAfter(raw, previous, layout.dataset));
  if (!isPlain) {
    const kept = keptRows(raw, times, whole, layout.dataset, previous, found, conflicting);
    times = Float64Array.from(kept, (row) => times[row]!);
    batch = gathered(raw, kept);
  }
  const grid =
    isBars(layout.dataset) && key.interval !== undefined
      ? compareWithGrid(times, key.interval, span, layout.barMicroseconds)
      : { offGrid: 0, expectedRows: undefined, missingRows: 0, missing: [], endsEarly: false };
  const quality: DataQualityReport = {
    rows: batch.numRows,
    ...found,
    ...(conflicting.length === 0 ? {} : { conflicting }),
    ...grid,
    ...countOddities(batch, layout.dataset, isPlain ? checks.zeroQuantity : undefined),
    ohlcViolations: isBars(layout.dataset) ? ohlcViolations(batch) : 0,
    first: times.length === 0 ? undefined : BigInt(times[0]!),
    last: times.length === 0 ? undefined : BigInt(times[times.length - 1]!),
    hasHeader: layout.hasHeader,
    unknownColumns: layout.unknownColumns,
    timeUnit: unitOf(seen),
  };
  return { batch, quality };
}

/** Of bars whose length differs, as those of `1mo`: a close in milliseconds means the bar's last microsecond. */
function finishCloseTimes({ columns, numRows }: ColumnBatch, interval: Interval): void {
  const [open, close] = [columns['open_time'] as BigInt64Array, columns['close_time'] as BigInt64Array];
  for (let row = 0; row < numRows; row++) close[row] = barCloseTime(interval, open[row]!, close[row]!);
}

/** For a file without one row that belongs to it. */
export function refuseOtherDay({ name }: Layout, { date }: CacheKey, rows: number, firstTime: number): never {
  const first = isoText(BigInt(firstTime));
  const message = `${name} has no row of ${date}; its first is of ${first}.`;
  throw new VisionClientError('E_CSV_OTHER_DAY', message, { name, rows, first });
}

function unitOf({ milliseconds, microseconds, text }: Seen): DataQualityReport['timeUnit'] {
  if (Number(milliseconds) + Number(microseconds) + Number(text) > 1) return 'mixed';
  return text ? 'text' : microseconds ? 'us' : 'ms';
}

/** Whether no identity repeats, where that can be told without a map of all rows although they do not rise. */
function isEachOnce(batch: ColumnBatch, times: Float64Array, dataset: Dataset): boolean {
  const [name, second, third] = dataset.identity;
  const isSnapshots = name === dataset.timeColumn && second !== undefined && third === undefined;
  if (!isSnapshots || dataset.columns[second]?.type !== 'float64') return batch.numRows < 2;
  return isEachOnceATime(times, batch.columns[second] as Float64Array);
}

/** A snapshot of the book has some twelve rows; of longer ones repeats are found by a map. */
const MOST_ROWS_A_TIME = 64;

/** Whether no value stands twice among the rows of one time. Times do not fall, and values mostly rise. */
function isEachOnceATime(times: Float64Array, values: Float64Array): boolean {
  let first = 0;
  let isRising = true;
  for (let row = 0; row < times.length; row++) {
    if (times[row] !== times[first]) [first, isRising] = [row, true];
    else if (isRising) isRising = values[row]! > values[row - 1]!;
    if (isRising) continue;
    if (row - first > MOST_ROWS_A_TIME) return false;
    for (let before = first; before < row; before++) if (Object.is(values[before], values[row])) return false;
  }
  return true;
}

function startsAfter(batch: ColumnBatch, previous: ColumnBatch, dataset: Dataset): boolean {
  const [name, second] = dataset.identity;
  if (batch.numRows === 0 || previous.numRows === 0) return true;
  if (name === undefined || (second !== undefined && name !== dataset.timeColumn)) return false;
  // Rows of one time may be told apart by another column; of a later time they are others.
  return batch.columns[name]![0]! > previous.columns[name]![previous.numRows - 1]!;
}

/** The rows that are kept, in the order of time; what is left out or moved is counted. */
function keptRows(
  batch: ColumnBatch,
  times: Float64Array,
  { start, end }: TimeSpan,
  dataset: Dataset,
  previous: ColumnBatch | undefined,
  found: { duplicates: number; conflicts: number; unsorted: number; otherDay: number },
  conflicting: ConflictingValues[],
): number[] {
  const names = dataset.identity.length > 0 ? dataset.identity : Object.keys(batch.columns);
  const firstOf = new Map<string | bigint, { of: ColumnBatch; row: number }>();
  if (previous !== undefined) {
    for (let row = 0; row < previous.numRows; row++) firstOf.set(identity(previous, row, names), { of: previous, row });
  }
  const kept: number[] = [];
  let latest = lastTime(previous, dataset);
  for (let row = 0; row < batch.numRows; row++) {
    const time = times[row]!;
    if (time < Number(start) || time >= Number(end)) {
      found.otherDay++;
      continue;
    }
    const id = identity(batch, row, names);
    const first = firstOf.get(id);
    if (first !== undefined) {
      if (sameRow(first.of, first.row, batch, row)) found.duplicates++;
      else {
        found.conflicts++;
        if (conflicting.length < MOST_CONFLICTING) {
          conflicting.push(...differences(first.of, first.row, batch, row, BigInt(time)));
        }
      }
      continue;
    }
    firstOf.set(id, { of: batch, row });
    if (time < latest) found.unsorted++;
    else latest = time;
    kept.push(row);
  }
  return found.unsorted === 0 ? kept : kept.sort((a, b) => times[a]! - times[b]! || a - b);
}

/** Microseconds; a row before it stands too late, also where its own batch begins with it. */
function lastTime(batch: ColumnBatch | undefined, { timeColumn }: Dataset): number {
  if (batch === undefined || batch.numRows === 0) return -Infinity;
  return Number((batch.columns[timeColumn] as BigInt64Array)[batch.numRows - 1]);
}

function identity(batch: ColumnBatch, row: number, names: readonly string[]): string | bigint {
  const [only, second] = names;
  if (only !== undefined && second === undefined) return batch.columns[only]![row] as bigint;
  let text = '';
  for (const name of names) text += `${String(batch.columns[name]![row])}\n`;
  return text;
}

function sameRow(a: ColumnBatch, rowOfA: number, b: ColumnBatch, rowOfB: number): boolean {
  return Object.keys(a.columns).every((name) => Object.is(a.columns[name]![rowOfA], b.columns[name]![rowOfB]));
}

/** The values in which two rows differ. */
function differences(a: ColumnBatch, rowOfA: number, b: ColumnBatch, rowOfB: number, time: bigint) {
  return Object.keys(a.columns).flatMap((column): ConflictingValues[] => {
    const [kept, dropped] = [a.columns[column]![rowOfA]!, b.columns[column]![rowOfB]!];
    return Object.is(kept, dropped) ? [] : [{ time, column, kept, dropped }];
  });
}

function gathered(batch: ColumnBatch, rows: readonly number[]): ColumnBatch {
  const pick = (column: ColumnArray): ColumnArray => {
    if (!ArrayBuffer.isView(column)) return rows.map((row) => column[row]!);
    const picked = column.slice(0, rows.length);
    rows.forEach((row, index) => (picked[index] = column[row]!));
    return picked;
  };
  const columns = Object.fromEntries(Object.entries(batch.columns).map(([name, column]) => [name, pick(column)]));
  return { dataset: batch.dataset, numRows: rows.length, columns };
}

/** Of the rows that are kept, for a row that is left out is counted for that already. */
function ohlcViolations({ columns, numRows }: ColumnBatch): number {
  const column = (name: string): Float64Array => columns[name] as Float64Array;
  return violationsIn(column('open'), column('high'), column('low'), column('close'), column('volume'), numRows);
}

function violationsIn(
  open: Float64Array,
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  volume: Float64Array,
  rows: number,
): number {
  let violations = 0;
  for (let row = 0; row < rows; row++) {
    const top = high[row]!;
    const bottom = low[row]!;
    const isSane =
      top >= open[row]! && top >= close[row]! && bottom <= open[row]! && bottom <= close[row]! && !(volume[row]! < 0);
    if (!isSane) violations++;
  }
  return violations;
}
