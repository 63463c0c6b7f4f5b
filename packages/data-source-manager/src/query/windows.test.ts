import { describe, expect, it } from '@jest/globals';
import { BINANCE, type TimeSpan } from '@vision-cache/cache-keys';
import { span } from '../__fixtures__/market.ts';
import { parseQuery } from './query.ts';
import { defaultWindow, windowsOf } from './windows.ts';

describe(windowsOf, () => {
  it('cuts a range into days or months, the first and the last at its ends', () => {
    const parts = (range: TimeSpan, size: 'day' | 'month') => windowsOf({ span: range, outer: range }, size);
    expect(parts(span('2024-01-30T06:00', '2024-03-02'), 'month')).toEqual([
      span('2024-01-30T06:00', '2024-02-01'),
      span('2024-02-01', '2024-03-01'),
      span('2024-03-01', '2024-03-02'),
    ]);
    expect(parts(span('2024-01-30T06:00', '2024-02-01'), 'day')).toEqual([
      span('2024-01-30T06:00', '2024-01-31'),
      span('2024-01-31', '2024-02-01'),
    ]);
  });
});

describe(defaultWindow, () => {
  const window = (of: object) =>
    defaultWindow(parseQuery({ symbol: 'BTCUSDT', start: '2024-01-01', end: '2024-03-01', ...of }, BINANCE));

  it('is a day for seconds and trades, and a month for the rest', () => {
    expect(window({ interval: '1s' })).toBe('day');
    expect(window({ dataNature: 'aggTrades' })).toBe('day');
    expect(window({ interval: '1m' })).toBe('month');
    expect(window({ interval: '1w' })).toBe('month');
  });
});
