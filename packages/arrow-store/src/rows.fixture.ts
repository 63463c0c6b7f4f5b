import {
  BINANCE,
  type CacheKey,
  type ColumnArray,
  type ColumnBatch,
  type Dataset,
  type Interval,
  cacheKey,
  expectedOpenTimes,
  nextOpenTime,
  spanOf,
} from '@vision-cache/cache-keys';
import type { SaveFacts } from './contract/entry-facts.ts';

/** A key of klines; spot BTCUSDT 1h on 2024-01-01 unless it is said otherwise. */
export function klinesKey(
  of: Partial<{ marketType: string; symbol: string; interval: string; date: string; packagingFrequency: string }> = {},
) {
  const input = { symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01', ...of };
  return cacheKey(input as { symbol: string; interval: string; date: string; marketType: string });
}

/** Numbers that look random and are the same each time. */
export function noise(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export interface BarsOptions {
  /** Bars by their place on the day's grid. @default all */
  readonly bars?: readonly number[];
  readonly seed?: number;
}

/** Bars of a key's day or month that satisfy every rule of klines. */
export function bars<D extends Dataset>(
  key: CacheKey<D>,
  { bars: wanted, seed = 1 }: BarsOptions = {},
): ColumnBatch<D> {
  const span = spanOf(key.date);
  const interval: Interval = key.interval!;
  const grid = expectedOpenTimes(interval, span.start, span.end);
  const openTimes = wanted === undefined ? grid : BigInt64Array.from(wanted, (bar) => grid[bar]!);
  const rows = openTimes.length;
  const column = () => new Float64Array(rows);
  const columns = {
    open_time: openTimes,
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
    close_time: openTimes.map((open) => nextOpenTime(interval, open) - 1n),
    quote_volume: column(),
    count: new BigInt64Array(rows),
    taker_buy_volume: column(),
    taker_buy_quote_volume: column(),
  };
  for (let row = 0; row < rows; row++) {
    const random = noise(seed * 7919 + Number((openTimes[row]! / 1_000_000n) % 1_000_003n));
    random();
    const cents = () => Math.round(random() * 1e6) / 100;
    const [open, close] = [30_000 + cents(), 30_000 + cents()];
    columns.open[row] = open;
    columns.close[row] = close;
    columns.high[row] = Math.max(open, close) + 10;
    columns.low[row] = Math.min(open, close) - 10;
    const volume = cents() + 1;
    columns.volume[row] = volume;
    columns.quote_volume[row] = Math.round(((open + close) / 2) * volume * 100) / 100;
    columns.taker_buy_volume[row] = volume / 2;
    columns.taker_buy_quote_volume[row] = columns.quote_volume[row]! / 2;
    columns.count[row] = BigInt(Math.ceil(volume));
  }
  return { dataset: BINANCE.datasetOf(key as CacheKey).id, numRows: rows, columns } as unknown as ColumnBatch<D>;
}

/** Rows of any dataset of Binance, with every column filled. */
export function anyRows<D extends Dataset>(key: CacheKey<D>, rows: number, seed = 1): ColumnBatch<D> {
  const dataset: Dataset = BINANCE.datasetOf(key as CacheKey);
  const { start, end } = spanOf(key.date);
  const random = noise(seed);
  const columns: Record<string, ColumnArray> = {};
  for (const [name, { type, stored }] of Object.entries(dataset.columns)) {
    if (stored === false) continue;
    const place = (row: number) => start + ((end - start) * BigInt(row)) / BigInt(rows);
    if (type === 'timestamp') columns[name] = BigInt64Array.from({ length: rows }, (_, row) => place(row));
    else if (type === 'int64') columns[name] = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row + seed));
    else if (type === 'float64') columns[name] = Float64Array.from({ length: rows }, () => random() * 1000);
    else if (type === 'bool') columns[name] = Uint8Array.from({ length: rows }, () => (random() < 0.5 ? 0 : 1));
    else
      columns[name] = Array.from(
        { length: rows },
        (_, row) => ['BUY', '', '币安人生', 'ÄÖÜ-'.repeat(row % 7)][row % 4]!,
      );
  }
  return { dataset: dataset.id, numRows: rows, columns } as unknown as ColumnBatch<D>;
}

/** What is said of rows of a finished day. */
export const fromVision: SaveFacts = {
  source: 'vision',
  sourceUrl: 'https://data.binance.vision/data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2024-01-01.zip',
  sourceSha256: 'ab'.repeat(32),
  asOf: '2026-01-01',
};
export const fromRest: SaveFacts = { source: 'rest', asOf: '2026-01-01' };
