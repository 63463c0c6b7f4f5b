import { hash, seedOf, uniform } from './noise.ts';

/** How a series' numbers look: their sizes, and with how many decimals they are written. */
export interface SeriesProfile {
  /** `traded` has volumes; `index` has none; `premium` has none and goes below 0. */
  readonly kind: 'traded' | 'index' | 'premium';
  /** The price around which the walk goes, in units of the quote asset. */
  readonly price: number;
  /** A tick is 10^-priceDecimals. */
  readonly priceDecimals: number;
  readonly pricePlaces: number;
  /** A lot is 10^-lotDecimals of what volume counts: the base asset, or contracts on cm. */
  readonly lotDecimals: number;
  readonly volumePlaces: number;
  /** The rest of a quote volume is counted in 10^-quoteDecimals. */
  readonly quoteDecimals: number;
  /** What volume counts in a usual minute. */
  readonly volumePerMinute: number;
  /** cm only: the value of a contract, in US dollars. */
  readonly contractSize: number | undefined;
  /** What series of the same assets share, so that BTCUSDT, BTCUSD_PERP and the BTCUSD index go together. */
  readonly path: string;
}

/** Prices as of early 2024, so that a chart looks familiar; other assets get one that their name decides. */
const KNOWN_PRICES: Readonly<Record<string, number>> = {
  USDT: 1, USDC: 1, FDUSD: 1, BUSD: 1, TUSD: 1, USD: 1,
  BTC: 42_000, ETH: 2_300, BNB: 310, SOL: 100, LTC: 70, AVAX: 35, LINK: 15, ADA: 0.52, XRP: 0.57, DOGE: 0.08, TRX: 0.11,
}; // prettier-ignore
const QUOTE_ASSETS = ['USDT', 'USDC', 'FDUSD', 'BUSD', 'TUSD', 'USD', 'BTC', 'ETH', 'BNB'];
const DOLLARS_PER_MINUTE = 200_000;

export function seriesProfile(marketType: string, dataNature: string, symbol: string): SeriesProfile {
  const pair = symbol.replace(/_.*$/, '').replace(/(?:SETTLED)+$/, '');
  const quote = QUOTE_ASSETS.find((asset) => pair.endsWith(asset) && pair !== asset) ?? 'USDT';
  const base = pair.endsWith(quote) ? pair.slice(0, -quote.length) : pair;
  const price = priceOf(base) / priceOf(quote);
  const path = `${base}/${priceOf(quote) === 1 ? 'USD' : quote}`;

  if (dataNature !== 'klines' && dataNature.endsWith('Klines')) {
    const kind = dataNature === 'premiumIndexKlines' ? 'premium' : 'index';
    return {
      kind, price, path, priceDecimals: 8, pricePlaces: 8,
      lotDecimals: 0, volumePlaces: 0, quoteDecimals: 0, volumePerMinute: 0, contractSize: undefined,
    }; // prettier-ignore
  }

  const priceDecimals = clamp(6 - magnitude(price), marketType === 'cm' ? 1 : 2, 8);
  if (marketType === 'cm') {
    const contractSize = base === 'BTC' ? 100 : 10;
    return {
      kind: 'traded', price, path, priceDecimals, pricePlaces: priceDecimals,
      lotDecimals: 0, volumePlaces: 0, quoteDecimals: 8,
      volumePerMinute: DOLLARS_PER_MINUTE / contractSize, contractSize,
    }; // prettier-ignore
  }
  const volumePerMinute = DOLLARS_PER_MINUTE / priceOf(base);
  const lotDecimals = clamp(5 - magnitude(volumePerMinute), 0, 8);
  return marketType === 'spot'
    ? { kind: 'traded', price, path, priceDecimals, pricePlaces: 8, lotDecimals, volumePlaces: 8, quoteDecimals: 8, volumePerMinute, contractSize: undefined }
    : { kind: 'traded', price, path, priceDecimals, pricePlaces: priceDecimals, lotDecimals: Math.min(3, lotDecimals), volumePlaces: Math.min(3, lotDecimals), quoteDecimals: 5, volumePerMinute, contractSize: undefined }; // prettier-ignore
}

function priceOf(asset: string): number {
  const known = KNOWN_PRICES[asset];
  if (known !== undefined) return known;
  const seed = seedOf('price', asset);
  return 10 ** ((hash(seed, 0) % 6) - 3) * (1 + 9 * uniform(seed, 1));
}

/** The exponent of ten: 4 of 42,000 and −2 of 0.08. */
function magnitude(value: number): number {
  let exponent = 0;
  for (let rest = value; rest >= 10; rest /= 10) exponent++;
  for (let rest = value; rest < 1; rest *= 10) exponent--;
  return exponent;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
