import type { CacheKey } from '@vision-cache/cache-keys';
import type { FileStat } from '../disk/file-system.ts';
import { crc32Zlib } from '../format/crc32-zlib.ts';
import { decodeTexts, unpackBits } from '../format/decode-columns.ts';
import { type ColumnPlace, aligned } from '../format/entry-layout.ts';
import { verifySeal } from '../format/open-entry.ts';
import { type Destination, putColumn } from './destination.ts';
import { type EntryReader, type NewEntry, uninitialised } from './entry-reader.ts';

/** One stretch of a file and the memory that it is read to. */
interface Stretch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface OpenFile {
  readonly path: string;
  readonly key: CacheKey;
  readonly file: number;
  readonly stat: FileStat;
}

/**
 * Reads a file's columns straight to their place, from `row` on. Of a verified file only what is wanted is read. A file
 * that has to be verified is read whole, in one call, as if it were arranged like `model`, another file of its dataset:
 * days of one symbol nearly always are. Undefined where it is not; what was read is then to be read again.
 */
export function readInto(
  reader: EntryReader,
  open: OpenFile,
  model: NewEntry,
  destination: Destination,
  row: number,
): NewEntry | undefined {
  const { path, key, file, stat } = open;
  reader.assertFile(path, stat);
  const known = reader.known(path, stat);
  const { bodyAt, layout, rows } = known ?? model;
  if (!destination.hasRoom(row, rows) || (known === undefined && stat.size !== model.size)) return undefined;

  const { stretches, decode } = stretchesOf(layout.columns, destination, row, rows, known === undefined);
  if (known !== undefined) {
    readStretches(reader, path, file, bodyAt, stretches);
    decode();
    return known;
  }
  const body = withPadding(stretches, layout.length);
  const head = scratch(bodyAt);
  const tail = scratch(stat.size - bodyAt - layout.length);
  reader.readExactly(path, file, [head, ...body, tail], 0);
  verifySeal({ head, body, tail }, crc32Zlib, path);
  const entry = reader.openParts(path, head, tail, stat, { isVerified: true, key });
  if (entry.rows !== rows || entry.bodyAt !== bodyAt) return undefined;
  decode();
  return reader.accept(path, stat, entry, true);
}

/** Where each column is to go: numbers to their place at once, the rest to memory that is used again. */
function stretchesOf(
  places: readonly ColumnPlace[],
  destination: Destination,
  row: number,
  rows: number,
  everything: boolean,
) {
  const stretches: Stretch[] = [];
  const later: (() => void)[] = [];
  scratchUsed = 0;
  for (const { name, type, offset, length, textOffsets } of places) {
    const column = destination.columns[name];
    if (column === undefined && !everything) continue;
    const offsets = textOffsets === undefined ? undefined : scratch(textOffsets.length);
    if (offsets !== undefined) stretches.push({ offset: textOffsets!.offset, bytes: offsets });
    const place = destination.bytes.get(name);
    const bytes = place === undefined ? scratch(length) : place.subarray(row * 8, (row + rows) * 8);
    stretches.push({ offset, bytes });
    if (place !== undefined || column === undefined) continue;
    later.push(() => {
      if (type === 'bool') unpackBits(bytes, 0, rows, (column as Uint8Array).subarray(row, row + rows));
      else putColumn(column, decodeTexts(offsets!, bytes, rows), row);
    });
  }
  return { stretches, decode: () => later.forEach((each) => each()) };
}

/** Stretches that follow each other, but for padding, are read in one call. */
function readStretches(
  reader: EntryReader,
  path: string,
  file: number,
  bodyAt: number,
  stretches: readonly Stretch[],
): void {
  for (let index = 0; index < stretches.length;) {
    const first = stretches[index]!;
    const together = [first.bytes];
    let end = first.offset + first.bytes.length;
    for (index++; stretches[index]?.offset === aligned(end); index++) {
      if (aligned(end) > end) together.push(PADDING.subarray(0, aligned(end) - end));
      together.push(stretches[index]!.bytes);
      end = aligned(end) + stretches[index]!.bytes.length;
    }
    reader.readExactly(path, file, together, bodyAt + first.offset);
  }
}

/** Padding of verified files is read and never looked at. */
const PADDING = new Uint8Array(64);

function withPadding(stretches: readonly Stretch[], bodyLength: number): Uint8Array[] {
  const body: Uint8Array[] = [];
  stretches.forEach(({ offset, bytes }, index) => {
    const padding = (stretches[index + 1]?.offset ?? bodyLength) - offset - bytes.length;
    body.push(bytes);
    if (padding > 0) body.push(new Uint8Array(padding));
  });
  return body;
}

let scratchMemory = new Uint8Array(0);
let scratchUsed = 0;

/** Memory for what is read and not kept; the calls are synchronous, so that one is enough for the process. */
function scratch(length: number): Uint8Array {
  if (scratchUsed + length > scratchMemory.length) {
    scratchMemory = uninitialised(Math.max(2 * scratchMemory.length, length, 2 ** 17)) as Uint8Array<ArrayBuffer>;
    scratchUsed = 0;
  }
  const memory = scratchMemory.subarray(scratchUsed, scratchUsed + length);
  scratchUsed += aligned(length);
  return memory;
}
