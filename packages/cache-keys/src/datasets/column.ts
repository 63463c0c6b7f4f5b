/**
 * How a column is kept, in memory and in the store:
 * `timestamp` epoch microseconds UTC and `int64` in a `BigInt64Array`, `float64` in a `Float64Array`,
 * `bool` as 0 or 1 in a `Uint8Array`, `text` in an array of strings.
 */
export type ColumnType = 'timestamp' | 'float64' | 'int64' | 'bool' | 'text';

/**
 * What a column's numbers count. `quote` is an amount of the quote asset (USDT in BTCUSDT) or a price in it, `base` of
 * the base asset (BTC), `contracts` a number of contracts, `ratio` a pure number, `none` what has no unit.
 */
export type ColumnUnit =
  'us' | 'quote' | 'base' | 'contracts' | 'count' | 'id' | 'ratio' | 'hours' | 'percent' | 'none';

export interface Column {
  readonly type: ColumnType;
  readonly unit: ColumnUnit;
  /** Other header words for the same column, as they occur in the archive. */
  readonly aliases?: readonly string[];
  /** `false` for a column of the archive's files that is not kept. @default true */
  readonly stored?: false;
  /** `true` for a column that only some of the archive's files have; it is never one that is kept. @default false */
  readonly optional?: true;
}

/** Columns by name, in the order in which the archive writes them. */
export type Columns = Readonly<Record<string, Column>>;

export interface ColumnArrays {
  timestamp: BigInt64Array;
  float64: Float64Array;
  int64: BigInt64Array;
  bool: Uint8Array;
  text: readonly string[];
}

export type ColumnArray = ColumnArrays[ColumnType];
