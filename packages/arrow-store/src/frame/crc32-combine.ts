/** The polynomial of zip's CRC-32, the lowest power in the highest bit. */
const POLYNOMIAL = 0xedb8_8320;
const ONE = 0x8000_0000;

/** The product of two polynomials modulo that of the CRC. */
function product(a: number, b: number): number {
  let sum = 0;
  let power = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) sum ^= power;
    power = (power & 1) === 0 ? power >>> 1 : (power >>> 1) ^ POLYNOMIAL;
  }
  return sum >>> 0;
}

/** x to the power of 8 · 2^n for n from 0 on: what so many bytes of zeros multiply a CRC by. */
const POWERS: number[] = [ONE >>> 8];
for (let n = 1; n < 32; n++) POWERS.push(product(POWERS[n - 1]!, POWERS[n - 1]!));

const shifts = new Map<number, number>();
/** Columns of one file are of one length, and days of one interval as well. */
const MOST_SHIFTS = 256;

function shiftBy(bytes: number): number {
  let shift = shifts.get(bytes);
  if (shift !== undefined) return shift;
  shift = ONE;
  for (let rest = bytes, n = 0; rest > 0; rest = Math.floor(rest / 2), n++) {
    if (rest % 2 === 1) shift = product(POWERS[n]!, shift);
  }
  if (shifts.size >= MOST_SHIFTS) shifts.clear();
  shifts.set(bytes, shift);
  return shift;
}

/** The CRC-32 of two stretches of bytes one after the other, from that of each and the length of the second one. */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return (product(shiftBy(secondLength), first) ^ second) >>> 0;
}
