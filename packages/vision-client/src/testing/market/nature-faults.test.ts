import { cacheKey, type Dataset, DATASETS, visionObjectKey } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { createSyntheticArchive } from '../index.ts';
import { withNatureFault } from './nature-faults.ts';

const METRICS: Dataset = DATASETS['binance/um/metrics'];
const FUNDING: Dataset = DATASETS['binance/um/fundingRate'];
const TRADES: Dataset = DATASETS['binance/spot/aggTrades'];

const minutes = Array.from({ length: 12 }, (_, at) => `2024-02-16 00:${String(at * 5).padStart(2, '0')}:00,BTCUSDT,${at},1,1,1,1,1`); // prettier-ignore
const trades = Array.from(
  { length: 6 },
  (_, at) => `${at},1.0,2.0,${at},${at},${1708041600000 + at * 1000},False,True`,
);

describe(withNatureFault, () => {
  it('leaves rows of a span out, and labels rows as the one before them', () => {
    const span = { name: 'lacks-span', date: '2024-02-16', start: '2024-02-16T00:10', end: '2024-02-16T00:20' };
    expect(withNatureFault(METRICS, minutes, span)).toEqual([...minutes.slice(0, 2), ...minutes.slice(4)]);
    const repeated = withNatureFault(METRICS, minutes, {
      name: 'repeated-labels',
      date: '2024-02-16',
      rows: 2,
    } as never);
    expect(new Set(repeated.map((line) => line.slice(0, 19))).size).toBe(10);
    expect(new Set(repeated.map((line) => line.slice(20)))).toEqual(new Set(minutes.map((line) => line.slice(20))));
  });

  it('makes a flag constant, quantities 0, every row two, two runs alternate', () => {
    const made = (name: string, more = {}) => withNatureFault(TRADES, trades, { name, date: '2024-02-16', ...more } as never); // prettier-ignore
    expect(made('constant-flag').every((line) => line.endsWith(',True,True'))).toBe(true);
    expect(made('zero-quantity', { rows: 2 }).filter((line) => line.split(',')[2] === '0')).toHaveLength(2);
    expect(made('every-row-twice')).toHaveLength(12);
    expect(made('interleaved-runs').map((line) => Number(line.split(',')[0]))).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it('pays funding more often from an instant on, and says so in the rows', () => {
    const lines = [`${Date.parse('2024-03-01T00:00Z')},8,0.1`, `${Date.parse('2024-03-01T08:00Z')},8,0.2`];
    const fault = { name: 'funding-interval', date: '2024-03', from: '2024-03-01T08:00', hours: 4 };
    expect(withNatureFault(FUNDING, lines, fault)).toEqual([
      lines[0],
      `${Date.parse('2024-03-01T08:00Z')},4,0.2`,
      `${Date.parse('2024-03-01T12:00Z')},4,0.2`,
    ]);
  });
});

describe('an unpadded month', () => {
  it('is listed and served under that name, and under no other', () => {
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1d', date: '2020-08', packagingFrequency: 'monthly' });
    const archive = createSyntheticArchive({ irregularities: [{ name: 'unpadded-month', date: '2020-08' }] });
    const name = 'data/spot/monthly/klines/BTCUSDT/1d/BTCUSDT-1d-2020-8.zip';
    expect(archive.object(name)?.key).toBe(name);
    expect(archive.object(visionObjectKey(key))).toBeUndefined();
    const names = archive.list({ prefix: 'data/spot/monthly/klines/BTCUSDT/1d/' }).contents.map((each) => each.key);
    expect(names).toContain(name);
    expect(names).toEqual([...names].sort());
  });
});
