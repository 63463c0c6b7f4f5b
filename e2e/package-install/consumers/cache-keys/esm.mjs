import assert from 'node:assert/strict';
import { CacheKeyManager, cacheKey, cachePath, parseCachePath } from '@vision-cache/cache-keys';

const path = cachePath(cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' }));
assert.equal(path, 'binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow');
assert.equal(cachePath(parseCachePath(path)), path);
assert.equal(CacheKeyManager.getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01'), `cache/${path}`);
