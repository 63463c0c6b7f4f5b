import { type CacheKey, type ColumnBatch, type Dataset, monthsBetween, type TimeSpan } from '@vision-cache/cache-keys';
import { concatBatches, emptyBatch, rowsWithin } from '../rows/batch-rows.ts';
import { compareRows, type Comparison } from '../rows/compare-rows.ts';
import { type Engine, messageOf } from '../io/engine.ts';
import { throwIfAborted } from '../contract/errors.ts';
import { mapConcurrent } from '../concurrency/ordered-prefetch.ts';
import { keyAt } from '../query/month-key.ts';
import type { SourceAnswer, SourcePort } from '../contract/ports.ts';
import type { ParsedQuery } from '../query/query.ts';

export interface ReconcileReport {
  readonly span: TimeSpan;
  /** Every two of the daily files, the monthly files and each source of ranges. */
  readonly comparisons: readonly Comparison[];
  /** What could not be had, and so was not compared. */
  readonly missing: readonly string[];
}

interface Side {
  readonly name: string;
  readonly source: string;
  readonly batch: ColumnBatch;
}

/** Fetches a range as daily files, as monthly files and from REST, and reports the differences. Stores nothing. */
export async function reconcile(
  engine: Engine,
  query: ParsedQuery,
  sources: readonly SourcePort[],
  signal: AbortSignal | undefined,
): Promise<ReconcileReport> {
  const missing: string[] = [];
  const sides: Side[] = [];
  for (const source of sources) {
    if (source.kind === 'archive') {
      for (const packaging of ['daily', 'monthly'] as const) {
        const keys = keysOf(engine, query, packaging).filter((key) => source.covers(key));
        if (keys.length === 0) continue;
        const name = `${source.name} ${packaging}`;
        const batch = await collect(
          engine,
          query,
          keys,
          name,
          (key, stop) => source.fetch(key, { signal: stop }),
          missing,
          signal,
        );
        sides.push({ name, source: source.name, batch });
      }
    } else if (query.keys[0] !== undefined && query.interval !== undefined && source.covers(query.keys[0])) {
      const ask = (key: CacheKey, stop: AbortSignal) => source.fetch(key, query.span, { signal: stop });
      const batch = await collect(engine, query, [query.keys[0]], source.name, ask, missing, signal);
      sides.push({ name: source.name, source: source.name, batch });
    }
  }
  const comparisons = sides.flatMap((left, index) =>
    sides.slice(index + 1).map((right) => compareRows(query.dataset, left, right, query.interval)),
  );
  return { span: query.span, comparisons, missing };
}

function keysOf(engine: Engine, query: ParsedQuery, packaging: 'daily' | 'monthly'): readonly CacheKey[] {
  const { dataset, keys, interval, span } = query;
  const [first] = keys;
  if (first === undefined || !dataset.published[packaging].includes(interval)) return [];
  if (first.packagingFrequency === packaging) return keys;
  if (packaging === 'daily') return [];
  return monthsBetween(span.start, span.end).map((month) => keyAt(first, 'monthly', month, engine.catalog));
}

type Ask = (key: CacheKey, signal: AbortSignal) => Promise<SourceAnswer>;

async function collect(
  engine: Engine,
  query: ParsedQuery,
  keys: readonly CacheKey[],
  name: string,
  ask: Ask,
  missing: string[],
  signal: AbortSignal | undefined,
): Promise<ColumnBatch> {
  const dataset: Dataset = query.dataset;
  const batches = await mapConcurrent(
    keys,
    async (key, stop) => {
      try {
        const answer = await ask(key, stop);
        if (answer.status === 'ok') return rowsWithin(dataset, answer.batch, query.span);
        missing.push(`${name} ${key.date}: ${answer.evidence}`);
      } catch (error) {
        throwIfAborted(stop);
        missing.push(`${name} ${key.date}: ${messageOf(error)}`);
      }
      return emptyBatch(dataset);
    },
    { ahead: engine.concurrency, signal },
  );
  return concatBatches(dataset, batches);
}
