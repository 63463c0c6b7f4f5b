// A page or a worker names a file, fetches it and reads its columns: no Node, no apache-arrow, verified by its seal.
import { decodeEntry } from '@vision-cache/arrow-store/decode';
import { cacheKey, cachePath, type DatasetOf, epochMilliseconds } from '@vision-cache/cache-keys';
import { startFileServer } from './offline-archive.ts';

const key = cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-15' });
const server = await startFileServer(key); // any server of a cache's folder will do

const response = await fetch(`${server.url}/${cachePath(key)}`);
const bytes = new Uint8Array(await response.arrayBuffer());
const { batch, facts } = decodeEntry<DatasetOf<'binance/spot/klines'>>(bytes);
console.log(facts.state, batch.numRows);
// complete 1440

// What charts want: milliseconds and prices as plain numbers.
const times = epochMilliseconds(batch.columns.open_time);
console.log(new Date(times[0]!).toISOString(), times.length === batch.columns.close.length);
// 2024-01-15T00:00:00.000Z true

await server.close();
