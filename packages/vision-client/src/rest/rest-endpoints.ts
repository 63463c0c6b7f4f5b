import { type CacheKey, restInterval } from '@vision-cache/cache-keys';
import type { RestMarket } from '../contract/rest-market.ts';

/** What differs from market to market. Source: Binance's documentation of each market's REST API. */
export interface RestMarketFacts {
  readonly baseUrl: string;
  readonly root: string;
  /** The limit with the cheapest rows: 1000 rows for weight 2 on spot, 499 for weight 2 on um and cm. */
  readonly limit: number;
  /** Weight that an address may use in a minute. */
  readonly weightPerMinute: number;
  /** From startTime to endTime at most, milliseconds; and rows are then counted back from the end. */
  readonly windowMs: number | undefined;
}

export const REST_MARKETS: Readonly<Record<RestMarket, RestMarketFacts>> = {
  spot: {
    // Market data only, without the restrictions of the trading host.
    baseUrl: 'https://data-api.binance.vision',
    root: '/api/v3/',
    limit: 1000,
    weightPerMinute: 6000,
    windowMs: undefined,
  },
  um: {
    baseUrl: 'https://fapi.binance.com',
    root: '/fapi/v1/',
    limit: 499,
    weightPerMinute: 2400,
    windowMs: undefined,
  },
  cm: {
    baseUrl: 'https://dapi.binance.com',
    root: '/dapi/v1/',
    limit: 499,
    weightPerMinute: 2400,
    windowMs: 200 * 86_400_000,
  },
};

/** What one request costs of the minute's weight. */
export function weightOf(market: RestMarket, limit: number): number {
  if (market === 'spot') return 2;
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
}

export function isRestMarket(marketType: string): marketType is RestMarket {
  return Object.hasOwn(REST_MARKETS, marketType);
}

/** The URL of a key's klines, without a span. Index klines are asked for by their pair. */
export function klinesUrl(key: CacheKey, market: RestMarket, baseUrl: string): string {
  const name = key.dataNature === 'indexPriceKlines' ? 'pair' : 'symbol';
  const query = new URLSearchParams({ [name]: key.symbol, interval: restInterval(key.interval!) });
  return `${baseUrl}${REST_MARKETS[market].root}${key.dataNature}?${query.toString()}`;
}

/** What else than klines is asked for, and what a request of it costs. */
export interface RestEndpointFacts {
  readonly path: string;
  /** Rows of a page at most. */
  readonly limit: number;
  /** Of the minute's weight. */
  readonly weight: number;
  /** Where its documentation stands. */
  readonly source: string;
}

const DOCS = 'developers.binance.com/docs';
const UM_DOCS = `${DOCS}/derivatives/usds-margined-futures/market-data/rest-api`;
const CM_DOCS = `${DOCS}/derivatives/coin-margined-futures/market-data/rest-api`;

/**
 * Aggregate trades. With both times of a futures request, they lie less than an hour apart; a page after the first is
 * asked for by id, without times.
 */
export const AGG_TRADES_ENDPOINTS: Readonly<Record<RestMarket, RestEndpointFacts>> = {
  spot: { path: '/api/v3/aggTrades', limit: 1000, weight: 4, source: `${DOCS}/binance-spot-api-docs/rest-api` },
  um: { path: '/fapi/v1/aggTrades', limit: 1000, weight: 20, source: UM_DOCS },
  cm: { path: '/dapi/v1/aggTrades', limit: 1000, weight: 20, source: CM_DOCS },
};

/** Of um it has a limit of its own beside the weight: 500 requests in five minutes. */
export const FUNDING_ENDPOINTS: Readonly<Record<'um' | 'cm', RestEndpointFacts>> = {
  um: { path: '/fapi/v1/fundingRate', limit: 1000, weight: 1, source: UM_DOCS },
  cm: { path: '/dapi/v1/fundingRate', limit: 1000, weight: 1, source: CM_DOCS },
};

/** One column or two of metrics. */
export interface MetricsEndpointFacts extends RestEndpointFacts {
  /** The answer's field by the column that it fills. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Open interest and ratios every five minutes of the last 30 days. They take no weight and have a limit of their own,
 * 1,000 requests in five minutes; here each counts 5, so that the budget of 2,400 a minute keeps below it.
 */
export const METRICS_ENDPOINTS: readonly MetricsEndpointFacts[] = (
  [
    ['openInterestHist', { sum_open_interest: 'sumOpenInterest', sum_open_interest_value: 'sumOpenInterestValue' }],
    ['topLongShortAccountRatio', { count_toptrader_long_short_ratio: 'longShortRatio' }],
    ['topLongShortPositionRatio', { sum_toptrader_long_short_ratio: 'longShortRatio' }],
    ['globalLongShortAccountRatio', { count_long_short_ratio: 'longShortRatio' }],
    ['takerlongshortRatio', { sum_taker_long_short_vol_ratio: 'buySellRatio' }],
  ] as const
).map(([name, fields]) => ({ path: `/futures/data/${name}`, limit: 500, weight: 5, source: UM_DOCS, fields }));

/** Trades of futures that are older are not to be had. Source: the documentation of both endpoints. */
export const AGG_TRADES_DAYS: Readonly<Record<RestMarket, number | undefined>> = { spot: undefined, um: 365, cm: 365 };

/** No older rows are answered: −1130 is. */
export const METRICS_DAYS = 30;
