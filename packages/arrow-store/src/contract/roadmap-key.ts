import type { CacheKeyManager } from '@vision-cache/cache-keys';

/** The roadmap's arguments: what is not given has its defaults, `binance`, `spot`, `klines` and `daily`. */
export type RoadmapKey = Readonly<Parameters<(typeof CacheKeyManager)['getCacheKey']>>;
