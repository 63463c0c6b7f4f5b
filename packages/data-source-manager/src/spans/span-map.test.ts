import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { concatenated, cutAt, joined, mapped, type SpanMap, spanMap, updated } from './span-map.ts';

const span = (start: number, end: number) => ({ start: BigInt(start), end: BigInt(end) });
const range = fc
  .tuple(fc.integer({ min: -5, max: 25 }), fc.integer({ min: -5, max: 25 }))
  .map(([a, b]) => span(Math.min(a, b), Math.max(a, b)));

describe(spanMap, () => {
  it('is divided without rest and without overlap, whatever is changed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(range, fc.nat({ max: 9 })), { maxLength: 12 }), (changes) => {
        let map = spanMap(span(0, 20), 0);
        const plain = new Array<number>(20).fill(0);
        for (const [within, value] of changes) {
          map = updated(map, within, (old) => old + value);
          for (let at = 0; at < 20; at++) {
            if (within.start <= BigInt(at) && BigInt(at) < within.end) plain[at] = plain[at]! + value;
          }
        }
        const told = joined(map, (a, b) => a === b);
        let at = 0n;
        for (const { start, end, value } of told.pieces) {
          expect(start).toBe(at);
          expect(plain.slice(Number(start), Number(end)).every((each) => each === value)).toBe(true);
          at = end;
        }
        expect(at).toBe(20n);
      }),
    );
  });

  it('has no piece where it is empty, and is not changed from outside of itself', () => {
    expect(spanMap(span(3, 3), 'a').pieces).toEqual([]);
    const map = spanMap(span(3, 6), 'a');
    expect(updated(map, span(6, 9), () => 'b')).toBe(map);
    expect(updated(map, span(4, 4), () => 'b')).toBe(map);
  });

  it('is cut, mapped and joined', () => {
    const cut = cutAt(spanMap(span(0, 4), 1), 3n);
    expect(cut.pieces).toEqual([
      { ...span(0, 3), value: 1 },
      { ...span(3, 4), value: 1 },
    ]);
    expect(mapped(cut, (value, { start }) => value + Number(start)).pieces.map(({ value }) => value)).toEqual([1, 4]);
    expect(concatenated([cut, spanMap(span(4, 5), 2)])?.pieces).toHaveLength(3);
    expect(concatenated([])).toBeUndefined();
    expect(() => concatenated([cut, spanMap(span(5, 6), 2)])).toThrow('adjacent');
  });
});
// @ts-expect-error a map that another file makes is none
export const forged: SpanMap<number> = { start: 0n, end: 1n, pieces: [] };
