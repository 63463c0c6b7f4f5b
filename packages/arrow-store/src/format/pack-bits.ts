/** Brings the lowest bits of four bytes next to each other, to the top of a word; no two meet on the way. */
const GATHER = 2 ** 28 + 2 ** 21 + 2 ** 14 + 2 ** 7;
/** Bits that a byte of 0 or 1 does not have. */
const OTHER_BITS = 0xfefefefe;

/** One bit a row, the lowest first: eight rows at a time where they are 0 or 1, as they nearly always are. */
export function packBits(values: Uint8Array, rows: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rows / 8));
  let row = 0;
  if (values.byteOffset % 4 === 0) {
    const words = new Int32Array(values.buffer, values.byteOffset, rows >> 2);
    for (; row + 8 <= rows; row += 8) {
      const low = words[row >> 2]!;
      const high = words[(row >> 2) + 1]!;
      if (((low | high) & OTHER_BITS) !== 0) break;
      bits[row >> 3] = (Math.imul(low, GATHER) >>> 28) | ((Math.imul(high, GATHER) >>> 28) << 4);
    }
  }
  for (; row < rows; row++) if (values[row] !== 0) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}
