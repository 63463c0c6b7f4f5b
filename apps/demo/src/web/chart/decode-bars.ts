import { decodeEntry } from '@vision-cache/arrow-store/decode';
import { type ColumnsOf, DATASETS, epochMilliseconds } from '@vision-cache/cache-keys';
import type { Bars } from '../../bars/aggregate.ts';

type Klines = (typeof DATASETS)['binance/spot/klines'];

const DRAWN = ['open_time', 'open', 'high', 'low', 'close', 'volume'];

/** The bars of a cache file as it lies on disk. Every market's klines have these columns. */
export function decodeBars(bytes: Uint8Array): Bars {
  const { batch } = decodeEntry<Klines>(bytes, { columns: DRAWN });
  const { open_time, open, high, low, close, volume } = batch.columns as ColumnsOf<Klines>;
  return { time: epochMilliseconds(open_time), open, high, low, close, volume };
}
