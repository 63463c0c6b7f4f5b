import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { decodeEntry } from '@vision-cache/arrow-store/decode';
import { cacheKey, cachePath, DATASETS, expectedOpenTimes, spanOf, storedColumns } from '@vision-cache/cache-keys';

const dataset = DATASETS['binance/spot/klines'];
const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' });
const { start, end } = spanOf(key.date);
const times = expectedOpenTimes('1h', start, end);
const values = {
  open_time: () => times,
  close_time: () => times.map((time) => time + 3_600_000_000n - 1n),
  count: () => new BigInt64Array(times.length).fill(1n),
};
const columns = Object.fromEntries(
  storedColumns(dataset).map((name) => [name, values[name]?.() ?? new Float64Array(times.length).fill(1)]),
);

const root = await mkdtemp(join(tmpdir(), 'arrow-store-consumer-'));
try {
  const cache = new UnifiedCacheManager({ root });
  assert.equal(await cache.load(key), undefined);
  await cache.save(
    key,
    { dataset: dataset.id, numRows: times.length, columns },
    { source: 'consumer', asOf: '2024-04-01' },
  );
  const loaded = await cache.load(key);
  assert.equal(loaded.numRows, 24);

  const bytes = await readFile(join(root, cachePath(key)));
  assert.equal(decodeEntry(bytes).batch.numRows, 24);
  assert.equal(tableFromIPC(bytes).numRows, 24);
  assert.equal((await cache.loadTable([key])).numRows, 24);
} finally {
  await rm(root, { recursive: true, force: true });
}
