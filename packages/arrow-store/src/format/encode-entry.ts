import { createHash, hash } from 'node:crypto';

import type { ColumnArray } from '@vision-cache/cache-keys';
import { crc32Zlib } from '../frame/crc32-zlib.ts';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { type BodyLayout, MOST_BYTES, type StoredColumn, aligned } from '../frame/entry-layout.ts';
import { type Frame, frameFor, layoutFor } from '../frame/frame-reader.ts';
import { HEAD_METADATA_AT, TAIL_METADATA_AT, headSealPlace, tailSealPlace } from '../frame/frame.ts';
import { type Metadata, encodeMetadata } from '../frame/metadata-bytes.ts';
import { combineCrc32 } from '../frame/crc32-combine.ts';
import { COLUMN_CRC32 } from './metadata.ts';
import { crcText, putCrc, putSha256 } from '../frame/seal.ts';
import { packBits } from './pack-bits.ts';

const PADDING = new Uint8Array(64);
const textEncoder = new TextEncoder();

/** A sealed file, in parts that are written one after the other; columns are not copied. */
export interface EncodedEntry {
  readonly parts: readonly Uint8Array[];
  readonly size: number;
  readonly crc32: string;
  readonly sha256: string;
}

/**
 * The bytes of an entry: magic, schema message, record batch message, columns, end of stream, footer, length, magic.
 * The same columns and metadata give the same bytes.
 */
export function encodeEntry(
  schema: readonly StoredColumn[],
  rows: number,
  columns: Readonly<Record<string, ColumnArray>>,
  metadata: Metadata,
): EncodedEntry {
  const texts = new Map<string, EncodedText>();
  for (const { name, type } of schema) {
    if (type === 'text') texts.set(name, encodeTexts(columns[name] as readonly string[]));
  }
  const layout = layoutFor(schema, rows, [...texts.values()].map(({ bytes }) => bytes.length)); // prettier-ignore
  assertReadableLater(layout.length, metadata);
  const body = bodyOf(layout, rows, columns, texts);
  const crcs = body.columns.map(({ crc }) => crcText(crc)).join(' ');
  const metadataBytes = encodeMetadata(
    metadata.map(([name, value]) => (name === COLUMN_CRC32 ? ([name, crcs] as const) : ([name, value] as const))),
  );
  const frame = frameFor(schema, rows, layout, metadataBytes.length);
  assertReadableLater(frame.head.length + layout.length + frame.tail.length, metadata);
  const places = { headSealAt: headSealPlace(metadata.length), tailSealAt: tailSealPlace(metadata.length) };
  const size = frame.head.length + layout.length + frame.tail.length;
  if (size <= MOST_COPIED) return sealWhole(wholeOf(frame, body, metadataBytes, size), frame, places);
  const head = frame.head.slice();
  const tail = frame.tail.slice();
  head.set(metadataBytes, HEAD_METADATA_AT);
  tail.set(metadataBytes, TAIL_METADATA_AT);
  return seal({ head, tail, body }, places);
}

/** Where the seals stand in the head and in the tail. */
interface SealPlaces {
  readonly headSealAt: number;
  readonly tailSealAt: number;
}

/** Up to here, one piece of memory costs less to copy than many parts cost to hash, check and write one by one. */
const MOST_COPIED = 32 * 1024;

function wholeOf({ head, tail }: Frame, body: Body, metadata: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(size);
  whole.set(head);
  whole.set(metadata, HEAD_METADATA_AT);
  let at = head.length;
  for (const part of body.parts) {
    whole.set(part, at);
    at += part.length;
  }
  whole.set(tail, at);
  whole.set(metadata, at + TAIL_METADATA_AT);
  return whole;
}

function sealWhole(whole: Uint8Array, { head, tail }: Frame, { headSealAt, tailSealAt }: SealPlaces): EncodedEntry {
  const tailAt = whole.length - tail.length;
  const sealAgainAt = tailAt + tailSealAt;
  const sha256 = hash('sha256', whole);
  putSha256(whole, headSealAt, sha256);
  putSha256(whole, sealAgainAt, sha256);
  const crc = crcText(crc32Zlib(whole));
  putCrc(whole, headSealAt, crc);
  putCrc(whole, sealAgainAt, crc);
  const parts = [whole.subarray(0, head.length), whole.subarray(head.length, tailAt), whole.subarray(tailAt)];
  return { parts, size: whole.length, crc32: crc, sha256 };
}

/** The columns' bytes and what stands between them. */
interface Body {
  readonly parts: readonly Uint8Array[];
  /** Of each column, up to its last byte; `padding` bytes of zeros stand behind it. */
  readonly columns: readonly { readonly crc: number; readonly length: number; readonly padding: number }[];
}

function bodyOf(
  { columns: places }: BodyLayout,
  rows: number,
  columns: Readonly<Record<string, ColumnArray>>,
  texts: ReadonlyMap<string, EncodedText>,
): Body {
  const parts: Uint8Array[] = [];
  const push = (bytes: Uint8Array): number => {
    parts.push(bytes);
    const padding = aligned(bytes.length) - bytes.length;
    if (padding > 0) parts.push(PADDING.subarray(0, padding));
    return padding;
  };
  const found = places.map(({ name, type }) => {
    const column = columns[name]!;
    const text = texts.get(name);
    if (text !== undefined) {
      const between = push(text.offsets);
      const padding = push(text.bytes);
      const offsets = crc32Zlib(PADDING.subarray(0, between), crc32Zlib(text.offsets));
      const length = text.offsets.length + between + text.bytes.length;
      return { crc: crc32Zlib(text.bytes, offsets), length, padding };
    }
    const bytes = type === 'bool' ? packBits(column as Uint8Array, rows) : bytesOf(column as Float64Array, rows);
    return { crc: crc32Zlib(bytes), length: bytes.length, padding: push(bytes) };
  });
  return { parts, columns: found };
}

/** What could be written and not be read again would be taken for damaged. */
function assertReadableLater(size: number, metadata: Metadata): void {
  if (size <= MOST_BYTES) return;
  const path = new Map(metadata).get('vision-cache.path');
  const message = `${quote(path)} would have ${size} bytes; an entry has at most ${MOST_BYTES}.`;
  const details = { path, expected: `at most ${MOST_BYTES} bytes`, found: `${size} bytes`, limit: MOST_BYTES };
  throw new ArrowStoreError('E_TOO_LARGE', message, details);
}

interface Unsealed {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly body: Body;
}

/**
 * The seal: SHA-256 with both seals empty, then CRC-32 with only the CRC empty, so that it covers the SHA as well. The
 * CRC of the columns is known already, and is not taken twice.
 */
function seal({ head, tail, body }: Unsealed, { headSealAt, tailSealAt }: SealPlaces): EncodedEntry {
  const parts = [head, ...body.parts, tail];
  const hash = createHash('sha256');
  let size = 0;
  for (const part of parts) {
    hash.update(part);
    size += part.length;
  }
  const sha256 = hash.digest('hex');
  putSha256(head, headSealAt, sha256);
  putSha256(tail, tailSealAt, sha256);
  let crc = crc32Zlib(head);
  for (const column of body.columns) {
    crc = combineCrc32(crc, column.crc, column.length);
    if (column.padding > 0) crc = crc32Zlib(PADDING.subarray(0, column.padding), crc);
  }
  crc = crc32Zlib(tail, crc);
  putCrc(head, headSealAt, crcText(crc));
  putCrc(tail, tailSealAt, crcText(crc));
  return { parts, size, crc32: crcText(crc), sha256 };
}

interface EncodedText {
  readonly offsets: Uint8Array;
  readonly bytes: Uint8Array;
}

function encodeTexts(texts: readonly string[]): EncodedText {
  const offsets = new Int32Array(texts.length + 1);
  let bytes = new Uint8Array(texts.length * 8);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row]!;
    if (end + text.length * 3 > bytes.length) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, end + text.length * 3));
      larger.set(bytes);
      bytes = larger;
    }
    end += textEncoder.encodeInto(text, bytes.subarray(end)).written;
    offsets[row + 1] = end;
  }
  return { offsets: new Uint8Array(offsets.buffer), bytes: bytes.subarray(0, end) };
}

function bytesOf(column: BigInt64Array | Float64Array, rows: number): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, rows * 8);
}
