import type { ColumnArrays, Columns } from './column.ts';
import type { Dataset } from './dataset.ts';

type StoredNames<C extends Columns> = {
  [Name in keyof C]: C[Name] extends { readonly stored: false } ? never : Name;
}[keyof C];

/** The kept columns of a dataset, each with the array that holds it. */
export type ColumnsOf<D extends Dataset> = {
  readonly [Name in StoredNames<D['columns']> & string]: ColumnArrays[D['columns'][Name]['type']];
};

/**
 * Rows of one dataset as columns of equal length: what crosses every border between packages.
 * Only typed arrays and strings, so that it can be sent to workers and browsers.
 */
export interface ColumnBatch<D extends Dataset = Dataset> {
  /** Which dataset the columns belong to: `exchange/market_type/data_nature`. */
  readonly dataset: D['id'];
  readonly numRows: number;
  readonly columns: ColumnsOf<D>;
}
