import { describe, expect, it } from '@jest/globals';
import { unfinishedCandles } from './unfinished.ts';

describe(unfinishedCandles, () => {
  const grid = Float64Array.of(0, 10, 20, 30);

  it('marks each candle that a pending span touches', () => {
    expect([...unfinishedCandles(grid, 40, [{ from: 9, to: 11 }, { from: 35, to: Infinity }])]).toEqual([1, 1, 0, 1]); // prettier-ignore
  });

  it('takes ends as not included', () => {
    expect([...unfinishedCandles(grid, 40, [{ from: 10, to: 20 }])]).toEqual([0, 1, 0, 0]);
    expect([...unfinishedCandles(grid, 40, [{ from: 40, to: 50 }])]).toEqual([0, 0, 0, 0]);
  });

  it('marks none where nothing is pending', () => {
    expect([...unfinishedCandles(grid, 40, [])]).toEqual([0, 0, 0, 0]);
  });
});
