// Hits and misses as they happen, for logs and metrics; without a listener nothing is made or published.
import { CACHE_CHANNELS, type LoadMessage, UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cacheKey } from '@vision-cache/cache-keys';
import { VisionDataClient } from '@vision-cache/vision-client';
import { subscribe } from 'node:diagnostics_channel';
import { startOfflineArchive } from './offline-archive.ts';

subscribe(CACHE_CHANNELS.load, (message) => {
  const { path, result, rows } = message as LoadMessage;
  console.log(result, rows, path);
});

const offline = await startOfflineArchive();
const cache = new UnifiedCacheManager({ root: offline.root });
const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-15' });

await cache.load(key);
// miss 0 binance/spot/klines/daily/BTCUSDT/1h/2024-01-15.arrow
const answer = await new VisionDataClient(offline.vision).fetch(key);
if (answer.status === 'ok') await cache.save(key, answer.batch, { ...answer.facts, asOf: offline.now() });
await cache.load(key);
// new 24 binance/spot/klines/daily/BTCUSDT/1h/2024-01-15.arrow

await offline.close();
