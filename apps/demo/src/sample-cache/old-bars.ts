import type { ColumnBatch, ColumnsOf, DATASETS } from '@vision-cache/cache-keys';

type Klines = (typeof DATASETS)['binance/spot/klines'];

/** Bars as old software held them: numbers, times in epoch microseconds UTC. */
export interface OldBars {
  readonly openTime: BigInt64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly quoteVolume: Float64Array;
  readonly count: BigInt64Array;
  readonly takerBuyVolume: Float64Array;
  readonly takerBuyQuoteVolume: Float64Array;
}

export function oldBars(batch: ColumnBatch): OldBars {
  const columns = batch.columns as unknown as ColumnsOf<Klines>;
  return {
    openTime: columns.open_time, open: columns.open, high: columns.high, low: columns.low, close: columns.close, volume: columns.volume,
    quoteVolume: columns.quote_volume, count: columns.count, takerBuyVolume: columns.taker_buy_volume, takerBuyQuoteVolume: columns.taker_buy_quote_volume,
  }; // prettier-ignore
}

const FLOATS = [
  'open',
  'high',
  'low',
  'close',
  'volume',
  'quoteVolume',
  'takerBuyVolume',
  'takerBuyQuoteVolume',
] as const;

/** Rows in the order of their indexes; an index may occur twice. */
export function pick(bars: OldBars, rows: readonly number[]): OldBars {
  const integers = (column: BigInt64Array) => BigInt64Array.from(rows, (row) => column[row]!);
  const floats = Object.fromEntries(FLOATS.map((name) => [name, Float64Array.from(rows, (row) => bars[name][row]!)]));
  return { ...floats, openTime: integers(bars.openTime), count: integers(bars.count) } as unknown as OldBars;
}

export function join(parts: readonly OldBars[]): OldBars {
  const integers = (name: 'openTime' | 'count') => BigInt64Array.from(parts.flatMap((part) => [...part[name]]));
  const floats = Object.fromEntries(
    FLOATS.map((name) => [name, Float64Array.from(parts.flatMap((part) => [...part[name]]))]),
  );
  return { ...floats, openTime: integers('openTime'), count: integers('count') } as unknown as OldBars;
}

/** The same rows with other closes: what a second, careless download left. */
export function withOtherCloses(bars: OldBars): OldBars {
  return { ...bars, close: bars.close.map((close) => close + 0.01) };
}
