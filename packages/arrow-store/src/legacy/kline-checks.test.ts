import { describe, expect, it } from '@jest/globals';
import { areBars, assertAveragePrices, assertBars } from './kline-checks.ts';

const ROWS = 4;
const TIMES = Float64Array.from({ length: ROWS }, (_, row) => 1_704_067_200_000_000 + row * 60_000_000);
const BARS: Readonly<Record<string, readonly number[]>> = {
  open: [10, 11, 12, 11],
  high: [12, 12, 13, 12],
  low: [9, 10, 11, 10],
  close: [11, 12, 11, 12],
  volume: [5, 0, 7, 1],
  quote_volume: [52, 0, 84, 11],
  count: [3, 0, 9, 1],
  taker_buy_volume: [2, 0, 7, 0],
  taker_buy_quote_volume: [21, 0, 84, 0],
};

const barsWith = (name?: string, row = 0, value = 0): Map<string, Float64Array> => {
  const columns = new Map(Object.entries(BARS).map(([each, values]) => [each, Float64Array.from(values)]));
  if (name !== undefined) columns.get(name)![row] = value;
  return columns;
};

const isLetThrough = (columns: ReadonlyMap<string, Float64Array>): boolean => {
  try {
    assertBars(TIMES, columns, true);
    assertAveragePrices(TIMES, columns);
    return true;
  } catch {
    return false;
  }
};

describe(areBars, () => {
  it('lets through in one pass what the checks one by one let through', () => {
    expect(areBars(ROWS, barsWith())).toBe(true);
    const seen = new Set<boolean>();
    for (const name of Object.keys(BARS))
      for (let row = 0; row < ROWS; row++)
        for (const value of [-1, -0, 0, 1e-7, 0.5, 5.0499, 5.06, 9, 9.9, 10, 12, 13, 53, 60.7, 61, 1e9, 1e11, 1.1e11]) {
          const columns = barsWith(name, row, value);
          const isRight = isLetThrough(columns);
          seen.add(isRight);
          expect([name, row, value, areBars(ROWS, columns)]).toEqual([name, row, value, isRight]);
        }
    expect(seen.size).toBe(2);
  });

  it.each(Object.keys(BARS))('leaves bars without %s to the checks one by one', (name) => {
    const columns = barsWith();
    columns.delete(name);
    expect(areBars(ROWS, columns)).toBe(false);
  });
});
