import type {
  GridExpectation,
  IdExpectation,
  IntervalExpectation,
  NoExpectation,
  PauseExpectation,
  SilenceExpectation,
} from './expectation.ts';

// What is expected of Binance's natures, each figure with its reason. `#N` is github.com/binance/binance-public-data.

/** Klines of all kinds: a bar at each place of the key's interval. */
export const EVERY_INTERVAL = { rule: 'grid', every: 'interval' } as const satisfies GridExpectation;

/** metrics: 288 rows a day (#276, #335, #484, #498). */
export const EVERY_FIVE_MINUTES = { rule: 'grid', every: '5m' } as const satisfies GridExpectation;

/** The ids of aggregate trades step by one within a day and from day to day (#354). */
export const CONTIGUOUS_AGG_TRADES = { rule: 'ids', column: 'agg_trade_id' } as const satisfies IdExpectation;

/** So do those of spot trades. */
export const CONTIGUOUS_TRADES = { rule: 'ids', column: 'id' } as const satisfies IdExpectation;

/** The ids of futures trades jump for a fact: trades of the insurance fund and of ADL are left out (#363, #378). */
export const TRADE_SILENCES = {
  rule: 'silence',
  column: 'id',
  hours: 2,
  ids: 100,
  reason:
    'trades of the insurance fund and of auto-deleveraging are left out and are a few in a row; a hundred ids in two silent hours are trades that are not in the file',
} as const satisfies SilenceExpectation;

/** COIN-M writes the time of calculation, some milliseconds late. */
export const FUNDING_INTERVALS = {
  rule: 'interval',
  column: 'funding_interval_hours',
  toleranceSeconds: 60,
} as const satisfies IntervalExpectation;

/** A snapshot every 30 seconds, 2,880 a day (#437, #496); a day with 8 occurs (2023-01-09). */
export const BOOK_DEPTH_PAUSES = {
  rule: 'pause',
  usualSeconds: 30,
  multiple: 10,
  reason: 'snapshots come half a minute apart and a few fail in a row; ten in a row is a pause of the recorder',
} as const satisfies PauseExpectation;

/** A value every second, 86,400 a day (#370, #499). */
export const BVOL_PAUSES = {
  rule: 'pause',
  usualSeconds: 1,
  multiple: 60,
  reason: 'single seconds fail; a minute without a value is a pause of the index',
} as const satisfies PauseExpectation;

export const QUOTES = {
  rule: 'none',
  reason: 'a quote comes when the best bid or ask changes, and update ids count changes of the whole book',
} as const satisfies NoExpectation;

export const LIQUIDATIONS = {
  rule: 'none',
  reason: 'a liquidation comes when there is one, and nothing counts them',
} as const satisfies NoExpectation;

export const OPTION_HOURS = {
  rule: 'none',
  reason: 'a row comes for each option that is listed in an hour, and options come and go',
} as const satisfies NoExpectation;
