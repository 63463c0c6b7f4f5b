import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import assert from 'node:assert/strict';
import type { CacheKey, UncheckedCacheKey } from './cache-key.ts';
import { cachePath, parseCachePath } from '../paths/cache-path.ts';
import { BINANCE, cacheKey, createCatalog, homeKeys, keysBetween } from './catalog.ts';
import type { ColumnBatch } from '../datasets/column-batch.ts';
import { type Dataset, defineDataset } from '../datasets/dataset.ts';
import { codeOf } from '../contract/errors.fixture.ts';
import { anyInput } from './key.fixture.ts';
import { legacyCachePath } from '../paths/legacy-path.ts';
import type { TimeInput } from '../time/time-input.ts';
import { runs } from '../contract/runs.fixture.ts';

const BTC = { symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' } as const;

describe(cacheKey, () => {
  it('has the roadmap’s defaults', () => {
    const key = {
      exchange: 'binance',
      marketType: 'spot',
      dataNature: 'klines',
      packagingFrequency: 'daily',
      symbol: 'BTCUSDT',
      interval: '1m',
      date: '2024-01-01',
    };
    expect(cacheKey(BTC)).toStrictEqual(key);
    const undefinedChoices = { exchange: undefined, marketType: undefined, dataNature: undefined };
    expect(cacheKey({ ...BTC, ...undefinedChoices, packagingFrequency: undefined })).toStrictEqual(key);
  });

  it('is frozen and holds nothing but its parts', () => {
    const key = cacheKey({ ...BTC, more: 1 } as never);
    expect(Object.isFrozen(key)).toBe(true);
    expect(Object.keys(key)).toHaveLength(7);
    expect(structuredClone(key)).toEqual(key);
  });

  it.each<[string, TimeInput]>([
    ['text', '2024-01-01'],
    ['a time of the day', '2024-01-01T23:59:59.999Z'],
    ['a time of another zone', '2024-01-01T20:00-03:30'],
    ['a Date', new Date('2024-01-01T12:00Z')],
    ['a DateTime', DateTime.fromISO('2024-01-02T08:59', { zone: 'Asia/Tokyo' })],
    ['milliseconds', Date.parse('2024-01-01T23:59:59.999Z')],
    ['microseconds', BigInt(Date.parse('2024-01-01')) * 1000n],
  ])('takes the UTC day of %s', (_what, date) => {
    expect(cacheKey({ ...BTC, date }).date).toBe('2024-01-01');
    expect(cacheKey({ ...BTC, packagingFrequency: 'monthly', date }).date).toBe('2024-01');
  });

  it('takes REST’s spelling of a month at run time', () => {
    const input: UncheckedCacheKey = { ...BTC, interval: '1M', packagingFrequency: 'monthly' };
    expect(cacheKey(input).interval).toBe('1mo');
  });

  const say = (input: UncheckedCacheKey): string => {
    try {
      return cachePath(cacheKey(input));
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('says which part is wrong, and what is allowed', () => {
    expect(say({ ...BTC, exchange: 'kraken' })).toBe(
      '"kraken" is not a known exchange: binance. To use it, make a catalog with its datasets and pass that to the cache and to the manager.',
    );
    expect(say({ ...BTC, marketType: 'futures' })).toBe(
      '"futures" is not a market type of binance: use um (USD-margined) or cm (coin-margined).',
    );
    expect(say({ ...BTC, marketType: 'FUTURES_UM' })).toBe('"FUTURES_UM" is not a market type of binance: use um.');
    expect(say({ ...BTC, marketType: 'swap' })).toBe('"swap" is not a market type of binance: spot, um, cm, option.');
    expect(say({ ...BTC, dataNature: 'fundingRate' })).toBe(
      'binance spot publishes no "fundingRate": klines, aggTrades, trades.',
    );
    expect(say({ ...BTC, packagingFrequency: 'hourly' })).toBe(
      '"hourly" is not a packaging frequency: daily or monthly.',
    );
    expect(say({ ...BTC, interval: '1w' })).toBe(
      'spot klines of "1w" is not kept daily: use packagingFrequency monthly.',
    );
    expect(
      say({ ...BTC, marketType: 'um', dataNature: 'metrics', interval: undefined, packagingFrequency: 'monthly' }),
    ).toBe('um metrics is not kept monthly: use packagingFrequency daily.');
    expect(say({ ...BTC, marketType: 'um', interval: '1s' })).toBe(
      'um klines: "1s" is not an interval, one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d, 3d, 1w, 1mo.',
    );
    expect(say({ ...BTC, interval: undefined })).toMatch(/^spot klines: an interval is needed, one of 1s, 1m, /);
    expect(say({ ...BTC, dataNature: 'trades' })).toBe('spot trades has no interval: leave "1m" out.');
    expect(say({ ...BTC, symbol: 'btcusdt' })).toBe(
      '"btcusdt" is not a symbol: capital letters, digits, "_" and "-" are allowed, as in BTCUSDT; did you mean "BTCUSDT"?',
    );
    expect(say({ ...BTC, date: '2024-02-30' })).toBe(
      'The date is wrong: "2024-02-30" is not an instant: there is no such day.',
    );
    expect(say({ ...BTC, date: '2024-02' })).toBe('"2024-02" is a month; a daily key needs a day, YYYY-MM-DD.');
  });

  it.each([
    ['usdt', 'um'],
    ['futures_um', 'um'],
    ['futures_usdt', 'um'],
    ['futures/um', 'um'],
    ['coin', 'cm'],
    ['futures_cm', 'cm'],
    ['futures_coin', 'cm'],
    ['futures/cm', 'cm'],
  ])('knows that other software says %s for %s', (marketType, ours) => {
    expect(say({ ...BTC, marketType })).toBe(`"${marketType}" is not a market type of binance: use ${ours}.`);
  });

  it('gives the same facts as details, and keeps the cause', () => {
    const thrown = (input: UncheckedCacheKey): unknown => {
      try {
        return cacheKey(input);
      } catch (error) {
        return error;
      }
    };
    expect(thrown({ ...BTC, exchange: 'kraken' })).toMatchObject({
      code: 'E_KEY_EXCHANGE',
      details: { received: 'kraken', allowed: ['binance'] },
    });
    expect(thrown({ ...BTC, marketType: 'futures' })).toMatchObject({
      code: 'E_KEY_MARKET_TYPE',
      details: { received: 'futures', allowed: ['spot', 'um', 'cm', 'option'] },
    });
    expect(thrown({ ...BTC, dataNature: 'metrics' })).toMatchObject({
      code: 'E_KEY_DATA_NATURE',
      details: { received: 'metrics', allowed: ['klines', 'aggTrades', 'trades'] },
    });
    expect(thrown({ ...BTC, packagingFrequency: 'weekly' })).toMatchObject({
      code: 'E_KEY_PACKAGING_FREQUENCY',
      details: { received: 'weekly', allowed: ['daily', 'monthly'] },
    });
    expect(thrown({ ...BTC, interval: '1w' })).toMatchObject({
      code: 'E_KEY_PACKAGING_FREQUENCY',
      details: { received: 'daily', allowed: ['monthly'] },
    });
    expect(thrown({ ...BTC, dataNature: 'trades' })).toMatchObject({
      code: 'E_KEY_INTERVAL',
      details: { received: '1m', allowed: [] },
    });
    expect(thrown({ ...BTC, date: 'yesterday' })).toMatchObject({
      code: 'E_KEY_DATE',
      details: { received: 'yesterday' },
      cause: { code: 'E_KEY_TIME' },
    });
    const broken = new Error('broken clock');
    const date = {
      toMillis(): number {
        throw broken;
      },
    };
    expect(thrown({ ...BTC, date })).toMatchObject({
      code: 'E_KEY_DATE',
      cause: broken,
      message: expect.stringContaining('broken clock'),
    });
  });

  it('throws nothing but CacheKeyError, whatever it is given', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.constantFrom('binance', 'spot', 'klines', 'daily', 'BTCUSDT', '1m', '2024-01-01'),
    );
    fc.assert(
      fc.property(
        fc.record(
          {
            exchange: anything,
            marketType: anything,
            dataNature: anything,
            packagingFrequency: anything,
            symbol: anything,
            interval: anything,
            date: anything,
          },
          { requiredKeys: [] },
        ),
        (input) => {
          const code = codeOf(() => cacheKey(input as unknown as UncheckedCacheKey));
          assert(code === 'nothing thrown' || code.startsWith('E_KEY_'), code);
        },
      ),
      runs(10_000),
    );
    for (const odd of [Symbol('x'), ['binance'], Object.create(null), () => 'spot', 1n, NaN, null]) {
      for (const part of ['exchange', 'marketType', 'dataNature', 'packagingFrequency', 'symbol', 'interval', 'date']) {
        expect(codeOf(() => cacheKey({ ...BTC, [part]: odd }))).toMatch(/^E_KEY_/);
      }
    }
  });
});

it.each([undefined, null, 7, 'BTCUSDT'])('takes %p for no input, with a code', (input) => {
  expect(() => cacheKey(input as never)).toThrow(expect.objectContaining({ code: 'E_KEY_SYMBOL' }));
  expect(() => keysBetween(input as never)).toThrow(expect.objectContaining({ code: 'E_KEY_SYMBOL' }));
});

describe(homeKeys, () => {
  it('of a month’s archive are its days', () => {
    const month = cacheKey({ ...BTC, packagingFrequency: 'monthly', date: '2024-02' });
    const days = homeKeys(month);
    expect(days).toHaveLength(29);
    expect(days[0]).toStrictEqual(cacheKey({ ...BTC, date: '2024-02-01' }));
    expect(days[28]).toStrictEqual(cacheKey({ ...BTC, date: '2024-02-29' }));
  });

  it('of a day, and of what is kept by the month, is itself', () => {
    const own: CacheKey[] = [
      cacheKey(BTC),
      cacheKey({ ...BTC, interval: '1mo', packagingFrequency: 'monthly' }),
      cacheKey({
        symbol: 'BTCUSDT',
        marketType: 'um',
        dataNature: 'fundingRate',
        packagingFrequency: 'monthly',
        date: '2024-01',
      }),
    ];
    for (const key of own) expect(homeKeys(key)).toEqual([key]);
  });

  it('has days also in the last month of the calendar', () => {
    const last = cacheKey({ ...BTC, packagingFrequency: 'monthly', date: '9999-12' });
    expect(homeKeys(last).map(({ date }) => date)).toHaveLength(31);
  });

  it('never leads from a home elsewhere', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        for (const home of homeKeys(cacheKey(input))) {
          assert.deepStrictEqual(homeKeys(home), [home]);
          assert.deepStrictEqual(parseCachePath(cachePath(home)), home);
        }
      }),
      runs(2_000),
    );
  });
});

describe(keysBetween, () => {
  const range = { symbol: 'BTCUSDT', start: '2024-02-28', end: '2024-03-02' } as const;

  it('covers the range where its rows are kept', () => {
    expect(keysBetween({ ...range, interval: '1h' }).map(cachePath)).toEqual([
      'binance/spot/klines/daily/BTCUSDT/1h/2024-02-28.arrow',
      'binance/spot/klines/daily/BTCUSDT/1h/2024-02-29.arrow',
      'binance/spot/klines/daily/BTCUSDT/1h/2024-03-01.arrow',
    ]);
    expect(keysBetween({ ...range, interval: '1w' }).map(cachePath)).toEqual([
      'binance/spot/klines/monthly/BTCUSDT/1w/2024-02.arrow',
      'binance/spot/klines/monthly/BTCUSDT/1w/2024-03.arrow',
    ]);
    expect(keysBetween({ ...range, marketType: 'um', dataNature: 'fundingRate' }).map(cachePath)).toEqual([
      'binance/um/fundingRate/monthly/BTCUSDT/2024-02.arrow',
      'binance/um/fundingRate/monthly/BTCUSDT/2024-03.arrow',
    ]);
  });

  it('covers it by the month where that is asked for', () => {
    const keys = keysBetween({ ...range, interval: '1h', packagingFrequency: 'monthly' });
    expect(keys.map(({ date }) => date)).toEqual(['2024-02', '2024-03']);
  });

  it('is empty for an empty range, and refuses one that ends before it starts', () => {
    expect(keysBetween({ ...range, interval: '1h', end: range.start })).toEqual([]);
    expect(codeOf(() => keysBetween({ ...range, interval: '1h', end: '2024-01-01' }))).toBe('E_KEY_RANGE');
    expect(codeOf(() => keysBetween({ ...range, interval: '1h', end: 'tomorrow' }))).toBe('E_KEY_TIME');
    expect(codeOf(() => keysBetween({ ...range, interval: '1h', symbol: '..' }))).toBe('E_KEY_SYMBOL');
  });
});

describe('Catalog.datasetOf', () => {
  it('finds the dataset of an id and refuses every other text', () => {
    expect(BINANCE.datasetOf('binance/um/klines').id).toBe('binance/um/klines');
    expect(codeOf(() => BINANCE.datasetOf('binance/um/klines/daily'))).toBe('E_KEY_DATA_NATURE');
    expect(codeOf(() => BINANCE.datasetOf('binance/um'))).toBe('E_KEY_DATA_NATURE');
    expect(codeOf(() => BINANCE.datasetOf('binance'))).toBe('E_KEY_MARKET_TYPE');
    expect(codeOf(() => BINANCE.datasetOf(''))).toBe('E_KEY_EXCHANGE');
  });
});

const krakenKlines = defineDataset({
  exchange: 'kraken',
  marketType: 'spot',
  dataNature: 'klines',
  published: { daily: ['1m', '1h'], monthly: ['1h', '1w'] },
  timeColumn: 'open_time',
  identity: ['open_time'],
  columns: {
    open_time: { type: 'timestamp', unit: 'us' },
    vwap: { type: 'float64', unit: 'quote' },
    trades: { type: 'int64', unit: 'count' },
    note: { type: 'text', unit: 'none', stored: false },
  },
});

describe(createCatalog, () => {
  const catalog = createCatalog([...BINANCE.datasets, krakenKlines]);

  it('names the files of an exchange that this package never heard of, and reads the names', () => {
    const key = catalog.cacheKey({ exchange: 'kraken', symbol: 'XBTEUR', interval: '1h', date: '2024-01-01' });
    const typed: CacheKey<typeof krakenKlines> = key;
    const path = cachePath(typed);
    expect(path).toBe('kraken/spot/klines/daily/XBTEUR/1h/2024-01-01.arrow');
    expect(parseCachePath(path, catalog)).toStrictEqual(key);
    expect(legacyCachePath(key)).toBeUndefined();
    expect(catalog.datasetOf(key)).toBe(krakenKlines);
    expect(
      catalog
        .keysBetween({ exchange: 'kraken', symbol: 'XBTEUR', interval: '1w', start: '2024-01-01', end: '2024-03-01' })
        .map(cachePath),
    ).toEqual([
      'kraken/spot/klines/monthly/XBTEUR/1w/2024-01.arrow',
      'kraken/spot/klines/monthly/XBTEUR/1w/2024-02.arrow',
    ]);
  });

  it('types its columns', () => {
    const batch: ColumnBatch<typeof krakenKlines> = {
      dataset: 'kraken/spot/klines',
      numRows: 1,
      columns: { open_time: BigInt64Array.of(0n), vwap: Float64Array.of(1), trades: BigInt64Array.of(1n) },
    };
    // @ts-expect-error the column is not kept
    expect(batch.columns.note).toBeUndefined();
    // @ts-expect-error of Binance
    expect(batch.columns.quote_volume).toBeUndefined();
  });

  it('refuses what the other exchange does not publish, and leaves Binance alone', () => {
    // @ts-expect-error Kraken has no 5m here
    expect(codeOf(() => catalog.cacheKey({ ...BTC, exchange: 'kraken', interval: '5m' }))).toBe('E_KEY_INTERVAL');
    // @ts-expect-error Kraken has no um here
    expect(codeOf(() => catalog.cacheKey({ ...BTC, exchange: 'kraken', marketType: 'um' }))).toBe('E_KEY_MARKET_TYPE');
    expect(catalog.cacheKey(BTC)).toStrictEqual(cacheKey(BTC));
    expect(codeOf(() => parseCachePath('kraken/spot/klines/daily/XBTEUR/1h/2024-01-01.arrow'))).toBe('E_KEY_EXCHANGE');
  });

  it.each<[string, Partial<Dataset>]>([
    ['a folder that steps up', { exchange: '..' }],
    ['a slash in a name', { marketType: 'spot/x' }],
    ['a device', { exchange: 'nul' }],
    ['a device with a number', { marketType: 'com1' }],
    ['an empty name', { dataNature: '' }],
    ['a dot in a name', { dataNature: 'a.b' }],
    ['a hidden folder', { exchange: '.vision-cache' }],
    ['another id', { id: 'kraken/spot/trades' }],
    ['nothing published', { published: { daily: [], monthly: [] } }],
    ['an unknown interval', { published: { daily: ['7m' as never], monthly: [] } }],
    ['bars with and without an interval', { published: { daily: ['1m'], monthly: [undefined] } }],
    ['no time column', { timeColumn: 'time' }],
    ['a time column that is not kept', { timeColumn: 'note' }],
    ['a time column that is no time', { timeColumn: 'vwap' }],
    ['an identity that is no column', { identity: ['id'] }],
    ['an identity that is not kept', { identity: ['note'] }],
  ])('refuses a dataset with %s', (_what, part) => {
    const { exchange, marketType, dataNature } = { ...krakenKlines, ...part };
    const dataset: Dataset = { ...krakenKlines, id: `${exchange}/${marketType}/${dataNature}`, ...part };
    expect(codeOf(() => createCatalog([dataset]))).toBe('E_KEY_DATASET');
  });

  it('refuses two datasets whose names differ in case alone', () => {
    const twin = defineDataset({ ...krakenKlines, exchange: 'Kraken' });
    expect(codeOf(() => createCatalog([krakenKlines, twin]))).toBe('E_KEY_DATASET');
    expect(codeOf(() => createCatalog([krakenKlines, krakenKlines]))).toBe('E_KEY_DATASET');
  });
});
