import { describe, expect, it } from '@jest/globals';
import { PHYSICAL, readDeltaBytes, readDeltaLengths } from './parquet-encoding.ts';

const texts = (values: unknown): string[] => (values as Uint8Array[]).map((each) => Buffer.from(each).toString());

/** Four numbers as one block of differences: its size, mini blocks, count, first, least difference, and widths. */
const block = (first: number, least: number, bits: number, packed: number): number[] => [
  ...[0x80, 0x01, 4, 4, first, least, bits, 0, 0, 0, packed & 255, packed >> 8],
  ...Array.from({ length: bits * 4 - 2 }, () => 0),
];

/** The examples of Encodings.md of parquet-format. */
const lengths = Buffer.concat([Buffer.from(block(10, 0, 1, 0b010)), Buffer.from('HelloWorldFoobarABCDEF')]);
const prefixes = Buffer.concat([
  Buffer.from(block(0, 3, 3, 0b101_000_100)),
  Buffer.from(block(8, 3, 3, 0b001_110_000)),
  Buffer.from('axislebabbleyhood'),
]);

describe('byte arrays written by differences', () => {
  it('are read behind their lengths, and after what they share', () => {
    expect(texts(readDeltaLengths(lengths, PHYSICAL.BYTE_ARRAY, 4))).toEqual(['Hello', 'World', 'Foobar', 'ABCDEF']);
    expect(texts(readDeltaBytes(prefixes, PHYSICAL.BYTE_ARRAY, 4))).toEqual(['axis', 'axle', 'babble', 'babyhood']);
  });

  it('are refused where they are cut, or are no byte arrays', () => {
    expect(() => readDeltaLengths(lengths.subarray(0, -1), PHYSICAL.BYTE_ARRAY, 4)).toThrow('damaged');
    expect(() => readDeltaBytes(prefixes.subarray(0, -1), PHYSICAL.BYTE_ARRAY, 4)).toThrow('damaged');
    expect(() => readDeltaLengths(lengths, PHYSICAL.INT64, 4)).toThrow('damaged');
    expect(() => readDeltaBytes(prefixes, PHYSICAL.DOUBLE, 4)).toThrow('damaged');
  });
});
