const assert = require('node:assert/strict');
const { cacheKey, cachePath, CacheKeyError } = require('@vision-cache/cache-keys');

const key = cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' });
assert.equal(cachePath(key), 'binance/um/klines/daily/BTCUSDT/1h/2024-01-01.arrow');
assert.throws(() => cacheKey({ symbol: 'btcusdt', interval: '1h', date: '2024-01-01' }), CacheKeyError);
