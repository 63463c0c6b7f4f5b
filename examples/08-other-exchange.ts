// Another exchange is another row of the table: its names, columns and files are typed as Binance's are.
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { BINANCE, cachePath, createCatalog, defineDataset, parseCachePath } from '@vision-cache/cache-keys';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const krakenKlines = defineDataset({
  exchange: 'kraken',
  marketType: 'spot',
  dataNature: 'klines',
  published: { daily: ['1m', '1h', '1d'], monthly: [] },
  timeColumn: 'open_time',
  identity: ['open_time'],
  columns: {
    open_time: { type: 'timestamp', unit: 'us' },
    vwap: { type: 'float64', unit: 'quote' },
    trades: { type: 'int64', unit: 'count' },
  },
});
const catalog = createCatalog([...BINANCE.datasets, krakenKlines]);
const key = catalog.cacheKey({ exchange: 'kraken', symbol: 'XBTEUR', interval: '1d', date: '2024-01-01' });
console.log(cachePath(key));
// kraken/spot/klines/daily/XBTEUR/1d/2024-01-01.arrow
console.log(parseCachePath(cachePath(key), catalog).exchange);
// kraken

const root = await mkdtemp(join(tmpdir(), 'vision-cache-example-'));
const cache = new UnifiedCacheManager({ root, catalog });
const open_time = BigInt64Array.of(1_704_067_200_000_000n);
const columns = { open_time, vwap: Float64Array.of(38_412.5), trades: BigInt64Array.of(9_213n) };
const batch = { dataset: krakenKlines.id, numRows: 1, columns } as const;
await cache.save(key, batch, { source: 'kraken', asOf: '2024-01-03' });
const day = await cache.load(key);
console.log(day?.columns.vwap[0], day?.columns.trades[0], (await cache.resolve(key))?.layout);
// 38412.5 9213n new
await rm(root, { recursive: true });
