import { describe, expect, it } from '@jest/globals';
import { type CacheKey, cacheKey } from '@vision-cache/cache-keys';
import fc from 'fast-check';
import { ColumnBuffers } from '../csv/column-buffers.ts';
import { layoutOf } from '../csv/layout.ts';
import { RowDecoder } from './row-decoder.ts';
import { RowKernel } from './row-kernel.ts';

const DAY = 1_704_067_200_000;
const trades = cacheKey({ dataNature: 'aggTrades', symbol: 'BTCUSDT', date: '2024-01-01' });
const depth = cacheKey({ marketType: 'um', dataNature: 'bookDepth', symbol: 'BTCUSDT', date: '2024-01-01' });
const metrics = cacheKey({ marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT', date: '2024-01-01' });

interface Row {
  readonly second: number;
  readonly id: number;
  readonly value: number;
}
/** Mostly later than the row before, with a larger id and value. */
const step = fc.record({
  second: fc.constantFrom(1, 1, 1, 0, 0, -1),
  id: fc.constantFrom(1, 1, 1, 1, 3, 0, -2, 4_294_967_296),
  value: fc.constantFrom(1, 1, 1, 0, -1),
});
const rows = fc.array(step, { minLength: 1, maxLength: 12 }).map((steps) => {
  let row: Row = { second: 30, id: 4_294_967_290, value: 0 };
  return steps.map(
    ({ second, id, value }) => (row = { second: row.second + second, id: row.id + id, value: row.value + value }),
  );
});

const text = (second: number): string => `2024-01-01 00:00:${String(second).padStart(2, '0')}`;
/** The id of every third row is one that the kernel leaves to the decoder in TypeScript, if `isOdd`. */
const LINES: readonly (readonly [string, CacheKey, (row: Row, isOdd: boolean) => string])[] = [
  [
    'trades',
    trades,
    ({ second, id, value }, isOdd) => `${isOdd ? `"${id}"` : id},1.5,${value},1,2,${DAY + second},True,True`,
  ],
  ['the book', depth, ({ second, value }, isOdd) => `${text(second)},${isOdd ? `"${value}"` : value},1,2`],
  ['metrics', metrics, ({ second }, isOdd) => `${text(second)},BTCUSDT,1,2,${isOdd ? '"3"' : 3},4,5,6`],
] as const;

/** Whether a row comes behind another. */
function isBehind(key: CacheKey, row: Row, before: Row): boolean {
  if (key.dataNature === 'aggTrades') return row.id > before.id;
  if (row.second !== before.second) return row.second > before.second;
  return key.dataNature === 'bookDepth' && row.value > before.value;
}

describe('what is known of rows when they are decoded', () => {
  it.each(LINES)('is right of %s, by either decoder and in parts', (_, key, lineOf) => {
    fc.assert(
      fc.property(rows, fc.boolean(), fc.boolean(), fc.nat(12), (table, hasOdd, hasKernel, cut) => {
        const lines = table.map((row, at) => `${lineOf(row, hasOdd && at % 3 === 1)}\n`);
        const layout = layoutOf(new TextEncoder().encode(lines[0]!.replaceAll('"', '')), key);
        const buffers = new ColumnBuffers(layout, table.length);
        const decoder = new RowDecoder(layout, buffers, hasKernel ? RowKernel.shared()! : null);
        for (const part of [lines.slice(0, cut), lines.slice(cut)]) {
          const bytes = new TextEncoder().encode(part.join(''));
          expect(decoder.decode(bytes, 0)).toBe(bytes.length);
        }
        const { isOrdered, isRising, zeroQuantity } = decoder.checks;
        expect({ isOrdered, isRising, zeroQuantity }).toEqual({
          isOrdered: table.every((row, at) => at === 0 || row.second >= table[at - 1]!.second),
          isRising: table.every((row, at) => at === 0 || isBehind(key, row, table[at - 1]!)),
          zeroQuantity: key.dataNature === 'aggTrades' ? table.filter(({ value }) => value === 0).length : 0,
        });
      }),
      { numRuns: 500 },
    );
  });
});
