import type { ColumnBatch, Dataset, Interval } from '@vision-cache/cache-keys';
import { conflictsByRow, mergeBatches, type RowConflict } from './merge-batches.ts';

/** How the rows of two sources differ. */
export interface Comparison {
  readonly left: string;
  readonly right: string;
  /** Rows that both have. */
  readonly common: number;
  readonly onlyLeft: number;
  readonly onlyRight: number;
  /** Rows that both have, with different values. */
  readonly conflicts: readonly RowConflict[];
}

/** Compares two batches row by row. Pure. */
export function compareRows<D extends Dataset>(
  dataset: D,
  left: { readonly name: string; readonly source: string; readonly batch: ColumnBatch<D> },
  right: { readonly name: string; readonly source: string; readonly batch: ColumnBatch<D> },
  interval?: Interval,
): Comparison {
  const { batch, conflicts } = mergeBatches(dataset, [left, right], interval);
  const common = left.batch.numRows + right.batch.numRows - batch.numRows;
  return {
    left: left.name,
    right: right.name,
    common,
    onlyLeft: left.batch.numRows - common,
    onlyRight: right.batch.numRows - common,
    conflicts: conflictsByRow(conflicts),
  };
}
