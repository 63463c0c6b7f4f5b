import type { ColumnArray } from '@vision-cache/cache-keys';

/** Rows as columns of equal length, by name. */
export interface RowsOfColumns {
  readonly numRows: number;
  readonly columns: Readonly<Record<string, ColumnArray>>;
}

/** Joins batches, whole ones, until they have at least so many rows; the last group has what is left. */
export async function* rowGroups(
  batches: AsyncIterable<RowsOfColumns> | Iterable<RowsOfColumns>,
  names: readonly string[],
  leastRows: number,
): AsyncGenerator<RowsOfColumns> {
  let waiting: RowsOfColumns[] = [];
  let rows = 0;
  for await (const batch of batches) {
    if (batch.numRows === 0) continue;
    waiting.push(batch);
    rows += batch.numRows;
    if (rows < leastRows) continue;
    yield joined(waiting, names, rows);
    waiting = [];
    rows = 0;
  }
  if (rows > 0) yield joined(waiting, names, rows);
}

function joined(batches: readonly RowsOfColumns[], names: readonly string[], numRows: number): RowsOfColumns {
  const columns: Record<string, ColumnArray> = {};
  for (const name of names) {
    columns[name] = joinedColumn(
      batches.map((batch) => batch.columns[name]!),
      numRows,
    );
  }
  return { numRows, columns };
}

function joinedColumn(parts: readonly ColumnArray[], length: number): ColumnArray {
  const [first] = parts;
  if (parts.length === 1) return first!;
  if (!ArrayBuffer.isView(first)) return (parts as readonly (readonly string[])[]).flat();
  const whole = new (first.constructor as new (length: number) => BigInt64Array)(length);
  let at = 0;
  for (const part of parts as readonly BigInt64Array[]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
