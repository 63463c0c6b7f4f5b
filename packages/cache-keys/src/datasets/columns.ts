import type { ColumnUnit } from './column.ts';

const f64 = <U extends ColumnUnit>(unit: U) => ({ type: 'float64', unit }) as const;
const time = { type: 'timestamp', unit: 'us' } as const;
const count = { type: 'int64', unit: 'count' } as const;
const id = { type: 'int64', unit: 'id' } as const;
const bool = { type: 'bool', unit: 'none' } as const;
const text = { type: 'text', unit: 'none' } as const;
const dropped = { type: 'text', unit: 'none', stored: false } as const;

/**
 * The klines family. `open_time` is the start of a bar, `close_time` its last microsecond (or, before an outage,
 * earlier: see `docs/format.md`). Prices of a mark, index or premium kline are those of that index.
 */
const klines = <V extends ColumnUnit, Q extends ColumnUnit>(volume: V, quoteVolume: Q) =>
  ({
    open_time: time,
    open: f64('quote'),
    high: f64('quote'),
    low: f64('quote'),
    close: f64('quote'),
    volume: f64(volume),
    close_time: time,
    quote_volume: { ...f64(quoteVolume), aliases: ['quote_asset_volume', 'quoteVolume'] },
    count: { ...count, aliases: ['number_of_trades', 'trades', 'num_trades'] },
    taker_buy_volume: { ...f64(volume), aliases: ['taker_buy_base_asset_volume', 'taker_buy_base_volume'] },
    taker_buy_quote_volume: { ...f64(quoteVolume), aliases: ['taker_buy_quote_asset_volume'] },
    ignore: { ...dropped, aliases: ['unused_field'] },
  }) as const;

export const KLINES = klines('base', 'quote');
/** COIN-M: volume counts contracts, and what the archive calls quote volume is an amount of the base asset. */
export const COIN_KLINES = klines('contracts', 'base');
/** Mark, index and premium klines: the volumes are 0, and `count` counts samples. */
export const INDEX_KLINES = klines('none', 'none');

const aggTrades = {
  agg_trade_id: { ...id, aliases: ['a'] },
  price: f64('quote'),
  quantity: { ...f64('base'), aliases: ['qty'] },
  first_trade_id: id,
  last_trade_id: id,
  transact_time: { ...time, aliases: ['timestamp', 'time'] },
  is_buyer_maker: { ...bool, aliases: ['was_the_buyer_the_maker'] },
} as const;
export const AGG_TRADES = aggTrades;
export const SPOT_AGG_TRADES = { ...aggTrades, is_best_match: bool } as const;
export const COIN_AGG_TRADES = { ...aggTrades, quantity: { ...f64('contracts'), aliases: ['qty'] } } as const;

export const TRADES = {
  id: { ...id, aliases: ['trade_id'] },
  price: f64('quote'),
  qty: f64('base'),
  quote_qty: { ...f64('quote'), aliases: ['quoteQty'] },
  time,
  is_buyer_maker: { ...bool, aliases: ['isBuyerMaker'] },
} as const;
export const SPOT_TRADES = { ...TRADES, is_best_match: { ...bool, aliases: ['isBestMatch'] } } as const;
/** COIN-M: `qty` counts contracts, and the fourth column is an amount of the base asset. */
export const COIN_TRADES = {
  id: { ...id, aliases: ['trade_id'] },
  price: f64('quote'),
  qty: f64('contracts'),
  base_qty: { ...f64('base'), aliases: ['baseQty'] },
  time,
  is_buyer_maker: { ...bool, aliases: ['isBuyerMaker'] },
} as const;

const bookTicker = <Q extends ColumnUnit>(quantity: Q) =>
  ({
    update_id: id,
    best_bid_price: f64('quote'),
    best_bid_qty: f64(quantity),
    best_ask_price: f64('quote'),
    best_ask_qty: f64(quantity),
    transaction_time: time,
    event_time: time,
  }) as const;
export const BOOK_TICKER = bookTicker('base');
export const COIN_BOOK_TICKER = bookTicker('contracts');

/** `percentage` is the distance from the mid price, -5 to 5; `depth` and `notional` are summed up to there. */
const bookDepth = <D extends ColumnUnit, N extends ColumnUnit>(depth: D, notional: N) =>
  ({ timestamp: time, percentage: f64('percent'), depth: f64(depth), notional: f64(notional) }) as const;
export const BOOK_DEPTH = bookDepth('base', 'quote');
export const COIN_BOOK_DEPTH = bookDepth('contracts', 'base');

const metrics = <I extends ColumnUnit, V extends ColumnUnit>(openInterest: I, openInterestValue: V) =>
  ({
    create_time: time,
    symbol: dropped,
    sum_open_interest: f64(openInterest),
    sum_open_interest_value: f64(openInterestValue),
    count_toptrader_long_short_ratio: f64('ratio'),
    sum_toptrader_long_short_ratio: f64('ratio'),
    count_long_short_ratio: f64('ratio'),
    sum_taker_long_short_vol_ratio: f64('ratio'),
  }) as const;
export const METRICS = metrics('base', 'quote');
export const COIN_METRICS = metrics('contracts', 'base');

export const FUNDING_RATE = {
  calc_time: time,
  funding_interval_hours: { type: 'int64', unit: 'hours' },
  last_funding_rate: f64('ratio'),
} as const;

const liquidationSnapshot = <Q extends ColumnUnit>(quantity: Q) =>
  ({
    time,
    symbol: { ...dropped, optional: true },
    side: text,
    order_type: text,
    time_in_force: text,
    original_quantity: f64(quantity),
    price: f64('quote'),
    average_price: f64('quote'),
    order_status: text,
    last_fill_quantity: f64(quantity),
    accumulated_fill_quantity: f64(quantity),
  }) as const;
export const LIQUIDATION_SNAPSHOT = liquidationSnapshot('base');
export const COIN_LIQUIDATION_SNAPSHOT = liquidationSnapshot('contracts');

/** Binance's implied volatility index of an underlying, a row a second. */
export const BVOL_INDEX = {
  calc_time: time,
  symbol: dropped,
  base_asset: text,
  quote_asset: text,
  index_value: f64('ratio'),
} as const;

/**
 * End-of-hour summary: a row for each option of an underlying and hour. `date` is the UTC day and `hour` counts 0 to 23
 * on it; `strike` is text, because some contracts have a date in it (`231027-205`). Absent numbers are NaN.
 */
export const EOH_SUMMARY = {
  date: time,
  hour: { type: 'int64', unit: 'hours' },
  symbol: text,
  underlying: dropped,
  type: text,
  strike: text,
  open: f64('quote'),
  high: f64('quote'),
  low: f64('quote'),
  close: f64('quote'),
  volume_contracts: f64('contracts'),
  volume_usdt: f64('quote'),
  best_bid_price: f64('quote'),
  best_ask_price: f64('quote'),
  best_bid_qty: f64('contracts'),
  best_ask_qty: f64('contracts'),
  best_buy_iv: f64('ratio'),
  best_sell_iv: f64('ratio'),
  mark_price: f64('quote'),
  mark_iv: f64('ratio'),
  delta: f64('ratio'),
  gamma: f64('ratio'),
  vega: f64('ratio'),
  theta: f64('ratio'),
  openinterest_contracts: f64('contracts'),
  openinterest_usdt: f64('quote'),
} as const;
