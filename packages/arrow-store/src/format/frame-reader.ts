import { decodeText } from './decode-text.ts';
import { type BodyLayout, type StoredColumn, bodyLayout } from './entry-layout.ts';
import {
  HEAD_ENTRIES_AT,
  MAGIC,
  PREFIX_BYTES,
  SCHEMA_AT,
  TAIL_ENTRIES_AT,
  TRAILER_BYTES,
  encodeHead,
  encodeTail,
  headSealPlace,
  tailSealPlace,
} from './frame.ts';
import { type Metadata, recordBatchMessage } from './schema-message.ts';
import { SEAL_LENGTH } from './seal.ts';

/** No file is shorter: magic, two messages, the end of the stream, a footer, magic. */
export const MINIMUM_BYTES = 1024;
/** More metadata entries than this are no entry of ours. */
const MOST_ENTRIES = 1000;

/** Why bytes are no entry: what was expected, and what was found. */
export class FrameMismatch {
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    this.expected = expected;
    this.found = found;
  }
}

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
  if (footerLength < TAIL_ENTRIES_AT || footerLength % 8 !== 0 || length > fileSize - MINIMUM_BYTES / 2) {
    throw new FrameMismatch('a footer within the file', `a footer of ${footerLength} bytes in ${fileSize}`);
  }
  return length;
}

/** Where the seal of the head stands, found by its fixed place; nothing else of the head is read. */
export function findHeadSeal(head: Uint8Array): number {
  if (head.length < MINIMUM_BYTES / 2 || !startsWith(head, MAGIC, 0)) {
    throw new FrameMismatch('the file begins with ARROW1', 'it does not');
  }
  return checkedPlace(head, HEAD_ENTRIES_AT, headSealPlace);
}

export function findTailSeal(tail: Uint8Array): number {
  return checkedPlace(tail, TAIL_ENTRIES_AT, tailSealPlace);
}

function checkedPlace(bytes: Uint8Array, entriesAt: number, place: (entries: number) => number): number {
  const entries = viewOf(bytes).getUint32(entriesAt, true);
  const at = place(entries);
  if (entries === 0 || entries > MOST_ENTRIES || at + SEAL_LENGTH > bytes.length) {
    throw new FrameMismatch('a seal at its place', `${entries} metadata entries`);
  }
  return at;
}

/** The metadata of the schema message. Every access is within the bytes, and the loop is bounded. */
export function readMetadata(head: Uint8Array): Metadata {
  const view = viewOf(head);
  const entries = view.getUint32(HEAD_ENTRIES_AT, true);
  if (entries > MOST_ENTRIES) throw new FrameMismatch('metadata', `${entries} entries`);
  const metadata: [string, string][] = [];
  for (let index = 0; index < entries; index++) {
    const place = HEAD_ENTRIES_AT + 4 + 4 * index;
    const table = place + view.getUint32(place, true);
    // The table holds, in this order, references to its value and its name.
    metadata.push([textAt(head, view, table + 8), textAt(head, view, table + 4)]);
  }
  return metadata;
}

function textAt(bytes: Uint8Array, view: DataView, place: number): string {
  const at = place + view.getUint32(place, true);
  const length = view.getUint32(at, true);
  if (at + 4 + length > bytes.length) throw new FrameMismatch('text within the metadata', `${length} bytes`);
  return decodeText(bytes, at + 4, at + 4 + length);
}

/** Where the record batch message begins. */
export function messageOffset(head: Uint8Array): number {
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
 * Where everything is in a file of this schema, from its head. The head has to be, byte by byte, the one that this
 * package writes for its metadata: so the layout need not be parsed, and no other arrangement can be mistaken for ours.
 */
export function layoutOf(
  head: Uint8Array,
  schema: readonly StoredColumn[],
  rows: number,
  metadata: Metadata,
): BodyLayout {
  const layout = bodyLayout(schema, rows, textLengths(head, schema));
  const expected = encodeHead(schema, rows, layout, metadata).bytes;
  if (!equalBytes(expected, head)) throw new FrameMismatch('the schema and layout of its dataset', 'another one');
  return layout;
}

/** Whether the tail is the one that belongs to the head. */
export function assertTail(
  tail: Uint8Array,
  head: Uint8Array,
  schema: readonly StoredColumn[],
  metadata: Metadata,
  layout: BodyLayout,
): void {
  const expected = encodeTail(schema, metadata, messageOffset(head), head.length, layout).bytes;
  if (!equalBytes(expected, tail)) throw new FrameMismatch('the footer that belongs to the schema', 'another one');
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
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
