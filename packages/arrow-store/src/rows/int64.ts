/**
 * Passes over columns of 64-bit integers as pairs of words, the lower one first, so that no bigint is made of a value:
 * with bigints they are most of what checking a day of bars costs.
 */
function wordsOf(column: BigInt64Array): Int32Array {
  return new Int32Array(column.buffer, column.byteOffset, column.length * 2);
}

/** Whether each value is larger than the one before it. */
export function isIncreasingInt64(column: BigInt64Array): boolean {
  const words = wordsOf(column);
  for (let at = 2; at < words.length; at += 2) {
    const high = words[at + 1]!;
    const highBefore = words[at - 1]!;
    if (high < highBefore || (high === highBefore && words[at]! >>> 0 <= words[at - 2]! >>> 0)) return false;
  }
  return true;
}

/** How values follow each other: each larger than the one before, or some equal to it, or some smaller. */
export type Int64Order = 'increasing' | 'sorted' | 'unsorted';

export function orderWithinInt64(column: BigInt64Array): Int64Order {
  const words = wordsOf(column);
  let order: Int64Order = 'increasing';
  for (let at = 2; at < words.length; at += 2) {
    const high = words[at + 1]!;
    const highBefore = words[at - 1]!;
    if (high > highBefore) continue;
    const low = words[at]! >>> 0;
    const lowBefore = words[at - 2]! >>> 0;
    if (high < highBefore || low < lowBefore) return 'unsorted';
    if (low === lowBefore) order = 'sorted';
  }
  return order;
}

/**
 * Whether pairs of values rise: the first ones do not fall, and of rows that have the same one the second ones rise. So
 * do snapshots such as those of bookDepth, ten rows of one time each.
 */
export function isIncreasingWithinInt64(column: BigInt64Array, values: Float64Array): boolean {
  const words = wordsOf(column);
  for (let row = 1; row < values.length; row++) {
    const high = words[row * 2 + 1]!;
    const highBefore = words[row * 2 - 1]!;
    if (high > highBefore) continue;
    const low = words[row * 2]! >>> 0;
    const lowBefore = words[row * 2 - 2]! >>> 0;
    if (high < highBefore || low < lowBefore) return false;
    if (low === lowBefore && !(values[row]! > values[row - 1]!)) return false;
  }
  return true;
}

/** The order of two values of a column: below 0, 0 or above 0. */
export function orderOfInt64(column: BigInt64Array): (row: number, other: number) => number {
  const words = wordsOf(column);
  return (row, other) =>
    words[row * 2 + 1]! - words[other * 2 + 1]! || (words[row * 2]! >>> 0) - (words[other * 2]! >>> 0);
}

/** Whether each value is the one before it and a constant more. */
export function hasStep(column: BigInt64Array, step: bigint): boolean {
  const words = wordsOf(column);
  const low = lowWord(step);
  const high = highWord(step);
  for (let at = 2; at < words.length; at += 2) if (!isMoreBy(words, at, words, at - 2, low, high)) return false;
  return true;
}

/** Whether any value is the other column's in its row and a constant more. */
export function isAnyMoreBy(column: BigInt64Array, other: BigInt64Array, more: bigint): boolean {
  const words = wordsOf(column);
  const others = wordsOf(other);
  const low = lowWord(more);
  const high = highWord(more);
  for (let at = 0; at < words.length; at += 2) if (isMoreBy(words, at, others, at, low, high)) return true;
  return false;
}

const lowWord = (value: bigint): number => Number(BigInt.asIntN(32, value));
const highWord = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));

function isMoreBy(a: Int32Array, aAt: number, b: Int32Array, bAt: number, low: number, high: number): boolean {
  const before = b[bAt]!;
  const sum = (before + low) | 0;
  if (a[aAt] !== sum) return false;
  const carry = sum >>> 0 < before >>> 0 ? 1 : 0;
  return a[aAt + 1] === ((b[bAt + 1]! + high + carry) | 0);
}
