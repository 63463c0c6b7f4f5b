import type { Lifetime } from './lifetime.ts';

// From when until when Binance's archive was seen to have a dataset. Natures that are not here go on from the first days
// of their market. `#N` is github.com/binance/binance-public-data.

const asOf = '2026-11-27';
const LISTINGS = 'listings of the archive that its users published, read on 2026-11-27';

/** Of the natures that have ended, and of one that never was, the archive may always publish more. */
export const UM_LIQUIDATIONS = {
  asOf,
  source: `${LISTINGS}: the folder has no key at all`,
} as const satisfies Lifetime;
export const CM_LIQUIDATIONS = {
  from: '2023-06-25',
  to: '2024-10-14',
  asOf,
  source: LISTINGS,
} as const satisfies Lifetime;
export const EOH_SUMMARY = { from: '2023-05-18', to: '2023-10-23', asOf, source: LISTINGS } as const satisfies Lifetime;
export const BVOL_INDEX = { from: '2023-06-20', asOf, source: LISTINGS } as const satisfies Lifetime;
export const UM_BOOK_TICKER = {
  from: '2023-05-16',
  to: '2024-03-31',
  asOf,
  source: '#334 (the last file that users saw is of 2024-03-30 or 2024-03-31)',
} as const satisfies Lifetime;
export const BOOK_DEPTH = { from: '2023-01-01', asOf, source: LISTINGS } as const satisfies Lifetime;
/** BTCUSDT; the other symbols begin on 2021-12-01. */
export const UM_METRICS = { from: '2020-09-01', asOf, source: LISTINGS } as const satisfies Lifetime;
export const CM_FUNDING_RATE = { from: '2022-07-01', asOf, source: LISTINGS } as const satisfies Lifetime;
export const SPOT_KLINES = {
  from: '2017-07-01',
  without: [{ from: '2025-03-01', to: '2025-10-31', what: 'monthly files of 3d, 1w and 1mo' }],
  asOf,
  source: '#438',
} as const satisfies Lifetime;
