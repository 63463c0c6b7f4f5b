/** A market whose klines REST has; of options it has none. */
export type RestMarket = 'spot' | 'um' | 'cm';
