// A range of bars: from the cache what it has, the rest from the archive and, for the newest hours, from REST.
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { BinanceRestClient } from '@vision-cache/vision-client/rest';
import { startOfflineArchive } from './offline-archive.ts';

const offline = await startOfflineArchive();

const manager = new DataSourceManager({
  cache: new UnifiedCacheManager({ root: offline.root, now: offline.now }),
  sources: [new VisionDataClient(offline.vision), new BinanceRestClient(offline.rest)], // asked in this order
  now: offline.now,
});
const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-02-01', end: '2024-02-10T12:00' } as const;

const { batch, coverage, activity } = await manager.getKlines(query);
console.log(batch.numRows, 'bars,', coverage.complete ? 'complete' : coverage.gaps);
// 228 bars, complete
console.log(Object.keys(activity.sources).join(' and '));
// vision and rest
console.log(batch.columns.close.constructor.name, batch.columns.open_time.constructor.name);
// Float64Array BigInt64Array

// The second time the days come from the disk; the unfinished one is asked for what is new.
const again = await manager.getKlines({ ...query, end: '2024-02-10' });
console.log(again.activity.hits, 'hits,', again.activity.misses, 'misses');
// 9 hits, 0 misses

await offline.close();
