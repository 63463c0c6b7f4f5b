import { describe, expect, it } from '@jest/globals';
import type { CacheKey, UncheckedCacheKey, UncheckedKeyRange } from './cache-key.ts';
import { BINANCE, cacheKey, keysBetween } from './catalog.ts';
import type { ColumnBatch } from '../datasets/column-batch.ts';
import { defineDataset } from '../datasets/dataset.ts';
import type { DATASETS } from '../datasets/datasets.ts';
import { type MarketType } from '../datasets/datasets.ts';
import { codeOf } from '../contract/errors.fixture.ts';
import { isCacheKeyError } from '../contract/errors.ts';
import type { Interval } from '../time/interval.ts';

// Each of these does not compile, which the type check shows (an unused @ts-expect-error is an error), and throws all
// the same where the compiler was silenced, which jest shows.

const spot = { symbol: 'BTCUSDT', date: '2024-01-01' } as const;
const um = { ...spot, marketType: 'um' } as const;
const cm = { ...spot, marketType: 'cm', symbol: 'BTCUSD_PERP' } as const;
const option = { ...spot, marketType: 'option', symbol: 'BTCBVOLUSDT' } as const;
const range = { symbol: 'BTCUSDT', start: '2024-01-01', end: '2024-02-01' } as const;

/** Whether two types are one and the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(_claim?: T): void => undefined;

describe('what the archive does not publish neither compiles nor passes', () => {
  it.each<[string, string, () => unknown]>([
    // @ts-expect-error the archive has seconds of spot only
    ['1s of um', 'E_KEY_INTERVAL', () => cacheKey({ ...um, interval: '1s' })],
    // @ts-expect-error the archive has seconds of spot only
    ['1s of cm', 'E_KEY_INTERVAL', () => cacheKey({ ...cm, interval: '1s' })],
    // @ts-expect-error no such interval
    ['7h', 'E_KEY_INTERVAL', () => cacheKey({ ...spot, interval: '7h' })],
    // @ts-expect-error `1mo` belongs to months, and is not spelled as in REST
    ['1M', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...spot, interval: '1M' })],
    // @ts-expect-error klines need an interval
    ['klines without an interval', 'E_KEY_INTERVAL', () => cacheKey(spot)],
    // @ts-expect-error klines need an interval
    ['an undefined interval', 'E_KEY_INTERVAL', () => cacheKey({ ...spot, interval: undefined })],
    // @ts-expect-error trades have no interval
    ['trades with one', 'E_KEY_INTERVAL', () => cacheKey({ ...spot, dataNature: 'trades', interval: '1m' })],
    // @ts-expect-error funding rates have no interval
    ['funding with one', 'E_KEY_INTERVAL', () => cacheKey({ ...um, dataNature: 'fundingRate', packagingFrequency: 'monthly', interval: '8h' })],
    // @ts-expect-error weeks belong to months
    ['daily 1w', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...spot, interval: '1w' })],
    // @ts-expect-error 3d belongs to months
    ['daily 3d', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...um, interval: '3d', packagingFrequency: 'daily' })],
    // @ts-expect-error months belong to months
    ['daily 1mo', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...cm, interval: '1mo' })],
    // @ts-expect-error funding rates are published by the month
    ['daily fundingRate', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...um, dataNature: 'fundingRate', packagingFrequency: 'daily' })],
    // @ts-expect-error funding rates are published by the month, and daily is the default
    ['fundingRate by default', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...um, dataNature: 'fundingRate' })],
    // @ts-expect-error book depth is published by the day
    ['monthly bookDepth', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...um, dataNature: 'bookDepth', packagingFrequency: 'monthly' })],
    // @ts-expect-error metrics are published by the day
    ['monthly metrics', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...cm, dataNature: 'metrics', packagingFrequency: 'monthly' })],
    // @ts-expect-error options are published by the day
    ['monthly options', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...option, dataNature: 'EOHSummary', packagingFrequency: 'monthly' })],
    // @ts-expect-error no such frequency
    ['hourly', 'E_KEY_PACKAGING_FREQUENCY', () => cacheKey({ ...spot, interval: '1m', packagingFrequency: 'hourly' })],
    // @ts-expect-error um and cm are what "futures" may mean
    ['futures', 'E_KEY_MARKET_TYPE', () => cacheKey({ ...spot, interval: '1m', marketType: 'futures' })],
    // @ts-expect-error names have one spelling
    ['SPOT', 'E_KEY_MARKET_TYPE', () => cacheKey({ ...spot, interval: '1m', marketType: 'SPOT' })],
    // @ts-expect-error options have no klines
    ['klines of options', 'E_KEY_DATA_NATURE', () => cacheKey({ ...option, interval: '1m' })],
    // @ts-expect-error spot has no funding rate
    ['fundingRate of spot', 'E_KEY_DATA_NATURE', () => cacheKey({ ...spot, dataNature: 'fundingRate', packagingFrequency: 'monthly' })],
    // @ts-expect-error spot has no mark price
    ['mark price of spot', 'E_KEY_DATA_NATURE', () => cacheKey({ ...spot, dataNature: 'markPriceKlines', interval: '1m' })],
    // @ts-expect-error um has no volatility index
    ['BVOLIndex of um', 'E_KEY_DATA_NATURE', () => cacheKey({ ...um, dataNature: 'BVOLIndex' })],
    // @ts-expect-error no such nature
    ['candles', 'E_KEY_DATA_NATURE', () => cacheKey({ ...spot, dataNature: 'candles', interval: '1m' })],
    // @ts-expect-error no such exchange
    ['another exchange', 'E_KEY_EXCHANGE', () => cacheKey({ ...spot, exchange: 'kraken', interval: '1m' })],
    // @ts-expect-error a symbol is needed
    ['no symbol', 'E_KEY_SYMBOL', () => cacheKey({ interval: '1m', date: '2024-01-01' })],
    // @ts-expect-error a date is needed
    ['no date', 'E_KEY_DATE', () => cacheKey({ symbol: 'BTCUSDT', interval: '1m' })],
    // @ts-expect-error a misspelled choice would silently be its default
    ['markettype', 'nothing thrown', () => cacheKey({ ...spot, markettype: 'um', interval: '1m' })],
    // @ts-expect-error a misspelled choice would silently be its default
    ['frequency', 'nothing thrown', () => keysBetween({ ...range, interval: '1m', frequency: 'monthly' })],
    // @ts-expect-error null is no date
    ['null as a date', 'E_KEY_DATE', () => cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: null })],

    // @ts-expect-error the archive has seconds of spot only
    ['a range of 1s of um', 'E_KEY_INTERVAL', () => keysBetween({ ...range, marketType: 'um', interval: '1s' })],
    // @ts-expect-error trades have no interval
    ['a range of trades with one', 'E_KEY_INTERVAL', () => keysBetween({ ...range, dataNature: 'trades', interval: '1m' })],
    // @ts-expect-error weeks belong to months
    ['a range of daily 1w', 'E_KEY_PACKAGING_FREQUENCY', () => keysBetween({ ...range, interval: '1w', packagingFrequency: 'daily' })],
    // @ts-expect-error no such market
    ['a range of futures', 'E_KEY_MARKET_TYPE', () => keysBetween({ ...range, marketType: 'futures', interval: '1m' })],
  ])('%s: %s', (_what, code, call) => {
    expect(codeOf(call)).toBe(code);
  }); // prettier-ignore

  it('neither does a key that no door made', () => {
    // @ts-expect-error a key is made by cacheKey() or a parser
    const forged: CacheKey = { exchange: 'binance', marketType: 'spot', dataNature: 'klines', packagingFrequency: 'daily', symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' }; // prettier-ignore
    expect(forged).toBeDefined();
  });

  it('neither does a change to a key', () => {
    const key = cacheKey({ ...spot, interval: '1m' });
    expect(() => {
      // @ts-expect-error keys do not change
      key.symbol = 'ETHUSDT';
    }).toThrow(TypeError);
  });
});

describe('what is published compiles', () => {
  it('with the defaults left out, given, or undefined', () => {
    cacheKey({ ...spot, interval: '1s' });
    cacheKey({ ...spot, exchange: 'binance', marketType: 'spot', dataNature: 'klines', packagingFrequency: 'daily', interval: '1m' }); // prettier-ignore
    cacheKey({ ...spot, exchange: undefined, marketType: undefined, dataNature: undefined, interval: '1m' });
    cacheKey({ ...spot, interval: '1mo', packagingFrequency: 'monthly' });
    cacheKey({ ...spot, dataNature: 'trades', interval: undefined });
    cacheKey({ ...um, dataNature: 'fundingRate', packagingFrequency: 'monthly' });
    cacheKey({ ...option, dataNature: 'BVOLIndex' });
    expect(keysBetween({ ...range, interval: '1w' }).map(({ date }) => date)).toEqual(['2024-01']);
    expect(keysBetween({ ...range, marketType: 'um', dataNature: 'fundingRate' })).toHaveLength(1);
  });

  it('when it is known only as text, or declared as unchecked, and is then checked at run time', () => {
    const fromOutside: string = 'um';
    const key = cacheKey({ ...spot, marketType: fromOutside, interval: '1m' });
    is<Same<(typeof key)['marketType'], 'spot' | 'um' | 'cm'>>();
    expect(key.marketType).toBe('um');
    expect(codeOf(() => cacheKey({ ...spot, marketType: fromOutside, interval: '1s' }))).toBe('E_KEY_INTERVAL');

    const asked: { marketType: MarketType; interval: Interval } = { marketType: 'um', interval: '1s' };
    expect(codeOf(() => cacheKey({ ...spot, ...asked }))).toBe('E_KEY_INTERVAL');
    expect(codeOf(() => keysBetween({ ...range, ...asked }))).toBe('E_KEY_INTERVAL');
    const unchecked: UncheckedCacheKey = { ...spot, ...asked };
    expect(codeOf(() => cacheKey(unchecked))).toBe('E_KEY_INTERVAL');
    const uncheckedRange: UncheckedKeyRange = { ...range, ...asked };
    expect(codeOf(() => keysBetween(uncheckedRange))).toBe('E_KEY_INTERVAL');
  });

  it('when it may be one of several, of which one is published', () => {
    const market = 'um' as 'um' | 'cm';
    // @ts-expect-error neither has seconds
    expect(codeOf(() => cacheKey({ ...spot, marketType: market, interval: '1s' }))).toBe('E_KEY_INTERVAL');
    const key = cacheKey({ ...spot, marketType: market, interval: '1m' });
    is<Same<(typeof key)['marketType'], 'um' | 'cm'>>();
    expect(key.marketType).toBe('um');
  });

  it('when it is a key with another date', () => {
    const key = cacheKey({ ...um, interval: '1h' });
    const next = cacheKey({ ...key, date: '2024-01-02' });
    is<Same<typeof next, typeof key>>();
    expect(next).toEqual({ ...key, date: '2024-01-02' });
    const [first] = keysBetween({ ...key, start: '2024-01-01', end: '2024-01-02' });
    is<Same<NonNullable<typeof first>, typeof key>>();
    expect(first).toEqual(key);
  });

  it('and where a choice may be left out, its default is not forgotten', () => {
    const given: { marketType?: 'um' } = {};
    const key = cacheKey({ ...spot, ...given, interval: '1m' });
    is<Same<(typeof key)['marketType'], 'spot' | 'um'>>();
    expect(key.marketType).toBe('spot');
  });
});

describe('types follow from the table', () => {
  type ColumnsOfKey<K> = K extends CacheKey<infer D> ? ColumnBatch<D>['columns'] : never;

  it('from a key to its columns', () => {
    const klines = cacheKey({ ...spot, interval: '1m' });
    is<Same<typeof klines, CacheKey<(typeof DATASETS)['binance/spot/klines']>>>();
    type Klines = ColumnsOfKey<typeof klines>;
    is<Same<Klines['open_time'], BigInt64Array>>();
    is<Same<Klines['close'], Float64Array>>();
    is<Same<Klines['count'], BigInt64Array>>();
    // @ts-expect-error the column is not kept
    is<Same<Klines['ignore'], never>>();
    // @ts-expect-error of trades, not of klines
    is<Same<Klines['is_buyer_maker'], never>>();

    const trades = cacheKey({ ...spot, dataNature: 'trades' });
    is<Same<ColumnsOfKey<typeof trades>['is_best_match'], Uint8Array>>();
    const liquidations = cacheKey({ ...cm, dataNature: 'liquidationSnapshot' });
    is<Same<ColumnsOfKey<typeof liquidations>['side'], readonly string[]>>();
    expect([klines, trades, liquidations].map((key) => key.dataNature)).toEqual([
      'klines',
      'trades',
      'liquidationSnapshot',
    ]);

    const [hour] = keysBetween({ ...range, marketType: 'um', dataNature: 'metrics' });
    is<Same<NonNullable<typeof hour>, CacheKey<(typeof DATASETS)['binance/um/metrics']>>>();
    expect(hour!.dataNature).toBe('metrics');
  });

  it('from a key or an id to its dataset', () => {
    const dataset = BINANCE.datasetOf(cacheKey({ ...um, dataNature: 'bookDepth' }));
    is<Same<typeof dataset, (typeof DATASETS)['binance/um/bookDepth']>>();
    const byId = BINANCE.datasetOf('binance/um/bookDepth');
    is<Same<typeof byId, (typeof DATASETS)['binance/um/bookDepth']>>();
    expect(dataset).toBe(byId);
  });

  it('any key is a key', () => {
    const keys: CacheKey[] = [cacheKey({ ...spot, interval: '1m' }), cacheKey({ ...option, dataNature: 'BVOLIndex' })];
    expect(keys).toHaveLength(2);
  });

  it('from an error’s code to its details', () => {
    try {
      cacheKey({ ...spot, symbol: 'btcusdt', interval: '1m' });
    } catch (error) {
      if (isCacheKeyError(error) && error.code === 'E_KEY_SYMBOL') {
        const suggestion: string | undefined = error.details.suggestion;
        // @ts-expect-error of another code
        expect(error.details.allowed).toBeUndefined();
        expect(suggestion).toBe('BTCUSDT');
      }
    }
    expect.assertions(2);
  });
});

describe('a dataset that is not one does not compile', () => {
  const kraken = { exchange: 'kraken', marketType: 'spot', dataNature: 'klines', published: { daily: ['1m'], monthly: [] }, columns: { open_time: { type: 'timestamp', unit: 'us' }, close: { type: 'float64', unit: 'quote' } } } as const; // prettier-ignore

  it('where its time or identity is no column of it', () => {
    defineDataset({ ...kraken, timeColumn: 'open_time', identity: ['open_time'] });
    // @ts-expect-error no such column
    defineDataset({ ...kraken, timeColumn: 'time', identity: [] });
    // @ts-expect-error no column of times
    defineDataset({ ...kraken, timeColumn: 'close', identity: [] });
    // @ts-expect-error no such column
    defineDataset({ ...kraken, timeColumn: 'open_time', identity: ['id'] });
    // @ts-expect-error no such interval
    defineDataset({ ...kraken, timeColumn: 'open_time', identity: [], published: { daily: ['7m'], monthly: [] } });
    // @ts-expect-error no such type of column
    defineDataset({ ...kraken, timeColumn: 'open_time', identity: [], columns: { open_time: { type: 'timestamp', unit: 'us' }, a: { type: 'decimal', unit: 'none' } } }); // prettier-ignore
    expect(defineDataset({ ...kraken, timeColumn: 'open_time', identity: [] }).id).toBe('kraken/spot/klines');
  });
});
