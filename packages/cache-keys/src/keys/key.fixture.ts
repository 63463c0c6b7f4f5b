import fc from 'fast-check';
import { COMBINATIONS } from './archive.fixture.ts';
import type { UncheckedCacheKey } from './cache-key.ts';

/** Symbols of every kind that the archive has. */
export const SYMBOLS = [
  'BTCUSDT', 'ETHBTC', 'BTCUSD_PERP', 'BTCUSDT_240628', 'ADAUSD_250627', 'ICPUSDT_SETTLED', 'AERGOUSDTSETTLEDSETTLED',
  '1000PEPEUSDT', '1000000MOGUSDT', '0GUSDT', '4USDT', '42USDT', '1INCHUSDT', 'BTCBVOLUSDT', 'BTCUSD', 'BTC-USD',
  '币安人生USDT', '我踏马来了USDT', '龙虾USDT', 'ÄÖUSDT', 'ΩUSDT', 'ПРИВЕТUSDT', 'ガチャUSDT', '한국USDT', 'Ⅷ8USDT',
]; // prettier-ignore

const ALPHABET = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-');

/** Symbols that nobody has listed yet. */
export const anySymbol: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...SYMBOLS) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...ALPHABET.slice(0, 36)),
        fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 0, maxLength: 63 }),
      )
      .map(([first, rest]) => `${first}${rest}`)
      .filter((symbol) => !/^(CON|PRN|AUX|NUL|COM\d|LPT\d)$/.test(symbol)),
  },
);

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** Any day of the years 1 to 9999, as text. */
export const anyDay: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 0, max: 365 }))
  .map(([year, day]) => {
    const date = new Date(0);
    date.setUTCFullYear(year, 0, 1 + (day === 365 ? 364 : day));
    return `${String(year).padStart(4, '0')}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
  });

/** Any key that the archive can have, as input of `cacheKey()`. */
export const anyInput: fc.Arbitrary<UncheckedCacheKey & { readonly date: string }> = fc
  .tuple(fc.constantFrom(...COMBINATIONS), anySymbol, anyDay)
  .map(([{ marketType, dataNature, packagingFrequency, interval }, symbol, day]) => ({
    exchange: 'binance',
    marketType,
    dataNature,
    packagingFrequency,
    symbol,
    interval,
    date: packagingFrequency === 'daily' ? day : day.slice(0, 7),
  }));
