// What is missing is said, of which kind and from what it is known; and nobody has to look, for strict answers throw.
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { isoText } from '@vision-cache/cache-keys';
import { DataSourceManager, isDataSourceError } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { startOfflineArchive } from './offline-archive.ts';

const offline = await startOfflineArchive({
  irregularities: [{ name: 'missing-file', symbol: 'BTCUSDT', interval: '1h', date: '2024-02-02' }],
});
const manager = new DataSourceManager({
  cache: new UnifiedCacheManager({ root: offline.root, now: offline.now }),
  sources: [new VisionDataClient(offline.vision)], // without REST, which would fill the hole
  now: offline.now,
});
const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-02-01', end: '2024-02-06' } as const;

try {
  await manager.getKlines(query);
} catch (error) {
  if (isDataSourceError(error)) console.log(error.code);
  // E_INCOMPLETE
}

const { batch, coverage } = await manager.getKlines(query, { allow: ['publisher-hole', 'no-data'] });
for (const { kind, start, end } of coverage.gaps) console.log(kind, isoText(start), isoText(end));
// publisher-hole 2024-02-02T00:00:00Z 2024-02-03T00:00:00Z
console.log(batch.numRows, 'of', 5 * 24);
// 96 of 120

await offline.close();
