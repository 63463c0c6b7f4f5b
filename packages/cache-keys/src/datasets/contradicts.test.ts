import { describe, expect, it } from '@jest/globals';
import { DATASETS } from './datasets.ts';
import { contradicts } from './contradicts.ts';

const dataset = DATASETS['binance/spot/klines'];
const time = 1_704_067_200_000_000n; // 2024-01-01
const end = time + 3_600_000_000n - 1n;
const bar = { dataset, interval: '1h', time } as const;

describe(contradicts, () => {
  it.each([
    ['the same price', 'open', 1, 1, false],
    ['another price', 'open', 1, 2, true],
    ['two that are no number', 'open', NaN, NaN, false],
    ['zeros of both signs', 'open', 0, -0, false],
    ['a close time that is published and one that was computed', 'close_time', end - 1000n, end, false],
    ['the other way round', 'close_time', end, end - 1000n, false],
    ['two that were published', 'close_time', end - 1000n, end - 2000n, true],
  ])('of %s', (_, column, a, b, expected) => {
    expect(contradicts(bar, column, a, b)).toBe(expected);
  });

  it('of close times of no interval says what they are', () => {
    expect(contradicts({ dataset, time }, 'close_time', end, end - 1000n)).toBe(true);
  });

  it('knows the last microsecond of a month', () => {
    const month = { dataset, interval: '1mo', time } as const;
    expect(contradicts(month, 'close_time', 1_706_745_599_999_999n, 5n)).toBe(false);
  });
});
