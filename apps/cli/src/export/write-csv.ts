import type { ColumnArray, Dataset } from '@vision-cache/cache-keys';
import type { CachedSeries } from '../series/cached-series.ts';
import { decimalText } from '../text/decimal-text.ts';
import type { Rows } from '../rows/read-rows.ts';
import { newFile } from './new-file.ts';

/**
 * Rows in the archive's own columns, with its header and times in microseconds, so that whatever reads the archive reads
 * this: of all columns also those that the cache does not keep, whose values are always the same.
 */
export function writeCsv(
  path: string,
  rows: AsyncIterable<Rows>,
  dataset: Dataset,
  columns: readonly string[],
  { symbol }: CachedSeries,
): Promise<{ rows: number; bytes: number }> {
  const isWhole = Object.entries(dataset.columns).every(
    ([name, { stored }]) => stored === false || columns.includes(name),
  );
  const names = isWhole
    ? Object.keys(dataset.columns).filter((name) => dataset.columns[name]!.optional !== true)
    : columns;
  const encoder = new TextEncoder();
  return newFile(path, async (write) => {
    let number = 0;
    for await (const { numRows, columns: of } of rows) {
      if (number === 0) write(encoder.encode(`${names.join(',')}\n`));
      const texts = names.map((name) => textsOf(name, dataset, of[name], symbol));
      let text = '';
      for (let row = 0; row < numRows; row++) {
        let line = texts[0]!(row);
        for (let column = 1; column < texts.length; column++) line += `,${texts[column]!(row)}`;
        text += `${line}\n`;
      }
      write(encoder.encode(text));
      number += numRows;
    }
    return number;
  });
}

function textsOf(
  name: string,
  dataset: Dataset,
  column: ColumnArray | undefined,
  symbol: string,
): (row: number) => string {
  if (column === undefined) return name === 'ignore' ? () => '0' : () => symbol;
  switch (dataset.columns[name]!.type) {
    case 'float64':
      return (row) => (Number.isNaN(column[row]!) ? '' : decimalText(column[row] as number));
    case 'bool':
      return (row) => (column[row] === 0 ? 'false' : 'true');
    default:
      return (row) => String(column[row]!);
  }
}
