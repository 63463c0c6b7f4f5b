// A long range in parts, in the order of time: the next part is fetched while this one is worked on.
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { isoText } from '@vision-cache/cache-keys';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { startOfflineArchive } from './offline-archive.ts';

const offline = await startOfflineArchive();
const manager = new DataSourceManager({
  cache: new UnifiedCacheManager({ root: offline.root, now: offline.now }),
  sources: [new VisionDataClient(offline.vision)],
  now: offline.now,
});

const query = { symbol: 'ETHUSDT', interval: '1h', start: '2023-11-01', end: '2024-02-01' } as const;
const stop = new AbortController();
for await (const { span, batch } of manager.segments(query, { signal: stop.signal, columns: ['open_time', 'close'] })) {
  console.log(isoText(span.start), batch.numRows);
}
// 2023-11-01T00:00:00Z 720
// 2023-12-01T00:00:00Z 744
// 2024-01-01T00:00:00Z 744

await offline.close();
