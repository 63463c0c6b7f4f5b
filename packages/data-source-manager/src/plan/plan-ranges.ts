import { barCount, type CacheKey, type Interval, intervalMicroseconds, type TimeSpan } from '@vision-cache/cache-keys';
import type { Need } from '../ledger/needs.ts';

/** One span to ask a range source for, and the needs that it may satisfy. */
export interface RangeTask {
  /** Any key of the symbol and interval. */
  readonly key: CacheKey;
  readonly span: TimeSpan;
  readonly needs: readonly Need[];
}

/** So much is asked at once: about 20 pages of REST. What has arrived is stored before the next is asked for. */
const MAX_BARS = 20_000;
/** Holes that lie closer than half a page are asked for together. */
const NEAR_BARS = 500n;

/**
 * Which spans to ask a range source for, in order: what touches or nearly touches is one request after another. Without
 * an interval, what touches is one request, whose bound is the source's.
 */
export function planRanges(needs: readonly Need[], interval: Interval | undefined): RangeTask[] {
  const bar = interval === undefined ? 0n : (intervalMicroseconds(interval) ?? 28n * 86_400_000_000n);
  const tasks: { key: CacheKey; span: TimeSpan; needs: Need[] }[] = [];
  for (const need of needs) {
    for (const span of need.spans) {
      const last = tasks.at(-1);
      if (last !== undefined && span.start - last.span.end <= NEAR_BARS * bar && span.start >= last.span.end) {
        const both = { start: last.span.start, end: span.end };
        // Bars are at least so long: most need not be counted.
        const isFew = both.end - both.start < BigInt(MAX_BARS) * bar;
        if (interval === undefined || isFew || barCount(interval, both.start, both.end) <= MAX_BARS) {
          last.span = both;
          if (last.needs.at(-1) !== need) last.needs.push(need);
          continue;
        }
      }
      tasks.push({ key: need.key, span, needs: [need] });
    }
  }
  return tasks;
}

/** What a span of klines costs at REST: 1,000 rows for weight 2 on spot, 499 rows for weight 2 on um and cm. */
export function estimateRest(key: CacheKey, span: TimeSpan): { readonly requests: number; readonly weight: number } {
  const rows = key.interval === undefined ? 0 : barCount(key.interval, span.start, span.end);
  const requests = Math.max(1, Math.ceil(rows / (key.marketType === 'spot' ? 1000 : 499)));
  return { requests, weight: requests * 2 };
}
