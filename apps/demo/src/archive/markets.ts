import { DATASETS, type Interval, type MarketType } from '@vision-cache/cache-keys';
import type { Market } from '../contract/api.ts';

type KlinesMarket = Exclude<MarketType, 'option'>;

const TITLES: Readonly<Record<KlinesMarket, string>> = { spot: 'Spot', um: 'USD-M futures', cm: 'COIN-M futures' };

/** Offered to choose from with Binance's own hosts; any other symbol can be typed. */
export const LIVE_SYMBOLS: Readonly<Record<KlinesMarket, readonly string[]>> = {
  spot: ['BTCUSDT', 'ETHUSDT', 'BNBUSDT', 'SOLUSDT', 'XRPUSDT', 'DOGEUSDT', 'ADAUSDT', 'ETHBTC'],
  um: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', '1000PEPEUSDT', 'DOGEUSDT'],
  cm: ['BTCUSD_PERP', 'ETHUSD_PERP', 'SOLUSD_PERP'],
};

/** The markets that have klines, with every interval that is published of them, but for those that are left out. */
export function marketsWith(
  symbols: Readonly<Record<KlinesMarket, readonly string[]>>,
  without: readonly Interval[] = [],
): Market[] {
  return (['spot', 'um', 'cm'] as const).map((marketType) => {
    // check-paths: allow the name of a dataset, not a path
    const { daily, monthly } = DATASETS[`binance/${marketType}/klines`].published;
    const intervals = [...new Set<Interval>([...daily, ...monthly])].filter((interval) => !without.includes(interval));
    return { marketType, title: TITLES[marketType], symbols: symbols[marketType], intervals };
  });
}
