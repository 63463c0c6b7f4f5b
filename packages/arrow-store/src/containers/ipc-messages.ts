import {
  type FlatTable,
  type FlatVector,
  byteField,
  longAt,
  longField,
  rootTable,
  shortField,
  tableField,
  vectorField,
} from './flatbuffer.ts';
import { type IpcField, readSchema } from './ipc-schema.ts';
import { damaged, mostRows, refusal, tooManyRows } from './refusal.ts';

export type Codec = 'none' | 'lz4' | 'zstd';

/** A record batch, its buffers found and checked to lie within the file, but not decoded. */
export interface IpcBatch {
  readonly rows: number;
  readonly body: Uint8Array;
  readonly nodes: FlatVector;
  readonly buffers: FlatVector;
  readonly codec: Codec;
  readonly variadic: FlatVector | undefined;
}

export type Dictionaries = ReadonlyMap<number, readonly IpcBatch[]>;

/** A record batch with the dictionaries that its indices are of. */
export interface RowBatch extends IpcBatch {
  readonly dictionaries: Dictionaries;
}

export interface IpcContent {
  readonly fields: readonly IpcField[];
  readonly batches: readonly RowBatch[];
}

const MAGIC = 'ARROW1';
const CONTINUATION = 0xffff_ffff;
/** MetadataVersion V4; earlier ones were never written by a release that anyone kept files of. */
const OLDEST_VERSION = 3;
const NEWEST_VERSION = 4;

/** Every message of an IPC file or stream. */
export function readMessages(bytes: Uint8Array, container: 'ipc-file' | 'ipc-stream'): IpcContent {
  return container === 'ipc-stream' ? readStream(bytes) : readFile(bytes);
}

function cut(): Error {
  return refusal('E_FORMAT', 'cut', 'The file is cut: it starts as an Arrow file and does not end as one.');
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface Block {
  readonly offset: number;
  /** Of the message's metadata with its length prefix. */
  readonly metadata: number;
  readonly body: number;
}

/** The blocks that a footer lists. Source: File.fbs. */
function blocks(footer: FlatTable, index: number): Block[] {
  const vector = vectorField(footer, index, 24);
  if (vector === undefined) return [];
  const { view, at } = vector;
  return Array.from({ length: vector.length }, (_, each) => ({
    offset: longAt(view, at + each * 24),
    metadata: view.getInt32(at + each * 24 + 8, true),
    body: longAt(view, at + each * 24 + 16),
  }));
}

/**
 * The footer says where the batches are, and together they must fill the file: a damaged footer that forgets a batch
 * would otherwise lose its rows without a word. (What stands before the first batch differs: pyarrow repeats the schema
 * there, polars does so without its length, apache-arrow does not.)
 */
function readFile(bytes: Uint8Array): IpcContent {
  const view = viewOf(bytes);
  const tail = bytes.length - MAGIC.length;
  if (bytes.length < 24) throw cut();
  for (let index = 0; index < MAGIC.length; index++) {
    if (bytes[tail + index] !== MAGIC.charCodeAt(index)) throw cut();
  }
  const footerLength = view.getInt32(tail - 4, true);
  const footerAt = tail - 4 - footerLength;
  if (footerLength < 16 || footerAt < 8) throw damaged('its footer does not fit into it');
  const footer = rootTable(bytes.subarray(footerAt, tail - 4));
  const schema = tableField(footer, 1);
  if (schema === undefined) throw damaged('its footer has no schema');
  const content = new ContentBuilder(readSchema(schema), 'anywhere', mostRows(bytes.length));
  const inOrder = [...blocks(footer, 2), ...blocks(footer, 3)].sort((left, right) => left.offset - right.offset);
  let end = inOrder[0]?.offset ?? footerAt;
  for (const { offset, metadata, body } of inOrder) {
    if (offset < 8 || offset < end || offset > end + MAX_GAP) throw damaged('its batches do not follow each other');
    const prefix = view.getUint32(offset, true) === CONTINUATION ? 8 : 4;
    const messageEnd = offset + metadata;
    if (metadata <= prefix || messageEnd > footerAt || body > footerAt - messageEnd)
      throw damaged('a batch in it is cut');
    end = messageEnd + body;
    const message = rootTable(bytes.subarray(offset + prefix, messageEnd));
    if (longField(message, 3) !== body) throw damaged('its footer and its batches disagree');
    content.add(message, bytes.subarray(messageEnd, end));
  }
  if (inOrder.length > 0 && footerAt - end > 8 + MAX_GAP) throw damaged('its footer names fewer batches than it holds');
  return content.finish();
}

/** Writers pad what they write to at most 64 bytes. */
const MAX_GAP = 64;

function readStream(bytes: Uint8Array): IpcContent {
  const view = viewOf(bytes);
  let content: ContentBuilder | undefined;
  let at = 0;
  while (at + 4 <= bytes.length) {
    let length = view.getUint32(at, true);
    at += 4;
    if (length === CONTINUATION && at + 4 <= bytes.length) {
      length = view.getUint32(at, true);
      at += 4;
    }
    if (length === 0) {
      if (content === undefined) throw damaged('it has no schema');
      if (bytes.subarray(at).some((byte) => byte !== 0)) throw damaged('something follows the end of its data');
      return content.finish();
    }
    if (length > bytes.length - at) break;
    const message = rootTable(bytes.subarray(at, at + length));
    at += length;
    const bodyLength = longField(message, 3);
    if (bodyLength > bytes.length - at) break;
    if (content === undefined) {
      const schema = byteField(message, 1) === 1 ? tableField(message, 2) : undefined;
      if (schema === undefined) throw damaged('it has no schema');
      content = new ContentBuilder(readSchema(schema), 'before-rows', mostRows(bytes.length));
    } else {
      content.add(message, bytes.subarray(at, at + bodyLength));
    }
    at += bodyLength;
  }
  // Without its end a stream may lack batches, and nothing would tell.
  throw refusal('E_FORMAT', 'cut', 'The file is cut: it is an Arrow stream without its end.');
}

/** Of a batch of its own for each, more than any old cache has; keeps damaged bytes from taking time without a bound. */
const MAX_DICTIONARIES = 4096;

/**
 * Gathers batches and dictionaries message by message. In a stream a dictionary may be replaced by a later one, and the
 * rows before it keep theirs; in a file each has one, wherever it stands.
 */
class ContentBuilder {
  private readonly fields: readonly IpcField[];
  private readonly batches: RowBatch[] = [];
  private readonly place: 'anywhere' | 'before-rows';
  private dictionaries = new Map<number, readonly IpcBatch[]>();
  private dictionaryMessages = 0;
  /** Of batches, and of dictionaries. */
  private rows = 0;
  private entries = 0;
  private readonly most: number;

  constructor(fields: readonly IpcField[], place: 'anywhere' | 'before-rows', most: number) {
    this.most = most;
    this.fields = fields;
    this.place = place;
  }

  add(message: FlatTable, body: Uint8Array): void {
    const version = shortField(message, 0);
    if (version < OLDEST_VERSION || version > NEWEST_VERSION) {
      throw refusal('E_FORMAT', 'unknown-version', `The file is of Arrow's metadata version V${version + 1}.`);
    }
    const header = tableField(message, 2);
    if (header === undefined) throw damaged('a message in it is empty');
    const type = byteField(message, 1);
    if (type === 2) {
      const data = tableField(header, 1);
      if (data === undefined) throw damaged('a dictionary in it is empty');
      const id = longField(header, 0);
      const earlier = byteField(header, 2) === 1 ? (this.dictionaries.get(id) ?? []) : [];
      if (++this.dictionaryMessages > MAX_DICTIONARIES) throw damaged('it has too many dictionaries');
      if (this.place === 'before-rows') this.dictionaries = new Map(this.dictionaries);
      const dictionary = readBatch(data, body);
      this.entries += dictionary.rows;
      if (this.entries > this.most) throw tooManyRows();
      this.dictionaries.set(id, [...earlier, dictionary]);
    } else if (type === 3) {
      const batch = readBatch(header, body);
      this.rows += batch.rows;
      if (this.rows > this.most) throw tooManyRows();
      this.batches.push({ ...batch, dictionaries: this.dictionaries });
    } else {
      throw damaged('it holds a message that is no batch');
    }
  }

  finish(): IpcContent {
    return { fields: this.fields, batches: this.batches };
  }
}

function readBatch(batch: FlatTable, body: Uint8Array): IpcBatch {
  const rows = longField(batch, 0);
  const nodes = vectorField(batch, 1, 16);
  const buffers = vectorField(batch, 2, 16);
  if (nodes === undefined || buffers === undefined) throw damaged('a batch in it has no columns');
  for (let index = 0; index < buffers.length; index++) {
    const at = buffers.at + index * 16;
    const offset = longAt(buffers.view, at);
    if (offset > body.length || longAt(buffers.view, at + 8) > body.length - offset) {
      throw damaged('a column leads outside its batch');
    }
  }
  const compression = tableField(batch, 3);
  let codec: Codec = 'none';
  if (compression !== undefined) {
    const number = byteField(compression, 0);
    if (number > 1 || byteField(compression, 1) !== 0) throw damaged('it is compressed in an unknown way');
    codec = number === 0 ? 'lz4' : 'zstd';
  }
  return { rows, body, nodes, buffers, codec, variadic: vectorField(batch, 4, 8) };
}
