import { decodeEntry } from '@vision-cache/arrow-store/decode';
import { type DATASETS, epochMilliseconds } from '@vision-cache/cache-keys';
import type { Bars } from '../../bars/aggregate.ts';

type Klines = (typeof DATASETS)['binance/spot/klines'];

const DRAWN = ['open_time', 'open', 'high', 'low', 'close', 'volume'];

/** The bars of a cache file as it lies on disk. Every market's klines have these columns. */
export function decodeBars(bytes: Uint8Array): Bars {
  const { batch } = decodeEntry<Klines>(bytes, { columns: DRAWN });
  const { open_time, open, high, low, close, volume } = batch.columns;
  return { time: epochMilliseconds(open_time), open, high, low, close, volume };
}

/** The bars of an old file, which the server has decoded: six columns of doubles, one after the other. */
export function splitColumns(bytes: ArrayBuffer): Bars {
  const all = new Float64Array(bytes);
  const rows = all.length / 6;
  const column = (index: number): Float64Array => all.subarray(index * rows, (index + 1) * rows);
  return { time: column(0), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
}
