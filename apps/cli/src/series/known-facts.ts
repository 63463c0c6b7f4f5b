import type { AnyCache } from '../contract/any-cache.ts';
import { type CacheKey, type Catalog, utcMonth } from '@vision-cache/cache-keys';

export type KnownFacts = Awaited<ReturnType<AnyCache['coverage']>>;

/**
 * What the cache knows of entries. That a whole month has none is remembered of the month, and stands for each of its
 * days of which nothing else is known.
 * @param now epoch microseconds, UTC: what is remembered is believed until its time
 */
export async function knownFacts(
  cache: AnyCache,
  catalog: Catalog,
  keys: readonly CacheKey[],
  now: bigint,
): Promise<KnownFacts> {
  const facts = await cache.coverage(keys);
  const days = keys.filter((key, index) => key.packagingFrequency === 'daily' && facts[index] === undefined);
  const [first] = days;
  if (first === undefined || !catalog.datasetOf(first).published.monthly.includes(first.interval)) return facts;
  const months = [...new Set(days.map(({ date }) => utcMonth(date)))];
  const known = await cache.coverage(
    months.map((date) => catalog.cacheKey({ ...first, packagingFrequency: 'monthly', date })),
  );
  const absent = new Map(
    known.flatMap((of, index) =>
      of?.state === 'absent' && of.askedAt <= now && now < of.believedUntil ? [[months[index]!, of] as const] : [],
    ),
  );
  return facts.map((of, index) => of ?? absent.get(utcMonth(keys[index]!.date)));
}
