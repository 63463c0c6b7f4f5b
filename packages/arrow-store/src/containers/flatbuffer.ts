import { damaged, utf8 } from './refusal.ts';

/**
 * The little of FlatBuffers that Arrow's messages need. The view is exactly the message, so that whatever damaged
 * offsets lead outside it throws a RangeError, which the reader above turns into a coded one; nothing loops on data
 * without a bound.
 */
export interface FlatTable {
  readonly view: DataView;
  readonly at: number;
}

export interface FlatVector {
  readonly view: DataView;
  /** Position of the first element. */
  readonly at: number;
  readonly length: number;
}

export function rootTable(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { view, at: view.getUint32(0, true) };
}

/** Position of a field's value, or 0 where the table leaves it out. */
function fieldAt({ view, at }: FlatTable, index: number): number {
  const vtable = at - view.getInt32(at, true);
  const slot = 4 + index * 2;
  if (slot + 2 > view.getUint16(vtable, true)) return 0;
  const offset = view.getUint16(vtable + slot, true);
  return offset === 0 ? 0 : at + offset;
}

export function byteField(table: FlatTable, index: number, otherwise = 0): number {
  const at = fieldAt(table, index);
  return at === 0 ? otherwise : table.view.getUint8(at);
}

export function shortField(table: FlatTable, index: number, otherwise = 0): number {
  const at = fieldAt(table, index);
  return at === 0 ? otherwise : table.view.getInt16(at, true);
}

export function intField(table: FlatTable, index: number, otherwise = 0): number {
  const at = fieldAt(table, index);
  return at === 0 ? otherwise : table.view.getInt32(at, true);
}

/** A 64-bit count, length or offset: never negative, never above what a Number holds exactly. */
export function longAt(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true);
  if (high < 0 || high > 0x1f_ffff) throw damaged('a length in it is not one');
  return high * 4_294_967_296 + view.getUint32(at, true);
}

export function longField(table: FlatTable, index: number): number {
  const at = fieldAt(table, index);
  return at === 0 ? 0 : longAt(table.view, at);
}

export function tableField(table: FlatTable, index: number): FlatTable | undefined {
  const at = fieldAt(table, index);
  return at === 0 ? undefined : { view: table.view, at: at + table.view.getUint32(at, true) };
}

export function textField(table: FlatTable, index: number): string {
  const vector = vectorField(table, index, 1);
  if (vector === undefined) return '';
  const { view, at, length } = vector;
  return utf8.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
}

/** A vector of elements of `width` bytes; all of it lies within the message. */
export function vectorField(table: FlatTable, index: number, width: number): FlatVector | undefined {
  const slot = fieldAt(table, index);
  if (slot === 0) return undefined;
  const { view } = table;
  const start = slot + view.getUint32(slot, true);
  const length = view.getUint32(start, true);
  const at = start + 4;
  if (length * width > view.byteLength - at) throw damaged('a list in its metadata is longer than the metadata');
  return { view, at, length };
}

export function tableElement({ view, at }: FlatVector, index: number): FlatTable {
  const slot = at + index * 4;
  return { view, at: slot + view.getUint32(slot, true) };
}
