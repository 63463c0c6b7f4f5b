import type { SaveItem, SaveResult, UnifiedCacheManager } from '@vision-cache/arrow-store';

/** What commands do with a cache that may as well lie on a bucket. */
export interface AnyCache extends Pick<
  UnifiedCacheManager,
  'root' | 'series' | 'entries' | 'coverage' | 'load' | 'batches' | 'verify'
> {
  saveMany(items: readonly SaveItem[]): Promise<readonly SaveResult[]>;
}
