import { type ColumnArray, type Dataset, type Interval, contradicts } from '@vision-cache/cache-keys';
import type { Conflict } from '../contract/entry-facts.ts';
import { isIncreasingInt64 } from './int64.ts';
import { type Rows, type SourceRank, precedence, timesOf } from './rows.ts';

export interface United {
  readonly rows: Rows;
  readonly conflicts: readonly Conflict[];
}

/**
 * All rows of both, each once. Where both have a row, the one of higher precedence is kept, and of equal precedence the
 * one of `later`; values that contradict each other are conflicts. Both are without repeats and in the order of their times.
 * @param interval Of bars; without it a `close_time` that was computed may be told as a conflict.
 */
export function uniteRows(dataset: Dataset, earlier: Rows, later: Rows, rank: SourceRank, interval?: Interval): United {
  const origins = [...earlier.origins, ...later.origins];
  const identity = identityOf(dataset);
  const left: Key = identity.map((name) => earlier.columns[name]!);
  const right: Key = identity.map((name) => later.columns[name]!);
  const pairs = isIncreasing(left) && isIncreasing(right) ? mergePairs(left, right) : mapPairs(left, right);

  const conflicts: Conflict[] = [];
  const pick = new Int32Array(pairs.length / 2); // a row of `earlier`, or a row of `later` as its complement
  for (let index = 0; index < pick.length; index++) {
    const [a, b] = [pairs[index * 2]!, pairs[index * 2 + 1]!];
    if (a === -1 || b === -1) pick[index] = a === -1 ? ~b : a;
    else {
      const laterWins =
        precedence(later.origins[later.origin[b]!]!, rank) >= precedence(earlier.origins[earlier.origin[a]!]!, rank);
      pick[index] = laterWins ? ~b : a;
      conflicts.push(
        ...(laterWins
          ? differences({ dataset, interval }, later, b, earlier, a)
          : differences({ dataset, interval }, earlier, a, later, b)),
      );
    }
  }
  const order = inOrder(dataset, pick, earlier, later, identity);
  const columns = Object.fromEntries(
    Object.entries(earlier.columns).map(([name, column]) => [name, gatherBoth(column, later.columns[name]!, order)]),
  );
  const origin = Uint32Array.from(order, (row) =>
    row >= 0 ? earlier.origin[row]! : earlier.origins.length + later.origin[~row]!,
  );
  return { rows: { numRows: order.length, columns, origin, origins }, conflicts };
}

type Key = readonly ColumnArray[];

/** Without identity columns only rows that are equal in every column are one row. */
export function identityOf(dataset: Dataset): readonly string[] {
  if (dataset.identity.length > 0) return dataset.identity;
  return Object.keys(dataset.columns).filter((name) => dataset.columns[name]!.stored !== false);
}

/** Whether one numeric column tells the rows apart and is in order, as open times and trade ids are. */
export function isIncreasing([first, second]: Key): boolean {
  if (first === undefined || second !== undefined || Array.isArray(first)) return false;
  // Of any realm, which `instanceof` would not tell.
  if (Object.prototype.toString.call(first) === '[object BigInt64Array]')
    return isIncreasingInt64(first as BigInt64Array);
  const column = first as Float64Array;
  for (let row = 1; row < column.length; row++) if (!(column[row]! > column[row - 1]!)) return false;
  return true;
}

/** Rows of both sides that belong together, side by side; -1 where one side has none. */
function mergePairs([left]: Key, [right]: Key): number[] {
  const [a, b] = [left as BigInt64Array, right as BigInt64Array];
  const pairs: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (j === b.length || (i < a.length && a[i]! < b[j]!)) pairs.push(i++, -1);
    else if (i === a.length || a[i]! > b[j]!) pairs.push(-1, j++);
    else pairs.push(i++, j++);
  }
  return pairs;
}

function mapPairs(left: Key, right: Key): number[] {
  const known = new Map<string, number>();
  const pairs: number[] = [];
  for (let row = 0; row < left[0]!.length; row++) {
    known.set(identityText(left, row), pairs.length + 1);
    pairs.push(row, -1);
  }
  for (let row = 0; row < right[0]!.length; row++) {
    const at = known.get(identityText(right, row));
    if (at === undefined) pairs.push(-1, row);
    else pairs[at] = row;
  }
  return pairs;
}

export function identityText(key: Key, row: number): string {
  return key.map((column) => String(column[row])).join('\u0000');
}

interface Bars {
  readonly dataset: Dataset;
  readonly interval: Interval | undefined;
}

/** Columns that one side never had say nothing. */
function differences(
  { dataset, interval }: Bars,
  kept: Rows,
  keptRow: number,
  dropped: Rows,
  droppedRow: number,
): Conflict[] {
  const keptOrigin = kept.origins[kept.origin[keptRow]!]!;
  const droppedOrigin = dropped.origins[dropped.origin[droppedRow]!]!;
  const found: Conflict[] = [];
  const time = timesOf(dataset, kept.columns)[keptRow]!;
  for (const column of Object.keys(kept.columns)) {
    const keptValue = kept.columns[column]![keptRow]!;
    const droppedValue = dropped.columns[column]![droppedRow]!;
    if (keptOrigin.missingColumns.includes(column) || droppedOrigin.missingColumns.includes(column)) continue;
    if (!contradicts({ dataset, interval, time }, column, keptValue, droppedValue)) continue;
    found.push({
      time,
      column,
      kept: keptValue,
      dropped: droppedValue,
      keptSource: keptOrigin.source,
      droppedSource: droppedOrigin.source,
    });
  }
  return found;
}

/** In the order of time, then of identity, so that the same rows are always the same bytes. */
function inOrder(
  dataset: Dataset,
  pick: Int32Array,
  earlier: Rows,
  later: Rows,
  identity: readonly string[],
): Int32Array {
  const value = (name: string, row: number) => (row >= 0 ? earlier.columns[name]![row]! : later.columns[name]![~row]!);
  const names = [dataset.timeColumn, ...identity.filter((name) => name !== dataset.timeColumn)];
  const compare = (a: number, b: number): number => {
    for (const name of names) {
      const [left, right] = [value(name, a), value(name, b)];
      if (left < right) return -1;
      if (left > right) return 1;
    }
    return 0;
  };
  for (let index = 1; index < pick.length; index++) {
    if (compare(pick[index - 1]!, pick[index]!) > 0) return Int32Array.from([...pick].sort(compare));
  }
  return pick;
}

function gatherBoth(earlier: ColumnArray, later: ColumnArray, order: Int32Array): ColumnArray {
  if (Array.isArray(earlier)) return Array.from(order, (row) => (row >= 0 ? earlier[row] : later[~row]) as string);
  const [a, b] = [earlier as Float64Array, later as Float64Array];
  const into = new (a.constructor as Float64ArrayConstructor)(order.length);
  for (let index = 0; index < order.length; index++) {
    const row = order[index]!;
    into[index] = row >= 0 ? a[row]! : b[~row]!;
  }
  return into;
}
