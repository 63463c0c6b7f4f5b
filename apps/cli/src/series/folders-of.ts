import type { AnyCache } from '../contract/any-cache.ts';
import type { CacheFolder, Catalog } from '@vision-cache/cache-keys';
import { findAll } from './find-series.ts';

/** The folders that names or patterns mean; everything where there are none. */
export async function foldersOf(
  cache: AnyCache,
  catalog: Catalog,
  names: readonly string[],
): Promise<readonly (CacheFolder | undefined)[]> {
  return names.length === 0 ? [undefined] : findAll(cache, catalog, names);
}
