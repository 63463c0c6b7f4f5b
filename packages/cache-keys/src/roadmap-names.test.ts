import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { cacheKey } from './keys/catalog.ts';
import { codeOf } from './contract/errors.fixture.ts';
import { anyInput } from './keys/key.fixture.ts';
import { CacheKeyManager } from './roadmap-names.ts';
import { runs } from './contract/runs.fixture.ts';

const { getCacheKey, getCachePath, parseCachePath } = CacheKeyManager;

describe('CacheKeyManager.getCachePath', () => {
  it('has the roadmap’s defaults', () => {
    expect(getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01')).toBe(
      'cache/binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow',
    );
  });

  it('takes the roadmap’s four parameters in its order', () => {
    expect(getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01', 'binance', 'um', 'markPriceKlines', 'monthly')).toBe(
      'cache/binance/um/markPriceKlines/monthly/BTCUSDT/1m/2024-01.arrow',
    );
  });

  it('takes each of them alone', () => {
    expect(getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01', 'binance')).toBe(
      'cache/binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow',
    );
    expect(getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01', undefined, 'um')).toBe(
      'cache/binance/um/klines/daily/BTCUSDT/1m/2024-01-01.arrow',
    );
    expect(getCachePath('cache', 'BTCUSDT', undefined, '2024-01-01', undefined, undefined, 'trades')).toBe(
      'cache/binance/spot/trades/daily/BTCUSDT/2024-01-01.arrow',
    );
    expect(getCachePath('cache', 'BTCUSDT', '1mo', '2024-01-31', undefined, undefined, undefined, 'monthly')).toBe(
      'cache/binance/spot/klines/monthly/BTCUSDT/1mo/2024-01.arrow',
    );
  });

  it('takes a date in every form', () => {
    const path = getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01');
    expect(getCachePath('cache', 'BTCUSDT', '1m', new Date('2024-01-01T23:00Z'))).toBe(path);
    expect(getCachePath('cache', 'BTCUSDT', '1m', 1_704_067_200_000)).toBe(path);
  });

  it.each([
    ['', ''],
    ['.', './'],
    ['/', '/'],
    ['/data', '/data/'],
    ['/data/', '/data/'],
    ['C:\\cache', 'C:\\cache/'],
  ])('puts the folder %j before it', (folder, before) => {
    expect(getCachePath(folder, 'BTCUSDT', '1m', '2024-01-01')).toBe(
      `${before}binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow`,
    );
  });

  it('refuses what is not published', () => {
    expect(codeOf(() => getCachePath('cache', '../x', '1m', '2024-01-01'))).toBe('E_KEY_SYMBOL');
    expect(codeOf(() => getCachePath('cache', 'BTCUSDT', '1s', '2024-01-01', 'binance', 'um'))).toBe('E_KEY_INTERVAL');
    expect(codeOf(() => getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01', 'binance', 'futures'))).toBe(
      'E_KEY_MARKET_TYPE',
    );
  });
});

describe('CacheKeyManager.getCacheKey', () => {
  it('is the path without folder and ending', () => {
    expect(getCacheKey('BTCUSDT', '1m', '2024-01-01')).toBe('binance/spot/klines/daily/BTCUSDT/1m/2024-01-01');
    expect(getCacheKey('BTCUSDT', undefined, '2024-01', 'binance', 'um', 'fundingRate', 'monthly')).toBe(
      'binance/um/fundingRate/monthly/BTCUSDT/2024-01',
    );
  });
});

describe('CacheKeyManager.parseCachePath', () => {
  it('is the inverse of getCachePath, wherever the cache lies', () => {
    const anyFolder = fc.constantFrom(
      '',
      'cache',
      '/var/cache',
      '/',
      './data',
      'C:\\cache',
      'binance',
      '/x/binance/spot',
      'cache/',
    );
    fc.assert(
      fc.property(anyInput, anyFolder, (input, folder) => {
        const { symbol, interval, date, exchange, marketType, dataNature, packagingFrequency } = input;
        const path = getCachePath(folder, symbol, interval, date, exchange, marketType, dataNature, packagingFrequency);
        assert.deepStrictEqual(parseCachePath(path), cacheKey(input));
        assert.deepStrictEqual(parseCachePath(join(folder, path)), cacheKey(input));
        assert.deepStrictEqual(parseCachePath(path.replaceAll('/', '\\')), cacheKey(input));
      }),
      runs(10_000),
    );
  });

  it('names the part that is wrong', () => {
    expect(codeOf(() => parseCachePath('cache/binance/um/metrics/daily/btcusdt/2024-01-01.arrow'))).toBe(
      'E_KEY_SYMBOL',
    );
    expect(codeOf(() => parseCachePath('cache/binance/spot/klines/daily/BTCUSDT/7m/2024-01-01.arrow'))).toBe(
      'E_KEY_INTERVAL',
    );
    expect(codeOf(() => parseCachePath('cache/BTCUSDT/1m/2024-01-01.arrow'))).toBe('E_KEY_PATH');
  });
});
