import { describe, expect, it } from '@jest/globals';
import type { ColumnArray } from '@vision-cache/cache-keys';
import fc from 'fast-check';
import { isInKeyOrder } from './key-order.ts';

const row = fc.tuple(
  fc.constantFrom(0n, 1n, -1n, 2n ** 32n, -(2n ** 32n) - 1n),
  fc.constantFrom(-5, -0.2, -0, 0, 0.2, 5, NaN, Infinity),
  fc.constantFrom('', 'A', 'B', 'b'),
);
const rows = fc.array(row, { maxLength: 6 });
type Row = readonly [bigint, number, string];

const keyOf = (table: readonly Row[]): ColumnArray[] => [
  BigInt64Array.from(table, ([time]) => time),
  Float64Array.from(table, ([, number]) => number),
  table.map(([, , text]) => text),
];
/** Undefined where a number is none. */
function order(a: Row, b: Row, columns = 3): number | undefined {
  for (const [left, right] of ([[a[0], b[0]], [a[1], b[1]], [a[2], b[2]]] as const).slice(0, columns)) {
    if (left < right) return -1;
    if (left > right) return 1;
    if (left !== right) return undefined;
  }
  return 0;
} // prettier-ignore

describe(isInKeyOrder, () => {
  it('is so where each row comes after the one before it, by all columns of its key', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), fc.constantFrom(1, 2, 3), (table, isSorted, columns) => {
        if (isSorted) table.sort((a, b) => order(a, b, columns) ?? 0);
        const expected = table.every((each, at) => at === 0 || order(table[at - 1]!, each, columns) === -1);
        expect(isInKeyOrder(keyOf(table).slice(0, columns))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('is not so of a key that stands twice, nor of no key at all', () => {
    const twice: Row[] = [[1n, 5, 'A'], [1n, 5, 'A']]; // prettier-ignore
    expect(isInKeyOrder(keyOf(twice))).toBe(false);
    expect(isInKeyOrder([])).toBe(false);
    expect(isInKeyOrder([BigInt64Array.of(1n, 2n)])).toBe(true);
  });
});
