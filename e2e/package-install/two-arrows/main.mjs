// The project has one apache-arrow, a library of it another, and the cache serves both.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cacheKey, cachePath } from '@vision-cache/cache-keys';
import * as own from 'apache-arrow';
import { arrow as theirs, columnOf, toBytes } from 'charts';

const require = createRequire(import.meta.url);
assert.notEqual(own.Table, theirs.Table);

const root = await mkdtemp(join(tmpdir(), 'two-arrows-'));
try {
  const cache = new UnifiedCacheManager({ root });
  const key = cacheKey({ symbol: 'BTCUSDT', dataNature: 'trades', date: '2024-03-01' });
  const columns = {
    id: BigInt64Array.of(1n, 2n),
    price: Float64Array.of(61_000.5, 61_001),
    qty: Float64Array.of(0.25, 0.5),
    quote_qty: Float64Array.of(15_250.125, 30_500.5),
    time: BigInt64Array.of(1_709_251_200_000_000n, 1_709_251_201_000_000n),
    is_buyer_maker: Uint8Array.of(1, 0),
    is_best_match: Uint8Array.of(1, 1),
  };
  const batch = { dataset: 'binance/spot/trades', numRows: 2, columns };
  const facts = { source: 'consumer', asOf: '2024-04-01' };
  await cache.save(key, batch, facts);

  // A Table is the project's own, from ES modules; the other two copies read its bytes.
  const table = await cache.loadTable([key]);
  assert.ok(table instanceof own.Table);
  const bytes = own.tableToIPC(table, 'file');
  assert.deepEqual(columnOf(bytes, 'price'), columns.price);
  assert.deepEqual(require('apache-arrow').tableFromIPC(bytes).getChild('id').toArray(), columns.id);
  assert.deepEqual([...theirs.tableFromIPC(bytes).getChild('is_buyer_maker')], [true, false]);

  // A batch is of no copy: theirs takes its columns, and theirs can be saved.
  const day = await cache.load(key);
  const through = toBytes({ price: day.columns.price, id: day.columns.id });
  const again = { ...columns, price: columnOf(through, 'price'), id: columnOf(through, 'id') };
  const saved = await cache.save(key, { ...batch, columns: again }, facts);
  assert.deepEqual(saved.conflicts, []);
  assert.equal(saved.facts.rows, 2);

  // Each copy reads the file as it lies there.
  const file = await readFile(join(root, cachePath(key)));
  for (const arrow of [own, theirs, require('apache-arrow')]) {
    const read = arrow.tableFromIPC(file);
    assert.equal(read.numRows, 2);
    assert.deepEqual(read.getChild('qty').toArray(), columns.qty);
    assert.equal(read.getChild('is_best_match').get(1), true);
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
