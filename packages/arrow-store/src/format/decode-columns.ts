import type { ColumnArray } from '@vision-cache/cache-keys';
import { ArrowStoreError } from '../contract/errors.ts';
import { decodeText } from '../frame/decode-text.ts';
import type { ColumnPlace } from '../frame/entry-layout.ts';

/** Gives the bytes of a stretch of the body. */
export type BodyReader = (offset: number, length: number) => Uint8Array;

/** A column's values. Numbers are views of the bytes where those are aligned, and copies otherwise. */
export function decodeColumn(place: ColumnPlace, rows: number, read: BodyReader): ColumnArray {
  const bytes = read(place.offset, place.length);
  switch (place.type) {
    case 'float64': {
      const { buffer, byteOffset } = atEight(bytes);
      return new Float64Array(buffer, byteOffset, rows);
    }
    case 'timestamp':
    case 'int64': {
      const { buffer, byteOffset } = atEight(bytes);
      return new BigInt64Array(buffer, byteOffset, rows);
    }
    case 'bool':
      return unpackBits(bytes, rows);
    case 'text': {
      const { offset, length } = place.textOffsets!;
      return decodeTexts(read(offset, length), bytes, rows);
    }
  }
}

const atEight = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 8 === 0 ? bytes : bytes.slice());

/** One bit a row, the lowest first, to one byte a row. */
function unpackBits(bits: Uint8Array, rows: number): Uint8Array {
  const values = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) values[row] = (bits[row >> 3]! >> (row & 7)) & 1;
  return values;
}

function decodeTexts(offsets: Uint8Array, bytes: Uint8Array, rows: number): string[] {
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  return Array.from({ length: rows }, (_, row) => {
    const start = view.getInt32(4 * row, true);
    const end = view.getInt32(4 * row + 4, true);
    if (start < 0 || end < start || end > bytes.length) {
      const details = { path: undefined, expected: 'text within its column', found: `bytes ${start} to ${end}` };
      throw new ArrowStoreError('E_FORMAT', 'A text column points outside of itself.', details);
    }
    return decodeText(bytes, start, end);
  });
}
