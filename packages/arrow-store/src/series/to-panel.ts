import { BINANCE, type Catalog, type Dataset, type MarketSymbol } from '@vision-cache/cache-keys';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import type { LoadedSeries } from './load-series.ts';

/** One column of many symbols, aligned by time: the value of time `t` and symbol `s` is `values[t * symbols.length + s]`. */
export interface Panel {
  /** Every time at which any symbol has a row: epoch microseconds UTC, increasing. */
  readonly times: BigInt64Array;
  readonly symbols: readonly MarketSymbol[];
  /** `times.length * symbols.length` values; NaN where a symbol has no row at a time. */
  readonly values: Float64Array;
  /** The times at which a symbol has no row, for each symbol that has any. */
  readonly missing: readonly { readonly symbol: MarketSymbol; readonly times: BigInt64Array }[];
}

/**
 * Aligns one numeric column of several symbols. Counts and ids become the nearest float64. Where a symbol has several
 * rows at one time, as trades have, the last one counts.
 * @example
 * const { times, symbols, values } = toPanel(await cache.loadSeries(keys, { columns: ['close'] }), 'close');
 * @param catalog That of the cache that the series came from. @default BINANCE
 * @throws {ArrowStoreError} `E_SCHEMA` if the batch has no such column of numbers
 */
export function toPanel({ batch, series }: LoadedSeries, column: string, catalog: Catalog = BINANCE): Panel {
  const columns: Readonly<Record<string, unknown>> = batch.columns;
  const { timeColumn }: Dataset = catalog.datasetOf(batch.dataset);
  const all = columns[timeColumn] as BigInt64Array;
  const values = numbersOf(columns, column, timeColumn);
  const own = series.map(({ from, to }) => all.subarray(from, to));
  const times = own.reduce(union, new BigInt64Array(0));
  const panel = new Float64Array(times.length * series.length).fill(Number.NaN);
  const missing: Panel['missing'][number][] = [];
  series.forEach(({ symbol, from }, place) => {
    const lacking = fill(panel, times, own[place]!, values, from, place, series.length);
    if (lacking.length > 0) missing.push({ symbol, times: BigInt64Array.from(lacking) });
  });
  return { times, symbols: series.map(({ symbol }) => symbol), values: panel, missing };
}

/** Puts one symbol's values into its place of each time; the times that it does not have. */
function fill(
  panel: Float64Array,
  times: BigInt64Array,
  own: BigInt64Array,
  values: ArrayLike<number | bigint>,
  from: number,
  place: number,
  width: number,
): bigint[] {
  const lacking: bigint[] = [];
  let row = 0;
  for (let at = 0; at < times.length; at++) {
    if (row < own.length && own[row] === times[at]) {
      while (row + 1 < own.length && own[row + 1] === times[at]) row++;
      panel[at * width + place] = Number(values[from + row]);
      row++;
    } else lacking.push(times[at]!);
  }
  return lacking;
}

/** The times of both, increasing, each once. */
function union(all: BigInt64Array, own: BigInt64Array): BigInt64Array {
  const merged = new BigInt64Array(all.length + own.length);
  let [count, a, b] = [0, 0, 0];
  while (a < all.length || b < own.length) {
    const next = b >= own.length || (a < all.length && all[a]! <= own[b]!) ? all[a]! : own[b]!;
    while (a < all.length && all[a] === next) a++;
    while (b < own.length && own[b] === next) b++;
    merged[count++] = next;
  }
  return count === all.length ? all : merged.slice(0, count);
}

/** A typed array, of any realm. */
const isNumbers = (value: unknown): value is ArrayLike<number | bigint> =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

function numbersOf(
  columns: Readonly<Record<string, unknown>>,
  name: string,
  timeColumn: string,
): ArrayLike<number | bigint> {
  const found = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (isNumbers(found) && name !== timeColumn) return found;
  const there = Object.keys(columns).filter((each) => each !== timeColumn && ArrayBuffer.isView(columns[each]));
  const expected = `one of ${there.join(', ')}`;
  throw new ArrowStoreError('E_SCHEMA', `${quote(name)} is not a column of numbers of the batch: ${expected} is.`, {
    path: undefined,
    column: name,
    expected,
    found: name,
  });
}
