import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BINANCE, cacheKey, createCatalog } from './keys/catalog.ts';
import { codeOf } from './contract/errors.fixture.ts';
import { anyInput } from './keys/key.fixture.ts';
import { defineDataset } from './datasets/dataset.ts';
import { CacheKeyManager, createCacheKeyManager } from './roadmap-names.ts';
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

describe(createCacheKeyManager, () => {
  const columns = { open_time: { type: 'timestamp', unit: 'us' } } as const;
  const okx = defineDataset({
    exchange: 'okx',
    // Named like its exchange, which a path has to survive.
    marketType: 'okx',
    dataNature: 'klines',
    published: { daily: ['1m', '1h'], monthly: ['1h'] },
    columns,
    timeColumn: 'open_time',
    identity: ['open_time'],
  });
  const trades = defineDataset({
    exchange: 'okx',
    marketType: 'spot',
    dataNature: 'trades',
    published: { daily: [undefined], monthly: [] },
    columns,
    timeColumn: 'open_time',
    identity: ['open_time'],
  });
  const names = createCacheKeyManager(createCatalog([...BINANCE.datasets, okx, trades], { monthly: ['1h'] }));

  it('names files of another exchange, and those of Binance as before', () => {
    expect(names.getCachePath('cache', 'BTC-USDT', '1m', '2024-01-01', 'okx', 'okx')).toBe(
      'cache/okx/okx/klines/daily/BTC-USDT/1m/2024-01-01.arrow',
    );
    expect(names.getCacheKey('BTC-USDT', '1h', '2024-01-31', 'okx', 'okx', 'klines', 'monthly')).toBe(
      'okx/okx/klines/monthly/BTC-USDT/1h/2024-01',
    );
    expect(names.getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01')).toBe(
      getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01'),
    );
    expect(codeOf(() => getCachePath('cache', 'BTC-USDT', '1m', '2024-01-01', 'okx'))).toBe('E_KEY_EXCHANGE');
  });

  it.each([
    ['BTC-USDT', '1m', '2024-01-01', 'okx', 'okx', 'klines', 'daily'],
    ['BTC-USDT', '1h', '2024-01', 'okx', 'okx', 'klines', 'monthly'],
    ['BTC-USDT', undefined, '2024-01-01', 'okx', 'spot', 'trades', 'daily'],
    ['BTCUSDT', '1m', '2024-01-01', 'binance', 'um', 'klines', 'daily'],
  ] as const)('parses what it names, wherever the cache lies: %s %s %s %s %s', (...key) => {
    const [symbol, interval, date, exchange, marketType, dataNature, packagingFrequency] = key;
    const parts = { symbol, interval, date, exchange, marketType, dataNature, packagingFrequency };
    for (const folder of ['', '/data', 'okx', '/x/okx/okx', '/x/binance/spot/', 'C:\\okx']) {
      const path = names.getCachePath(folder, symbol, interval, date, exchange, marketType, dataNature, packagingFrequency); // prettier-ignore
      expect(names.parseCachePath(path)).toEqual(parts);
    }
  });

  it('says of a month of hours that it is a file only where the catalog keeps it so', () => {
    const key = ['BTCUSDT', '1h', '2024-01', 'binance', 'spot', 'klines', 'monthly'] as const;
    const { parseCachePath: parse } = createCacheKeyManager(BINANCE);
    const month = parse(getCachePath('cache', ...key));
    expect(BINANCE.homeKeys(month)).toHaveLength(31);
    const byMonth = createCatalog(BINANCE.datasets, { monthly: ['1h'] });
    expect(byMonth.homeKeys(month)).toEqual([month]);
  });
});
