import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Bars } from './old-file.fixture.ts';

type Field = readonly [
  id: number,
  type: number,
  value: number | bigint | string | readonly Struct[] | readonly string[] | Struct,
];
type Struct = readonly Field[];

/** Thrift's compact protocol, as far as Parquet's metadata goes: 5 and 6 integers, 8 text, 9 a list, 12 a struct. */
function thrift(struct: Struct): number[] {
  const out: number[] = [];
  let last = 0;
  for (const [id, type, value] of struct) {
    out.push(((id - last) << 4) | type);
    last = id;
    if (type === 12) out.push(...thrift(value as Struct));
    else if (type === 8) out.push(...textOf(value as string));
    else if (type === 9) {
      const list = value as readonly (Struct | string)[];
      out.push((Math.min(list.length, 15) << 4) | (typeof list[0] === 'string' ? 8 : 12));
      if (list.length >= 15) out.push(...varint(BigInt(list.length)));
      for (const each of list) out.push(...(typeof each === 'string' ? textOf(each) : thrift(each)));
    } else out.push(...varint((BigInt(value as number) << 1n) ^ (BigInt(value as number) >> 63n)));
  }
  return [...out, 0];
}

function varint(value: bigint): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return [...out, Number(rest)];
    out.push(Number(rest & 127n) | 128);
  }
}

const textOf = (text: string): number[] => [...varint(BigInt(Buffer.byteLength(text))), ...Buffer.from(text)];

/** Snappy of literals only, which any decoder must take. */
function snappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from(varint(BigInt(bytes.length)))];
  for (let at = 0; at < bytes.length; at += 60) {
    const part = bytes.subarray(at, at + 60);
    parts.push(Buffer.from([(part.length - 1) << 2]), part);
  }
  return Buffer.concat(parts);
}

/** A block of LZ4 that is one run of literals. */
function lz4Block(bytes: Buffer): Buffer {
  const head = [Math.min(bytes.length, 15) << 4];
  if (bytes.length >= 15) {
    let rest = bytes.length - 15;
    for (; rest >= 255; rest -= 255) head.push(255);
    head.push(rest);
  }
  return Buffer.concat([Buffer.from(head), bytes]);
}

const CODECS = {
  none: [0, (bytes: Buffer) => bytes],
  snappy: [1, snappy],
  gzip: [2, (bytes: Buffer) => gzipSync(bytes)],
  brotli: [4, (bytes: Buffer) => brotliCompressSync(bytes)],
  lz4: [7, lz4Block],
} as const;

export interface ParquetOptions {
  readonly codec?: keyof typeof CODECS;
  readonly encoding?: 'plain' | 'dictionary' | 'split';
  readonly page?: 1 | 2;
  readonly groups?: number;
}

/** Old bars as Parquet, written by hand: optional columns, one page a column and row group. */
export function parquet(
  of: Bars,
  { codec = 'snappy', encoding = 'plain', page = 1, groups = 1 }: ParquetOptions = {},
): Buffer {
  const columns = [
    ['open_time', 2, of.time.map((time) => time * 1000n)], ['open', 5, of.open], ['high', 5, of.high], ['low', 5, of.low],
    ['close', 5, of.close], ['volume', 5, of.volume], ['quote_asset_volume', 5, of.quote], ['count', 2, of.count],
    ['taker_buy_volume', 5, of.takerBase], ['taker_buy_quote_volume', 5, of.takerQuote],
  ] as const; // prettier-ignore
  const [codecId, compress] = CODECS[codec];
  const rows = of.time.length;
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let at = 4;
  const push = (bytes: Buffer): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  const each = Math.ceil(rows / groups);
  const rowGroups: Struct[] = [];
  for (let from = 0; from < rows; from += each) {
    const count = Math.min(each, rows - from);
    const chunks = columns.map(([name, type, values]): Struct => {
      const part = values.slice(from, from + count);
      const plain = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      const start = at;
      let dictionaryAt: number | undefined;
      let body = plain;
      let encodingId = 0;
      if (encoding === 'dictionary') {
        dictionaryAt = at;
        const packed = compress(plain);
        push(Buffer.from(thrift([[1, 5, 2], [2, 5, plain.length], [3, 5, packed.length], [7, 12, [[1, 5, count], [2, 5, 0]]]]))); // prettier-ignore
        push(packed);
        // Bit-packed groups of eight indices of eight bits: each its own entry.
        const width = Math.ceil(count / 8);
        const indices = Buffer.alloc(width * 8);
        for (let row = 0; row < count; row++) indices[row] = row;
        body = Buffer.concat([Buffer.from([8, ...varint(BigInt((width << 1) | 1))]), indices]);
        encodingId = 8;
      } else if (encoding === 'split') {
        body = Buffer.alloc(plain.length);
        for (let byte = 0; byte < 8; byte++)
          for (let row = 0; row < count; row++) body[byte * count + row] = plain[row * 8 + byte]!;
        encodingId = 9;
      }
      const levels = Buffer.from([...varint(BigInt(count << 1)), 1]);
      const dataAt = at;
      if (page === 1) {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(levels.length);
        const whole = Buffer.concat([length, levels, body]);
        const packed = compress(whole);
        push(Buffer.from(thrift([[1, 5, 0], [2, 5, whole.length], [3, 5, packed.length], [5, 12, [[1, 5, count], [2, 5, encodingId], [3, 5, 3], [4, 5, 3]]]]))); // prettier-ignore
        push(packed);
      } else {
        const packed = Buffer.concat([levels, compress(body)]);
        const header: Struct = [[1, 5, count], [2, 5, 0], [3, 5, count], [4, 5, encodingId], [5, 5, levels.length], [6, 5, 0]]; // prettier-ignore
        push(Buffer.from(thrift([[1, 5, 3], [2, 5, levels.length + body.length], [3, 5, packed.length], [8, 12, header]]))); // prettier-ignore
        push(packed);
      }
      const meta: Field[] = [[1, 5, type], [3, 9, [name]], [4, 5, codecId], [5, 6, count], [7, 6, at - start], [9, 6, dataAt]]; // prettier-ignore
      if (dictionaryAt !== undefined) meta.push([11, 6, dictionaryAt]);
      return [
        [2, 6, 0],
        [3, 12, meta],
      ];
    });
    rowGroups.push([[1, 9, chunks], [2, 6, 0], [3, 6, count]]); // prettier-ignore
  }
  const nanoseconds: Struct = [[8, 12, [[1, 5, 0], [2, 12, [[3, 12, []]]]]]]; // prettier-ignore
  const schema: Struct[] = [
    [[4, 8, 'schema'], [5, 5, columns.length]],
    ...columns.map(([name, type]): Struct => [[1, 5, type], [3, 5, 1], [4, 8, name], ...(name === 'open_time' ? [[10, 12, nanoseconds] as const] : [])]),
  ]; // prettier-ignore
  const footer = Buffer.from(
    thrift([
      [1, 5, 2],
      [2, 9, schema],
      [3, 6, rows],
      [4, 9, rowGroups],
    ]),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]);
}
