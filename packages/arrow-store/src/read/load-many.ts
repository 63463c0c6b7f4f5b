import {
  type CacheKey,
  type ColumnArray,
  type ColumnBatch,
  type Dataset,
  cachePath,
  epochMicroseconds,
  spanOf,
} from '@vision-cache/cache-keys';
import type { KnownFacts } from '../entry-facts.ts';
import { ArrowStoreError } from '../errors.ts';
import { firstRowAt, slice, timesOf } from '../rows/rows.ts';
import type { StoreContext } from '../store-context.ts';
import { type FoundEntry, findEntry } from './load-entry.ts';
import type { LoadManyOptions } from './load-options.ts';
import { readAbsent } from '../write/absent.ts';

export interface Loaded<D extends Dataset = Dataset> {
  /** The rows of all entries that are there, in the order of the keys, in contiguous columns. */
  readonly batch: ColumnBatch<D>;
  /** For each key, in order. */
  readonly entries: readonly KnownFacts[];
}

/** Thin first form: every entry by itself, then one copy. */
export async function loadMany<D extends Dataset>(
  store: StoreContext,
  keys: readonly CacheKey<D>[],
  options: LoadManyOptions = {},
): Promise<Loaded<D>> {
  const first = keys[0];
  if (first === undefined) throw new ArrowStoreError('E_BATCH', 'loadMany needs a key.', { path: undefined });
  const dataset: D = store.catalog.datasetOf(first);
  const entries: KnownFacts[] = [];
  const parts: FoundEntry[] = [];
  for (const key of keys) {
    options.signal?.throwIfAborted();
    const found = await findEntry(store, key, options.signal);
    entries.push(found?.facts ?? readAbsent(store, cachePath(key)));
    if (found !== undefined) parts.push(cut(dataset, found, options, key));
  }
  const names = options.columns ?? Object.keys(dataset.columns).filter((name) => dataset.columns[name]!.stored !== false);
  const columns: Record<string, ColumnArray> = {};
  for (const name of names) columns[name] = concat(parts.map((part) => part.columns[name]!));
  const numRows = parts.reduce((sum, part) => sum + timesOf(dataset, part.columns).length, 0);
  return { batch: { dataset: dataset.id, numRows, columns } as unknown as ColumnBatch<D>, entries };
}

export function cut(dataset: Dataset, found: FoundEntry, { start, end }: LoadManyOptions, key: CacheKey): FoundEntry {
  if (start === undefined && end === undefined) return found;
  const times = timesOf(dataset, found.columns);
  const span = spanOf(key.date);
  const from = firstRowAt(times, start === undefined ? span.start : epochMicroseconds(start));
  const to = firstRowAt(times, end === undefined ? span.end : epochMicroseconds(end));
  return {
    facts: found.facts,
    columns: Object.fromEntries(Object.entries(found.columns).map(([name, column]) => [name, slice(column, from, Math.max(from, to))])),
  };
}

function concat(parts: readonly ColumnArray[]): ColumnArray {
  if (parts.some((part) => Array.isArray(part))) return (parts as string[][]).flat();
  const typed = parts as Float64Array[];
  const first = typed[0];
  if (first === undefined) return new Float64Array();
  const whole = new (first.constructor as Float64ArrayConstructor)(typed.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of typed) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
