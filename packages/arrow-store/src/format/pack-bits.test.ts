import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packBits } from './pack-bits.ts';

const flags = fc.oneof(
  fc.uint8Array({ max: 1, maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }), // what is not 0 is true
);

describe(packBits, () => {
  it('gives a bit a row, the lowest first, wherever the rows stand', () => {
    fc.assert(
      fc.property(flags, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3 }), (values, before, behind) => {
        const memory = Uint8Array.from([
          ...new Array<number>(before).fill(255),
          ...values,
          ...new Array<number>(behind).fill(1),
        ]);
        const bits = packBits(memory.subarray(before), values.length);
        expect(bits.length).toBe(Math.ceil(values.length / 8));
        for (let row = 0; row < bits.length * 8; row++) {
          expect((bits[row >> 3]! >> (row & 7)) & 1).toBe(row < values.length && values[row] !== 0 ? 1 : 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
