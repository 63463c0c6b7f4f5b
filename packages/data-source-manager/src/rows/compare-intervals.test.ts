import { describe, expect, it } from '@jest/globals';
import { barsWithin, span, SPOT_KLINES } from '../__fixtures__/market.ts';
import { resample } from './resample.ts';
import { compareIntervals } from './compare-intervals.ts';

const day = span('2024-01-01', '2024-01-02');
const minutes = barsWithin('BTCUSDT', '1m', day);
const { batch: hours } = resample(SPOT_KLINES, minutes, { from: '1m', to: '1h' });
const across = (fine = minutes, coarse = hours) =>
  compareIntervals(SPOT_KLINES, { interval: '1m', batch: fine }, { interval: '1h', batch: coarse });
const hour = (of: number) => day.start + BigInt(of) * 3_600_000_000n;

describe(compareIntervals, () => {
  it('proves bars that are made of their shorter ones', () => {
    expect(across()).toEqual({ compared: 24, differences: [], incomplete: 0, onlyCoarse: [], onlyFine: [] });
  });

  it('names each number that the shorter bars do not give', () => {
    const close = hours.columns.close.slice();
    close[3]! += 1;
    const count = hours.columns.count.slice();
    count[7]! += 1n;
    const { differences } = across(minutes, { ...hours, columns: { ...hours.columns, close, count } });
    expect(differences).toEqual([
      { time: hour(3), column: 'close', coarse: close[3], fine: hours.columns.close[3] },
      { time: hour(7), column: 'count', coarse: count[7], fine: hours.columns.count[7] },
    ]);
  });

  it('lets sums differ in the last digits that rounding leaves, and prices in none', () => {
    const volume = hours.columns.volume.map((each) => each * (1 + 1e-12));
    const high = hours.columns.high.slice();
    high[0]! *= 1 + 1e-12;
    const { differences } = across(minutes, { ...hours, columns: { ...hours.columns, volume, high } });
    expect(differences.map(({ column }) => column)).toEqual(['high']);
  });

  it('takes a number that neither has for the same', () => {
    const nothing = (length: number) => new Float64Array(length).fill(NaN);
    const without = (batch: typeof hours) => ({
      ...batch,
      columns: { ...batch.columns, taker_buy_volume: nothing(batch.numRows) },
    });
    expect(across(without(minutes), without(hours)).differences).toEqual([]);
    expect(across(minutes, without(hours)).differences).toHaveLength(24);
  });

  it('tells what cannot be proved, and what only one of the two has', () => {
    const gappy = barsWithin('BTCUSDT', '1m', day, [
      span('2024-01-01T05:10', '2024-01-01T05:11'),
      span('2024-01-01T09:00', '2024-01-01T10:00'),
    ]);
    expect(across(gappy)).toMatchObject({ compared: 22, incomplete: 1, onlyCoarse: [hour(9)], onlyFine: [] });
    const { batch: later } = resample(SPOT_KLINES, barsWithin('BTCUSDT', '1m', span('2024-01-01T02:00', day.end)), {
      from: '1m',
      to: '1h',
    });
    expect(across(minutes, later)).toMatchObject({ compared: 22, onlyFine: [hour(0), hour(1)], onlyCoarse: [] });
    expect(across(barsWithin('BTCUSDT', '1m', span(day.start, '2024-01-01T22:00')))).toMatchObject({
      onlyCoarse: [hour(22), hour(23)],
    });
  });
});
