import type { CacheKey, Dataset, TimeSpan, UtcMonth } from '@vision-cache/cache-keys';
import type { RequestOptions } from '../contract/answer.ts';
import type { AbsentFacts, CachePort, KnownFacts, Loaded } from '../contract/ports.ts';
import { isBelieved } from '../ledger/state-of.ts';
import { keyAt } from '../query/month-key.ts';
import type { ParsedQuery } from '../query/query.ts';
import { readFacts, unreadable } from './cache-access.ts';
import type { Engine } from './engine.ts';

/**
 * The rows of the keys and what is known of them, of one moment.
 * @throws {DataSourceError} `E_CACHE`, `E_ABORTED`
 */
export async function loadRows(
  cache: CachePort,
  keys: readonly CacheKey[],
  span: TimeSpan,
  options: RequestOptions & { readonly uncounted?: boolean },
): Promise<Loaded<Dataset>> {
  const { signal, columns, uncounted } = options;
  try {
    return await cache.loadMany(keys, {
      start: span.start,
      end: span.end,
      ...(columns === undefined ? {} : { columns }),
      ...(signal === undefined ? {} : { signal }),
      ...(uncounted === undefined ? {} : { uncounted }),
    });
  } catch (cause) {
    throw unreadable('loadMany', cause, signal);
  }
}

/** Of days that are not there whole, what is remembered of their months and still believed. */
export async function readMonths(
  engine: Pick<Engine, 'cache' | 'catalog'>,
  { keys, dataset, interval }: ParsedQuery,
  facts: readonly KnownFacts[],
  now: bigint,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<UtcMonth, AbsentFacts>> {
  if (keys[0]?.packagingFrequency !== 'daily' || !dataset.published.monthly.includes(interval)) return new Map();
  const isWhole = (of: KnownFacts): boolean => of?.state === 'complete' && of.holes.length === 0;
  const unknown = new Set(keys.filter((_, index) => !isWhole(facts[index])).map(({ date }) => date.slice(0, 7)));
  const monthKeys = [...unknown].map((month) => keyAt(keys[0]!, 'monthly', month, engine.catalog));
  if (monthKeys.length === 0) return new Map();
  return believedAbsences(monthKeys, await readFacts(engine.cache, monthKeys, signal), now);
}

type Absent<F extends KnownFacts> = Extract<F, { readonly state: 'absent' }>;

/** What is known of months, by month: only that they have no rows, and only as long as that is believed. */
export function believedAbsences<F extends KnownFacts>(
  months: readonly CacheKey[],
  known: readonly F[],
  now: bigint,
): ReadonlyMap<UtcMonth, Absent<F>> {
  const absences = new Map<UtcMonth, Absent<F>>();
  known.forEach((of, index) => {
    if (of?.state === 'absent' && isBelieved(of, now)) absences.set(months[index]!.date, of as Absent<F>);
  });
  return absences;
}
