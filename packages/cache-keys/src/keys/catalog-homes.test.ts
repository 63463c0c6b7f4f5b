import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { cachePath, parseCachePath } from '../paths/cache-path.ts';
import { BINANCE, createCatalog } from './catalog.ts';
import { defineDataset } from '../datasets/dataset.ts';
import { anyInput } from './key.fixture.ts';
import { runs } from '../contract/runs.fixture.ts';

const byMonth = createCatalog(BINANCE.datasets, { monthly: ['1d', '1h', '1d'] });
const BTC = { symbol: 'BTCUSDT', interval: '1d' } as const;

describe('a catalog that keeps intervals by the month', () => {
  it('names them once, finest first; the default names none', () => {
    expect(byMonth.monthly).toEqual(['1h', '1d']);
    expect(BINANCE.monthly).toEqual([]);
  });

  it('keeps a day’s archive in its month, and a month’s archive as it is', () => {
    const [home, ...more] = byMonth.homeKeys(byMonth.cacheKey({ ...BTC, date: '2024-02-29' }));
    expect(more).toEqual([]);
    expect(cachePath(home!)).toBe('binance/spot/klines/monthly/BTCUSDT/1d/2024-02.arrow');
    expect(byMonth.homeKeys(home!)).toEqual([home]);
  });

  it('covers a range with months', () => {
    const keys = byMonth.keysBetween({ ...BTC, start: '2023-12-31', end: '2024-02-01' });
    expect(keys.map(({ date }) => date)).toEqual(['2023-12', '2024-01']);
  });

  it('leaves other intervals, and natures without one, by the day', () => {
    const minutes = byMonth.cacheKey({ ...BTC, interval: '1m', date: '2024-01-01' });
    expect(byMonth.homeKeys(minutes)).toEqual([minutes]);
    const trades = byMonth.cacheKey({ symbol: 'BTCUSDT', dataNature: 'aggTrades', date: '2024-01-01' });
    expect(byMonth.homeKeys(trades)).toEqual([trades]);
  });

  it('leaves a dataset that is published by the day alone by the day', () => {
    const daily = defineDataset({
      exchange: 'kraken',
      marketType: 'spot',
      dataNature: 'klines',
      published: { daily: ['1d'], monthly: [] },
      timeColumn: 'open_time',
      identity: ['open_time'],
      columns: BINANCE.datasetOf('binance/spot/klines').columns,
    });
    const catalog = createCatalog([...BINANCE.datasets, daily], { monthly: ['1d'] });
    expect(catalog.homeFrequency(daily, '1d')).toBe('daily');
    expect(catalog.homeFrequency(BINANCE.datasetOf('binance/spot/klines'), '1d')).toBe('monthly');
  });

  it.each(['1w', '1mo', '7h', 3, null])('refuses %p', (interval) => {
    expect(() => createCatalog(BINANCE.datasets, { monthly: [interval as never] })).toThrow(
      expect.objectContaining({ code: 'E_KEY_INTERVAL' }),
    );
  });

  it('refuses text in place of a list', () => {
    expect(() => createCatalog(BINANCE.datasets, { monthly: '1d' as never })).toThrow(
      'monthly: "1d" is not an interval that can be kept by the month',
    );
  });

  it('gives one home to each row, whichever archive it came in', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const key = byMonth.cacheKey(input);
        const homes = byMonth.homeKeys(key);
        assert.ok(homes.length > 0);
        for (const home of homes) {
          assert.deepStrictEqual(byMonth.homeKeys(home), [home]);
          assert.deepStrictEqual(parseCachePath(cachePath(home), byMonth), home);
          assert.equal(home.packagingFrequency, byMonth.homeFrequency(byMonth.datasetOf(home), home.interval));
        }
      }),
      runs(2_000),
    );
  });
});
