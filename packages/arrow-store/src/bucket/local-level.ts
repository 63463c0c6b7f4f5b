import type { CacheKey, ColumnBatch, Dataset } from '@vision-cache/cache-keys';
import type { EntryBatch, KnownFacts, SaveFacts, SaveResult } from '../contract/entry-facts.ts';
import type { LoadOptions } from '../read/load-options.ts';

/** What a bucket's cache asks of the folder beside it, which holds what a bucket may not. */
export interface LocalLevel {
  coverage(keys: readonly CacheKey[], options?: { readonly signal?: AbortSignal }): Promise<readonly KnownFacts[]>;
  load<D extends Dataset>(key: CacheKey<D>, options?: LoadOptions): Promise<EntryBatch<D> | undefined>;
  save<D extends Dataset>(
    key: CacheKey<D>,
    batch: ColumnBatch<D>,
    facts: SaveFacts,
    options?: { readonly signal?: AbortSignal },
  ): Promise<SaveResult>;
  invalidate(key: CacheKey): Promise<void>;
  /** Whether a file of the key is there, without opening it. */
  isThere(key: CacheKey): boolean;
  /** Takes back what was remembered of an entry that is there after all. */
  forgetAbsent(key: CacheKey): Promise<void>;
}
