import {
  BINANCE,
  type CacheKey,
  type Column,
  type ColumnArray,
  type ColumnBatch,
  type Dataset,
  nextOpenTime,
  rowSpanOf,
  storedColumns,
} from '@vision-cache/cache-keys';

// Taken once: within a test runner's own realm, each look-up of a global is slow.
const toBigInt = BigInt;
const toNumber = Number;

/**
 * The rows of a file's lines, as an exact reader gives them: the plain, slow way, with split and Number, on purpose
 * without anything of the client's own decoder. Sorted, repeats and rows of other days left out.
 */
export function truthOf<D extends Dataset>(key: CacheKey<D>, lines: readonly string[]): ColumnBatch<D> {
  const dataset = BINANCE.datasetOf<D>(key);
  const all = Object.keys(dataset.columns);
  const unique = [...new Set(lines)].map((line) => line.split(','));
  const names = unique[0]?.length === all.length ? all : all.filter((name) => dataset.columns[name]!.optional !== true);
  const timeAt = names.indexOf(dataset.timeColumn);
  const { start, end } = rowSpanOf(dataset, key.date);

  const rows = unique
    .map((fields) => ({ time: microseconds(fields[timeAt]!), fields }))
    .filter(({ time }) => time >= start && time < end)
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));

  const columns = Object.fromEntries(
    storedColumns(dataset).map((name) => {
      const at = names.indexOf(name);
      return [
        name,
        columnOf(
          dataset.columns[name]!,
          rows.map(({ fields }) => fields[at]!),
        ),
      ];
    }),
  );
  const closeTimes = columns['close_time'];
  if (closeTimes instanceof BigInt64Array && key.interval !== undefined) {
    rows.forEach(({ time }, row) => {
      const next = nextOpenTime(key.interval!, time);
      if (closeTimes[row] === next - 1000n) closeTimes[row] = next - 1n;
    });
  }
  return { dataset: dataset.id, numRows: rows.length, columns: columns as ColumnBatch<D>['columns'] };
}

function columnOf(column: Column, texts: readonly string[]): ColumnArray {
  switch (column.type) {
    case 'timestamp':
      return BigInt64Array.from(texts, microseconds);
    case 'int64':
      return BigInt64Array.from(texts, toBigInt);
    case 'float64':
      return Float64Array.from(texts, (text) => (text === '' ? NaN : toNumber(text)));
    case 'bool':
      return Uint8Array.from(texts, (text) => (text.toLowerCase() === 'true' ? 1 : 0));
    case 'text':
      return texts;
    default:
      return column.type satisfies never;
  }
}

function microseconds(text: string): bigint {
  if (text.includes('-'))
    return toBigInt(Date.parse(`${text.replace(' ', 'T')}${text.includes(' ') ? 'Z' : ''}`)) * 1000n;
  return text.length >= 16 ? toBigInt(text) : toBigInt(text) * 1000n;
}
