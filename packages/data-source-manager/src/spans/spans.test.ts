import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clip, length, subtract, union } from './spans.ts';

const SIZE = 40;
const span = fc
  .tuple(fc.integer({ min: 0, max: SIZE }), fc.integer({ min: 0, max: SIZE }))
  .map(([a, b]) => ({ start: BigInt(Math.min(a, b)), end: BigInt(Math.max(a, b)) }));
const spans = fc.array(span, { maxLength: 8 });

const instants = (of: readonly { start: bigint; end: bigint }[]): Set<bigint> => {
  const all = new Set<bigint>();
  for (const { start, end } of of) for (let at = start; at < end; at++) all.add(at);
  return all;
};
const isTidy = (of: readonly { start: bigint; end: bigint }[]): boolean =>
  of.every(({ start, end }, index) => start < end && (index === 0 || of[index - 1]!.end < start));

describe('spans', () => {
  it('unites to the same instants, in order, none touching another', () => {
    fc.assert(
      fc.property(spans, (some) => {
        const united = union(some);
        expect(instants(united)).toEqual(instants(some));
        expect(isTidy(united)).toBe(true);
      }),
    );
  });

  it('subtracts exactly the instants that are taken', () => {
    fc.assert(
      fc.property(spans, spans, (some, taken) => {
        const left = subtract(some, taken);
        const gone = instants(taken);
        expect(instants(left)).toEqual(new Set([...instants(some)].filter((at) => !gone.has(at))));
        expect(isTidy(left)).toBe(true);
        expect(length(left)).toBe(BigInt(instants(left).size));
      }),
    );
  });

  it('clips to what lies within', () => {
    fc.assert(
      fc.property(spans, span, (some, within) => {
        const inside = instants([within]);
        expect(instants(clip(union(some), within))).toEqual(
          new Set([...instants(some)].filter((at) => inside.has(at))),
        );
      }),
    );
  });
});
