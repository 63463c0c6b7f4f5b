import { type BodyLayout, type StoredColumn, aligned } from './entry-layout.ts';
import { footer, recordBatchMessage, schemaMessage, sealPlace } from './schema-message.ts';

export const MAGIC = new Uint8Array([0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]); // ARROW1
/** Before a message: the continuation mark and the message's length. */
export const PREFIX_BYTES = 8;
/** Behind the footer: its length and the magic. */
export const TRAILER_BYTES = 10;
const CONTINUATION = 0xffff_ffff;
/** The magic, two zeros, and the prefix of the schema message. */
export const SCHEMA_AT = 16;

const NO_METADATA = new Uint8Array(4);
const NO_BLOCK = { offset: 0, messageLength: 0, bodyLength: 0 };

/** Where the metadata begins: in the file, and counted from the tail's own start. */
export const HEAD_METADATA_AT = SCHEMA_AT + schemaMessage([], NO_METADATA).metadataAt;
export const TAIL_METADATA_AT = PREFIX_BYTES + footer([], NO_METADATA, NO_BLOCK).metadataAt;

export const headSealPlace = (entries: number): number => sealPlace(HEAD_METADATA_AT, entries);
export const tailSealPlace = (entries: number): number => sealPlace(TAIL_METADATA_AT, entries);

export interface Head {
  readonly bytes: Uint8Array;
  /** Where the record batch message begins. */
  readonly messageAt: number;
}

/** Everything before the body. It ends at a multiple of 64, so that the columns begin at one. */
export function encodeHead(
  schema: readonly StoredColumn[],
  rows: number,
  layout: BodyLayout,
  metadata: Uint8Array,
): Head {
  const message = schemaMessage(schema, metadata);
  const batch = recordBatchMessage(rows, layout);
  const messageAt = aligned(SCHEMA_AT + message.bytes.length);
  const bytes = new Uint8Array(aligned(messageAt + PREFIX_BYTES + batch.length));
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, CONTINUATION, true);
  view.setInt32(12, messageAt - SCHEMA_AT, true);
  bytes.set(message.bytes, SCHEMA_AT);
  view.setUint32(messageAt, CONTINUATION, true);
  view.setInt32(messageAt + 4, bytes.length - messageAt - PREFIX_BYTES, true);
  bytes.set(batch, messageAt + PREFIX_BYTES);
  return { bytes, messageAt };
}

/** Everything behind the body: the end of the stream, the footer, its length and the magic. */
export function encodeTail(
  schema: readonly StoredColumn[],
  metadata: Uint8Array,
  messageAt: number,
  bodyAt: number,
  layout: BodyLayout,
): Uint8Array {
  const block = { offset: messageAt, messageLength: bodyAt - messageAt, bodyLength: layout.length };
  const { bytes: flatbuffer } = footer(schema, metadata, block);
  const footerLength = Math.ceil(flatbuffer.length / 8) * 8;
  const bytes = new Uint8Array(PREFIX_BYTES + footerLength + TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTINUATION, true); // end of stream: a message of length 0
  bytes.set(flatbuffer, PREFIX_BYTES);
  view.setInt32(PREFIX_BYTES + footerLength, footerLength, true);
  bytes.set(MAGIC, PREFIX_BYTES + footerLength + 4);
  return bytes;
}
