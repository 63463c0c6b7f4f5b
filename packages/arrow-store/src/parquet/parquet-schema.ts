import { type ColumnArray, type ColumnType, type Dataset, storedColumns } from '@vision-cache/cache-keys';
import type { ColumnSource, SchemaElement } from 'hyparquet-writer';
import { ArrowStoreError, quote } from '../contract/errors.ts';

/** A column of a Parquet file: what it is called, and which kind of column of the store it is. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** The columns that are asked for, in that order, or all that are stored. @throws {ArrowStoreError} `E_SCHEMA` */
export function parquetColumns(dataset: Dataset, names: readonly string[] | undefined): ParquetColumn[] {
  const known: readonly string[] = storedColumns(dataset);
  return (names ?? known).map((name) => {
    if (!known.includes(name)) {
      const message = `${quote(name)} is not a column of ${dataset.id}: ${known.join(', ')}.`;
      throw new ArrowStoreError('E_SCHEMA', message, { path: undefined, column: name, found: name });
    }
    return { name, type: dataset.columns[name]!.type };
  });
}

/** Times are microseconds UTC, nothing is ever absent, and nothing is guessed from the values. */
export function schemaOf(columns: readonly ParquetColumn[]): SchemaElement[] {
  return [{ name: 'schema', num_children: columns.length }, ...columns.map(elementOf)];
}

function elementOf({ name, type }: ParquetColumn): SchemaElement {
  const required = { name, repetition_type: 'REQUIRED' } as const;
  switch (type) {
    case 'timestamp':
      return {
        ...required,
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
    case 'int64':
      return { ...required, type: 'INT64' };
    case 'float64':
      return { ...required, type: 'DOUBLE' };
    case 'bool':
      return { ...required, type: 'BOOLEAN' };
    case 'text':
      return { ...required, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
  }
}

/** A column's values as the writer takes them. Times and ids go up in steps, which take a byte or two each. */
export function sourceOf({ name, type }: ParquetColumn, column: ColumnArray): ColumnSource {
  switch (type) {
    case 'timestamp':
    case 'int64':
      return { name, data: column as BigInt64Array, encoding: 'DELTA_BINARY_PACKED', statistics: false };
    case 'float64':
      // A dictionary of prices is tried in vain, and takes as long as all the rest.
      return { name, data: column as Float64Array, encoding: 'PLAIN', statistics: false };
    case 'bool':
      return { name, data: Array.from(column as Uint8Array, (value) => value !== 0) };
    case 'text':
      return { name, data: [...(column as readonly string[])] };
  }
}

/** The least and the greatest of a column of numbers, without NaN; found here, for a loop over typed memory is fast. */
export function statisticsOf({ type }: ParquetColumn, column: ColumnArray) {
  if (type !== 'float64' && type !== 'timestamp' && type !== 'int64') return undefined;
  const values = column as Float64Array | BigInt64Array;
  let least: number | bigint | undefined;
  let greatest: number | bigint | undefined;
  for (const value of values) {
    if (value !== value) continue;
    if (least === undefined || value < least) least = value;
    if (greatest === undefined || value > greatest) greatest = value;
  }
  // By the format a zero is the lower one where it is the least, and the upper one where it is the greatest.
  if (least === 0) least = -0;
  if (greatest === 0) greatest = 0;
  return { null_count: 0n, ...(least === undefined ? {} : { min_value: least, max_value: greatest! }) };
}
