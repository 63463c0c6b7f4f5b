import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  firstRowAt,
  rowSpanOf,
  storedColumns,
  type TimeSpan,
} from '@vision-cache/cache-keys';

/** Columns by name, where the dataset is known only at run time. */
export type AnyColumn = BigInt64Array | Float64Array | Uint8Array | readonly string[];
export type AnyColumns = Readonly<Record<string, AnyColumn>>;

/** The batch's columns, whatever its dataset. */
export function columnsOf(batch: ColumnBatch): AnyColumns {
  return batch.columns;
}

/** Makes a batch of a dataset of columns that are known to fit. */
export function batchOf<D extends Dataset>(dataset: D, numRows: number, columns: AnyColumns): ColumnBatch<D> {
  return { dataset: dataset.id, numRows, columns: columns as never };
}

/** A batch without rows. */
export function emptyBatch<D extends Dataset>(
  dataset: D,
  names: readonly string[] = storedColumns(dataset),
): ColumnBatch<D> {
  const columns: Record<string, AnyColumn> = {};
  for (const name of names) columns[name] = newColumn(dataset, name, 0);
  return batchOf(dataset, 0, columns);
}

export function newColumn(
  dataset: Dataset,
  name: string,
  length: number,
): BigInt64Array | Float64Array | Uint8Array | string[] {
  switch (dataset.columns[name]!.type) {
    case 'timestamp':
    case 'int64':
      return new BigInt64Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'bool':
      return new Uint8Array(length);
    case 'text':
      return new Array<string>(length).fill('');
  }
}

/** The time of each row, microseconds UTC. */
export function timesOf(dataset: Dataset, batch: ColumnBatch): BigInt64Array {
  return columnsOf(batch)[dataset.timeColumn] as BigInt64Array;
}

/** Rows `[from, to)` as views of the same memory. */
function rowsBetween<D extends Dataset>(dataset: D, batch: ColumnBatch<D>, from: number, to: number): ColumnBatch<D> {
  if (from === 0 && to === batch.numRows) return batch;
  const columns: Record<string, AnyColumn> = {};
  for (const [name, column] of Object.entries(columnsOf(batch))) {
    columns[name] = 'subarray' in column ? column.subarray(from, to) : column.slice(from, to);
  }
  return batchOf(dataset, to - from, columns);
}

/** The rows whose time lies within a span. */
export function rowsWithin<D extends Dataset>(dataset: D, batch: ColumnBatch<D>, span: TimeSpan): ColumnBatch<D> {
  const times = timesOf(dataset, batch);
  return rowsBetween(dataset, batch, firstRowAt(times, span.start), firstRowAt(times, span.end));
}

/** The rows of each key's day or month, without copying them. */
export function rowsOfKey<D extends Dataset>(dataset: D, batch: ColumnBatch<D>, key: CacheKey): ColumnBatch<D> {
  return rowsWithin(dataset, batch, rowSpanOf(dataset, key.date));
}

/** One batch after another, in contiguous columns. */
export function concatBatches<D extends Dataset>(
  dataset: D,
  batches: readonly ColumnBatch<D>[],
  names: readonly string[] = storedColumns(dataset),
): ColumnBatch<D> {
  if (batches.length === 1) return project(dataset, batches[0]!, names);
  const numRows = batches.reduce((sum, batch) => sum + batch.numRows, 0);
  const columns: Record<string, AnyColumn> = {};
  for (const name of names) {
    const column = newColumn(dataset, name, numRows);
    let at = 0;
    for (const batch of batches) {
      copyInto(column, columnsOf(batch)[name]!, at);
      at += batch.numRows;
    }
    columns[name] = column;
  }
  return batchOf(dataset, numRows, columns);
}

/** The same rows with some of the columns. */
export function project<D extends Dataset>(
  dataset: D,
  batch: ColumnBatch<D>,
  names: readonly string[],
): ColumnBatch<D> {
  const columns: Record<string, AnyColumn> = {};
  for (const name of names) columns[name] = columnsOf(batch)[name]!;
  return batchOf(dataset, batch.numRows, columns);
}

function copyInto(target: BigInt64Array | Float64Array | Uint8Array | string[], source: AnyColumn, at: number): void {
  if (Array.isArray(target)) {
    for (let row = 0; row < source.length; row++) target[at + row] = source[row] as string;
  } else {
    (target as { set(from: unknown, at: number): void }).set(source, at);
  }
}
