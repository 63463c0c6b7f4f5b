import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { decodeEntry } from '@vision-cache/arrow-store/decode';
import { cacheKey } from '@vision-cache/cache-keys';
import type { Table } from 'apache-arrow';

const cache = new UnifiedCacheManager({ root: 'cache' });
const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' });

export async function closes(): Promise<Float64Array | undefined> {
  return (await cache.load(key))?.columns.close;
}
export const table: Promise<Table> = cache.loadTable([key]);
export const rows: number = decodeEntry(new Uint8Array()).batch.numRows;
