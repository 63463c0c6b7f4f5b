import { describe, expect, it } from '@jest/globals';
import { isCacheKeyError } from '../contract/errors.ts';
import { type Interval, INTERVALS } from '../time/interval.ts';
import { likelyInterval } from '../time/likely-interval.ts';
import { marketSymbol } from '../contract/symbol.ts';
import { cacheKey, keysBetween } from './catalog.ts';
import { refuseForeignSymbol, symbolFault } from './symbol-form.ts';

const named = (marketType: string, symbol: string, dataNature = 'klines') => ({
  exchange: 'binance',
  marketType,
  dataNature,
  symbol,
});

function messageOf(call: () => unknown): string {
  try {
    call();
    return 'nothing thrown';
  } catch (error) {
    return isCacheKeyError(error) ? `${error.code} ${error.message}` : String(error);
  }
}

describe(symbolFault, () => {
  it.each([
    ['um', 'BTCUSD_PERP', 'marketType "cm"'],
    ['um', 'ADAUSD_250627', 'marketType "cm"'],
    ['spot', 'BTCUSD_PERP', 'marketType "cm"'],
    ['spot', 'BTCUSDT_240628', 'marketType "um"'],
    ['cm', 'BTCUSDT', 'marketType "um"'],
    ['cm', 'BTCUSD', '"BTCUSD_PERP"'],
    ['spot', 'BTC-USDT', '"BTCUSDT"'],
    ['um', 'BTC-USDT-SWAP', '"BTCUSDT"'],
    ['cm', 'BTC-USD-SWAP', '"BTCUSD_PERP"'],
  ])('says that in %s %s is another symbol, and which', (marketType, symbol, meant) => {
    const message = messageOf(() => refuseForeignSymbol(named(marketType, symbol)));
    expect(message).toMatch(/^E_KEY_SYMBOL/);
    expect(message).toContain(`did you mean ${meant}?`);
  });

  it.each([
    named('um', 'BTCUSDT'),
    named('um', 'BTCUSDT_240628'),
    named('um', 'ICPUSDT_SETTLED'),
    named('um', '币安人生USDT'),
    named('cm', 'BTCUSD_PERP'),
    named('cm', 'ADAUSD_250627'),
    named('cm', 'BTCUSD', 'indexPriceKlines'),
    named('spot', '1000SATSUSDT'),
    named('option', 'BTC-240329-70000-C', 'EOHSummary'),
    { ...named('spot', 'BTC-USDT'), exchange: 'kucoin' },
  ])('finds nothing wrong with %j', (key) => {
    expect(symbolFault(key)).toBeUndefined();
    expect(messageOf(() => refuseForeignSymbol(key))).toBe('nothing thrown');
  });
});

describe('suggestions', () => {
  it.each([
    ['BTC/USDT:USDT', 'BTCUSDT'],
    ['btc/usdt', 'BTCUSDT'],
    ['BTC/USD:BTC', 'BTCUSD_PERP'],
    ['BTC/USD:BTC-240628', 'BTCUSD_240628'],
    ['BTC/USDT:USDT-240628', 'BTCUSDT_240628'],
  ])('for the symbol %s is %s', (symbol, meant) => {
    expect(messageOf(() => marketSymbol(symbol))).toContain(`did you mean "${meant}"?`);
  });

  it.each([
    ['1H', '1h'],
    ['60m', '1h'],
    ['1min', '1m'],
    ['1 day', '1d'],
    ['24h', '1d'],
    ['7d', '1w'],
    ['1W', '1w'],
    ['1month', '1mo'],
    ['240min', '4h'],
  ])('for the interval %s is %s', (interval, meant) => {
    expect(
      messageOf(() => keysBetween({ symbol: 'BTCUSDT', interval, start: '2024-01-01', end: '2024-01-02' })),
    ).toContain(`did you mean "${meant}"?`);
  });

  it.each(['7m', '2mo', 'm', '', 'one', '1x', '9'.repeat(30)])('is none for the interval %j', (interval) => {
    expect(messageOf(() => cacheKey({ symbol: 'BTCUSDT', interval, date: '2024-01-01' }))).not.toContain(
      'did you mean',
    );
    expect(likelyInterval(interval, INTERVALS)).toBeUndefined();
  });

  it('are of the dataset: um has no seconds', () => {
    expect(
      likelyInterval(
        '1sec',
        INTERVALS.filter((each: Interval) => each !== '1s'),
      ),
    ).toBeUndefined();
    expect(likelyInterval('1sec', INTERVALS)).toBe('1s');
  });
});

describe('a key or a range', () => {
  it.each([1_704_067_200, 1_704_067_200_000n, 1_704_067_200n])(
    'does not take %p for an instant, and names it',
    (wrong) => {
      expect(messageOf(() => cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: wrong }))).toMatch(
        /^E_KEY_DATE .*probably/,
      );
      const range = { symbol: 'BTCUSDT', interval: '1h', start: '2024-01-01', end: '2024-01-02' } as const;
      expect(messageOf(() => keysBetween({ ...range, start: wrong }))).toMatch(/^E_KEY_TIME start: .*probably/);
      expect(messageOf(() => keysBetween({ ...range, end: wrong }))).toMatch(/^E_KEY_TIME end: .*probably/);
    },
  );
});
