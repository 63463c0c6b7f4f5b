import { type ColumnArray, type Dataset, isoText, storedColumns } from '@vision-cache/cache-keys';
import { decimalText } from '../text/decimal-text.ts';
import type { Rows } from './read-rows.ts';

export type RowForm = 'table' | 'csv' | 'jsonl';

/** Makes text of rows: the first time with a header, where the form has one. */
export function rowPrinter(
  dataset: Dataset,
  columns: readonly string[] | undefined,
  form: RowForm,
): (rows: Rows) => string {
  const names = columns ?? storedColumns(dataset);
  const types = names.map((name) => dataset.columns[name]!.type);
  if (form === 'jsonl') return (rows) => linesOf(rows, (row) => JSON.stringify(jsonRow(rows, names, types, row)));
  let widths: readonly number[] | undefined;
  return (rows) => {
    const cells = names.map((name, index) => texts(rows.columns[name]!, types[index]!));
    if (form === 'csv') {
      const header = widths === undefined ? `${names.join(',')}\n` : '';
      widths ??= [];
      return header + linesOf(rows, (row) => cells.map((column) => column[row]!).join(','));
    }
    const isFirst = widths === undefined;
    // The widths of the first rows hold for all: a table is for people, and its rows come as they are read.
    widths ??= names.map((name, index) =>
      cells[index]!.reduce((widest, { length }) => Math.max(widest, length), name.length),
    );
    const line = (parts: readonly string[]): string =>
      parts.map((part, index) => part.padStart(widths![index]!)).join('  ');
    return (isFirst ? `${line(names)}\n` : '') + linesOf(rows, (row) => line(cells.map((column) => column[row]!)));
  };
}

function linesOf({ numRows }: Rows, line: (row: number) => string): string {
  let text = '';
  for (let row = 0; row < numRows; row++) text += `${line(row)}\n`;
  return text;
}

function texts(column: ColumnArray, type: string): string[] {
  switch (type) {
    case 'timestamp':
      return Array.from(column as BigInt64Array, timeText);
    case 'float64':
      return Array.from(column as Float64Array, (value) => (Number.isNaN(value) ? '' : decimalText(value)));
    case 'bool':
      return Array.from(column as Uint8Array, (value) => (value === 0 ? 'false' : 'true'));
    default:
      return Array.from(column as readonly (string | bigint)[], (value) => String(value));
  }
}

/** Seconds, and what of a second there is. */
const timeText = (time: bigint): string => isoText(time).replace(/\.0+Z$/, 'Z');

function jsonRow({ columns }: Rows, names: readonly string[], types: readonly string[], row: number): object {
  return Object.fromEntries<unknown>(
    names.map((name, index): [string, unknown] => {
      const value = columns[name]![row]!;
      if (types[index] === 'timestamp') return [name, timeText(value as bigint)];
      if (types[index] === 'bool') return [name, value !== 0];
      if (typeof value === 'bigint') return [name, Number(value)];
      return [name, typeof value === 'number' && Number.isNaN(value) ? null : value];
    }),
  );
}
