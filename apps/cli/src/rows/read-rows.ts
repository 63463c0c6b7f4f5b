import type { AnyCache } from '../contract/any-cache.ts';
import {
  type CacheKey,
  type Catalog,
  type ColumnArray,
  epochMicroseconds,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { CachedSeries } from '../series/cached-series.ts';

/** Rows as columns of equal length, by name. */
export interface Rows {
  readonly numRows: number;
  readonly columns: Readonly<Record<string, ColumnArray>>;
}

export interface RowRange {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly columns: readonly string[] | undefined;
}

/** The keys of a series' entries that touch a range, in order, and the range. */
export function keysWithin(
  catalog: Catalog,
  series: CachedSeries,
  { from, to }: Pick<RowRange, 'from' | 'to'>,
): { keys: CacheKey[]; span: TimeSpan } {
  const span = {
    start: from === undefined ? spanOf(series.dates[0]!).start : epochMicroseconds(from),
    end: to === undefined ? spanOf(series.dates.at(-1)!).end : epochMicroseconds(to),
  };
  const { exchange, marketType, dataNature, packagingFrequency, symbol, interval } = series;
  const keys: CacheKey[] = [];
  for (const date of series.dates) {
    const { start, end } = spanOf(date);
    if (start < span.end && end > span.start)
      keys.push(catalog.cacheKey({ exchange, marketType, dataNature, packagingFrequency, symbol, interval, date }));
  }
  return { keys, span };
}

/** The rows of a series in a range, in the order of time, an entry at a time. */
export async function* readRows(
  cache: AnyCache,
  catalog: Catalog,
  series: CachedSeries,
  range: RowRange,
): AsyncGenerator<Rows> {
  const { keys, span } = keysWithin(catalog, series, range);
  const cut = {
    ...(range.from === undefined ? {} : { start: span.start }),
    ...(range.to === undefined ? {} : { end: span.end }),
  };
  for await (const { numRows, columns } of cache.batches(keys, { ...cut, columns: range.columns })) {
    if (numRows > 0) yield { numRows, columns };
  }
}

/** The last rows of a series in a range: no more entries are read than they lie in. */
export async function lastRows(
  cache: AnyCache,
  catalog: Catalog,
  series: CachedSeries,
  range: RowRange,
  wanted: number,
): Promise<Rows[]> {
  const { keys, span } = keysWithin(catalog, series, range);
  const cut = range.to === undefined ? {} : { end: span.end };
  const found: Rows[] = [];
  let missing = wanted;
  for (const key of keys.reverse()) {
    if (missing <= 0) break;
    const entry = await cache.load(key, { ...cut, columns: range.columns });
    if (entry === undefined || entry.numRows === 0) continue;
    found.unshift(slice(entry, Math.max(0, entry.numRows - missing), entry.numRows));
    missing -= entry.numRows;
  }
  return found;
}

/** Rows from one place to another. */
export function slice({ columns }: Rows, from: number, to: number): Rows {
  const cut = Object.entries(columns).map(([name, column]): [string, ColumnArray] => [name, column.slice(from, to)]);
  return { numRows: to - from, columns: Object.fromEntries(cut) };
}
