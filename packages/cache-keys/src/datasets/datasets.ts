import {
  AGG_TRADES,
  BOOK_DEPTH,
  BOOK_TICKER,
  BVOL_INDEX,
  COIN_AGG_TRADES,
  COIN_BOOK_DEPTH,
  COIN_BOOK_TICKER,
  COIN_KLINES,
  COIN_LIQUIDATION_SNAPSHOT,
  COIN_METRICS,
  COIN_TRADES,
  EOH_SUMMARY,
  FUNDING_RATE,
  INDEX_KLINES,
  KLINES,
  LIQUIDATION_SNAPSHOT,
  METRICS,
  SPOT_AGG_TRADES,
  SPOT_TRADES,
  TRADES,
} from './columns.ts';
import { defineDataset } from './dataset.ts';
import {
  BOOK_DEPTH_PAUSES,
  BVOL_PAUSES,
  CONTIGUOUS_AGG_TRADES,
  CONTIGUOUS_TRADES,
  EVERY_FIVE_MINUTES,
  EVERY_INTERVAL,
  FUNDING_INTERVALS,
  LIQUIDATIONS,
  OPTION_HOURS,
  QUOTES,
  TRADE_SILENCES,
} from './expected-rows.ts';
import * as seen from './lifetimes.ts';

const MINUTES_TO_HOURS = ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d'] as const;
const LONGER_THAN_A_DAY = ['3d', '1w', '1mo'] as const;

/** A bar longer than a day has its home in a month; that some symbols have it by the day too adds nothing to it. */
const FUTURES_KLINES = { daily: MINUTES_TO_HOURS, monthly: [...MINUTES_TO_HOURS, ...LONGER_THAN_A_DAY] } as const;
const SPOT_KLINES = { daily: ['1s', ...MINUTES_TO_HOURS], monthly: ['1s', ...FUTURES_KLINES.monthly] } as const;
const DAILY_AND_MONTHLY = { daily: [undefined], monthly: [undefined] } as const;
const DAILY_ONLY = { daily: [undefined], monthly: [] } as const;
const MONTHLY_ONLY = { daily: [], monthly: [undefined] } as const;

// The days before which a market had nothing: the first of the month in which it opened.
const SPOT = { exchange: 'binance', marketType: 'spot', firstDay: '2017-07-01' } as const;
const UM = { exchange: 'binance', marketType: 'um', firstDay: '2019-09-01' } as const;
const CM = { exchange: 'binance', marketType: 'cm', firstDay: '2020-06-01' } as const;
const OPTION = { exchange: 'binance', marketType: 'option', firstDay: '2022-01-01' } as const;

const BAR = { timeColumn: 'open_time', identity: ['open_time'], expectation: EVERY_INTERVAL } as const;
const AGG_TRADE = {
  timeColumn: 'transact_time',
  identity: ['agg_trade_id'],
  expectation: CONTIGUOUS_AGG_TRADES,
} as const;
const TRADE = { timeColumn: 'time', identity: ['id'] } as const;
const QUOTE = { timeColumn: 'transaction_time', identity: ['update_id'], expectation: QUOTES } as const;
const DEPTH = {
  timeColumn: 'timestamp',
  identity: ['timestamp', 'percentage'],
  expectation: BOOK_DEPTH_PAUSES,
} as const;
/** Those of um are labelled as those of cm, by the start of their five minutes, from 2026-06-25 on (binance-public-data#491). */
const METRIC = { timeColumn: 'create_time', identity: ['create_time'], expectation: EVERY_FIVE_MINUTES } as const;
const FUNDING = { timeColumn: 'calc_time', identity: ['calc_time'], expectation: FUNDING_INTERVALS } as const;
const LIQUIDATION = { timeColumn: 'time', identity: [], expectation: LIQUIDATIONS } as const;

/**
 * Everything that data.binance.vision publishes: the one list from which all names, types and schemas derive.
 * Source: github.com/binance/binance-public-data and the archive's own listing.
 */
export const DATASETS = {
  'binance/spot/klines': defineDataset({ ...SPOT, dataNature: 'klines', published: SPOT_KLINES, ...BAR, lifetime: seen.SPOT_KLINES, columns: KLINES }),
  'binance/spot/aggTrades': defineDataset({ ...SPOT, dataNature: 'aggTrades', published: DAILY_AND_MONTHLY, ...AGG_TRADE, columns: SPOT_AGG_TRADES }),
  'binance/spot/trades': defineDataset({ ...SPOT, dataNature: 'trades', published: DAILY_AND_MONTHLY, ...TRADE, expectation: CONTIGUOUS_TRADES, columns: SPOT_TRADES }),

  'binance/um/klines': defineDataset({ ...UM, dataNature: 'klines', published: FUTURES_KLINES, ...BAR, columns: KLINES }),
  'binance/um/markPriceKlines': defineDataset({ ...UM, dataNature: 'markPriceKlines', published: FUTURES_KLINES, ...BAR, columns: INDEX_KLINES }),
  'binance/um/indexPriceKlines': defineDataset({ ...UM, dataNature: 'indexPriceKlines', published: FUTURES_KLINES, ...BAR, columns: INDEX_KLINES }),
  'binance/um/premiumIndexKlines': defineDataset({ ...UM, dataNature: 'premiumIndexKlines', published: FUTURES_KLINES, ...BAR, columns: INDEX_KLINES }),
  'binance/um/aggTrades': defineDataset({ ...UM, dataNature: 'aggTrades', published: DAILY_AND_MONTHLY, ...AGG_TRADE, columns: AGG_TRADES }),
  'binance/um/trades': defineDataset({ ...UM, dataNature: 'trades', published: DAILY_AND_MONTHLY, ...TRADE, expectation: TRADE_SILENCES, columns: TRADES }),
  'binance/um/bookTicker': defineDataset({ ...UM, dataNature: 'bookTicker', published: DAILY_AND_MONTHLY, ...QUOTE, lifetime: seen.UM_BOOK_TICKER, columns: BOOK_TICKER }),
  'binance/um/bookDepth': defineDataset({ ...UM, dataNature: 'bookDepth', published: DAILY_ONLY, ...DEPTH, lifetime: seen.BOOK_DEPTH, columns: BOOK_DEPTH }),
  'binance/um/metrics': defineDataset({ ...UM, dataNature: 'metrics', published: DAILY_ONLY, ...METRIC, labelledByEndBefore: '2026-06-25', lifetime: seen.UM_METRICS, columns: METRICS }),
  'binance/um/liquidationSnapshot': defineDataset({ ...UM, dataNature: 'liquidationSnapshot', published: DAILY_ONLY, ...LIQUIDATION, lifetime: seen.UM_LIQUIDATIONS, columns: LIQUIDATION_SNAPSHOT }),
  'binance/um/fundingRate': defineDataset({ ...UM, dataNature: 'fundingRate', published: MONTHLY_ONLY, ...FUNDING, columns: FUNDING_RATE }),

  'binance/cm/klines': defineDataset({ ...CM, dataNature: 'klines', published: FUTURES_KLINES, ...BAR, columns: COIN_KLINES }),
  'binance/cm/markPriceKlines': defineDataset({ ...CM, dataNature: 'markPriceKlines', published: FUTURES_KLINES, ...BAR, columns: INDEX_KLINES }),
  'binance/cm/indexPriceKlines': defineDataset({ ...CM, dataNature: 'indexPriceKlines', published: FUTURES_KLINES, ...BAR, columns: INDEX_KLINES }),
  'binance/cm/premiumIndexKlines': defineDataset({ ...CM, dataNature: 'premiumIndexKlines', published: FUTURES_KLINES, ...BAR, columns: INDEX_KLINES }),
  'binance/cm/aggTrades': defineDataset({ ...CM, dataNature: 'aggTrades', published: DAILY_AND_MONTHLY, ...AGG_TRADE, columns: COIN_AGG_TRADES }),
  'binance/cm/trades': defineDataset({ ...CM, dataNature: 'trades', published: DAILY_AND_MONTHLY, ...TRADE, expectation: TRADE_SILENCES, columns: COIN_TRADES }),
  'binance/cm/bookTicker': defineDataset({ ...CM, dataNature: 'bookTicker', published: DAILY_AND_MONTHLY, ...QUOTE, columns: COIN_BOOK_TICKER }),
  'binance/cm/bookDepth': defineDataset({ ...CM, dataNature: 'bookDepth', published: DAILY_ONLY, ...DEPTH, lifetime: seen.BOOK_DEPTH, columns: COIN_BOOK_DEPTH }),
  'binance/cm/metrics': defineDataset({ ...CM, dataNature: 'metrics', published: DAILY_ONLY, ...METRIC, columns: COIN_METRICS }),
  'binance/cm/liquidationSnapshot': defineDataset({ ...CM, dataNature: 'liquidationSnapshot', published: DAILY_ONLY, ...LIQUIDATION, lifetime: seen.CM_LIQUIDATIONS, columns: COIN_LIQUIDATION_SNAPSHOT }),
  'binance/cm/fundingRate': defineDataset({ ...CM, dataNature: 'fundingRate', published: MONTHLY_ONLY, ...FUNDING, lifetime: seen.CM_FUNDING_RATE, columns: FUNDING_RATE }),

  'binance/option/BVOLIndex': defineDataset({ ...OPTION, dataNature: 'BVOLIndex', published: DAILY_ONLY, timeColumn: 'calc_time', identity: ['calc_time'], expectation: BVOL_PAUSES, lifetime: seen.BVOL_INDEX, columns: BVOL_INDEX }),
  'binance/option/EOHSummary': defineDataset({ ...OPTION, dataNature: 'EOHSummary', published: DAILY_ONLY, timeColumn: 'date', identity: ['date', 'hour', 'symbol'], expectation: OPTION_HOURS, lifetime: seen.EOH_SUMMARY, columns: EOH_SUMMARY }),
} as const; // prettier-ignore

/** Any dataset of Binance's archive. */
export type BinanceDataset = (typeof DATASETS)[keyof typeof DATASETS];
/** `binance/spot/klines` and so on. */
export type DatasetId = keyof typeof DATASETS;
/** The dataset of an id, for the types of its columns: `ColumnBatch<DatasetOf<'binance/spot/klines'>>`. */
export type DatasetOf<Id extends DatasetId> = (typeof DATASETS)[Id];
export type MarketType = BinanceDataset['marketType'];
export type DataNature = BinanceDataset['dataNature'];
