/**
 * What data.binance.vision publishes, and how its file of February or 29 February 2024 is called here and there: written
 * down from Binance's documentation, not from the table that it checks. `*` stands for each of the intervals.
 */
const UP_TO_A_DAY = '1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d';
const ALL = `${UP_TO_A_DAY} 3d 1w 1mo`;
const NONE = '';

type Row = readonly [
  marketType: string,
  dataNature: string,
  packagingFrequency: string,
  intervals: string,
  path: string,
  objectKey: string,
];

// prettier-ignore
const PUBLISHED: readonly Row[] = [
  ['spot', 'klines', 'daily', `1s ${UP_TO_A_DAY}`, 'binance/spot/klines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/spot/daily/klines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['spot', 'klines', 'monthly', `1s ${ALL}`, 'binance/spot/klines/monthly/BTCUSDT/*/2024-02.arrow', 'data/spot/monthly/klines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['spot', 'aggTrades', 'daily', NONE, 'binance/spot/aggTrades/daily/BTCUSDT/2024-02-29.arrow', 'data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-02-29.zip'],
  ['spot', 'aggTrades', 'monthly', NONE, 'binance/spot/aggTrades/monthly/BTCUSDT/2024-02.arrow', 'data/spot/monthly/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-02.zip'],
  ['spot', 'trades', 'daily', NONE, 'binance/spot/trades/daily/BTCUSDT/2024-02-29.arrow', 'data/spot/daily/trades/BTCUSDT/BTCUSDT-trades-2024-02-29.zip'],
  ['spot', 'trades', 'monthly', NONE, 'binance/spot/trades/monthly/BTCUSDT/2024-02.arrow', 'data/spot/monthly/trades/BTCUSDT/BTCUSDT-trades-2024-02.zip'],
  ['um', 'klines', 'daily', UP_TO_A_DAY, 'binance/um/klines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/futures/um/daily/klines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['um', 'klines', 'monthly', ALL, 'binance/um/klines/monthly/BTCUSDT/*/2024-02.arrow', 'data/futures/um/monthly/klines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['um', 'markPriceKlines', 'daily', UP_TO_A_DAY, 'binance/um/markPriceKlines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/futures/um/daily/markPriceKlines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['um', 'markPriceKlines', 'monthly', ALL, 'binance/um/markPriceKlines/monthly/BTCUSDT/*/2024-02.arrow', 'data/futures/um/monthly/markPriceKlines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['um', 'indexPriceKlines', 'daily', UP_TO_A_DAY, 'binance/um/indexPriceKlines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/futures/um/daily/indexPriceKlines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['um', 'indexPriceKlines', 'monthly', ALL, 'binance/um/indexPriceKlines/monthly/BTCUSDT/*/2024-02.arrow', 'data/futures/um/monthly/indexPriceKlines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['um', 'premiumIndexKlines', 'daily', UP_TO_A_DAY, 'binance/um/premiumIndexKlines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/futures/um/daily/premiumIndexKlines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['um', 'premiumIndexKlines', 'monthly', ALL, 'binance/um/premiumIndexKlines/monthly/BTCUSDT/*/2024-02.arrow', 'data/futures/um/monthly/premiumIndexKlines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['um', 'aggTrades', 'daily', NONE, 'binance/um/aggTrades/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-02-29.zip'],
  ['um', 'aggTrades', 'monthly', NONE, 'binance/um/aggTrades/monthly/BTCUSDT/2024-02.arrow', 'data/futures/um/monthly/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-02.zip'],
  ['um', 'trades', 'daily', NONE, 'binance/um/trades/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/um/daily/trades/BTCUSDT/BTCUSDT-trades-2024-02-29.zip'],
  ['um', 'trades', 'monthly', NONE, 'binance/um/trades/monthly/BTCUSDT/2024-02.arrow', 'data/futures/um/monthly/trades/BTCUSDT/BTCUSDT-trades-2024-02.zip'],
  ['um', 'bookTicker', 'daily', NONE, 'binance/um/bookTicker/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/um/daily/bookTicker/BTCUSDT/BTCUSDT-bookTicker-2024-02-29.zip'],
  ['um', 'bookTicker', 'monthly', NONE, 'binance/um/bookTicker/monthly/BTCUSDT/2024-02.arrow', 'data/futures/um/monthly/bookTicker/BTCUSDT/BTCUSDT-bookTicker-2024-02.zip'],
  ['um', 'bookDepth', 'daily', NONE, 'binance/um/bookDepth/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/um/daily/bookDepth/BTCUSDT/BTCUSDT-bookDepth-2024-02-29.zip'],
  ['um', 'metrics', 'daily', NONE, 'binance/um/metrics/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/um/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-02-29.zip'],
  ['um', 'liquidationSnapshot', 'daily', NONE, 'binance/um/liquidationSnapshot/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/um/daily/liquidationSnapshot/BTCUSDT/BTCUSDT-liquidationSnapshot-2024-02-29.zip'],
  ['um', 'fundingRate', 'monthly', NONE, 'binance/um/fundingRate/monthly/BTCUSDT/2024-02.arrow', 'data/futures/um/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2024-02.zip'],
  ['cm', 'klines', 'daily', UP_TO_A_DAY, 'binance/cm/klines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/futures/cm/daily/klines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['cm', 'klines', 'monthly', ALL, 'binance/cm/klines/monthly/BTCUSDT/*/2024-02.arrow', 'data/futures/cm/monthly/klines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['cm', 'markPriceKlines', 'daily', UP_TO_A_DAY, 'binance/cm/markPriceKlines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/futures/cm/daily/markPriceKlines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['cm', 'markPriceKlines', 'monthly', ALL, 'binance/cm/markPriceKlines/monthly/BTCUSDT/*/2024-02.arrow', 'data/futures/cm/monthly/markPriceKlines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['cm', 'indexPriceKlines', 'daily', UP_TO_A_DAY, 'binance/cm/indexPriceKlines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/futures/cm/daily/indexPriceKlines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['cm', 'indexPriceKlines', 'monthly', ALL, 'binance/cm/indexPriceKlines/monthly/BTCUSDT/*/2024-02.arrow', 'data/futures/cm/monthly/indexPriceKlines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['cm', 'premiumIndexKlines', 'daily', UP_TO_A_DAY, 'binance/cm/premiumIndexKlines/daily/BTCUSDT/*/2024-02-29.arrow', 'data/futures/cm/daily/premiumIndexKlines/BTCUSDT/*/BTCUSDT-*-2024-02-29.zip'],
  ['cm', 'premiumIndexKlines', 'monthly', ALL, 'binance/cm/premiumIndexKlines/monthly/BTCUSDT/*/2024-02.arrow', 'data/futures/cm/monthly/premiumIndexKlines/BTCUSDT/*/BTCUSDT-*-2024-02.zip'],
  ['cm', 'aggTrades', 'daily', NONE, 'binance/cm/aggTrades/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/cm/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-02-29.zip'],
  ['cm', 'aggTrades', 'monthly', NONE, 'binance/cm/aggTrades/monthly/BTCUSDT/2024-02.arrow', 'data/futures/cm/monthly/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-02.zip'],
  ['cm', 'trades', 'daily', NONE, 'binance/cm/trades/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/cm/daily/trades/BTCUSDT/BTCUSDT-trades-2024-02-29.zip'],
  ['cm', 'trades', 'monthly', NONE, 'binance/cm/trades/monthly/BTCUSDT/2024-02.arrow', 'data/futures/cm/monthly/trades/BTCUSDT/BTCUSDT-trades-2024-02.zip'],
  ['cm', 'bookTicker', 'daily', NONE, 'binance/cm/bookTicker/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/cm/daily/bookTicker/BTCUSDT/BTCUSDT-bookTicker-2024-02-29.zip'],
  ['cm', 'bookTicker', 'monthly', NONE, 'binance/cm/bookTicker/monthly/BTCUSDT/2024-02.arrow', 'data/futures/cm/monthly/bookTicker/BTCUSDT/BTCUSDT-bookTicker-2024-02.zip'],
  ['cm', 'bookDepth', 'daily', NONE, 'binance/cm/bookDepth/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/cm/daily/bookDepth/BTCUSDT/BTCUSDT-bookDepth-2024-02-29.zip'],
  ['cm', 'metrics', 'daily', NONE, 'binance/cm/metrics/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/cm/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-02-29.zip'],
  ['cm', 'liquidationSnapshot', 'daily', NONE, 'binance/cm/liquidationSnapshot/daily/BTCUSDT/2024-02-29.arrow', 'data/futures/cm/daily/liquidationSnapshot/BTCUSDT/BTCUSDT-liquidationSnapshot-2024-02-29.zip'],
  ['cm', 'fundingRate', 'monthly', NONE, 'binance/cm/fundingRate/monthly/BTCUSDT/2024-02.arrow', 'data/futures/cm/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2024-02.zip'],
  ['option', 'BVOLIndex', 'daily', NONE, 'binance/option/BVOLIndex/daily/BTCUSDT/2024-02-29.arrow', 'data/option/daily/BVOLIndex/BTCUSDT/BTCUSDT-BVOLIndex-2024-02-29.zip'],
  ['option', 'EOHSummary', 'daily', NONE, 'binance/option/EOHSummary/daily/BTCUSDT/2024-02-29.arrow', 'data/option/daily/EOHSummary/BTCUSDT/BTCUSDT-EOHSummary-2024-02-29.zip'],
];

export interface Combination {
  readonly marketType: string;
  readonly dataNature: string;
  readonly packagingFrequency: string;
  readonly interval: string | undefined;
  /** Of BTCUSDT, below the root of a cache. */
  readonly path: string;
  /** Of BTCUSDT, in the archive. */
  readonly objectKey: string;
}

/** Every legal combination, one by one. */
export const COMBINATIONS: readonly Combination[] = PUBLISHED.flatMap(
  ([marketType, dataNature, packagingFrequency, intervals, path, objectKey]) =>
    intervals.split(' ').map((interval) => ({
      marketType,
      dataNature,
      packagingFrequency,
      interval: interval === NONE ? undefined : interval,
      path: path.replaceAll('*', interval),
      objectKey: objectKey.replaceAll('*', interval),
    })),
);

/** 13 + 16 of spot klines, 8 kinds of futures klines with 12 + 15 each, and 26 without an interval. */
export const COMBINATION_COUNT = 271;
