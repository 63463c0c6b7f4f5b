const assert = require('node:assert/strict');
const { cacheKey } = require('@vision-cache/cache-keys');
const { parseChecksumFile, parseCsv, VisionClientError } = require('@vision-cache/vision-client');
const { createSyntheticArchive } = require('@vision-cache/vision-client/testing');
const { BinanceRestClient } = require('@vision-cache/vision-client/rest');

const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' });
const { batch } = parseCsv(new TextEncoder().encode(createSyntheticArchive().csv(key)), key);
assert.equal(batch.numRows, 24);
assert.throws(() => parseChecksumFile('not a checksum'), VisionClientError);
assert.equal(typeof BinanceRestClient, 'function');
