import {
  BINANCE,
  type CacheKey,
  type ColumnBatch,
  DATASETS,
  expectedOpenTimes,
  type Interval,
  nextOpenTime,
  type TimeInput,
  timeSpan,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { batchOf } from '../rows/batch-rows.ts';
import type { KlinesDataset } from '../query/query.ts';

export const SPOT_KLINES: KlinesDataset<'spot'> = DATASETS['binance/spot/klines'];

/** Half-open spans, given as ISO text. */
export function span(start: TimeInput, end: TimeInput): TimeSpan {
  return timeSpan(start, end);
}

/** Bars whose numbers follow from their symbol and open time, so that everybody can tell what they must be. */
export function bars(
  symbol: string,
  openTimes: BigInt64Array,
  interval: Interval,
  shift = 0,
): ColumnBatch<KlinesDataset<'spot'>> {
  const seed = Array.from(symbol).reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const price = (time: bigint): number => seed + Number((time / 1_000_000n) % 9973n) / 100 + shift;
  const column = (value: (time: bigint) => number): Float64Array => Float64Array.from(openTimes, value);
  return batchOf(SPOT_KLINES, openTimes.length, {
    open_time: openTimes,
    open: column(price),
    high: column((time) => price(time) + 2),
    low: column((time) => price(time) - 2),
    close: column((time) => price(time) + 1),
    volume: column((time) => Number((time / 1_000_000n) % 101n)),
    close_time: BigInt64Array.from(openTimes, (time) => nextOpenTime(interval, time) - 1n),
    quote_volume: column((time) => Number((time / 1_000_000n) % 103n)),
    count: BigInt64Array.from(openTimes, (time) => (time / 1_000_000n) % 17n),
    taker_buy_volume: column((time) => Number((time / 1_000_000n) % 11n)),
    taker_buy_quote_volume: column((time) => Number((time / 1_000_000n) % 13n)),
  });
}

/** Every bar that the grid expects of a span, without those that open in one of the holes. */
export function barsWithin(
  symbol: string,
  interval: Interval,
  within: TimeSpan,
  holes: readonly TimeSpan[] = [],
): ColumnBatch<KlinesDataset<'spot'>> {
  const times = expectedOpenTimes(interval, within.start, within.end);
  const kept =
    holes.length === 0 ? times : times.filter((time) => !holes.some(({ start, end }) => time >= start && time < end));
  return bars(symbol, kept, interval);
}

/** The key of a day of spot klines. */
export function dayKey(date: string, interval: Interval = '1h', symbol = 'BTCUSDT'): CacheKey<KlinesDataset<'spot'>> {
  return BINANCE.cacheKey({ symbol, interval, date } as never) as never;
}
