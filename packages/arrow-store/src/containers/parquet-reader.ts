import * as zlib from 'node:zlib';
import { decodeLz4Block, decodeLz4Frames } from './lz4.ts';
import {
  type PageValues,
  PHYSICAL,
  type Physical,
  readDelta,
  readDeltaBytes,
  readDeltaLengths,
  readHybrid,
  readPlain,
  readSplit,
} from './parquet-encoding.ts';
import { type RawColumn, type RawTable, type TimeUnit, concatenate, decimalText } from './raw-table.ts';
import { PageBudget } from './page-budget.ts';
import { MAX_TEXT, damaged, mostRows, refusal, tooManyRows, utf8 } from './refusal.ts';
import { decodeSnappy } from './snappy.ts';
import { type ThriftCursor, type ThriftStruct, readThriftStruct, thrift } from './thrift.ts';
import { decodeZstd } from './zstd.ts';

type Meaning =
  | { readonly kind: 'int' | 'float' | 'text' | 'date' }
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit }
  | { readonly kind: 'decimal'; readonly scale: number };

interface ParquetField {
  readonly name: string;
  readonly type: Physical;
  readonly length: number;
  readonly optional: boolean;
  readonly meaning: Meaning;
}

interface Chunk {
  readonly rows: number;
  readonly codec: number;
  readonly start: number;
  readonly end: number;
}

const CODECS = ['none', 'snappy', 'gzip', 'lzo', 'brotli', 'lz4', 'zstd', 'lz4'];

/**
 * Reads Parquet as far as old caches go: flat columns of numbers, times and text, as pyarrow and polars write them.
 * Our own reader, because the libraries believe counts in damaged pages and run or allocate without a bound.
 * Source: github.com/apache/parquet-format.
 */
export function readParquet(bytes: Uint8Array): RawTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = bytes.length - 8;
  if (tail < 4 || view.getUint32(tail + 4, true) !== 0x31524150) {
    throw refusal('E_FORMAT', 'cut', 'The file is cut: it starts as a Parquet file and does not end as one.');
  }
  const length = view.getUint32(tail, true);
  if (length > tail - 4) throw damaged('its footer does not fit into it');
  const footer = new DataView(bytes.buffer, bytes.byteOffset + tail - length, length);
  const meta = readThriftStruct({ view: footer, at: 0 });
  const rows = thrift.number(meta, 3) ?? 0;
  if (rows > mostRows(bytes.length)) throw tooManyRows();
  const leaves = readLeaves(thrift.structs(meta, 2));
  const groups = thrift.structs(meta, 4);
  const counted = groups.reduce((sum, group) => sum + (thrift.number(group, 3) ?? 0), 0);
  if (counted !== rows) throw damaged('its row groups hold another number of rows than it says');

  const codecs = new Set<string>();
  const chunks = groups.map((group) => {
    const columns = thrift.structs(group, 1);
    if (columns.length !== leaves.length) throw damaged('a row group lacks columns');
    return columns.map((column) => readChunk(column, tail - length, thrift.number(group, 3) ?? 0));
  });
  for (const chunk of chunks.flat()) codecs.add(CODECS[chunk.codec] ?? 'unknown');
  return {
    rows,
    names: leaves.map((leaf) => leaf?.name ?? ''),
    compression: [...codecs].join('+') || 'none',
    read(index) {
      const field = leaves[index];
      if (field === undefined) throw refusal('E_SCHEMA', 'column-type', 'A column that is needed is nested.');
      const budget = new PageBudget(field.type, field.length, rows, chunks.length);
      const parts = chunks.map((columns) => readColumnChunk(bytes, field, columns[index]!, budget));
      return parts.length > 0
        ? concatenate(parts)
        : meaningOf(field, readPlain(new Uint8Array(0), field.type, field.length, 0));
    },
  };
}

/** The leaves of the schema in file order; undefined for one that is nested or repeated, which no old cache needs. */
function readLeaves(elements: readonly ThriftStruct[]): (ParquetField | undefined)[] {
  const leaves: (ParquetField | undefined)[] = [];
  let top = thrift.number(elements[0] ?? new Map(), 5) ?? 0;
  let at = 1;
  const skip = (depth: number): void => {
    const element = elements[at++];
    if (element === undefined || depth > 32) throw damaged('its schema is cut');
    const children = thrift.number(element, 5) ?? 0;
    if (children === 0) leaves.push(undefined);
    for (let child = 0; child < children; child++) skip(depth + 1);
  };
  for (; top > 0; top--) {
    const element = elements[at];
    if (element === undefined) throw damaged('its schema is cut');
    const repetition = thrift.number(element, 3) ?? 0;
    if ((thrift.number(element, 5) ?? 0) > 0 || repetition === 2) {
      skip(0);
      continue;
    }
    at += 1;
    const type = (thrift.number(element, 1) ?? 0) as Physical;
    if (type > 7) throw damaged('its schema has an unknown type');
    const length = thrift.number(element, 2) ?? 0;
    const meaning = readMeaning(element, type);
    leaves.push({ name: thrift.text(element.get(4)), type, length, optional: repetition === 1, meaning });
  }
  return leaves;
}

function readMeaning(element: ThriftStruct, type: Physical): Meaning {
  const logical = thrift.struct(element, 10);
  const unit = logical === undefined ? undefined : thrift.struct(logical, 8);
  const converted = thrift.number(element, 6);
  if (unit !== undefined) {
    const kind = thrift.struct(unit, 2) ?? new Map();
    return { kind: 'timestamp', unit: kind.has(1) ? 'ms' : kind.has(2) ? 'us' : 'ns' };
  }
  if (type === PHYSICAL.INT96) return { kind: 'timestamp', unit: 'ns' };
  if (converted === 9) return { kind: 'timestamp', unit: 'ms' };
  if (converted === 10) return { kind: 'timestamp', unit: 'us' };
  if (converted === 6 || logical?.has(6) === true) return { kind: 'date' };
  const decimal = logical === undefined ? undefined : thrift.struct(logical, 5);
  if (converted === 5 || decimal !== undefined) {
    const scale = (decimal === undefined ? undefined : thrift.number(decimal, 1)) ?? thrift.number(element, 7) ?? 0;
    return { kind: 'decimal', scale };
  }
  if (type === PHYSICAL.FLOAT || type === PHYSICAL.DOUBLE) return { kind: 'float' };
  return { kind: type === PHYSICAL.INT32 || type === PHYSICAL.INT64 ? 'int' : 'text' };
}

function readChunk(column: ThriftStruct, limit: number, rows: number): Chunk {
  const meta = thrift.struct(column, 3);
  if (meta === undefined) throw damaged('a column has no metadata');
  const data = thrift.number(meta, 9) ?? 0;
  const dictionary = thrift.number(meta, 11);
  const start = dictionary !== undefined && dictionary > 0 ? Math.min(dictionary, data) : data;
  const end = start + (thrift.number(meta, 7) ?? 0);
  if (start < 4 || end > limit) throw damaged('a column leads outside the file');
  return { rows, codec: thrift.number(meta, 4) ?? 0, start, end };
}

function readColumnChunk(bytes: Uint8Array, field: ParquetField, chunk: Chunk, budget: PageBudget): RawColumn {
  const view = new DataView(bytes.buffer, bytes.byteOffset + chunk.start, chunk.end - chunk.start);
  const cursor: ThriftCursor = { view, at: 0 };
  const parts: RawColumn[] = [];
  let dictionary: PageValues | undefined;
  let rows = 0;
  while (rows < chunk.rows) {
    const header = readThriftStruct(cursor);
    const compressed = thrift.number(header, 3) ?? 0;
    const size = thrift.number(header, 2) ?? 0;
    if (compressed > cursor.view.byteLength - cursor.at) throw damaged('a Parquet page is cut');
    budget.spend(size);
    const body = bytes.subarray(chunk.start + cursor.at, chunk.start + cursor.at + compressed);
    cursor.at += compressed;
    const crc = header.get(4);
    if (typeof crc === 'number' && zlib.crc32(body) !== crc >>> 0)
      throw damaged('a Parquet page contradicts its checksum');
    const type = thrift.number(header, 1);
    let part: RawColumn | undefined;
    if (type === 2) {
      const page = decompress(body, size, chunk.codec);
      const count = countOf(pageOf(header, 7), budget.mostEntries);
      budget.spendEntries(count);
      dictionary = readPlain(page, field.type, field.length, count);
    } else if (type === 0) {
      const page = decompress(body, size, chunk.codec);
      part = readPage(pageOf(header, 5), page, field, chunk.rows - rows, dictionary);
    } else if (type === 3) {
      part = readPageV2(pageOf(header, 8), body, size, field, chunk, chunk.rows - rows, dictionary);
    }
    if (part === undefined) continue;
    rows += part.values.length;
    parts.push(part);
  }
  return parts.length > 0
    ? concatenate(parts)
    : meaningOf(field, readPlain(new Uint8Array(0), field.type, field.length, 0));
}

function pageOf(header: ThriftStruct, id: number): ThriftStruct {
  const page = thrift.struct(header, id);
  if (page !== undefined) return page;
  throw damaged('a Parquet page does not say what it holds');
}

function countOf(page: ThriftStruct, most: number): number {
  const count = thrift.number(page, 1);
  if (count === undefined || count > most) throw damaged('a Parquet page has another number of rows than its column');
  return count;
}

function decompress(bytes: Uint8Array, size: number, codec: number): Uint8Array {
  switch (codec) {
    case 0:
      return bytes;
    case 1:
      return decodeSnappy(bytes, size);
    case 2:
    case 4:
      try {
        const options = { maxOutputLength: size + 1 };
        const output = codec === 2 ? zlib.gunzipSync(bytes, options) : zlib.brotliDecompressSync(bytes, options);
        if (output.length === size) return output;
      } catch (cause) {
        throw damaged('a Parquet page cannot be decompressed', cause);
      }
      throw damaged('a Parquet page is of another length than it says');
    case 6:
      return decodeZstd(bytes, size);
    case 5: {
      // Hadoop's framing: big-endian lengths, then a block; some writers put a real frame there.
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (bytes.length >= 8 && view.getUint32(0) === size && view.getUint32(4) === bytes.length - 8) {
        return lz4Block(bytes.subarray(8), size);
      }
      return view.getUint32(0, true) === 0x184d2204 ? decodeLz4Frames(bytes, size) : lz4Block(bytes, size);
    }
    case 7:
      return lz4Block(bytes, size);
    default:
      throw refusal('E_FORMAT', 'codec', `The file is compressed with ${CODECS[codec] ?? 'an unknown codec'}.`);
  }
}

function lz4Block(bytes: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  if (decodeLz4Block(bytes, 0, bytes.length, output, 0) !== size) throw damaged('an LZ4 block is of another length');
  return output;
}

function readPage(
  page: ThriftStruct,
  bytes: Uint8Array,
  field: ParquetField,
  most: number,
  dictionary: PageValues | undefined,
): RawColumn {
  const count = countOf(page, most);
  let at = 0;
  let levels: Int32Array | undefined;
  if (field.optional) {
    if (thrift.number(page, 3) !== 3)
      throw refusal('E_FORMAT', 'encoding', 'A Parquet page has levels of an old kind.');
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
    if (4 + length > bytes.length) throw damaged('a Parquet page is cut');
    levels = readHybrid({ bytes, at: 4 }, 4 + length, 1, count);
    at = 4 + length;
  }
  return readValues(bytes.subarray(at), thrift.number(page, 2) ?? 0, field, count, levels, dictionary);
}

function readPageV2(
  page: ThriftStruct,
  body: Uint8Array,
  size: number,
  field: ParquetField,
  chunk: Chunk,
  most: number,
  dictionary: PageValues | undefined,
): RawColumn {
  const count = countOf(page, most);
  const levelBytes = thrift.number(page, 5) ?? 0;
  const before = levelBytes + (thrift.number(page, 6) ?? 0);
  if (before > body.length || before > size) throw damaged('a Parquet page is cut');
  const levels = field.optional ? readHybrid({ bytes: body, at: 0 }, levelBytes, 1, count) : undefined;
  const rest = body.subarray(before);
  const bytes = page.get(7) === false ? rest : rest.length === 0 ? rest : decompress(rest, size - before, chunk.codec);
  return readValues(bytes, thrift.number(page, 4) ?? 0, field, count, levels, dictionary);
}

function readValues(
  bytes: Uint8Array,
  encoding: number,
  field: ParquetField,
  count: number,
  levels: Int32Array | undefined,
  dictionary: PageValues | undefined,
): RawColumn {
  let present = count;
  if (levels !== undefined) for (const level of levels) present -= 1 - level;
  const column = meaningOf(field, encoded(bytes, encoding, field, present, dictionary));
  return levels === undefined || present === count ? column : spread(column, levels, count);
}

function encoded(
  bytes: Uint8Array,
  encoding: number,
  field: ParquetField,
  count: number,
  dictionary: PageValues | undefined,
): PageValues {
  switch (encoding) {
    case 0:
      return readPlain(bytes, field.type, field.length, count);
    case 2:
    case 8: {
      if (dictionary === undefined) throw damaged('a Parquet page lacks its dictionary');
      const indices =
        count === 0 ? new Int32Array(0) : readHybrid({ bytes, at: 1 }, bytes.length, bytes[0] ?? 32, count);
      return pick(dictionary, indices);
    }
    case 5:
      return readDelta(bytes, field.type, count);
    case 6:
      return readDeltaLengths(bytes, field.type, count);
    case 7:
      return readDeltaBytes(bytes, field.type, count);
    case 9:
      return readSplit(bytes, field.type, count);
    default:
      throw refusal(
        'E_FORMAT',
        'encoding',
        `A Parquet page is encoded in a way (${encoding}) that old caches do not use.`,
      );
  }
}

function pick(dictionary: PageValues, indices: Int32Array): PageValues {
  for (const index of indices) {
    if (index >= dictionary.length) throw damaged('a Parquet index leads outside its dictionary');
  }
  if (dictionary instanceof BigInt64Array) return BigInt64Array.from(indices, (index) => dictionary[index]!);
  if (dictionary instanceof Int32Array) return Int32Array.from(indices, (index) => dictionary[index]!);
  if (dictionary instanceof Float64Array) return Float64Array.from(indices, (index) => dictionary[index]!);
  if (dictionary instanceof Float32Array) return Float32Array.from(indices, (index) => dictionary[index]!);
  return Array.from(indices, (index) => (dictionary as readonly Uint8Array[])[index]!);
}

/** The values as the kind of column that the schema says they are. */
function meaningOf(field: ParquetField, values: PageValues): RawColumn {
  const { meaning } = field;
  const nulls = undefined;
  if (values instanceof Float64Array) return { kind: 'float', single: false, nulls, values };
  if (values instanceof Float32Array) return { kind: 'float', single: true, nulls, values: Float64Array.from(values) };
  if (values instanceof BigInt64Array || values instanceof Int32Array) {
    const big = values instanceof BigInt64Array ? values : BigInt64Array.from(values, BigInt);
    if (meaning.kind === 'timestamp') return { kind: 'timestamp', unit: meaning.unit, nulls, values: big };
    if (meaning.kind === 'date') return { kind: 'date', nulls, values: big.map((day) => day * 86_400_000n) };
    if (meaning.kind === 'decimal') {
      return { kind: 'text', nulls, values: Array.from(big, (value) => decimalText(value, meaning.scale)) };
    }
    return { kind: 'int', nulls, values: big };
  }
  if (field.type === PHYSICAL.INT96) {
    return { kind: 'timestamp', unit: 'ns', nulls, values: BigInt64Array.from(values, julianNanoseconds) };
  }
  if (meaning.kind === 'decimal') {
    return { kind: 'text', nulls, values: values.map((each) => decimalText(bigEndian(each), meaning.scale)) };
  }
  return { kind: 'text', nulls, values: values.map((each) => utf8.decode(each.subarray(0, MAX_TEXT))) };
}

/** Nanoseconds of a day and the Julian day, as the deprecated INT96 has them. */
function julianNanoseconds(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  const nanoseconds = view.getBigInt64(0, true) + (BigInt(view.getUint32(8, true)) - 2_440_588n) * 86_400_000_000_000n;
  return BigInt.asIntN(64, nanoseconds);
}

function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.subarray(0, 32)) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(Math.min(bytes.length, 32) * 8, value);
}

/** The values at the rows that have one. */
function spread(column: RawColumn, levels: Int32Array, count: number): RawColumn {
  const nulls = new Uint8Array(count);
  const from = new Int32Array(count);
  for (let row = 0, value = 0; row < count; row++) {
    if (levels[row] === 0) nulls[row] = 1;
    else from[row] = value++;
  }
  if (column.kind === 'text') {
    return { kind: 'text', nulls, values: Array.from(from, (at) => column.values[at] ?? '') };
  }
  if (column.kind === 'float') {
    return {
      ...column,
      nulls,
      values: Float64Array.from(from, (at, row) => (nulls[row] === 1 ? NaN : column.values[at]!)),
    };
  }
  return {
    ...column,
    nulls,
    values: BigInt64Array.from(from, (at, row) => (nulls[row] === 1 ? 0n : column.values[at]!)),
  };
}
