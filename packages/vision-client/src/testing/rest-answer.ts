import { type DataNature, type Interval, INTERVALS, restInterval } from '@vision-cache/cache-keys';
import { barJson } from './files/bar-text.ts';
import { type Bars, concatBars, gridOf, sliceBars } from './market/bars.ts';
import type { RestMarket } from '../contract/rest-market.ts';
import type { MarketSeries, Span } from './market/market-series.ts';
import { limitOf, type Refusal, REFUSALS, timeOf } from './rest-parameters.ts';

export interface RestResponse {
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly market: RestMarket;
  /** What the request costs of the market's weight. */
  readonly weight: number;
}

/** What the answers are made of. */
export interface RestBook {
  series(market: RestMarket, dataNature: DataNature, symbol: string): MarketSeries | undefined;
  /** Days on which REST has other volumes than the archive. */
  restatedDays(market: RestMarket, dataNature: DataNature, symbol: string, interval: Interval): readonly Span[];
}

interface Endpoint {
  readonly market: RestMarket;
  readonly dataNature: DataNature;
  readonly symbolParameter: 'symbol' | 'pair';
}

const ROOTS: Readonly<Record<RestMarket, string>> = { spot: '/api/v3/', um: '/fapi/v1/', cm: '/dapi/v1/' };
const NATURES = ['klines', 'markPriceKlines', 'indexPriceKlines', 'premiumIndexKlines'] as const;
const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map(
  (['spot', 'um', 'cm'] as const).flatMap((market) =>
    NATURES.slice(0, market === 'spot' ? 1 : 4).map((dataNature): [string, Endpoint] => [
      `${ROOTS[market]}${dataNature}`,
      { market, dataNature, symbolParameter: dataNature === 'indexPriceKlines' ? 'pair' : 'symbol' },
    ]),
  ),
);

const MAX_WINDOW_MS = 200 * 86_400_000;

/** Binance's answer to a request for klines, or undefined if the path is no such request. `now` in microseconds. */
export function restAnswer(
  book: RestBook,
  path: string,
  query: URLSearchParams,
  now: number,
): RestResponse | undefined {
  const endpoint = ENDPOINTS.get(path);
  if (endpoint === undefined) return undefined;
  const { market, dataNature, symbolParameter } = endpoint;
  const limit = limitOf(query, { usual: 500, most: market === 'spot' ? 1000 : 1500 });
  const weight = weightOf(market, limit ?? 500);
  const refuse = (refusal: Refusal): RestResponse => ({ status: 400, body: JSON.stringify(refusal), market, weight });

  const symbol = query.get(symbolParameter);
  if (!symbol) return refuse(REFUSALS.mandatory(symbolParameter));
  const asked = query.get('interval');
  if (!asked) return refuse(REFUSALS.mandatory('interval'));
  const interval = INTERVALS.find((each) => restInterval(each) === asked);
  if (interval === undefined || (interval === '1s' && market !== 'spot')) return refuse(REFUSALS.interval);
  const series = book.series(market, dataNature, symbol);
  if (series === undefined) return refuse(REFUSALS.symbol);
  if (limit === undefined) return refuse(REFUSALS.invalid('limit'));
  const startTime = timeOf(query, 'startTime');
  const endTime = timeOf(query, 'endTime');
  if (Number.isNaN(startTime)) return refuse(REFUSALS.illegal('startTime'));
  if (Number.isNaN(endTime)) return refuse(REFUSALS.illegal('endTime'));
  if (market === 'cm' && startTime !== undefined && endTime !== undefined && endTime - startTime > MAX_WINDOW_MS) {
    return refuse(REFUSALS.window);
  }

  // Both ends are inclusive and whole milliseconds.
  const end = endTime === undefined ? Infinity : (endTime + 1) * 1000;
  const start = startTime === undefined ? -Infinity : startTime * 1000;
  const span = { start, end: Math.min(end, now) };
  // COIN-M counts back from the end; so does every market when no start is asked for.
  const isNewest = startTime === undefined || market === 'cm';
  const bars = isNewest
    ? newestBars(series, interval, span, limit, now)
    : oldestBars(series, interval, span, limit, now);
  const restated = book.restatedDays(market, dataNature, symbol, interval);
  return { status: 200, body: barJson(withOtherVolumes(bars, restated), series.profile), market, weight };
}

/** Weight of a request. Source: Binance's documentation of each market's klines. */
function weightOf(market: RestMarket, limit: number): number {
  if (market === 'spot') return 2;
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
}

function oldestBars(series: MarketSeries, interval: Interval, span: Span, limit: number, now: number): Bars {
  const parts: Bars[] = [];
  let missing = limit;
  let from = Math.max(span.start, gridOf(interval).floor(series.events.life.start));
  const end = Math.min(span.end, series.events.life.end);
  while (missing > 0 && from < end) {
    const until = Math.min(end, from + missing * lengthOf(interval));
    const found = series.bars(interval, from, until, now);
    parts.push(found);
    missing -= found.length;
    from = until;
  }
  return sliceBars(concatBars(parts), 0, limit);
}

function newestBars(series: MarketSeries, interval: Interval, span: Span, limit: number, now: number): Bars {
  const parts: Bars[] = [];
  let missing = limit;
  let until = Math.min(span.end, series.events.life.end);
  const start = Math.max(span.start, gridOf(interval).floor(series.events.life.start));
  while (missing > 0 && until > start) {
    const from = Math.max(start, until - missing * lengthOf(interval));
    const found = series.bars(interval, from, until, now);
    parts.unshift(found);
    missing -= found.length;
    until = from;
  }
  const bars = concatBars(parts);
  return sliceBars(bars, bars.length - limit, bars.length);
}

/** The longest that a bar can be, in microseconds. */
function lengthOf(interval: Interval): number {
  const grid = gridOf(interval);
  const open = grid.floor(0);
  return grid.next(open) - open;
}

function withOtherVolumes(bars: Bars, days: readonly Span[]): Bars {
  if (days.length === 0) return bars;
  const changed = concatBars([bars]);
  for (let row = 0; row < bars.length; row++) {
    const open = bars.openTime[row]!;
    if (days.some((day) => open >= day.start && open < day.end)) changed.volume[row]! += 1;
  }
  return changed;
}
