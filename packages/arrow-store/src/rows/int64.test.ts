import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasStep, isAnyMoreBy, isIncreasingInt64, orderWithinInt64 } from './int64.ts';

/** Near to where words overflow, and anywhere. */
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc
    .tuple(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: -3n, max: 3n }))
    .map(([high, low]) => high * 2n ** 32n + low),
);
const column = fc.array(int64, { maxLength: 5 }).map((values) => BigInt64Array.from(values));
const sum = (a: bigint, b: bigint): bigint => BigInt.asIntN(64, a + b);

describe('columns of 64-bit integers, compared by their words', () => {
  it('increase where their values do', () => {
    fc.assert(
      fc.property(column, fc.boolean(), (values, sorted) => {
        if (sorted) values.sort();
        const expected = values.every((value, row) => row === 0 || value > values[row - 1]!);
        expect(isIncreasingInt64(values)).toBe(expected);
        const isSorted = values.every((value, row) => row === 0 || value >= values[row - 1]!);
        expect(orderWithinInt64(values)).toBe(expected ? 'increasing' : isSorted ? 'sorted' : 'unsorted');
      }),
    );
  });

  it('have a step where each value is the one before and as much more', () => {
    fc.assert(
      fc.property(int64, int64, fc.integer({ min: 0, max: 5 }), (first, step, length) => {
        const values = new BigInt64Array(length);
        for (let row = 0; row < length; row++) values[row] = row === 0 ? first : sum(values[row - 1]!, step);
        expect(hasStep(values, step)).toBe(true);
        if (length < 2) return;
        for (const other of [1n, 2n ** 32n, -(2n ** 31n)]) expect(hasStep(values, sum(step, other))).toBe(false);
        values[length - 1]! += 2n ** 32n;
        expect(hasStep(values, step)).toBe(false);
      }),
    );
  });

  it('are found to be as much more than another in any row', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(int64, int64), { maxLength: 5 }), int64, (pairs, more) => {
        const [a, b] = [0, 1].map((side) => BigInt64Array.from(pairs, (pair) => pair[side]!)) as [
          BigInt64Array,
          BigInt64Array,
        ];
        const expected = pairs.some(([left, right]) => left === sum(right, more));
        expect(isAnyMoreBy(a, b, more)).toBe(expected);
        if (pairs.length === 0) return;
        a[pairs.length - 1] = sum(b[pairs.length - 1]!, more);
        expect(isAnyMoreBy(a, b, more)).toBe(true);
      }),
    );
  });

  it('may be a part of a larger buffer', () => {
    expect(isIncreasingInt64(BigInt64Array.of(9n, 1n, 2n, 0n).subarray(1, 3))).toBe(true);
  });
});
