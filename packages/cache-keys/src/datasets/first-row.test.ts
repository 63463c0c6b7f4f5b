import { describe, expect, it } from '@jest/globals';
import { firstRowAt } from './first-row.ts';

describe(firstRowAt, () => {
  it('is the first of equal times, and the number of rows where all are before', () => {
    const times = BigInt64Array.of(10n, 20n, 20n, 30n);
    const rows = [5n, 10n, 11n, 20n, 21n, 30n, 31n].map((instant) => firstRowAt(times, instant));
    expect(rows).toEqual([0, 0, 1, 1, 3, 3, 4]);
    expect(firstRowAt(new BigInt64Array(0), 1n)).toBe(0);
  });
});
