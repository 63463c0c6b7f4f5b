import { barCount, type Interval, intervalMicroseconds, type TimeSpan } from '@vision-cache/cache-keys';
import type { RestMarket } from '../contract/rest-market.ts';
import { REST_MARKETS, weightOf } from './rest-endpoints.ts';

/** One request for klines. Both times are epoch milliseconds and, as REST takes them, inclusive. */
export interface RestPage {
  readonly startTime: number;
  readonly endTime: number;
  readonly limit: number;
  readonly weight: number;
}

/** The shortest month: more bars than that a window of months cannot hold. */
const SHORTEST_MONTH_MS = 28 * 86_400_000;

/**
 * The requests that cover a half-open span. Each asks for one row more than its bars, so that a page which is not full
 * is known to be whole; and on a market that counts back from the end, windows are laid out from there. Pure.
 */
export function planPages(market: RestMarket, interval: Interval, span: TimeSpan): RestPage[] {
  const { limit: cap, windowMs = Infinity } = REST_MARKETS[market];
  const start = ceilMs(span.start);
  const end = ceilMs(span.end);
  const barMs = Number((intervalMicroseconds(interval) ?? 0n) / 1000n) || SHORTEST_MONTH_MS;
  const step = Math.min((cap - 1) * barMs, windowMs);
  const pages: RestPage[] = [];
  if (windowMs === Infinity) {
    for (let from = start; from < end; from += step) pages.push(page(from, Math.min(end, from + step)));
  } else {
    for (let until = end; until > start; until -= step) pages.unshift(page(Math.max(start, until - step), until));
  }
  return pages;

  function page(from: number, until: number): RestPage {
    const bars = barCount(interval, BigInt(from) * 1000n, BigInt(until) * 1000n);
    const limit = market === 'spot' ? cap : Math.min(cap, bars + 1);
    return { startTime: from, endTime: until - 1, limit, weight: weightOf(market, limit) };
  }
}

/** What is left of a page that came full, or undefined if nothing is. `first` and `last` are open times. */
export function remainder(market: RestMarket, page: RestPage, first: number, last: number): RestPage | undefined {
  const left = REST_MARKETS[market].windowMs === undefined ? { startTime: last + 1 } : { endTime: first - 1 };
  const next = { ...page, ...left };
  return next.startTime > next.endTime ? undefined : next;
}

const ceilMs = (microseconds: bigint): number => Number((microseconds + 999n) / 1000n);
