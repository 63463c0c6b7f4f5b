import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { COMBINATIONS } from '../keys/archive.fixture.ts';
import { cacheKey, createCatalog } from '../keys/catalog.ts';
import { defineDataset } from '../datasets/dataset.ts';
import { codeOf } from '../contract/errors.fixture.ts';
import { anyInput } from '../keys/key.fixture.ts';
import { runs } from '../contract/runs.fixture.ts';
import {
  parseVisionObjectKey,
  visionChecksumKey,
  visionFileStem,
  visionObjectKey,
  visionObjectKeyOfUrl,
  visionPrefix,
  visionUrl,
} from './vision-object.ts';

const RUNS = runs(10_000);

const krakenKey = createCatalog([
  defineDataset({
    exchange: 'kraken',
    marketType: 'spot',
    dataNature: 'klines',
    published: { daily: ['1m'], monthly: [] },
    timeColumn: 'open_time',
    identity: ['open_time'],
    columns: { open_time: { type: 'timestamp', unit: 'us' } },
  }),
]).cacheKey({ exchange: 'kraken', symbol: 'XBTEUR', interval: '1m', date: '2024-01-01' });

describe(visionObjectKey, () => {
  it.each(COMBINATIONS)('spells $objectKey', ({ path: _, objectKey, ...combination }) => {
    const key = cacheKey({ ...combination, symbol: 'BTCUSDT', date: '2024-02-29' });
    expect(visionObjectKey(key)).toBe(objectKey);
    expect(parseVisionObjectKey(objectKey)).toStrictEqual(key);
    expect(visionChecksumKey(key)).toBe(`${objectKey}.CHECKSUM`);
    expect(parseVisionObjectKey(`${objectKey}.CHECKSUM`)).toStrictEqual(key);
  });

  it('is refused for a key of another exchange', () => {
    expect(codeOf(() => visionObjectKey(krakenKey))).toBe('E_KEY_NOT_IN_ARCHIVE');
    expect(() => visionObjectKey(krakenKey)).toThrow('"kraken/spot"');
  });
});

describe(parseVisionObjectKey, () => {
  it('is the exact inverse of visionObjectKey, also by way of a URL', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const key = cacheKey(input);
        const name = visionObjectKey(key);
        assert.deepStrictEqual(parseVisionObjectKey(name), key);
        assert.deepStrictEqual(parseVisionObjectKey(visionChecksumKey(key)), key);
        assert.deepStrictEqual(parseVisionObjectKey(visionObjectKeyOfUrl(visionUrl(name))), key);
      }),
      RUNS,
    );
  });

  it('refuses a name with a folder too many', () => {
    const name = 'data/spot/daily/klines/BTCUSDT/1m/more/BTCUSDT-1m-2024-01-01.zip';
    expect(codeOf(() => parseVisionObjectKey(name))).toBe('E_KEY_OBJECT_NAME');
  });

  it('goes by the folder, for mark, index and premium klines are named like klines', () => {
    const file = 'BTCUSDT-1m-2024-01-01.zip';
    const natures = ['klines', 'markPriceKlines', 'indexPriceKlines', 'premiumIndexKlines'];
    expect(
      natures.map((nature) => parseVisionObjectKey(`data/futures/um/daily/${nature}/BTCUSDT/1m/${file}`).dataNature),
    ).toEqual(natures);
  });

  it.each([
    ['', 'E_KEY_OBJECT_NAME'],
    ['data/', 'E_KEY_OBJECT_NAME'],
    ['data/spot/daily/klines/BTCUSDT/1m/', 'E_KEY_OBJECT_NAME'],
    ['data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.csv', 'E_KEY_OBJECT_NAME'],
    ['data/spot/daily/klines/BTCUSDT/1m/ETHUSDT-1m-2024-01-01.zip', 'E_KEY_OBJECT_NAME'],
    ['data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-3m-2024-01-01.zip', 'E_KEY_OBJECT_NAME'],
    ['data/spot/daily/klines/BTCUSDT/1m/x/BTCUSDT-1m-2024-01-01.zip', 'E_KEY_OBJECT_NAME'],
    ['data/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip', 'E_KEY_OBJECT_NAME'],
    ['data/futures/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip', 'E_KEY_OBJECT_NAME'],
    ['spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip', 'E_KEY_OBJECT_NAME'],
    ['/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip', 'E_KEY_OBJECT_NAME'],
    ['data/spot/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip', 'E_KEY_OBJECT_NAME'],
    ['data/spot/monthly/klines/BTCUSDT/1M/BTCUSDT-1M-2024-01.zip', 'E_KEY_OBJECT_NAME'],
    ['data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01.zip', 'E_KEY_DATE'],
    ['data/spot/daily/klines/btcusdt/1m/btcusdt-1m-2024-01-01.zip', 'E_KEY_SYMBOL'],
    ['data/futures/um/daily/klines/BTCUSDT/1s/BTCUSDT-1s-2024-01-01.zip', 'E_KEY_INTERVAL'],
    ['data/futures/um/daily/klines/BTCUSDT/1w/BTCUSDT-1w-2024-01-01.zip', 'E_KEY_PACKAGING_FREQUENCY'],
    ['data/stocks/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip', 'E_KEY_MARKET_TYPE'],
    ['data/spot/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-01-01.zip', 'E_KEY_DATA_NATURE'],
  ])('refuses %j with %s', (name, code) => {
    expect(codeOf(() => parseVisionObjectKey(name))).toBe(code);
  });

  it('refuses what is no text', () => {
    expect(codeOf(() => parseVisionObjectKey(undefined as never))).toBe('E_KEY_OBJECT_NAME');
  });
});

describe(visionUrl, () => {
  const name = 'data/futures/um/daily/klines/币安人生USDT/1m/币安人生USDT-1m-2025-10-08.zip';
  const url =
    'https://data.binance.vision/data/futures/um/daily/klines/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT/1m/' +
    '%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT-1m-2025-10-08.zip';

  it('percent-encodes each segment', () => {
    expect(visionUrl(name)).toBe(url);
    expect(visionObjectKeyOfUrl(url)).toBe(name);
  });

  it('is one that the platform leaves as it is', () => {
    expect(new URL(visionUrl(name)).href).toBe(url);
  });

  it.each(['http://localhost:8080', 'http://localhost:8080/', 'https://mirror.example/vision//'])(
    'is below the base %s, with or without slashes',
    (base) => {
      const expected = `${base.replace(/\/+$/, '')}/data/spot/daily/trades/BTCUSDT/BTCUSDT-trades-2024-01-01.zip`;
      const object = 'data/spot/daily/trades/BTCUSDT/BTCUSDT-trades-2024-01-01.zip';
      expect(visionUrl(object, base)).toBe(expected);
      expect(visionObjectKeyOfUrl(expected, base)).toBe(object);
    },
  );
});

describe(visionObjectKeyOfUrl, () => {
  it.each([
    'https://example.com/data/spot/a.zip',
    'https://data.binance.vision.example.com/data/a.zip',
    'https://data.binance.vision/data/%E5%zz/a.zip',
    'https://data.binance.vision/data/%E5/a.zip',
    'https://data.binance.vision/data%2Fspot/a.zip',
    'data/spot/a.zip',
  ])('refuses %s', (url) => {
    expect(codeOf(() => visionObjectKeyOfUrl(url))).toBe('E_KEY_OBJECT_NAME');
  });
});

describe(visionPrefix, () => {
  it('is the folder to list, as deep as the choices go', () => {
    const um = { marketType: 'um' } as const;
    expect(visionPrefix(um)).toBe('data/futures/um/');
    expect(visionPrefix({ ...um, packagingFrequency: 'daily', dataNature: 'klines' })).toBe(
      'data/futures/um/daily/klines/',
    );
    expect(
      visionPrefix({ ...um, packagingFrequency: 'daily', dataNature: 'klines', symbol: 'BTCUSDT', interval: '1m' }),
    ).toBe('data/futures/um/daily/klines/BTCUSDT/1m/');
    expect(visionPrefix({ ...um, symbol: 'BTCUSDT' })).toBe('data/futures/um/');
  });

  it('is the beginning of the names of a folder’s objects', () => {
    const key = cacheKey({ marketType: 'cm', dataNature: 'metrics', symbol: 'BTCUSD_PERP', date: '2024-01-01' });
    expect(visionObjectKey(key)).toBe(`${visionPrefix(key)}${visionFileStem(key)}.zip`);
  });

  it('is refused for another exchange and an unknown market', () => {
    expect(codeOf(() => visionPrefix(krakenKey))).toBe('E_KEY_NOT_IN_ARCHIVE');
    expect(codeOf(() => visionPrefix({ marketType: 'futures' as never }))).toBe('E_KEY_NOT_IN_ARCHIVE');
    expect(codeOf(() => visionPrefix({ marketType: 'constructor' as never }))).toBe('E_KEY_NOT_IN_ARCHIVE');
  });
});
