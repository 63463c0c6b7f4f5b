import type { CacheKey, Dataset } from '@vision-cache/cache-keys';
import type { EntryBatch } from './contract/entry-facts.ts';

/** Entries of several keys one by one, in their order, those that are there. */
export async function* eachLoaded<D extends Dataset>(
  keys: Iterable<CacheKey<D>> | AsyncIterable<CacheKey<D>>,
  load: (key: CacheKey<D>) => Promise<EntryBatch<D> | undefined>,
): AsyncGenerator<EntryBatch<D> & { readonly key: CacheKey<D> }> {
  for await (const key of keys) {
    const found = await load(key);
    if (found !== undefined) yield { key, ...found };
  }
}
