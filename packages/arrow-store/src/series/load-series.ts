import type { CacheKey, ColumnBatch, Dataset, Interval, MarketSymbol } from '@vision-cache/cache-keys';
import type { KnownFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError } from '../contract/errors.ts';
import { loadMany } from '../read/load-many.ts';
import type { LoadOptions } from '../read/load-options.ts';
import type { StoreContext } from '../store/store-context.ts';

/** One symbol's part of a batch of many. */
export interface SeriesBounds {
  readonly symbol: MarketSymbol;
  /** Its rows are `[from, to)` of each column; none where they are equal. */
  readonly from: number;
  readonly to: number;
  /** For each of its keys, in order. */
  readonly entries: readonly KnownFacts[];
}

/** The rows of several symbols of one dataset and interval, symbol by symbol. */
export interface LoadedSeries<D extends Dataset = Dataset> {
  /** Contiguous columns; within a symbol in the order of its keys. The time column is always among them. */
  readonly batch: ColumnBatch<D>;
  readonly interval: Interval | undefined;
  /** In the order in which the symbols first occur in the keys. */
  readonly series: readonly SeriesBounds[];
}

/**
 * Loads the keys of several symbols, each symbol's together, in one pass.
 * @throws {ArrowStoreError} `E_BATCH` if there is no key, or the keys are of more than one dataset or interval
 */
export async function loadSeries<D extends Dataset>(
  store: StoreContext,
  keys: readonly CacheKey<D>[],
  { columns, ...options }: LoadOptions,
): Promise<LoadedSeries<D>> {
  const bySymbol = new Map<MarketSymbol, CacheKey<D>[]>();
  for (const key of keys) {
    const own = bySymbol.get(key.symbol);
    if (own === undefined) bySymbol.set(key.symbol, [key]);
    else own.push(key);
  }
  const interval = keys[0]?.interval;
  const other = keys.find((key) => key.interval !== interval);
  if (other !== undefined) {
    const [expected, found] = [String(interval), String(other.interval)];
    const message = `loadSeries needs keys of one interval, and got ${expected} and ${found}.`;
    throw new ArrowStoreError('E_BATCH', message, { path: undefined, expected, found });
  }
  const { timeColumn }: Dataset = keys[0] === undefined ? NO_DATASET : store.catalog.datasetOf(keys[0]);
  const names = columns === undefined || columns.includes(timeColumn) ? columns : [timeColumn, ...columns];
  const loaded = await loadMany(store, [...bySymbol.values()].flat(), { ...options, columns: names });
  const series: SeriesBounds[] = [];
  let [place, from] = [0, 0];
  for (const [symbol, own] of bySymbol) {
    const entries = loaded.entries.slice(place, place + own.length);
    let to = from;
    for (let end = place + own.length; place < end; place++) to += loaded.rows[place]!;
    series.push({ symbol, from, to, entries });
    from = to;
  }
  return { batch: loaded.batch, interval, series };
}

/** Without a key there is no dataset: `loadMany` refuses it. */
const NO_DATASET = { timeColumn: '' } as Dataset;
