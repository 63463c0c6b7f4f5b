import type { BodyLayout, StoredColumn } from './entry-layout.ts';
import { type FlatField, FlatWriter } from './flat-writer.ts';

// Numbers of Arrow's Schema.fbs, Message.fbs and File.fbs.
const METADATA_V5 = 4;
const HEADER = { schema: 1, recordBatch: 3 } as const;
const TYPE = { int: 2, floatingPoint: 3, utf8: 5, bool: 6, timestamp: 10 } as const;
const DOUBLE = 2;
const MICROSECOND = 2;

export interface SchemaBytes {
  readonly bytes: Uint8Array;
  /** Where the metadata begins, with the number of its entries; as much comes before it in every file. */
  readonly metadataAt: number;
}

/** Where the value of the first metadata entry, the seal, begins: behind the references to the entries and one table. */
export const sealPlace = (metadataAt: number, entries: number): number => metadataAt + 28 + 4 * entries;

/** The schema as the message at the front of a file. */
export function schemaMessage(schema: readonly StoredColumn[], metadata: Uint8Array): SchemaBytes {
  const writer = new FlatWriter();
  const [header] = writer.table(writer.reference(), [
    { id: 2, size: 4 },
    { id: 0, size: 2, value: METADATA_V5 },
    { id: 1, size: 1, value: HEADER.schema },
  ]);
  const metadataAt = writeSchema(writer, header, schema, metadata);
  return { bytes: writer.finish(), metadataAt };
}

/** Where a record batch message stands in the file. */
export interface Block {
  readonly offset: number;
  /** Of the message with its eight bytes of prefix. */
  readonly messageLength: number;
  readonly bodyLength: number;
}

/** The footer: the schema again, and where the only record batch is. */
export function footer(schema: readonly StoredColumn[], metadata: Uint8Array, block: Block): SchemaBytes {
  const writer = new FlatWriter();
  const [schemaPlace, dictionaries, batches] = writer.table(writer.reference(), [
    { id: 1, size: 4 },
    { id: 2, size: 4 },
    { id: 3, size: 4 },
    { id: 0, size: 2, value: METADATA_V5 },
  ]);
  const metadataAt = writeSchema(writer, schemaPlace, schema, metadata);
  writer.vector(dictionaries, 0, 8);
  writer.vector(batches, 1, 8);
  writer.i64(BigInt(block.offset));
  writer.u32(block.messageLength);
  writer.u32(0); // padding of the struct
  writer.i64(BigInt(block.bodyLength));
  return { bytes: writer.finish(), metadataAt };
}

const messages = new WeakMap<BodyLayout, Uint8Array>();

/** The record batch's message: how many rows, and where each buffer is. No column has nulls, so no bitmap is written. */
export function recordBatchMessage(rows: number, body: BodyLayout): Uint8Array {
  let message = messages.get(body);
  if (message === undefined) messages.set(body, (message = writeRecordBatchMessage(rows, body).slice()));
  return message;
}

function writeRecordBatchMessage(rows: number, body: BodyLayout): Uint8Array {
  const writer = new FlatWriter(1024);
  const [, header] = writer.table(writer.reference(), [
    { id: 3, size: 8, value: BigInt(body.length) },
    { id: 2, size: 4 },
    { id: 0, size: 2, value: METADATA_V5 },
    { id: 1, size: 1, value: HEADER.recordBatch },
  ]);
  const [, nodes, buffers] = writer.table(header, [
    { id: 0, size: 8, value: BigInt(rows) },
    { id: 1, size: 4 },
    { id: 2, size: 4 },
  ]);
  writer.vector(nodes, body.columns.length, 8);
  for (let column = 0; column < body.columns.length; column++) {
    writer.i64(BigInt(rows));
    writer.i64(0n); // nulls
  }
  const places = body.columns.flatMap((column) => {
    const { textOffsets } = column;
    const data = textOffsets === undefined ? [column] : [textOffsets, column];
    return [{ offset: (textOffsets ?? column).offset, length: 0 }, ...data];
  });
  writer.vector(buffers, places.length, 8);
  for (const { offset, length } of places) {
    writer.i64(BigInt(offset));
    writer.i64(BigInt(length));
  }
  return writer.finish();
}

function writeSchema(writer: FlatWriter, place: number, schema: readonly StoredColumn[], metadata: Uint8Array): number {
  const [metadataPlace, fieldsPlace] = writer.table(place, [
    { id: 2, size: 4 },
    { id: 1, size: 4 },
  ]);
  writer.align(4);
  const metadataAt = writer.length;
  writer.section(metadataPlace, metadata);
  writer.align(8);
  writer.section(fieldsPlace, fieldSection(schema));
  return metadataAt;
}

const sections = new WeakMap<readonly StoredColumn[], Uint8Array>();

/** The fields of a schema: the same bytes wherever they stand, because references in a flatbuffer are relative. */
function fieldSection(schema: readonly StoredColumn[]): Uint8Array {
  let section = sections.get(schema);
  if (section === undefined) {
    const writer = new FlatWriter();
    writer.u32(schema.length);
    const places = writer.places(schema.length);
    schema.forEach((column, index) => writeField(writer, places[index]!, column));
    writer.align(8);
    section = writer.finish().slice();
    sections.set(schema, section);
  }
  return section;
}

function writeField(writer: FlatWriter, place: number, { name, type }: StoredColumn): void {
  const [typeNumber, typeFields] = arrowType(type);
  // `nullable` (1) is left out, so it is false. `children` (5) are written although there are none: readers ask.
  const [namePlace, typePlace, childrenPlace] = writer.table(place, [
    { id: 0, size: 4 },
    { id: 3, size: 4 },
    { id: 5, size: 4 },
    { id: 2, size: 1, value: typeNumber },
  ]);
  writer.text(namePlace, name);
  const [zonePlace] = writer.table(typePlace, typeFields);
  if (type === 'timestamp' && zonePlace !== undefined) writer.text(zonePlace, 'UTC');
  writer.vector(childrenPlace, 0);
}

function arrowType(type: StoredColumn['type']): readonly [type: number, fields: readonly FlatField[]] {
  switch (type) {
    case 'timestamp': {
      const unit = { id: 0, size: 2, value: MICROSECOND } as const;
      return [TYPE.timestamp, [{ id: 1, size: 4 }, unit]];
    }
    case 'float64':
      return [TYPE.floatingPoint, [{ id: 0, size: 2, value: DOUBLE }]];
    case 'int64': {
      const signed = { id: 1, size: 1, value: 1 } as const;
      return [TYPE.int, [{ id: 0, size: 4, value: 64 }, signed]];
    }
    case 'bool':
      return [TYPE.bool, []];
    case 'text':
      return [TYPE.utf8, []];
  }
}
