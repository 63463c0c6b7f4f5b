import { type Catalog, parseCachePath } from '@vision-cache/cache-keys';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { combineCrc32 } from '../frame/crc32-combine.ts';
import { aligned, type ColumnPlace } from '../frame/entry-layout.ts';
import { FrameMismatch } from '../frame/frame-mismatch.ts';
import { HEAD_METADATA_AT } from '../frame/frame.ts';
import { findHeadSeal, findTailSeal, tailFor } from '../frame/frame-reader.ts';
import { decodeMetadata } from '../frame/metadata-bytes.ts';
import { type Crc32, crcAcrossSeal, crcOf, crcText } from '../frame/seal.ts';
import { columnCrcsOf, factsFrom, KNOWN_NAMES, valuesOf } from './metadata.ts';
import { type OpenEntry, type OpenOptions, openEntry, refusing, storedSchema } from './open-entry.ts';

const PADDING = new Uint8Array(64);

/** The bytes of a column that its CRC is of, relative to the start of the body. */
export function stretchOf({ offset, length, textOffsets }: ColumnPlace): {
  readonly start: number;
  readonly end: number;
} {
  return { start: (textOffsets ?? { offset }).offset, end: offset + length };
}

/**
 * What a file's head alone says, verified against its seal: the tail repeats the head, and the CRC of the body follows
 * from those of the columns. So two columns of a file can be read and trusted without the rest of it.
 * @returns undefined for a file of format 1.0, which has no CRC of each column
 * @throws {ArrowStoreError} as `openEntry`
 */
export function openHead(
  head: Uint8Array,
  size: number,
  catalog: Catalog,
  crc32: Crc32,
  file: string | undefined,
  wanted: OpenOptions['wanted'],
): OpenEntry | undefined {
  const nothing = new Uint8Array(0);
  return refusing(file, head, nothing, undefined, () => {
    const sealAt = findHeadSeal(head);
    const { metadata, bytes } = decodeMetadata(head, HEAD_METADATA_AT, KNOWN_NAMES);
    const values = valuesOf(metadata);
    const crcs = columnCrcsOf(values);
    if (crcs === undefined) return undefined;
    const { path, facts } = factsFrom(values);
    const schema = storedSchema(catalog.datasetOf(wanted?.key ?? parseCachePath(path, catalog)));
    const tail = tailFor(head, schema, facts.rows, bytes);
    const entry = openEntry(head, tail, size, catalog, file, { isVerified: false, wanted });
    let crc = crcAcrossSeal(crc32, head, sealAt);
    for (const [index, place] of entry.layout.columns.entries()) {
      const { start, end } = stretchOf(place);
      crc = combineCrc32(crc, Number.parseInt(crcs[index]!, 16), end - start);
      crc = crc32(PADDING.subarray(0, aligned(end) - end), crc);
    }
    const found = crcText(crcAcrossSeal(crc32, tail, findTailSeal(tail), crc));
    const expected = crcOf(head, sealAt);
    if (found !== expected) throw new FrameMismatch(`crc32 ${expected}`, `crc32 ${found}`);
    return entry;
  });
}

/** Compares the bytes of a column with its CRC. @throws {ArrowStoreError} `E_INTEGRITY` */
export function verifyColumn(
  entry: OpenEntry,
  place: ColumnPlace,
  bytes: Uint8Array,
  crc32: Crc32,
  file: string,
): void {
  const expected = entry.columnCrc32?.[entry.layout.columns.indexOf(place)];
  const found = crcText(crc32(bytes));
  if (expected === found) return;
  const details = { path: file, expected: `crc32 ${expected ?? 'of the column'}`, found: `crc32 ${found}` };
  throw new ArrowStoreError('E_INTEGRITY', `${quote(file)}: the column ${place.name} is damaged.`, details);
}
