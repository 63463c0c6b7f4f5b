import { decodeText } from './decode-text.ts';
import { FrameMismatch } from './frame-mismatch.ts';

/** Names and values in the schema's metadata, in their order. */
export type Metadata = readonly (readonly [name: string, value: string])[];

const textEncoder = new TextEncoder();

/** More metadata entries than this are no entry of ours. */
export const MOST_ENTRIES = 1000;
/** The vtable of an entry, and the distance to it: the value's reference comes first, then the name's. */
const ENTRY_VTABLE = [0x000c_0008, 0x0004_0008, 8] as const;
const VALUE_DISTANCE = 8;

/** Metadata that was encoded, and where its values' texts stand. */
interface Encoded {
  readonly metadata: Metadata;
  readonly bytes: Uint8Array;
  readonly valuesAt: readonly number[];
  /** Bytes of each value: as many as its characters where all of them are ASCII. */
  readonly lengths: readonly number[];
}
let latest: Encoded | undefined;

/**
 * The metadata as a flatbuffers vector: the number of entries, references to them, and the entries, each a table with
 * its value and its name behind it. The same bytes stand in the schema message and in the footer, at a multiple of four.
 */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  // The next day of a series differs in a few values, and in the length of none.
  const again = latest && encodeLike(latest, metadata);
  if (again !== undefined) return again;
  const valuesAt: number[] = [];
  const lengths: number[] = [];
  // A character has up to three bytes; with the rest of an entry and its padding this is never too few.
  const most = metadata.reduce((sum, [name, value]) => sum + 40 + 3 * (name.length + value.length), 4);
  const bytes = new Uint8Array(most);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, metadata.length, true);
  let end = 4 + 4 * metadata.length;
  for (let index = 0; index < metadata.length; index++) {
    const [name, value] = metadata[index]!;
    const table = end + 8;
    const reference = 4 + 4 * index;
    view.setUint32(reference, table - reference, true);
    view.setUint32(end, ENTRY_VTABLE[0], true);
    view.setUint32(end + 4, ENTRY_VTABLE[1], true);
    view.setUint32(table, ENTRY_VTABLE[2], true);
    view.setUint32(table + 4, VALUE_DISTANCE, true);
    const valueEnd = putText(bytes, view, table + 12, value);
    valuesAt.push(table + 16);
    lengths.push(view.getUint32(table + 12, true));
    view.setUint32(table + 8, valueEnd - table - 8, true);
    end = putText(bytes, view, valueEnd, name);
  }
  latest = { metadata, bytes: bytes.subarray(0, end), valuesAt, lengths };
  return latest.bytes.slice();
}

/** The bytes with other values in their places; undefined if they do not fit there. */
function encodeLike(known: Encoded, metadata: Metadata): Uint8Array | undefined {
  if (known.metadata.length !== metadata.length) return undefined;
  const bytes = known.bytes.slice();
  for (let index = 0; index < metadata.length; index++) {
    const [[knownName, knownValue], [name, value]] = [known.metadata[index]!, metadata[index]!];
    if (name !== knownName || value.length !== knownValue.length) return undefined;
    if (value === knownValue) continue;
    // Text of ASCII alone has as many bytes as characters, and so has what it takes the place of.
    if (known.lengths[index] !== value.length || putAscii(bytes, known.valuesAt[index]!, value) === undefined)
      return undefined;
  }
  return bytes;
}

/** Text with its length before and a zero behind it, up to a multiple of four. */
function putText(bytes: Uint8Array, view: DataView, at: number, text: string): number {
  const { written } = textEncoder.encodeInto(text, bytes.subarray(at + 4));
  view.setUint32(at, written, true);
  return textEnd(view, at);
}

/** How many bytes a text of ASCII took; undefined if it is none. */
function putAscii(bytes: Uint8Array, at: number, text: string): number | undefined {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return undefined;
    bytes[at + index] = code;
  }
  return text.length;
}

export interface MetadataFound {
  readonly metadata: Metadata;
  /** As they stand in the file. */
  readonly bytes: Uint8Array;
}

/**
 * Reads the metadata at a place. It has to be arranged just as {@link encodeMetadata} does: every reference is compared
 * with where its target must be, so that nothing is followed anywhere.
 */
export function decodeMetadata(bytes: Uint8Array, at: number, known: readonly KnownName[]): MetadataFound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expect = (place: number, value: number) => {
    if (view.getUint32(place, true) !== value)
      throw new FrameMismatch('metadata in its order', `another value at ${place}`);
  };
  const entries = view.getUint32(at, true);
  if (entries > MOST_ENTRIES) throw new FrameMismatch('metadata', `${entries} entries`);
  const metadata: (readonly [string, string])[] = [];
  let end = at + 4 + 4 * entries;
  for (let index = 0; index < entries; index++) {
    const table = end + 8;
    const reference = at + 4 + 4 * index;
    expect(reference, table - reference);
    expect(end, ENTRY_VTABLE[0]);
    expect(end + 4, ENTRY_VTABLE[1]);
    expect(table, ENTRY_VTABLE[2]);
    expect(table + 4, VALUE_DISTANCE);
    const valueEnd = textEnd(view, table + 12);
    expect(table + 8, valueEnd - table - 8);
    end = textEnd(view, valueEnd);
    metadata.push([nameAt(bytes, view, valueEnd, known[index]), textAt(bytes, view, table + 12)]);
  }
  return { metadata, bytes: bytes.subarray(at, end) };
}

/** Behind the text at a place: its length, its bytes, a zero, and then the next multiple of four. */
function textEnd(view: DataView, at: number): number {
  const end = at + 4 + view.getUint32(at, true) + 1;
  if (end > view.byteLength) throw new FrameMismatch('text within the metadata', `text up to byte ${end}`);
  return at + Math.ceil((end - at) / 4) * 4;
}

function textAt(bytes: Uint8Array, view: DataView, at: number): string {
  return decodeText(bytes, at + 4, at + 4 + view.getUint32(at, true));
}

/** A name that is expected at a place, so that it need not be decoded. */
export interface KnownName {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function nameAt(bytes: Uint8Array, view: DataView, at: number, known: KnownName | undefined): string {
  if (known === undefined || view.getUint32(at, true) !== known.bytes.length) return textAt(bytes, view, at);
  for (let index = 0; index < known.bytes.length; index++) {
    if (bytes[at + 4 + index] !== known.bytes[index]) return textAt(bytes, view, at);
  }
  return known.name;
}
