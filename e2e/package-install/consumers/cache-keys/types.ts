import { cacheKey, cachePath, type CacheKey } from '@vision-cache/cache-keys';

const key = cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' });
export const path: string = cachePath(key);
export const market: 'spot' = key.marketType;
export const anyKey: CacheKey = key;

// @ts-expect-error futures have no bars of a second
cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '1s', date: '2024-01-01' });
