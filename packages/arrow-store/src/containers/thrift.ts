import { damaged, utf8 } from './refusal.ts';

/** A struct of Thrift's compact protocol by field number. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;
export type ThriftValue = number | bigint | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct;

export interface ThriftCursor {
  readonly view: DataView;
  at: number;
}

const MAX_DEPTH = 24;

/**
 * Reads a struct of Thrift's compact protocol, in which Parquet writes its metadata. Every element takes at least a
 * byte, so that no count makes it run on.
 * Source: github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.
 */
export function readThriftStruct(cursor: ThriftCursor, depth = 0): ThriftStruct {
  if (depth > MAX_DEPTH) throw damaged('its metadata is nested too deeply');
  const fields = new Map<number, ThriftValue>();
  let id = 0;
  for (;;) {
    const header = cursor.view.getUint8(cursor.at++);
    const type = header & 15;
    if (type === 0) return fields;
    id = header >> 4 === 0 ? Number(zigzag(varint(cursor))) : id + (header >> 4);
    fields.set(id, type === 1 ? true : type === 2 ? false : readValue(cursor, type, depth));
  }
}

function readValue(cursor: ThriftCursor, type: number, depth: number): ThriftValue {
  switch (type) {
    case 1:
    case 2:
      return cursor.view.getUint8(cursor.at++) === 1;
    case 3:
      return cursor.view.getInt8(cursor.at++);
    case 4:
    case 5:
      return Number(zigzag(varint(cursor)));
    case 6:
      return zigzag(varint(cursor));
    case 7:
      cursor.at += 8;
      return cursor.view.getFloat64(cursor.at - 8, true);
    case 8: {
      const length = Number(varint(cursor));
      if (length > cursor.view.byteLength - cursor.at) throw damaged('its metadata is cut');
      const bytes = new Uint8Array(cursor.view.buffer, cursor.view.byteOffset + cursor.at, length);
      cursor.at += length;
      return bytes;
    }
    case 9:
    case 10: {
      const header = cursor.view.getUint8(cursor.at++);
      const length = header >> 4 === 15 ? Number(varint(cursor)) : header >> 4;
      if (length > cursor.view.byteLength - cursor.at) throw damaged('a list in its metadata is longer than the file');
      const values: ThriftValue[] = [];
      for (let index = 0; index < length; index++) values.push(readValue(cursor, header & 15, depth + 1));
      return values;
    }
    case 12:
      return readThriftStruct(cursor, depth + 1);
    default:
      throw damaged('its metadata is not readable');
  }
}

function varint(cursor: ThriftCursor): bigint {
  let low = 0;
  let shift = 0;
  for (; shift < 28; shift += 7) {
    const byte = cursor.view.getUint8(cursor.at++);
    low |= (byte & 127) << shift;
    if (byte < 128) return BigInt(low);
  }
  let value = BigInt(low);
  for (; shift < 70; shift += 7) {
    const byte = cursor.view.getUint8(cursor.at++);
    value |= BigInt(byte & 127) << BigInt(shift);
    if (byte < 128) return value;
  }
  throw damaged('a number in its metadata does not end');
}

const zigzag = (value: bigint): bigint => (value >> 1n) ^ -(value & 1n);

/** Typed access to the fields of a struct; a field of another type is damage. */
export const thrift = {
  struct(of: ThriftStruct, id: number): ThriftStruct | undefined {
    const value = of.get(id);
    if (value === undefined || value instanceof Map) return value as ThriftStruct | undefined;
    throw damaged('its metadata is not of the expected form');
  },
  structs(of: ThriftStruct, id: number): readonly ThriftStruct[] {
    const value = of.get(id) ?? [];
    if (Array.isArray(value) && value.every((each) => each instanceof Map)) return value as ThriftStruct[];
    throw damaged('its metadata is not of the expected form');
  },
  /** A count, an offset or a choice: never negative. */
  number(of: ThriftStruct, id: number): number | undefined {
    const value = of.get(id);
    if (value === undefined) return undefined;
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
    throw damaged('a number in its metadata is not one');
  },
  text(value: ThriftValue | undefined): string {
    return value instanceof Uint8Array ? utf8.decode(value) : '';
  },
} as const;
