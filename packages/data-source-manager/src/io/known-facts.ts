import { type CacheKey, type Catalog, utcMonth } from '@vision-cache/cache-keys';
import type { KnownFacts } from '../contract/ports.ts';
import { monthKeysOf } from '../query/month-key.ts';
import { believedAbsences } from './read-cache.ts';

/** What is said of a symbol's life holds for each day of a month. That a month has no file says nothing of its days' files. */
const OF_LIFE = new Set(['not-listed-yet', 'delisted', 'ended']);

/**
 * What a cache knows of entries of one series, in their order; undefined if nothing. That a symbol was not traded in a
 * month is remembered of the month, and stands for each of its days of which nothing else is known. Asks no source.
 * @param now epoch microseconds, UTC: an absence is believed until its time
 * @throws what the cache throws
 */
export async function knownFacts<F extends KnownFacts>(
  cache: { coverage(keys: readonly CacheKey[]): Promise<readonly F[]> },
  catalog: Catalog,
  keys: readonly CacheKey[],
  now: bigint,
): Promise<readonly F[]> {
  const facts = await cache.coverage(keys);
  const monthOf = monthKeysOf(catalog);
  const unknown = keys.flatMap((key, index) => (facts[index] === undefined ? [monthOf(key)] : []));
  const months = [...new Set(unknown)].filter((month) => month !== undefined);
  if (months.length === 0) return facts;
  const absences = believedAbsences(months, await cache.coverage(months), now);
  return facts.map((of, index) => {
    if (of !== undefined) return of;
    const absence = absences.get(utcMonth(keys[index]!.date));
    return absence !== undefined && OF_LIFE.has(absence.kind) ? absence : of;
  });
}
