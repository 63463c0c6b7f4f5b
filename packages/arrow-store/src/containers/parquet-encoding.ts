import { MAX_TEXT, damaged, refusal } from './refusal.ts';

/** Parquet's physical types, by its own numbers. */
export const PHYSICAL = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED: 7,
} as const;
export type Physical = (typeof PHYSICAL)[keyof typeof PHYSICAL];

/** Values of one page, without its nulls. Fixed and variable byte arrays are views of the page. */
export type PageValues = BigInt64Array | Int32Array | Float64Array | Float32Array | readonly Uint8Array[];

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Integers of the hybrid of run lengths and packed bits, `count` of them, from the cursor on. */
export function readHybrid(cursor: Cursor, end: number, bits: number, count: number): Int32Array {
  if (bits > 31) throw damaged('a Parquet page has implausibly wide indices');
  const { bytes } = cursor;
  const values = new Int32Array(count);
  const width = (bits + 7) >> 3;
  let filled = 0;
  while (filled < count) {
    const header = unsigned(cursor, end);
    if ((header & 1) === 0) {
      const run = Math.min(header >>> 1, count - filled);
      if (cursor.at + width > end) throw damaged('a Parquet page is cut');
      let value = 0;
      for (let each = 0; each < width; each++) value |= bytes[cursor.at++]! << (each * 8);
      values.fill(value, filled, filled + run);
      if (run === 0) throw damaged('a Parquet page has an empty run');
      filled += run;
      continue;
    }
    const groups = header >>> 1;
    const length = groups * bits;
    if (groups === 0) throw damaged('a Parquet page has an empty run');
    // The last group may be written without the bytes that nothing is in.
    const needed = Math.ceil((Math.min(groups * 8, count - filled) * bits) / 8);
    if (cursor.at + needed > end) throw damaged('a Parquet page is cut');
    let bit = cursor.at * 8;
    const limit = Math.min(filled + groups * 8, count);
    for (; filled < limit; filled++, bit += bits) values[filled] = packed(bytes, bit, bits);
    cursor.at += length;
  }
  return values;
}

function packed(bytes: Uint8Array, bit: number, bits: number): number {
  const at = Math.floor(bit / 8);
  const shift = bit & 7;
  let value = 0;
  for (let each = 0, got = -shift; got < bits; each++, got += 8) value += (bytes[at + each] ?? 0) * 2 ** (each * 8);
  return Math.floor(value / 2 ** shift) % 2 ** bits;
}

function unsigned(cursor: Cursor, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (cursor.at >= end) break;
    const byte = cursor.bytes[cursor.at++]!;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) {
      if (value > 0x7fff_ffff) break;
      return value;
    }
  }
  throw damaged('a number in a Parquet page does not end');
}

/** Values that are written as they are. */
export function readPlain(bytes: Uint8Array, type: Physical, length: number, count: number): PageValues {
  const fixed = (width: number) => {
    if (count * width > bytes.length) throw damaged('a Parquet page is shorter than its values');
    const copy = new Uint8Array(count * width);
    copy.set(bytes.subarray(0, count * width));
    return copy.buffer;
  };
  switch (type) {
    case PHYSICAL.INT32:
      return new Int32Array(fixed(4));
    case PHYSICAL.INT64:
      return new BigInt64Array(fixed(8));
    case PHYSICAL.FLOAT:
      return new Float32Array(fixed(4));
    case PHYSICAL.DOUBLE:
      return new Float64Array(fixed(8));
    case PHYSICAL.INT96:
    case PHYSICAL.FIXED: {
      const width = type === PHYSICAL.INT96 ? 12 : length;
      if (width === 0 || count * width > bytes.length) throw damaged('a Parquet page is shorter than its values');
      return Array.from({ length: count }, (_, each) => bytes.subarray(each * width, (each + 1) * width));
    }
    case PHYSICAL.BYTE_ARRAY: {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      let at = 0;
      return Array.from({ length: count }, () => {
        const size = view.getUint32(at, true);
        at += 4 + size;
        if (at > bytes.length) throw damaged('a Parquet page is shorter than its values');
        return bytes.subarray(at - size, at);
      });
    }
    default:
      throw refusal('E_SCHEMA', 'column-type', 'A column that is needed holds truth values.');
  }
}

/** Each value is a little-endian difference from the one before, packed in blocks. Source: Encodings.md of parquet-format. */
export function readDelta(bytes: Uint8Array, type: Physical, count: number): PageValues {
  if (type !== PHYSICAL.INT32 && type !== PHYSICAL.INT64)
    throw damaged('a Parquet page of differences holds no integers');
  const values = differences({ bytes, at: 0 }, count);
  return type === PHYSICAL.INT32 ? Int32Array.from(values, Number) : values;
}

/** Byte arrays behind the differences of their lengths. */
export function readDeltaLengths(bytes: Uint8Array, type: Physical, count: number): PageValues {
  if (type !== PHYSICAL.BYTE_ARRAY) throw damaged('a Parquet page of lengths holds no byte arrays');
  return cutBytes({ bytes, at: 0 }, count);
}

/** Byte arrays that share their first bytes with the one before: how many, then the rest of each. */
export function readDeltaBytes(bytes: Uint8Array, type: Physical, count: number): PageValues {
  if (type !== PHYSICAL.BYTE_ARRAY && type !== PHYSICAL.FIXED) {
    throw damaged('a Parquet page of prefixes holds no byte arrays');
  }
  const cursor = { bytes, at: 0 };
  const shared = differences(cursor, count);
  const rests = cutBytes(cursor, count);
  let previous = new Uint8Array(0);
  let total = 0;
  return rests.map((rest, row) => {
    const prefix = Number(shared[row]!);
    total += prefix + rest.length;
    if (prefix < 0 || prefix > previous.length || total > count * MAX_TEXT) {
      throw damaged('a Parquet page of prefixes is not readable');
    }
    const value = new Uint8Array(prefix + rest.length);
    value.set(previous.subarray(0, prefix));
    value.set(rest, prefix);
    return (previous = value);
  });
}

function cutBytes(cursor: Cursor, count: number): Uint8Array[] {
  const lengths = differences(cursor, count);
  return Array.from(lengths, (length) => {
    const from = cursor.at;
    cursor.at += Number(length);
    if (length < 0n || cursor.at > cursor.bytes.length) throw damaged('a Parquet page is shorter than its values');
    return cursor.bytes.subarray(from, cursor.at);
  });
}

/** Leaves the cursor behind the last block. */
function differences(cursor: Cursor, count: number): BigInt64Array {
  const { bytes } = cursor;
  const end = bytes.length;
  const blockSize = unsigned(cursor, end);
  const miniBlocks = unsigned(cursor, end);
  const total = unsigned(cursor, end);
  const values = new BigInt64Array(count);
  const perMini = blockSize / miniBlocks;
  if (total < count || blockSize > 1 << 20 || !Number.isInteger(perMini) || perMini % 8 !== 0 || perMini === 0) {
    throw damaged('a Parquet page of differences is not readable');
  }
  let value = signed(cursor, end);
  let filled = 0;
  if (count > 0) values[filled++] = value;
  while (filled < count) {
    const smallest = signed(cursor, end);
    const widths = bytes.subarray(cursor.at, cursor.at + miniBlocks);
    cursor.at += miniBlocks;
    for (let mini = 0; mini < miniBlocks && filled < count; mini++) {
      const bits = widths[mini] ?? 65;
      if (bits > 64 || cursor.at + Math.ceil((bits * Math.min(perMini, count - filled)) / 8) > end) {
        throw damaged('a Parquet page is cut');
      }
      for (let each = 0; each < perMini && filled < count; each++) {
        value = BigInt.asIntN(64, value + smallest + packedBig(bytes, cursor.at * 8 + each * bits, bits));
        values[filled++] = value;
      }
      cursor.at += (bits * perMini) / 8;
    }
  }
  return values;
}

function packedBig(bytes: Uint8Array, bit: number, bits: number): bigint {
  if (bits <= 40) return BigInt(packed(bytes, bit, bits));
  const high = BigInt(packed(bytes, bit + 32, bits - 32));
  return (high << 32n) | BigInt(packed(bytes, bit, 32));
}

function signed(cursor: Cursor, end: number): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (cursor.at >= end) break;
    const byte = cursor.bytes[cursor.at++]!;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return (value >> 1n) ^ -(value & 1n);
  }
  throw damaged('a number in a Parquet page does not end');
}

/** The bytes of the values apart: all first bytes, then all second ones. */
export function readSplit(bytes: Uint8Array, type: Physical, count: number): PageValues {
  const width = type === PHYSICAL.INT32 || type === PHYSICAL.FLOAT ? 4 : 8;
  if (width * count > bytes.length) throw damaged('a Parquet page is shorter than its values');
  const joined = new Uint8Array(width * count);
  for (let each = 0; each < width; each++) {
    for (let value = 0; value < count; value++) joined[value * width + each] = bytes[each * count + value]!;
  }
  return readPlain(joined, type, 0, count);
}
