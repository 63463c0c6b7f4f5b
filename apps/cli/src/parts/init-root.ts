import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { BINANCE, createCatalog, type Interval, INTERVALS, isInterval } from '@vision-cache/cache-keys';
import { initBucket } from './bucket-root.ts';
import { cacheRoot } from './cache-root.ts';
import type { CacheFlags } from '../contract/flags.ts';
import type { Io } from '../contract/io.ts';
import { UsageError } from '../contract/usage-error.ts';

/** @throws {UsageError} if the text is no interval */
export function intervalOf(text: string): Interval {
  if (!isInterval(text)) throw new UsageError(`${text} is not an interval: ${INTERVALS.join(', ')}.`);
  return text;
}

/** Makes the root, or finds it made alike. @throws {ArrowStoreError} `E_HOMES` if it keeps other intervals by the month. */
export async function initRoot(
  flags: CacheFlags,
  monthly: readonly string[],
  io: Io,
): Promise<{ cache: string; monthly: readonly Interval[] }> {
  const catalog = createCatalog(BINANCE.datasets, { monthly: intervalsOf(monthly) });
  const bucket = await initBucket(flags, catalog, io);
  if (bucket !== undefined) return { cache: bucket, monthly: catalog.monthly };
  const cache = new UnifiedCacheManager({ root: cacheRoot(flags, io), catalog, now: io.now });
  // The first piece of work on a root marks it.
  (await cache.work('init')).release();
  return { cache: cache.root, monthly: catalog.monthly };
}

/** `1h..1d` is every interval from the one to the other. */
export function intervalsOf(given: readonly string[]): Interval[] {
  return given.flatMap((each) => {
    const [from = '', to = from] = each.split(/\.\.\.?|…/);
    if (!isInterval(from) || !isInterval(to) || INTERVALS.indexOf(from) > INTERVALS.indexOf(to))
      throw new UsageError(
        `--monthly ${each} is not an interval: use ${INTERVALS.join(', ')}, or two of them with .. in between.`,
      );
    return INTERVALS.slice(INTERVALS.indexOf(from), INTERVALS.indexOf(to) + 1);
  });
}
