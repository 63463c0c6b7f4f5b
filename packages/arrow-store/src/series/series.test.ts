import { afterEach, describe, expect, it } from '@jest/globals';
import { BINANCE, cacheKey, createCatalog, keysBetween } from '@vision-cache/cache-keys';
import fc from 'fast-check';
import { bars, fromVision } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import type { LoadedSeries } from './load-series.ts';
import { toPanel } from './to-panel.ts';

afterEach(removeTempRoots);

const range = { interval: '1h', start: '2024-01-01', end: '2024-01-03' } as const;
const symbols = ['BBBUSDT', 'AAAUSDT', 'CCCUSDT'];
const keys = symbols.flatMap((symbol) => keysBetween({ symbol, ...range }));

async function filled() {
  const cache = new UnifiedCacheManager({ root: tempRoot() });
  for (const [seed, key] of keys.entries()) {
    if (key.symbol === 'CCCUSDT') continue;
    const wanted = key.symbol === 'AAAUSDT' && key.date === '2024-01-02' ? { bars: [0, 5], seed } : { seed };
    await cache.save(key, bars(key, wanted), fromVision);
  }
  return cache;
}

describe('loadSeries', () => {
  it('gives each symbol’s rows, as they are loaded alone, with their bounds', async () => {
    const cache = await filled();
    const { batch, series, interval } = await cache.loadSeries(keys, { columns: ['close'] });
    expect(interval).toBe('1h');
    expect(Object.keys(batch.columns)).toEqual(['open_time', 'close']);
    expect(series.map(({ symbol, from, to }) => [symbol, from, to])).toEqual([
      ['BBBUSDT', 0, 48],
      ['AAAUSDT', 48, 74],
      ['CCCUSDT', 74, 74],
    ]);
    for (const { symbol, from, to, entries } of series) {
      const own = keys.filter((key) => key.symbol === symbol);
      const alone = await cache.loadMany(own);
      expect(batch.columns.close.slice(from, to)).toEqual(alone.batch.columns.close);
      expect(entries).toEqual(alone.entries);
    }
  });

  it('cuts each symbol at the instants that are asked for', async () => {
    const cache = await filled();
    const between = { start: '2024-01-01T22:00Z', end: '2024-01-02T06:00Z' };
    const { batch, series } = await cache.loadSeries(keys, between);
    expect(series.map(({ from, to }) => to - from)).toEqual([8, 4, 0]);
    expect(batch.numRows).toBe(12);
  });

  it('puts keys of one symbol together, wherever they stand', async () => {
    const cache = await filled();
    const shuffled = [keys[0]!, keys[2]!, keys[1]!, keys[3]!];
    const { series } = await cache.loadSeries(shuffled);
    expect(series.map(({ symbol, from, to }) => [symbol, from, to])).toEqual([
      ['BBBUSDT', 0, 48],
      ['AAAUSDT', 48, 74],
    ]);
  });

  it('refuses two intervals, two datasets, and nothing', async () => {
    const cache = await filled();
    const other = cacheKey({ symbol: 'BBBUSDT', interval: '1m', date: '2024-01-01' });
    const um = cacheKey({ marketType: 'um', symbol: 'BBBUSDT', interval: '1h', date: '2024-01-01' });
    await expect(cache.loadSeries([keys[0]!, other])).rejects.toMatchObject({ code: 'E_BATCH' });
    await expect(cache.loadSeries([keys[0]!, um] as never)).rejects.toMatchObject({ code: 'E_BATCH' });
    await expect(cache.loadSeries([])).rejects.toMatchObject({ code: 'E_BATCH' });
  });
});

describe(toPanel, () => {
  it('aligns by time, with NaN and a list of times where a symbol has no row', async () => {
    const loaded = await (await filled()).loadSeries(keys, { columns: ['close', 'count'] });
    const panel = toPanel(loaded, 'close');
    expect(panel.symbols).toEqual(symbols);
    expect(panel.times).toEqual(loaded.batch.columns.open_time.slice(0, 48));
    expect(panel.missing.map(({ symbol, times }) => [symbol, times.length])).toEqual([
      ['AAAUSDT', 22],
      ['CCCUSDT', 48],
    ]);
    expect(panel.values[1]).toBe(loaded.batch.columns.close[48]);
    expect(panel.values[(24 + 5) * 3 + 1]).toBe(loaded.batch.columns.close[73]);
    expect(panel.values[(24 + 4) * 3 + 1]).toBeNaN();
    expect(toPanel(loaded, 'count').values[0]).toBe(Number(loaded.batch.columns.count[0]));
  });

  it.each(['closing', 'open_time', 'toString'])('refuses %s', async (column) => {
    const loaded = await (await filled()).loadSeries(keys, { columns: ['close'] });
    expect(() => toPanel(loaded, column)).toThrow(expect.objectContaining({ code: 'E_SCHEMA' }));
  });

  it('has each value of each symbol at its time, and nothing else', () => {
    const instants = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(instants, { maxLength: 6 }), (all) => {
        const sorted = all.map((each) => [...each].sort((a, b) => a - b));
        const open_time = BigInt64Array.from(sorted.flat(), BigInt);
        const close = Float64Array.from(open_time, (_, row) => row + 0.5);
        let from = 0;
        const series = sorted.map((own, place) => {
          const bounds = { symbol: `S${place}`, from, to: from + own.length, entries: [] };
          from += own.length;
          return bounds;
        });
        const batch = { dataset: 'binance/spot/klines', numRows: close.length, columns: { open_time, close } };
        const panel = toPanel({ batch, interval: '1h', series } as unknown as LoadedSeries, 'close');
        const times = [...new Set(sorted.flat())].sort((a, b) => a - b);
        expect([...panel.times].map(Number)).toEqual(times);
        for (const [place, { from: first }] of series.entries()) {
          const lacking = panel.missing.find(({ symbol }) => symbol === `S${place}`)?.times ?? new BigInt64Array(0);
          for (const [at, time] of times.entries()) {
            const row = sorted[place]!.indexOf(time);
            const value = panel.values[at * series.length + place]!;
            if (row === -1) expect(value).toBeNaN();
            else expect(value).toBe(first + row + 0.5);
            expect(lacking.includes(BigInt(time))).toBe(row === -1);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('takes the catalog of another exchange', () => {
    const catalog = createCatalog(BINANCE.datasets);
    const batch = { dataset: 'kraken/spot/klines', numRows: 0, columns: {} };
    const loaded = { batch, interval: '1h', series: [] } as unknown as LoadedSeries;
    expect(() => toPanel(loaded, 'close', catalog)).toThrow(expect.objectContaining({ code: 'E_KEY_EXCHANGE' }));
  });
});
