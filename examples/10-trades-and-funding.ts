// Every nature that the archive has, with its own columns and types; natures without an interval are told by their ids.
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { startOfflineArchive } from './offline-archive.ts';

const offline = await startOfflineArchive();
const manager = new DataSourceManager({
  cache: new UnifiedCacheManager({ root: offline.root, now: offline.now }),
  sources: [new VisionDataClient(offline.vision)],
  now: offline.now,
});
const um = { marketType: 'um', symbol: 'BTCUSDT', start: '2024-01-01', end: '2024-01-03' } as const;

const trades = await manager.get({ ...um, dataNature: 'aggTrades' });
console.log(trades.batch.dataset, trades.batch.numRows > 0, trades.batch.columns.is_buyer_maker.constructor.name);
// binance/um/aggTrades true Uint8Array

const funding = await manager.get({ ...um, dataNature: 'fundingRate', end: '2024-02-01' });
console.log(funding.batch.numRows, funding.batch.columns.last_funding_rate.length);
// 93 93

await offline.close();
