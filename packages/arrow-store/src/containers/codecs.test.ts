import { describe, expect, it } from '@jest/globals';
import { decodeLz4Frames } from './lz4.ts';
import { decodeSnappy } from './snappy.ts';
import { xxhash32 } from './xxhash32.ts';
import { decodeZstd } from './zstd.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const word = (value: number): number[] => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];

describe(xxhash32, () => {
  it('gives the values of its specification', () => {
    expect(xxhash32(new Uint8Array(0))).toBe(0x02cc5d05);
    expect(xxhash32(Buffer.from('abc'))).toBe(0x32d153ff);
    expect(xxhash32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
  });
});

describe(decodeLz4Frames, () => {
  // "abcd", then eight bytes from four back, then "xyzzy": a match that overlaps what it makes.
  const block = [0x44, ...Buffer.from('abcd'), 4, 0, 0x50, ...Buffer.from('xyzzy')];
  const content = 'abcdabcdabcdxyzzy';
  const frame = (flags: number, blocks: number[][], checksum: number[] = []) =>
    Uint8Array.from([
      4,
      0x22,
      0x4d,
      0x18,
      flags,
      0x40,
      0,
      ...blocks.flatMap((each) => [...word(each.length), ...each]),
      0,
      0,
      0,
      0,
      ...checksum,
    ]);

  it('decodes overlapping matches, and blocks that lean on the one before', () => {
    expect(text(decodeLz4Frames(frame(0x60, [block]), 17))).toBe(content);
    // The second block copies twelve bytes from the first.
    const linked = [0x08, 17, 0, 0x50, ...Buffer.from('12345')];
    expect(text(decodeLz4Frames(frame(0x40, [block, linked]), 34))).toBe(`${content}abcdabcdabcd12345`);
  });

  it('verifies the checksum of the content', () => {
    const sum = xxhash32(Buffer.from(content));
    expect(text(decodeLz4Frames(frame(0x64, [block], word(sum)), 17))).toBe(content);
    expect(() => decodeLz4Frames(frame(0x64, [block], word(sum + 1)), 17)).toThrow(
      expect.objectContaining({ code: 'E_FORMAT' }),
    );
  });

  it('takes stored blocks, and passes over frames that are to be skipped', () => {
    const stored = [...word(0x8000_0003), ...Buffer.from('xyz')];
    const bytes = Uint8Array.from([
      0x50,
      0x2a,
      0x4d,
      0x18,
      2,
      0,
      0,
      0,
      9,
      9,
      4,
      0x22,
      0x4d,
      0x18,
      0x60,
      0x40,
      0,
      ...stored,
      0,
      0,
      0,
      0,
    ]);
    expect(text(decodeLz4Frames(bytes, 3))).toBe('xyz');
  });

  it.each([
    ['too long', frame(0x60, [block]), 16],
    ['too short', frame(0x60, [block]), 18],
    ['a match before the start', frame(0x60, [[0x04, 9, 0, 0x10, 65]]), 9],
    ['a distance of 0', frame(0x60, [[0x14, 65, 0, 0, 0x10, 65]]), 10],
    ['a block that is cut', frame(0x60, [block]).subarray(0, 15), 17],
  ])('refuses %s', (_, bytes, length) => {
    expect(() => decodeLz4Frames(bytes, length)).toThrow();
  });
});

describe(decodeSnappy, () => {
  it('decodes literals and copies', () => {
    // "ab", then six bytes from two back.
    expect(text(decodeSnappy(Uint8Array.from([8, 4, 97, 98, ((6 - 4) << 2) | 1, 2]), 8))).toBe('abababab');
  });

  it.each([
    ['another length', [3, 8, 97, 98, 99], 4],
    ['a copy before the start', [8, 4, 97, 98, 9, 7], 8],
    ['a distance of 0', [8, 4, 97, 98, 9, 0], 8],
    ['literals that are cut', [8, 60, 97], 8],
  ])('refuses %s', (_, bytes, length) => {
    expect(() => decodeSnappy(Uint8Array.from(bytes), length)).toThrow(expect.objectContaining({ code: 'E_FORMAT' }));
  });
});

describe(decodeZstd, () => {
  const single = (length: number, ...blocks: number[]) =>
    Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, length, ...blocks]);

  it('decodes stored and repeated blocks', () => {
    expect(text(decodeZstd(single(3, (3 << 3) | 1, 0, 0, 97, 98, 99), 3))).toBe('abc');
    expect(text(decodeZstd(single(5, (5 << 3) | 3, 0, 0, 97), 5))).toBe('aaaaa');
  });

  it.each([
    ['another length', single(3, (3 << 3) | 1, 0, 0, 97, 98, 99), 4],
    ['less than it says', single(3, (2 << 3) | 1, 0, 0, 97, 98), 3],
    ['more than it says', single(3, (4 << 3) | 1, 0, 0, 97, 98, 99, 100), 3],
    ['a block that is cut', single(3, (3 << 3) | 1, 0, 0, 97), 3],
    ['what is none', Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 3],
  ])('refuses %s', (_, bytes, length) => {
    expect(() => decodeZstd(bytes, length)).toThrow(expect.objectContaining({ code: 'E_FORMAT' }));
  });
});
