import {
  type ColumnBatch,
  contradicts,
  type Dataset,
  type Interval,
  SOURCE_NAMES,
  storedColumns,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import {
  type AnyColumn,
  type AnyColumns,
  batchOf,
  columnsOf,
  concatBatches,
  emptyBatch,
  newColumn,
  rowsWithin,
  timesOf,
} from './batch-rows.ts';
import { DataSourceError } from '../contract/errors.ts';
import type { Conflict } from '../contract/ports.ts';
import { union } from '../spans/spans.ts';

/** Rows to merge, and who has them. */
export interface MergeInput<D extends Dataset> {
  /** In order of time. */
  readonly batch: ColumnBatch<D>;
  /** `vision`, `rest`, … for the report of conflicts. */
  readonly source: string;
  /** Only the rows within these spans count. @default all of them */
  readonly spans?: readonly TimeSpan[];
}

export interface Merged<D extends Dataset> {
  /** Sorted by time, no row twice. */
  readonly batch: ColumnBatch<D>;
  /** Where two sources had different values for one row: the earlier input's are kept. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Makes one batch of several, in their order of precedence: of a row that two of them have, the first one's values are
 * kept, and what differs is reported. Two values that are not a number are equal.
 * @param dataset Its `identity` tells when two rows are one; without any, only rows equal in every column are.
 * @param interval Where given, a `close_time` that is just the end of its bar never makes a conflict: sources that
 * publish none have it computed.
 */
export function mergeBatches<D extends Dataset>(
  dataset: D,
  inputs: readonly MergeInput<D>[],
  interval?: Interval,
): Merged<D> {
  const conflicts: Conflict[] = [];
  let merged: Side<D> | undefined;
  for (const { batch, source, spans } of inputs) {
    if (batch.dataset !== dataset.id) {
      throw new DataSourceError('E_DATASET', `Rows of ${batch.dataset} cannot be merged with rows of ${dataset.id}.`, {
        expected: dataset.id,
        received: batch.dataset,
      });
    }
    const rows =
      spans === undefined
        ? batch
        : concatBatches(
            dataset,
            union(spans).map((span) => rowsWithin(dataset, batch, span)),
          );
    const side: Side<D> = { batch: rows, sources: [source], sourceOf: undefined };
    merged = mergeTwo(
      dataset,
      merged ?? { batch: emptyBatch(dataset), sources: [], sourceOf: undefined },
      side,
      interval,
      conflicts,
    );
  }
  return { batch: merged?.batch ?? emptyBatch(dataset), conflicts };
}

/** Rows and which source each of them is from; `sourceOf` is undefined while there is only one. */
interface Side<D extends Dataset> {
  readonly batch: ColumnBatch<D>;
  readonly sources: readonly string[];
  readonly sourceOf: Uint8Array | undefined;
}

function mergeTwo<D extends Dataset>(
  dataset: D,
  kept: Side<D>,
  added: Side<D>,
  interval: Interval | undefined,
  conflicts: Conflict[],
): Side<D> {
  const names = storedColumns(dataset);
  const a = columnsOf(kept.batch);
  const b = columnsOf(added.batch);
  const aTimes = timesOf(dataset, kept.batch);
  const bTimes = timesOf(dataset, added.batch);
  // Which row of which side comes next; rows of the second are counted from -1 down.
  const order: number[] = [];
  let i = 0;
  let j = 0;
  while (i < aTimes.length || j < bTimes.length) {
    if (j >= bTimes.length || (i < aTimes.length && aTimes[i]! < bTimes[j]!)) {
      order.push(i++);
    } else {
      // All rows of one time: a repeat need not follow the row that it repeats.
      const time = bTimes[j]!;
      const [from, first] = [i, j];
      while (i < aTimes.length && aTimes[i] === time) order.push(i++);
      for (; j < bTimes.length && bTimes[j] === time; j++) {
        const same = findSame(dataset, names, a, from, i, b, j);
        if (same !== undefined) {
          const keptSource = kept.sources[kept.sourceOf?.[same] ?? 0]!;
          compareRows(dataset, names, a, same, b, j, time, interval, keptSource, added.sources[0]!, conflicts);
        } else if (findSame(dataset, names, b, first, j, b, j) === undefined) {
          order.push(-1 - j);
        }
      }
    }
  }
  return gather(dataset, names, kept, added, order);
}

/** A row among `[from, to)` that is the same one as the other side's: equal in its identity, or in everything. */
function findSame(
  dataset: Dataset,
  names: readonly string[],
  columns: AnyColumns,
  from: number,
  to: number,
  other: AnyColumns,
  row: number,
): number | undefined {
  const identity = dataset.identity.length === 0 ? names : dataset.identity;
  for (let candidate = from; candidate < to; candidate++) {
    if (identity.every((name) => equal(columns[name]![candidate], other[name]![row]))) return candidate;
  }
  return undefined;
}

function compareRows(
  dataset: Dataset,
  names: readonly string[],
  kept: AnyColumns,
  keptRow: number,
  dropped: AnyColumns,
  droppedRow: number,
  time: bigint,
  interval: Interval | undefined,
  keptSource: string,
  droppedSource: string,
  conflicts: Conflict[],
): void {
  for (const column of names) {
    const values = { kept: kept[column]![keptRow]!, dropped: dropped[column]![droppedRow]! };
    if (!contradicts({ dataset, interval, time }, column, values.kept, values.dropped)) continue;
    conflicts.push({ time, column, ...values, keptSource, droppedSource });
  }
}

function equal(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b));
}

function gather<D extends Dataset>(
  dataset: D,
  names: readonly string[],
  kept: Side<D>,
  added: Side<D>,
  order: readonly number[],
): Side<D> {
  const a = columnsOf(kept.batch);
  const b = columnsOf(added.batch);
  const columns: Record<string, AnyColumn> = {};
  for (const name of names) {
    const column = newColumn(dataset, name, order.length) as unknown[];
    const [first, second] = [a[name]!, b[name]!];
    for (let row = 0; row < order.length; row++) {
      const from = order[row]!;
      column[row] = from >= 0 ? first[from] : second[-1 - from];
    }
    columns[name] = column as never;
  }
  const sourceOf = new Uint8Array(order.length);
  const addedIndex = kept.sources.length;
  for (let row = 0; row < order.length; row++) {
    const from = order[row]!;
    sourceOf[row] = from >= 0 ? (kept.sourceOf?.[from] ?? 0) : addedIndex;
  }
  return { batch: batchOf(dataset, order.length, columns), sources: [...kept.sources, added.sources[0]!], sourceOf };
}

/** What a difference in one row means. */
export interface RowConflict {
  /** Epoch microseconds, UTC. */
  readonly time: bigint;
  /**
   * `restatement`: only volumes or counts differ, and one of the two sources restates them, as Binance's REST interface
   * did later for whole days (2021-01-11, 2021-01-21, 2021-12-24, 2021-12-27); prices never differed there. Everything
   * else is a `contradiction`.
   */
  readonly kind: 'restatement' | 'contradiction';
  readonly conflicts: readonly Conflict[];
}

const VOLUMES: ReadonlySet<string> = new Set([
  'volume',
  'quote_volume',
  'count',
  'taker_buy_volume',
  'taker_buy_quote_volume',
]);

/**
 * Conflicts by row, with what each row's differences mean.
 * @param restating the sources that restate volumes. @default Binance's REST interface
 */
export function conflictsByRow(
  conflicts: readonly Conflict[],
  restating: readonly string[] = [SOURCE_NAMES.range],
): RowConflict[] {
  const rows = new Map<bigint, Conflict[]>();
  for (const conflict of conflicts) {
    const row = rows.get(conflict.time);
    if (row === undefined) rows.set(conflict.time, [conflict]);
    else row.push(conflict);
  }
  return [...rows].map(([time, of]) => {
    const restated = of.every(
      ({ column, keptSource, droppedSource }) =>
        VOLUMES.has(column) && (restating.includes(keptSource) || restating.includes(droppedSource)),
    );
    return { time, kind: restated ? 'restatement' : 'contradiction', conflicts: of };
  });
}
