// The store alone: save rows of a day, load them, find their file, forget them.
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cacheKey } from '@vision-cache/cache-keys';
import { VisionDataClient } from '@vision-cache/vision-client';
import { relative } from 'node:path';
import { startOfflineArchive } from './offline-archive.ts';

const offline = await startOfflineArchive();
const cache = new UnifiedCacheManager({ root: offline.root });
const key = cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '1m', date: '2024-01-15' });

// A day of the archive, proved by its CHECKSUM.
const answer = await new VisionDataClient(offline.vision).fetch(key);
if (answer.status === 'missing') throw new Error(answer.evidence);
const { facts } = await cache.save(key, answer.batch, { ...answer.facts, asOf: offline.now() });
console.log(facts.state, facts.rows, facts.source);
// complete 1440 vision

const day = await cache.load(key);
console.log(day?.numRows, day?.columns.close.length, day?.facts.sourceUrl?.split('/').at(-1));
// 1440 1440 BTCUSDT-1m-2024-01-15.zip

// The roadmap's names do the same, with its defaults.
const path = cache.getCachePath('BTCUSDT', '1m', '2024-01-15', 'binance', 'um');
console.log(relative(offline.root, path).replaceAll('\\', '/'));
// binance/um/klines/daily/BTCUSDT/1m/2024-01-15.arrow

await cache.invalidate(key);
console.log(await cache.load(key));
// undefined

await offline.close();
