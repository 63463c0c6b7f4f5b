import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { COMBINATION_COUNT, COMBINATIONS } from '../keys/archive.fixture.ts';
import type { UncheckedCacheKey } from '../keys/cache-key.ts';
import { cacheFolder, cachePath, candidatePaths, parseCachePath } from './cache-path.ts';
import { cacheKey } from '../keys/catalog.ts';
import { codeOf } from '../contract/errors.fixture.ts';
import { anyInput, SYMBOLS } from '../keys/key.fixture.ts';
import { legacyCachePath } from './legacy-path.ts';
import { runs } from '../contract/runs.fixture.ts';

const RUNS = runs(10_000);
describe(cachePath, () => {
  const key = { symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' } as const;

  it('puts a key with all defaults under binance/spot/klines/daily', () => {
    expect(cachePath(cacheKey(key))).toBe('binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow');
  });

  it('follows each of the four parameters alone', () => {
    expect(cachePath(cacheKey({ ...key, exchange: 'binance' }))).toBe(
      'binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow',
    );
    expect(cachePath(cacheKey({ ...key, marketType: 'um' }))).toBe(
      'binance/um/klines/daily/BTCUSDT/1m/2024-01-01.arrow',
    );
    expect(cachePath(cacheKey({ symbol: 'BTCUSDT', date: '2024-01-01', dataNature: 'aggTrades' }))).toBe(
      'binance/spot/aggTrades/daily/BTCUSDT/2024-01-01.arrow',
    );
    expect(cachePath(cacheKey({ ...key, packagingFrequency: 'monthly' }))).toBe(
      'binance/spot/klines/monthly/BTCUSDT/1m/2024-01.arrow',
    );
  });

  it.each(COMBINATIONS)('spells $path', ({ path, objectKey: _, ...combination }) => {
    const key = cacheKey({ ...combination, symbol: 'BTCUSDT', date: '2024-02-29' });
    expect(cachePath(key)).toBe(path);
    expect(parseCachePath(path)).toStrictEqual(key);
  });

  it('spells everything that the archive publishes', () => {
    expect(COMBINATIONS).toHaveLength(COMBINATION_COUNT);
    expect(new Set(COMBINATIONS.map(({ path }) => path)).size).toBe(COMBINATION_COUNT);
  });
});

describe(parseCachePath, () => {
  it('is the exact inverse of cachePath', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const key = cacheKey(input);
        assert.deepStrictEqual({ ...key }, input);
        assert.deepStrictEqual(parseCachePath(cachePath(key)), key);
      }),
      RUNS,
    );
  });

  it('refuses every other text', () => {
    const good = 'binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow';
    const bad: Record<string, string> = {
      '': 'E_KEY_PATH',
      '/': 'E_KEY_PATH',
      [`/${good}`]: 'E_KEY_PATH',
      [`./${good}`]: 'E_KEY_PATH',
      [`${good}/`]: 'E_KEY_PATH',
      [`${good}.tmp`]: 'E_KEY_PATH',
      [good.replace('.arrow', '')]: 'E_KEY_PATH',
      [good.replace('.arrow', '.ARROW')]: 'E_KEY_PATH',
      [good.replaceAll('/', '\\')]: 'E_KEY_PATH',
      'BTCUSDT/1m/2024-01-01.arrow': 'E_KEY_PATH',
      'binance/spot/klines/daily/BTCUSDT/1m/x/2024-01-01.arrow': 'E_KEY_PATH',
      'kraken/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow': 'E_KEY_EXCHANGE',
      '/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow': 'E_KEY_EXCHANGE',
      'binance/futures/klines/daily/BTCUSDT/1m/2024-01-01.arrow': 'E_KEY_MARKET_TYPE',
      'binance/spot/fundingRate/monthly/BTCUSDT/2024-01.arrow': 'E_KEY_DATA_NATURE',
      'binance/spot/klines/hourly/BTCUSDT/1m/2024-01-01.arrow': 'E_KEY_PACKAGING_FREQUENCY',
      'binance/spot/klines/daily/BTCUSDT/1w/2024-01-01.arrow': 'E_KEY_PACKAGING_FREQUENCY',
      'binance/spot/klines/daily/btcusdt/1m/2024-01-01.arrow': 'E_KEY_SYMBOL',
      'binance/spot/klines/daily/../1m/2024-01-01.arrow': 'E_KEY_SYMBOL',
      'binance/spot/klines/daily/BTCUSDT//2024-01-01.arrow': 'E_KEY_INTERVAL',
      'binance/spot/klines/daily/BTCUSDT/2024-01-01.arrow': 'E_KEY_INTERVAL',
      'binance/spot/trades/daily/BTCUSDT/1m/2024-01-01.arrow': 'E_KEY_INTERVAL',
      'binance/spot/klines/daily/BTCUSDT/1m/2024-02-30.arrow': 'E_KEY_DATE',
      'binance/spot/klines/daily/BTCUSDT/1m/2024-01.arrow': 'E_KEY_DATE',
      'binance/spot/klines/daily/BTCUSDT/1m/.arrow': 'E_KEY_DATE',
      'binance/spot/klines/monthly/BTCUSDT/1M/2024-01.arrow': 'E_KEY_PATH',
      'binance/spot/klines/monthly/BTCUSDT/1mo/2024-01-01.arrow': 'E_KEY_PATH',
      'binance/spot/klines/daily/BTCUSDT/1m/2024-01-01T00:00Z.arrow': 'E_KEY_PATH',
    };
    expect(Object.fromEntries(Object.keys(bad).map((path) => [path, codeOf(() => parseCachePath(path))]))).toEqual(bad);
    expect(codeOf(() => parseCachePath(undefined as never))).toBe('E_KEY_PATH');
  });
});

/** What file systems make of a name when they compare: case, composition, invisible letters. */
const FOLDINGS: Record<string, (path: string) => string> = {
  'small letters': (path) => path.toLowerCase(),
  'capital letters': (path) => path.toUpperCase(),
  decomposed: (path) => path.normalize('NFD'),
  'decomposed small letters (APFS)': (path) => path.normalize('NFD').toLowerCase().normalize('NFD'),
  'without what is invisible (ext4)': (path) =>
    path
      .normalize('NFD')
      .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
      .toLowerCase()
      .normalize('NFD'),
  'there and back': (path) => path.toUpperCase().toLowerCase().normalize('NFC'),
};

/** Letters that fold into one another, or into two, or into nothing: ohm and omega, kelvin, final sigma, dotted I… */
const CONFUSABLE = [
  ...Array.from('ABIKMSĂÅÄΣΩΘЙẞǄＡ12²-_'),
  ...['\u2126', '\u212a', '\u212b', '\u0130', '\u03f4', '\u01c5', '\u3164', '\u115f', '\uffa0', '\u0308', '\u200b'],
  ...['ガ', 'カ\u3099', '한', '\u1112\u1161\u11ab', 'm', 'ß', 'ſ', 'ı'],
];

describe('no two keys share a path', () => {
  const seen = new Map(Object.keys(FOLDINGS).map((name) => [name, new Map<string, string>()]));

  /** Notes the key's path, folded each way, and throws where another path was folded to the same. */
  function meet(input: UncheckedCacheKey): void {
    const path = cachePath(cacheKey(input));
    for (const [name, fold] of Object.entries(FOLDINGS)) {
      const folded = fold(path);
      const other = seen.get(name)!.get(folded);
      if (other !== undefined && other !== path) throw new Error(`${path} and ${other} are one in ${name}`);
      seen.get(name)!.set(folded, path);
    }
  }

  it('over the whole table, with symbols of every kind', () => {
    for (const { marketType, dataNature, packagingFrequency, interval } of COMBINATIONS) {
      for (const symbol of SYMBOLS) {
        meet({ marketType, dataNature, packagingFrequency, interval, symbol, date: '2024-01-01' });
      }
    }
    expect(seen.get('decomposed')!.size).toBe(COMBINATION_COUNT * SYMBOLS.length);
  });

  it('with any symbol and date', () => {
    fc.assert(
      fc.property(anyInput, (input) => meet(input)),
      RUNS,
    );
  });

  it('with symbols that are nearly alike', () => {
    let accepted = 0;
    const symbol = fc.string({ unit: fc.constantFrom(...CONFUSABLE), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(symbol, (text) => {
        if (codeOf(() => cacheKey({ symbol: text, interval: '1m', date: '2024-01-01' })) === 'E_KEY_SYMBOL') return;
        accepted += 1;
        meet({ symbol: text, interval: '1m', date: '2024-01-01' });
      }),
      runs(30_000),
    );
    expect(accepted).toBeGreaterThan(runs(30_000).numRuns / 20);
  });
});

describe(legacyCachePath, () => {
  it('is SYMBOL/INTERVAL/YYYY-MM-DD.arrow for daily klines of spot', () => {
    expect(legacyCachePath(cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' }))).toBe(
      'BTCUSDT/1m/2024-01-01.arrow',
    );
  });

  it('is in the folder 1M for a month, under its first day', () => {
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1mo', packagingFrequency: 'monthly', date: '2024-02' });
    expect(legacyCachePath(key)).toBe('BTCUSDT/1M/2024-02-01.arrow');
  });

  it('is undefined for everything else', () => {
    for (const { path, marketType, dataNature, packagingFrequency, interval } of COMBINATIONS) {
      const old = legacyCachePath(parseCachePath(path));
      const isOld =
        marketType === 'spot' && dataNature === 'klines' && (packagingFrequency === 'daily' || interval === '1mo');
      expect(old !== undefined).toBe(isOld);
    }
  });
});

describe(candidatePaths, () => {
  it('looks for the new path, then for the old one', () => {
    expect(candidatePaths(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' }))).toEqual([
      'binance/spot/klines/daily/BTCUSDT/1h/2024-01-01.arrow',
      'BTCUSDT/1h/2024-01-01.arrow',
    ]);
  });

  it('has the new path alone where there is no old one', () => {
    expect(
      candidatePaths(cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' })),
    ).toEqual(['binance/um/klines/daily/BTCUSDT/1h/2024-01-01.arrow']);
  });
});

describe(cacheFolder, () => {
  it('is the folder that an entry lies in', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const key = cacheKey(input);
        assert.equal(cachePath(key), `${cacheFolder(key)}/${key.date}.arrow`);
      }),
      RUNS,
    );
  });

  it('is a folder above it when choices are left out', () => {
    expect(cacheFolder({ exchange: 'binance' })).toBe('binance');
    expect(cacheFolder({ exchange: 'binance', marketType: 'um' })).toBe('binance/um');
    expect(
      cacheFolder({ exchange: 'binance', marketType: 'um', dataNature: 'klines', packagingFrequency: 'daily' }),
    ).toBe('binance/um/klines/daily');
    expect(cacheFolder({ exchange: 'binance', symbol: 'BTCUSDT' })).toBe('binance');
  });

  it.each(['..', '.', '', 'a/b', 'C:', 'con', '.vision-cache', 'a\\b', '-x'])('refuses %j as a choice', (name) => {
    expect(codeOf(() => cacheFolder({ exchange: name }))).toBe('E_KEY_PATH');
    expect(codeOf(() => cacheFolder({ exchange: 'binance', marketType: name }))).toBe('E_KEY_PATH');
    const above = { exchange: 'binance', marketType: 'um', dataNature: 'klines', packagingFrequency: 'daily' };
    expect(codeOf(() => cacheFolder({ ...above, symbol: name }))).toBe('E_KEY_PATH');
    expect(codeOf(() => cacheFolder({ ...above, symbol: 'BTCUSDT', interval: name }))).toBe('E_KEY_PATH');
  });
});
