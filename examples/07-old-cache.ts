// Files under the old path are read as if they lay under the new one, and nothing but the migrator touches them.
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cacheKey, candidatePaths, legacyCachePath, parseLegacyPath } from '@vision-cache/cache-keys';
import { VisionDataClient } from '@vision-cache/vision-client';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { startOfflineArchive } from './offline-archive.ts';

const offline = await startOfflineArchive();
const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-15' });
console.log(candidatePaths(key).join(', then '));
// binance/spot/klines/daily/BTCUSDT/1h/2024-01-15.arrow, then BTCUSDT/1h/2024-01-15.arrow

// A file as the old layout has it.
const made = new UnifiedCacheManager({ root: join(offline.root, 'made') });
const answer = await new VisionDataClient(offline.vision).fetch(key);
if (answer.status === 'ok') await made.save(key, answer.batch, { ...answer.facts, asOf: offline.now() });
const oldRoot = join(offline.root, 'old');
await cp(made.getCachePath('BTCUSDT', '1h', '2024-01-15'), join(oldRoot, legacyCachePath(key)!));

const cache = new UnifiedCacheManager({ root: oldRoot });
const day = await cache.load(key);
console.log(day?.numRows, day?.facts.layout);
// 24 old

// What an old name tells and what it does not: this one lost its date, and its market is in the folder.
// check-paths: allow an old name, to be parsed
const found = parseLegacyPath('BINANCE/KLINES/futures/usdt/BTCUSDT/1h.arrow');
if (found.status === 'recognised') console.log(found.generations.join(), found.marketType, found.symbol, found.date);
// G5 um BTCUSDT undefined

await offline.close();
