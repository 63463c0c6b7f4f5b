const assert = require('node:assert/strict');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { ArrowStoreError, isArrowStoreError, UnifiedCacheManager } = require('@vision-cache/arrow-store');
const { decodeEntry } = require('@vision-cache/arrow-store/decode');
const { cacheKey } = require('@vision-cache/cache-keys');

// The class is one for all subpaths, in CommonJS as well.
assert.throws(() => decodeEntry(new Uint8Array(64)), ArrowStoreError);
assert.throws(() => decodeEntry(new Uint8Array(64)), isArrowStoreError);

const root = mkdtempSync(join(tmpdir(), 'arrow-store-consumer-'));
new UnifiedCacheManager({ root })
  .load(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' }))
  .then((loaded) => assert.equal(loaded, undefined))
  .finally(() => rmSync(root, { recursive: true, force: true }));
