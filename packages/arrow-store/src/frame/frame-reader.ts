import { type BodyLayout, type StoredColumn, bodyLayout } from './entry-layout.ts';
import {
  HEAD_METADATA_AT,
  MAGIC,
  PREFIX_BYTES,
  SCHEMA_AT,
  TAIL_METADATA_AT,
  TRAILER_BYTES,
  encodeHead,
  encodeTail,
  headSealPlace,
  tailSealPlace,
} from './frame.ts';
import { FrameMismatch } from './frame-mismatch.ts';
import { MOST_ENTRIES } from './metadata-bytes.ts';
import { recordBatchMessage } from './schema-message.ts';
import { SEAL_LENGTH } from './seal.ts';

/** No file is shorter: magic, two messages, the end of the stream, a footer, magic. */
export const MINIMUM_BYTES = 1024;
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function startsWith(bytes: Uint8Array, magic: Uint8Array, at: number): boolean {
  return magic.every((byte, index) => bytes[at + index] === byte);
}

/** Bytes of the tail, as the trailer at the end of a file says: the last bytes of it are enough. */
export function tailLength(end: Uint8Array, fileSize: number): number {
  const at = end.length - TRAILER_BYTES;
  if (at < 0 || !startsWith(end, MAGIC, end.length - MAGIC.length)) {
    throw new FrameMismatch('the file ends with ARROW1', 'it does not');
  }
  const footerLength = viewOf(end).getInt32(at, true);
  const length = PREFIX_BYTES + footerLength + TRAILER_BYTES;
  if (footerLength < TAIL_METADATA_AT || footerLength % 8 !== 0 || length > fileSize - MINIMUM_BYTES / 2) {
    throw new FrameMismatch('a footer within the file', `a footer of ${footerLength} bytes in ${fileSize}`);
  }
  return length;
}

/** Where the seal of the head stands, found by its fixed place; nothing else of the head is read. */
export function findHeadSeal(head: Uint8Array): number {
  if (head.length < MINIMUM_BYTES / 2 || !startsWith(head, MAGIC, 0)) {
    throw new FrameMismatch('the file begins with ARROW1', 'it does not');
  }
  return checkedPlace(head, HEAD_METADATA_AT, headSealPlace);
}

export function findTailSeal(tail: Uint8Array): number {
  return checkedPlace(tail, TAIL_METADATA_AT, tailSealPlace);
}

function checkedPlace(bytes: Uint8Array, metadataAt: number, place: (entries: number) => number): number {
  const entries = viewOf(bytes).getUint32(metadataAt, true);
  const at = place(entries);
  if (entries === 0 || entries > MOST_ENTRIES || at + SEAL_LENGTH > bytes.length) {
    throw new FrameMismatch('a seal at its place', `${entries} metadata entries`);
  }
  return at;
}

/** Where the record batch message begins. */
function messageOffset(head: Uint8Array): number {
  const length = viewOf(head).getInt32(SCHEMA_AT - 4, true);
  if (length <= 0 || length % 8 !== 0) throw new FrameMismatch('a schema message', `${length} bytes of one`);
  return SCHEMA_AT + length;
}

/** Bytes before the body, as far as the first bytes of a file tell; they need not all be given. */
export function headLength(start: Uint8Array): number {
  const messageAt = messageOffset(start);
  const length = viewOf(start).getInt32(messageAt + 4, true);
  if (length <= 0 || length % 8 !== 0) throw new FrameMismatch('a record batch message', `${length} bytes of one`);
  return messageAt + PREFIX_BYTES + length;
}

/**
 * Where everything is in a file of this schema. Head and tail have to be, byte by byte, those that this package writes
 * around the metadata: so the layout need not be parsed, and no other arrangement can be mistaken for ours.
 */
export function layoutOf(
  { head, tail }: { readonly head: Uint8Array; readonly tail: Uint8Array },
  schema: readonly StoredColumn[],
  rows: number,
  metadata: Uint8Array,
): BodyLayout {
  const layout = layoutFor(schema, rows, textLengths(head, schema));
  const frame = frameFor(schema, rows, layout, metadata.length);
  if (!equalAround(head, frame.head, HEAD_METADATA_AT, metadata.length)) {
    throw new FrameMismatch('the schema and layout of its dataset', 'another one');
  }
  const again = tail.subarray(TAIL_METADATA_AT, TAIL_METADATA_AT + metadata.length);
  if (!equalAround(tail, frame.tail, TAIL_METADATA_AT, metadata.length) || !equalBytes(again, metadata)) {
    throw new FrameMismatch('the footer that belongs to the schema', 'another one');
  }
  return layout;
}

/** The tail that stands behind a head with this metadata: it says nothing that the head does not say. */
export function tailFor(
  head: Uint8Array,
  schema: readonly StoredColumn[],
  rows: number,
  metadata: Uint8Array,
): Uint8Array {
  const layout = layoutFor(schema, rows, textLengths(head, schema));
  const tail = frameFor(schema, rows, layout, metadata.length).tail.slice();
  tail.set(metadata, TAIL_METADATA_AT);
  return tail;
}

/** The bytes of a file around its columns. */
export interface Frame {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

const frames = new WeakMap<BodyLayout, Map<number, Frame>>();
const MOST_FRAMES = 64;

/** Head and tail around metadata of a length, which is left empty: days of one symbol hardly differ in it. */
export function frameFor(
  schema: readonly StoredColumn[],
  rows: number,
  layout: BodyLayout,
  metadataLength: number,
): Frame {
  let known = frames.get(layout);
  if (known === undefined) frames.set(layout, (known = new Map<number, Frame>()));
  let frame = known.get(metadataLength);
  if (frame === undefined) {
    if (known.size >= MOST_FRAMES) known.clear();
    const metadata = new Uint8Array(metadataLength);
    const { bytes: head, messageAt } = encodeHead(schema, rows, layout, metadata);
    known.set(metadataLength, (frame = { head, tail: encodeTail(schema, metadata, messageAt, head.length, layout) }));
  }
  return frame;
}

function equalAround(left: Uint8Array, right: Uint8Array, from: number, length: number): boolean {
  return (
    left.length === right.length &&
    equalBytes(left.subarray(0, from), right.subarray(0, from)) &&
    equalBytes(left.subarray(from + length), right.subarray(from + length))
  );
}

const layouts = new WeakMap<readonly StoredColumn[], Map<number, BodyLayout>>();
/** Days of one interval have the same number of rows, nearly all; of trades no two have. */
const MOST_LAYOUTS = 256;

/** The layout, made once for a number of rows where no text makes it differ. */
export function layoutFor(schema: readonly StoredColumn[], rows: number, textBytes: readonly number[]): BodyLayout {
  if (textBytes.length > 0) return bodyLayout(schema, rows, textBytes);
  let known = layouts.get(schema);
  if (known === undefined) layouts.set(schema, (known = new Map<number, BodyLayout>()));
  let layout = known.get(rows);
  if (layout === undefined) {
    if (known.size >= MOST_LAYOUTS) known.clear();
    known.set(rows, (layout = bodyLayout(schema, rows)));
  }
  return layout;
}

/** Four bytes a step where both begin at a multiple of four, as they do. */
function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let at = 0;
  if (left.byteOffset % 4 === 0 && right.byteOffset % 4 === 0) {
    const words = left.length >> 2;
    const a = new Int32Array(left.buffer, left.byteOffset, words);
    const b = new Int32Array(right.buffer, right.byteOffset, words);
    for (let word = 0; word < words; word++) if (a[word] !== b[word]) return false;
    at = words * 4;
  }
  for (; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

/** Bytes of each text column, from the record batch message: its buffers are the last thing in it, 16 bytes each. */
function textLengths(head: Uint8Array, schema: readonly StoredColumn[]): number[] {
  const texts = schema.filter(({ type }) => type === 'text').length;
  if (texts === 0) return [];
  const view = viewOf(head);
  const message = recordBatchMessage(0, bodyLayout(schema, 0)); // as long as that of any number of rows
  let buffer = messageOffset(head) + PREFIX_BYTES + message.length - (schema.length * 2 + texts) * 16;
  const lengths: number[] = [];
  for (const { type } of schema) {
    buffer += type === 'text' ? 48 : 32; // validity, offsets and bytes, or validity and values
    if (type === 'text') lengths.push(Number(view.getBigInt64(buffer - 8, true)));
  }
  if (lengths.some((length) => length < 0 || length > 2 ** 31)) {
    throw new FrameMismatch('texts of a possible length', lengths.join(', '));
  }
  return lengths;
}
