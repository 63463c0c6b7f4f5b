import { describe, expect, it } from '@jest/globals';
import { deflateRawSync } from 'node:zlib';
import { randomOf } from '../contract/random.fixture.ts';
import { anyContent, anyDeflated, inflatedByZlib } from './deflated.fixture.ts';
import { inflateInKernel, inflateInPieces } from './inflate-kernel.ts';
import { KernelInstance } from './kernel-instance.ts';

/** Bits as they are written in RFC 1951: numbers with their lowest bit first, codes with their highest. */
function bitsOf(...parts: (readonly [value: number, count: number] | string)[]): Uint8Array {
  const bits = parts
    .map((part) =>
      typeof part === 'string'
        ? part
        : Array.from({ length: part[1] }, (_, bit) => String((part[0] >> bit) & 1)).join(''),
    )
    .join('');
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g)!;
  return Uint8Array.from(bytes, (byte) => parseInt(byte.split('').reverse().join(''), 2));
}

const LAST = [1, 1] as const;
const FIXED = [1, 2] as const;
const DYNAMIC = [2, 2] as const;
const A = '10010001'; // the fixed code of 'a'
const END = '0000000';

describe('inflating in the kernel', () => {
  it('gives the content of blocks of every kind', () => {
    const random = randomOf(1951);
    for (let round = 0; round < 80; round++) {
      const content = anyContent(random, 60_000);
      const found = inflateInKernel(anyDeflated(content, random), content.length);
      expect(found !== undefined && content.equals(found)).toBe(true);
    }
  });

  it('takes and refuses what zlib does', () => {
    const random = randomOf(1996);
    const seen = { refused: 0, same: 0 };
    for (let round = 0; round < 500; round++) {
      const content = anyContent(random, 4000);
      const data = anyDeflated(content, random);
      const at = (): number => Math.floor(random() * data.length);
      for (let flips = Math.floor(random() * 3); flips >= 0; flips--) data[at()]! ^= 1 << Math.floor(random() * 8);
      const cut = random() < 0.1 ? data.subarray(0, at()) : data;
      const expected = inflatedByZlib(cut, content.length);
      const found = inflateInKernel(cut, content.length);
      expect(found === undefined ? undefined : Buffer.from(found)).toEqual(expected);
      seen[expected === undefined ? 'refused' : 'same']++;
    }
    expect(seen.refused).toBeGreaterThan(100);
    expect(seen.same).toBeGreaterThan(50);
  });

  it.each([
    ['the end of the data before that of its input', Buffer.concat([deflateRawSync('abc'), Buffer.of(0)]), 3],
    ['less than was promised', deflateRawSync('abc'), 4],
    ['more than was promised', deflateRawSync('abc'), 2],
    ['nothing', new Uint8Array(0), 0],
    ['a block of the kind that does not exist', bitsOf(LAST, [3, 2]), 0],
    ['no end', bitsOf(LAST, FIXED, A, A), 2],
    ['a match before the first byte', bitsOf(LAST, FIXED, A, '0000001', '00001', END), 4],
    ['a length that does not exist', bitsOf(LAST, FIXED, A, '11000110', '00000', END), 4],
    ['a distance that does not exist', bitsOf(LAST, FIXED, A, '0000001', '11110', END), 4],
    ['too many distances', bitsOf(LAST, DYNAMIC, [0, 5], [30, 5], [0, 4]), 0],
    [
      'a length repeated before the first',
      bitsOf(LAST, DYNAMIC, [0, 5], [0, 5], [0, 4], [1, 3], [1, 3], [0, 6], '0'),
      0,
    ],
    ['a stored block whose length is damaged', Uint8Array.of(1, 1, 0, 0xff, 0xff, 97), 1],
    ['a stored block that is longer than its input', Uint8Array.of(1, 2, 0, 0xfd, 0xff, 97), 2],
  ] as const)('refuses %s', (_, data, size) => {
    expect(inflatedByZlib(data, size)).toBeUndefined();
    expect(inflateInKernel(data, size)).toBeUndefined();
  });

  it('repeats a byte that has just been written', () => {
    const data = bitsOf(LAST, FIXED, A, '0000001', '00000', END);
    expect(Buffer.from(inflateInKernel(data, 4)!).toString()).toBe('aaaa');
  });

  it('gives the same in pieces of any size', () => {
    const random = randomOf(1952);
    for (let round = 0; round < 80; round++) {
      const content = anyContent(random, 300_000);
      const pieces = { input: 2048 + Math.floor(random() * 9000), output: 1 + Math.floor(random() ** 2 * 70_000) };
      const found = inflateInKernel(anyDeflated(content, random), content.length, pieces);
      expect(found !== undefined && content.equals(found)).toBe(true);
    }
  });

  it('gives stored blocks that begin where a piece of input does', () => {
    const random = randomOf(1954);
    const noise = Buffer.from(Array.from({ length: 60_000 }, () => random() * 256));
    const text = Buffer.from(Array.from({ length: 3000 }, () => 48 + random() * 10));
    const content = Buffer.concat([text, noise, text, noise, text]);
    const data = deflateRawSync(content, { memLevel: 1 });
    for (let input = 2048; input < 2248; input++) {
      const found = inflateInKernel(data, content.length, { input, output: 40_000 });
      expect(found !== undefined && content.equals(found)).toBe(true);
    }
  });

  it('gives again what was not taken, with what follows', () => {
    const random = randomOf(1953);
    const content = Buffer.from(
      Array.from({ length: 200_000 }, (_, at) => 48 + (at % 7 === 0 ? at % 10 : random() * 9)),
    );
    let taken = 0;
    let fresh = 0;
    const isWhole = inflateInPieces(
      deflateRawSync(content),
      content.length,
      (bytes, freshBytes, isLast) => {
        expect(content.subarray(taken, taken + bytes.length).equals(bytes)).toBe(true);
        expect(content.subarray(fresh, fresh + freshBytes.length).equals(freshBytes)).toBe(true);
        fresh += freshBytes.length;
        expect(taken + bytes.length).toBe(fresh);
        const used = isLast ? bytes.length : Math.floor(random() * Math.min(bytes.length, 40_000));
        taken += used;
        return used;
      },
      { input: 4096, output: 8000 },
    );
    expect({ isWhole, taken, fresh }).toEqual({ isWhole: true, taken: content.length, fresh: content.length });
  });

  it('gives up where nothing is taken', () => {
    const content = Buffer.alloc(300_000, 'no line ends here ');
    expect(inflateInPieces(deflateRawSync(content), content.length, () => 0)).toBe(false);
  });

  it('holds no more of a large file than of a small one', () => {
    inflateInKernel(deflateRawSync('abc'), 3);
    const held = KernelInstance.shared()!.bytes.length;
    const found = inflateInKernel(deflateRawSync(Buffer.alloc(30_000_000, 'abc')), 30_000_000);
    expect(found?.at(-1)).toBe(99);
    expect(KernelInstance.shared()!.bytes.length).toBe(held);
    expect(held).toBeLessThan(4_000_000);
  });
});
