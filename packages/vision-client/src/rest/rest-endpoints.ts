import { type CacheKey, restInterval } from '@vision-cache/cache-keys';

/** The markets whose klines REST has. */
export type RestMarket = 'spot' | 'um' | 'cm';

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
