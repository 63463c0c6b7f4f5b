import {
  BINANCE,
  type BinanceDataset,
  type DataNature,
  type Interval,
  type MarketType,
  type TimeInput,
  marketSymbol,
} from '@vision-cache/cache-keys';
import { microsecondsOf } from './irregularity.ts';
import type { Span } from './market-series.ts';

/** A symbol of a synthetic archive. */
export interface SyntheticSymbol {
  readonly symbol: string;
  /** @default 'spot' */
  readonly marketType?: MarketType;
  /** When trading began: a first day may be partial. @default when the market's first symbol was listed */
  readonly listed?: TimeInput;
  /** When trading ended. @default never */
  readonly delisted?: TimeInput;
  /** @default all that its market publishes */
  readonly natures?: readonly DataNature[];
  /** @default all that its natures have */
  readonly intervals?: readonly Interval[];
}

/** One symbol's data of one nature. */
export interface Listing {
  readonly dataset: BinanceDataset;
  readonly symbol: string;
  readonly life: Span;
  readonly intervals: readonly Interval[] | undefined;
}

/** When Binance's markets opened. */
const OPENED: Readonly<Record<MarketType, string>> = {
  spot: '2017-08-17T04:00:00Z',
  um: '2019-09-08T17:57:00Z',
  cm: '2020-08-10T08:00:00Z',
  option: '2022-06-02T08:00:00Z',
};
const NEVER = 8.64e18;

export const DEFAULT_SYMBOLS: readonly SyntheticSymbol[] = [
  { symbol: 'BTCUSDT' },
  { symbol: 'ETHUSDT' },
  { symbol: 'BTCUSDT', marketType: 'um' },
  { symbol: 'BTCUSD_PERP', marketType: 'cm' },
  { symbol: 'BTCUSDT', marketType: 'option' },
  { symbol: 'BTCBVOLUSDT', marketType: 'option' },
];

/** What is listed, by `market/nature/symbol`. */
export function listingsOf(symbols: readonly (string | SyntheticSymbol)[]): ReadonlyMap<string, Listing> {
  const listings = new Map<string, Listing>();
  for (const each of symbols) {
    const given: SyntheticSymbol = typeof each === 'string' ? { symbol: each } : each;
    const { marketType = 'spot', listed = OPENED[marketType], delisted, natures, intervals } = given;
    const life = { start: microsecondsOf(listed), end: delisted === undefined ? NEVER : microsecondsOf(delisted) };
    for (const dataset of BINANCE.datasets) {
      if (dataset.marketType !== marketType || natures?.includes(dataset.dataNature) === false) continue;
      const symbol = symbolOf(dataset, marketSymbol(given.symbol), natures !== undefined);
      if (symbol === undefined) continue;
      listings.set(listingId(marketType, dataset.dataNature, symbol), { dataset, symbol, life, intervals });
    }
  }
  return listings;
}

export function listingId(marketType: string, dataNature: string, symbol: string): string {
  return `${marketType} ${dataNature} ${symbol}`;
}

/** What a nature calls the symbol: the index of a COIN-M contract is its pair's, and options divide their symbols. */
function symbolOf(dataset: BinanceDataset, symbol: string, isNamed: boolean): string | undefined {
  if (dataset.marketType === 'cm' && dataset.dataNature === 'indexPriceKlines') return symbol.replace(/_.*$/, '');
  if (dataset.marketType === 'option' && !isNamed) {
    return (dataset.dataNature === 'BVOLIndex') === symbol.includes('BVOL') ? symbol : undefined;
  }
  return symbol;
}
