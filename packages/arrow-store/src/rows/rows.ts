import type { ColumnArray, Dataset } from '@vision-cache/cache-keys';
import type { SourceFacts } from '../contract/entry-facts.ts';

/** One source of rows of an entry. */
export interface Origin extends SourceFacts {
  readonly missingColumns: readonly string[];
}

/** Rows in the order of their times, each with the origin it came from. */
export interface Rows {
  readonly numRows: number;
  readonly columns: Readonly<Record<string, ColumnArray>>;
  /** For each row its place in `origins`. */
  readonly origin: Uint32Array;
  readonly origins: readonly Origin[];
}

/** How much a source is trusted, as the catalog says. */
export type SourceRank = (source: string) => number;

/** Which of two rows is kept: of the source that is trusted more; what lacks columns is trusted least of all. */
export function precedence({ source, missingColumns }: Origin, rank: SourceRank): number {
  return missingColumns.length > 0 ? 0 : rank(source);
}

export const rowsOf = (numRows: number, columns: Rows['columns'], origin: Origin): Rows => ({
  numRows,
  columns,
  origin: new Uint32Array(numRows),
  origins: [origin],
});

export function timesOf(dataset: Dataset, columns: Rows['columns']): BigInt64Array {
  return columns[dataset.timeColumn] as BigInt64Array;
}

/** The chosen rows of a column, in the order of the choice. */
export function gather(column: ColumnArray, choice: ArrayLike<number>): ColumnArray {
  if (Array.isArray(column)) return Array.from(choice, (row) => column[row] as string);
  const from = column as Float64Array;
  const into = new (from.constructor as Float64ArrayConstructor)(choice.length);
  for (let row = 0; row < choice.length; row++) into[row] = from[choice[row]!]!;
  return into;
}

/** Adjacent rows `[from, to)`, as views where the column is numeric. */
export function slice(column: ColumnArray, from: number, to: number): ColumnArray {
  return Array.isArray(column) ? (column as string[]).slice(from, to) : (column as Float64Array).subarray(from, to);
}
