import { describe, expect, it } from '@jest/globals';
import { assertBars } from './kline-checks.ts';

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

const check = (columns: ReadonlyMap<string, Float64Array>, volumeUnit = 'base') => {
  assertBars(TIMES, columns, volumeUnit);
};

describe(assertBars, () => {
  it('accepts bars, also when they touch their bounds within rounding', () => {
    check(barsWith());
    check(barsWith('taker_buy_volume', 2, 7.06));
    check(barsWith('taker_buy_quote_volume', 2, 84.8));
    check(barsWith('quote_volume', 0, 60.5));
    check(barsWith('count', 3, 1e11));
  });

  it.each([
    ['open', 0, 12.5, 'open 12.5, high 12, low 9, close 11'],
    ['high', 1, 10.9, 'open 11, high 10.9, low 10, close 12'],
    ['low', 2, 11.5, 'open 12, high 13, low 11.5, close 11'],
    ['close', 3, 9.9, 'open 11, high 12, low 10, close 9.9'],
    ['low', 0, -1, 'low -1'],
    ['volume', 0, -1, 'volume -1, quote_volume 52'],
    ['quote_volume', 1, -0.5, 'volume 0, quote_volume -0.5'],
    ['count', 0, -1, 'count -1'],
    ['count', 0, 1.1e11, 'count 110000000000'],
    ['taker_buy_volume', 0, 5.06, 'taker_buy_volume 5.06 of 5'],
    ['taker_buy_volume', 1, -1, 'taker_buy_volume -1 of 0'],
    ['taker_buy_quote_volume', 2, 85, 'taker_buy_quote_volume 85 of 84'],
    ['quote_volume', 0, 61, 'quote_volume 61 for a volume of 5 at 9 to 12'],
    ['quote_volume', 0, 44, 'quote_volume 44 for a volume of 5 at 9 to 12'],
    ['taker_buy_quote_volume', 0, 25, 'taker_buy_quote_volume 25 for a taker_buy_volume of 2 at 9 to 12'],
    ['taker_buy_quote_volume', 0, 17, 'taker_buy_quote_volume 17 for a taker_buy_volume of 2 at 9 to 12'],
  ])('refuses %s of row %i with %d', (name, row, value, why) => {
    const at = `2024-01-01T00:0${String(row)}:00Z`;
    expect(() => check(barsWith(name, row, value))).toThrow(`The bar of ${at} is impossible: ${why}.`);
  });

  it('compares no average price where volume does not count the base asset', () => {
    const columns = barsWith('quote_volume', 0, 61);
    check(columns, 'contract');
    expect(() => check(barsWith('taker_buy_volume', 0, 5.06), 'contract')).toThrow('taker_buy_volume 5.06 of 5');
  });

  it('checks only prices where there are no volumes', () => {
    check(barsWith('volume', 0, -1), 'none');
    expect(() => check(barsWith('open', 0, 12.5), 'none')).toThrow('open 12.5');
  });

  it.each(['volume', 'quote_volume', 'count', 'taker_buy_volume', 'taker_buy_quote_volume'])(
    'accepts bars without %s, and still checks the others',
    (name) => {
      const columns = barsWith();
      columns.delete(name);
      check(columns);
      columns.get('high')![0] = 1;
      expect(() => check(columns)).toThrow('high 1');
    },
  );
});
