import type { CacheKey, Catalog, Dataset } from '@vision-cache/cache-keys';
import { ArrowStoreError } from '../contract/errors.ts';

/**
 * The one dataset of keys that are loaded together.
 * @throws {ArrowStoreError} `E_BATCH` if there is no key, or there are keys of several datasets
 */
export function datasetOfKeys<D extends Dataset>(catalog: Catalog, keys: readonly CacheKey<D>[]): D {
  const datasets = [...new Set(keys.map((key) => catalog.datasetOf(key)))];
  const [dataset] = datasets;
  if (dataset !== undefined && datasets.length === 1) return dataset;
  const found = datasets.length === 0 ? 'no key' : datasets.map(({ id }) => id).join(', ');
  const expected = 'keys of one dataset';
  throw new ArrowStoreError('E_BATCH', `loadMany needs ${expected}, and got ${found}.`, {
    path: undefined,
    expected,
    found,
  });
}
