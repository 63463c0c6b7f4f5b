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

/** Bars of which each column is made by its own name: the one place that lists the columns. */
function barsOf(floats: (of: Floats) => Float64Array, integers: (of: Integers) => BigInt64Array): OldBars {
  return {
    openTime: integers('openTime'),
    open: floats('open'),
    high: floats('high'),
    low: floats('low'),
    close: floats('close'),
    volume: floats('volume'),
    quoteVolume: floats('quoteVolume'),
    count: integers('count'),
    takerBuyVolume: floats('takerBuyVolume'),
    takerBuyQuoteVolume: floats('takerBuyQuoteVolume'),
  };
}

type Integers = 'openTime' | 'count';
type Floats = Exclude<keyof OldBars, Integers>;

/** Rows in the order of their indexes; an index may occur twice. */
export function pick(bars: OldBars, rows: readonly number[]): OldBars {
  return barsOf(
    (name) => Float64Array.from(rows, (row) => bars[name][row]!),
    (name) => BigInt64Array.from(rows, (row) => bars[name][row]!),
  );
}

export function join(parts: readonly OldBars[]): OldBars {
  return barsOf(
    (name) => Float64Array.from(parts.flatMap((part) => [...part[name]])),
    (name) => BigInt64Array.from(parts.flatMap((part) => [...part[name]])),
  );
}

/** The same rows with other closes: what a second, careless download left. */
export function withOtherCloses(bars: OldBars): OldBars {
  return { ...bars, close: bars.close.map((close) => close + 0.01) };
}
