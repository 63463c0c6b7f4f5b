import { type CacheKey, type Catalog, isCacheKeyError, parseCachePath } from '@vision-cache/cache-keys';

/** The key of a path below the root; undefined if it is not an entry's. */
export function keyOfPath(path: string, catalog: Catalog): CacheKey | undefined {
  try {
    return parseCachePath(path, catalog);
  } catch (error) {
    if (isCacheKeyError(error)) return undefined;
    throw error;
  }
}
