import { describe, expect, it } from '@jest/globals';
import type { Bars } from './aggregate.ts';
import { countBars } from './count-bars.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const bars = (...times: readonly number[]): Bars => {
  const time = Float64Array.from(times);
  return { time, open: time, high: time, low: time, close: time, volume: time };
};
const minutes = (start: number, count: number): Bars =>
  bars(...Array.from({ length: count }, (_, row) => start + row * MINUTE));

describe(countBars, () => {
  it('counts the bars that open in view, not those of the days in view', () => {
    const days = [minutes(0, 1440), minutes(24 * HOUR, 1440)];
    expect(countBars(days, '1m', { from: HOUR, to: HOUR + 12 * MINUTE }, true)).toEqual({ bars: 12, rows: 12 });
    expect(countBars(days, '1m', { from: 24 * HOUR - MINUTE, to: 24 * HOUR + MINUTE }, true).bars).toBe(2);
  });

  it('counts none in a gap', () => {
    const day = [bars(0, MINUTE, 300 * MINUTE)];
    expect(countBars(day, '1m', { from: 2 * MINUTE, to: 300 * MINUTE }, true)).toEqual({ bars: 0, rows: 0 });
  });

  it('counts longer bars by what they are, with the rows that they are made of', () => {
    const day = [minutes(0, 1440)];
    expect(countBars(day, '1h', { from: 0, to: 24 * HOUR }, false)).toEqual({ bars: 24, rows: 1440 });
    // The bar that is under way at the left edge opens before the view.
    expect(countBars(day, '1h', { from: 30 * MINUTE, to: 3 * HOUR }, false)).toEqual({ bars: 2, rows: 120 });
  });

  it('counts no bar without a row', () => {
    expect(countBars([minutes(0, 60), minutes(5 * HOUR, 1)], '1h', { from: 0, to: 6 * HOUR }, false)).toEqual({
      bars: 2,
      rows: 61,
    });
  });
});
