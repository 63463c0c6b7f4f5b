import { longAt } from './flatbuffer.ts';
import { type IpcBatch, type IpcContent, type RowBatch, readMessages } from './ipc-messages.ts';
import type { IpcField, IpcType } from './ipc-schema.ts';
import { decodeLz4Frames } from './lz4.ts';
import { type RawColumn, type RawTable, concatenate, decimalText } from './raw-table.ts';
import { MAX_TEXT, damaged, refusal, utf8 } from './refusal.ts';
import { decodeZstd } from './zstd.ts';

/**
 * Reads Arrow's IPC file and stream formats, as far as old caches go: flat columns of numbers, times and text, plain,
 * LZ4 or Zstandard, in any number of batches; what else a schema holds is passed over. Our own reader, because
 * apache-arrow's hangs on damaged files, runs out of memory, and reads most damage to wrong numbers without an error.
 * Source: arrow.apache.org/docs/format/Columnar.html.
 */
export function readIpc(
  bytes: Uint8Array,
  container: 'ipc-file' | 'ipc-stream',
  memory: 'own' | 'shared' = 'own',
): RawTable {
  const messages = readMessages(bytes, container);
  const content = { ...messages, kept: memory === 'own' ? bytes.buffer : undefined };
  const { fields, batches } = content;
  const codecs = new Set(batches.map(({ codec }) => codec));
  return {
    rows: batches.reduce((sum, { rows }) => sum + rows, 0),
    names: fields.map(({ name }) => name),
    compression: [...codecs].join('+') || 'none',
    read(index) {
      const field = fields[index]!;
      if (batches.length === 0) return readColumn(field, content, undefined, index, new Map());
      const decoded: DecodedDictionaries = new Map();
      return concatenate(batches.map((batch) => readColumn(field, content, batch, index, decoded)));
    },
  };
}

/** What the file holds, and the memory that no column may stay in. */
interface Content extends IpcContent {
  readonly kept: ArrayBufferLike | undefined;
}

/** Where a column's node, buffers and view counts begin in a batch. */
function locate(fields: readonly IpcField[], index: number, batch: IpcBatch) {
  let node = 0;
  let buffer = 0;
  let view = 0;
  for (const field of fields.slice(0, index)) {
    node += field.nodes;
    buffer += field.buffers;
    for (let each = 0; each < field.views; each++) buffer += variadicCount(batch, view + each);
    view += field.views;
  }
  return { node, buffer, view };
}

function variadicCount(batch: IpcBatch, index: number): number {
  const { variadic } = batch;
  if (variadic === undefined || index >= variadic.length) throw damaged('a text column lacks its buffers');
  const count = longAt(variadic.view, variadic.at + index * 8);
  if (count > batch.rows + 1) throw damaged('a text column has too many buffers');
  return count;
}

/** A dictionary is decoded once, however many batches use it. */
type DecodedDictionaries = Map<readonly IpcBatch[], RawColumn>;

function readColumn(
  field: IpcField,
  { fields, kept }: Content,
  batch: RowBatch | undefined,
  index: number,
  decoded: DecodedDictionaries,
): RawColumn {
  if (batch === undefined) return emptyColumn(field.type);
  const { node, buffer, view } = locate(fields, index, batch);
  if (node >= batch.nodes.length || longAt(batch.nodes.view, batch.nodes.at + node * 16) !== batch.rows) {
    throw damaged('a column has another number of rows than its batch');
  }
  if (field.dictionary === undefined) return decode(field.type, batch, buffer, view, kept);
  const indices = decode(field.dictionary.index, batch, buffer, view, kept);
  const parts = batch.dictionaries.get(field.dictionary.id);
  if (parts === undefined || indices.kind !== 'int') throw damaged('a dictionary is missing');
  const dictionary = decoded.get(parts) ?? concatenate(parts.map((part) => decode(field.type, part, 0, 0, kept)));
  decoded.set(parts, dictionary);
  return gather(dictionary, indices);
}

function emptyColumn(type: IpcType): RawColumn {
  switch (type.kind) {
    case 'float':
      return { kind: 'float', single: type.bits < 64, nulls: undefined, values: new Float64Array(0) };
    case 'timestamp':
      return { kind: 'timestamp', unit: type.unit, nulls: undefined, values: new BigInt64Array(0) };
    case 'int':
    case 'date':
      return { kind: type.kind, nulls: undefined, values: new BigInt64Array(0) };
    default:
      return { kind: 'text', nulls: undefined, values: [] };
  }
}

function gather(dictionary: RawColumn, indices: RawColumn & { kind: 'int' }): RawColumn {
  const rows = indices.values.length;
  const nulls = indices.nulls?.slice() ?? new Uint8Array(rows);
  const at = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    if (nulls[row] === 1) continue;
    const index = indices.values[row]!;
    if (index < 0n || index >= BigInt(dictionary.values.length)) throw damaged('a dictionary index leads outside');
    at[row] = Number(index);
    if (dictionary.nulls?.[at[row]!] === 1) nulls[row] = 1;
  }
  const anyNull = nulls.includes(1) ? nulls : undefined;
  if (dictionary.kind === 'text') {
    return { kind: 'text', nulls: anyNull, values: Array.from(at, (each) => dictionary.values[each] ?? '') };
  }
  if (dictionary.kind === 'float') {
    return { ...dictionary, nulls: anyNull, values: Float64Array.from(at, (each) => dictionary.values[each] ?? NaN) };
  }
  const values = new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = dictionary.values[at[row]!] ?? 0n;
  return { ...dictionary, nulls: anyNull, values };
}

/** One buffer of a batch, decompressed; `expected` bytes of it are used, or all where that is undefined. */
function bufferOf(batch: IpcBatch, index: number, expected: number | undefined): Uint8Array {
  const { buffers, body, codec } = batch;
  if (index >= buffers.length) throw damaged('a column lacks its buffers');
  const at = buffers.at + index * 16;
  const offset = longAt(buffers.view, at);
  const length = longAt(buffers.view, at + 8);
  let bytes = body.subarray(offset, offset + length);
  if (codec !== 'none' && length > 0) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const plain = view.getInt32(0, true) === -1 && view.getInt32(4, true) === -1;
    bytes = bytes.subarray(8);
    if (!plain) {
      const size = longAt(view, 0);
      // Writers pad buffers to at most 64 bytes; what is longer than its rows is damage.
      if (size > (expected ?? batch.rows * MAX_TEXT) + 64) {
        throw damaged('a compressed column is longer than its rows');
      }
      bytes = codec === 'lz4' ? decodeLz4Frames(bytes, size) : decodeZstd(bytes, size);
    }
  }
  if (expected === undefined) return bytes;
  if (bytes.length < expected) throw damaged('a column is shorter than its rows');
  return bytes.subarray(0, expected);
}

function nullsOf(batch: IpcBatch, index: number): Uint8Array | undefined {
  const { rows, buffers } = batch;
  if (index >= buffers.length) throw damaged('a column lacks its buffers');
  if (longAt(buffers.view, buffers.at + index * 16 + 8) === 0) return undefined;
  const bits = bufferOf(batch, index, (rows + 7) >> 3);
  let nulls: Uint8Array | undefined;
  for (let row = 0; row < rows; row++) {
    if (((bits[row >> 3]! >> (row & 7)) & 1) === 0) (nulls ??= new Uint8Array(rows))[row] = 1;
  }
  return nulls;
}

/** A kind of typed array. */
interface ArrayKind<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

/** The values of a column as the file has them; copied where they stand in memory that is not to be kept, or off their grid. */
type FixedColumn = <A>(kind: ArrayKind<A>, perRow?: number) => A;

function fixedColumn(batch: IpcBatch, buffer: number, kept: ArrayBufferLike | undefined): FixedColumn {
  return (Kind, perRow = 1) => {
    const length = batch.rows * perRow;
    let bytes = bufferOf(batch, buffer + 1, length * Kind.BYTES_PER_ELEMENT);
    if (bytes.buffer === kept || bytes.byteOffset % 8 !== 0) bytes = new Uint8Array(bytes);
    return new Kind(bytes.buffer, bytes.byteOffset, length);
  };
}

function decode(
  type: IpcType,
  batch: IpcBatch,
  buffer: number,
  view: number,
  kept: ArrayBufferLike | undefined,
): RawColumn {
  const { rows } = batch;
  const nulls = nullsOf(batch, buffer);
  const fixed = fixedColumn(batch, buffer, kept);
  switch (type.kind) {
    case 'timestamp':
      return { kind: 'timestamp', unit: type.unit, nulls, values: fixed(BigInt64Array) };
    case 'date':
      return type.bits === 64
        ? { kind: 'date', nulls, values: fixed(BigInt64Array) }
        : { kind: 'date', nulls, values: BigInt64Array.from(fixed(Int32Array), (day) => BigInt(day) * 86_400_000n) };
    case 'int':
      return { kind: 'int', nulls, values: integers(type.bits, type.signed, fixed) };
    case 'float':
      if (type.bits === 64) return { kind: 'float', single: false, nulls, values: fixed(Float64Array) };
      if (type.bits === 32) {
        return { kind: 'float', single: true, nulls, values: Float64Array.from(fixed(Float32Array)) };
      }
      throw unreadable('16-bit float');
    case 'decimal':
      return { kind: 'text', nulls, values: decimals(type.bits, type.scale, rows, fixed) };
    case 'text':
      return {
        kind: 'text',
        nulls,
        values: type.layout === 'view' ? viewText(batch, buffer, view) : offsetText(batch, buffer, type.layout),
      };
    case 'other':
      throw unreadable(type.name);
  }
}

function unreadable(name: string): Error {
  return refusal('E_SCHEMA', 'column-type', `A column that is needed is of type ${name}.`);
}

function integers(bits: number, signed: boolean, fixed: FixedColumn): BigInt64Array {
  switch (bits) {
    case 64: {
      const values = fixed(BigInt64Array);
      if (!signed && values.some((value) => value < 0n)) throw damaged('a number in it is too large');
      return values;
    }
    case 32:
      return BigInt64Array.from(signed ? fixed(Int32Array) : fixed(Uint32Array), BigInt);
    case 16:
      return BigInt64Array.from(signed ? fixed(Int16Array) : fixed(Uint16Array), BigInt);
    case 8:
      return BigInt64Array.from(signed ? fixed(Int8Array) : fixed(Uint8Array), BigInt);
    default:
      throw damaged('a number column has no known width');
  }
}

function decimals(bits: number, scale: number, rows: number, fixed: FixedColumn): string[] {
  if (![32, 64, 128, 256].includes(bits) || Math.abs(scale) > 76) throw damaged('a decimal column is of no known kind');
  const words = fixed(Uint32Array, bits / 32);
  return Array.from({ length: rows }, (_, row) => {
    let value = 0n;
    for (let word = bits / 32 - 1; word >= 0; word--) value = (value << 32n) | BigInt(words[row * (bits / 32) + word]!);
    return decimalText(BigInt.asIntN(bits, value), scale);
  });
}

function offsetText(batch: IpcBatch, buffer: number, layout: 'offsets32' | 'offsets64'): string[] {
  const { rows } = batch;
  if (rows === 0) return [];
  const wide = layout === 'offsets64';
  const bytes = bufferOf(batch, buffer + 1, (rows + 1) * (wide ? 8 : 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = bufferOf(batch, buffer + 2, undefined);
  const offset = (index: number) => (wide ? longAt(view, index * 8) : view.getInt32(index * 4, true));
  return Array.from({ length: rows }, (_, row) => {
    const from = offset(row);
    const to = offset(row + 1);
    if (from < 0 || to < from || to > data.length || to - from > MAX_TEXT)
      throw damaged('a text leads outside its column');
    return utf8.decode(data.subarray(from, to));
  });
}

function viewText(batch: IpcBatch, buffer: number, view: number): string[] {
  const { rows } = batch;
  const bytes = bufferOf(batch, buffer + 1, rows * 16);
  const views = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = variadicCount(batch, view);
  let size = 0;
  const data = Array.from({ length: count }, (_, each) => {
    const part = bufferOf(batch, buffer + 2 + each, undefined);
    size += part.length;
    if (batch.codec !== 'none' && size > rows * MAX_TEXT + 64) throw damaged('a text column is longer than its rows');
    return part;
  });
  return Array.from({ length: rows }, (_, row) => {
    const at = row * 16;
    const length = views.getInt32(at, true);
    if (length >= 0 && length <= 12) return utf8.decode(bytes.subarray(at + 4, at + 4 + length));
    const from = views.getInt32(at + 12, true);
    const source = data[views.getInt32(at + 8, true)];
    if (length < 0 || length > MAX_TEXT || source === undefined || from < 0 || from + length > source.length) {
      throw damaged('a text leads outside its column');
    }
    return utf8.decode(source.subarray(from, from + length));
  });
}
