/** Days that the page shows first. */
export const FIRST_VIEW_DAYS = 12;

/** Shown first where the cache is empty and Binance can be asked. */
export const LIVE_FIRST = { marketType: 'spot', symbol: 'BTCUSDT', interval: '1h' } as const;
