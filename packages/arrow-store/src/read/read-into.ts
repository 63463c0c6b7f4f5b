import type { FileStat } from '../disk/file-system.ts';
import { crc32Zlib } from '../format/crc32-zlib.ts';
import { decodeTexts, unpackBits } from '../format/decode-columns.ts';
import { type ColumnPlace, aligned } from '../format/entry-layout.ts';
import { verifySeal } from '../format/open-entry.ts';
import { type Destination, putColumn } from './destination.ts';
import { type EntryReader, type NewEntry, uninitialised } from './entry-reader.ts';

/** A file is no longer what it was when it was looked at. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

/** One stretch of a file and the memory that it is read to. */
interface Stretch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads a file's columns straight to their place, from `row` on. Where the file has to be verified, all of it is read
 * in one call, and what nobody wants goes to memory that is used again; otherwise only what is wanted is read.
 */
export function readInto(
  reader: EntryReader,
  path: string,
  file: number,
  stat: FileStat,
  expected: NewEntry,
  destination: Destination,
  row: number,
): void {
  reader.assertFile(path, stat);
  const isVerified = reader.known(path, stat) === expected;
  if (!isVerified && stat.size !== expected.size) throw changed(reader, path);
  const { bodyAt, layout, rows } = expected;
  const later: (() => void)[] = [];
  scratchUsed = 0;

  const stretches: Stretch[] = [];
  for (const place of layout.columns) {
    const wanted = Object.hasOwn(destination.columns, place.name);
    if (place.textOffsets !== undefined && (wanted || !isVerified)) {
      stretches.push({ offset: place.textOffsets.offset, bytes: scratch(place.textOffsets.length) });
    }
    if (wanted || !isVerified) stretches.push({ offset: place.offset, bytes: target(place, wanted, stretches) });
  }

  if (isVerified) readStretches(reader, path, file, bodyAt, stretches);
  else {
    const body = withPadding(stretches, layout.length);
    const head = new Uint8Array(bodyAt);
    const tail = new Uint8Array(stat.size - bodyAt - layout.length);
    reader.readExactly(path, file, [head, ...body, tail], 0);
    verifySeal({ head, body, tail }, crc32Zlib, path);
    const entry = reader.accept(path, stat, reader.openParts(path, head, tail, stat), true);
    if (entry.rows !== rows || entry.bodyAt !== bodyAt) throw new ChangedMeanwhile();
  }
  for (const decode of later) decode();

  function target(place: ColumnPlace, wanted: boolean, before: readonly Stretch[]): Uint8Array {
    const bytes = destination.bytes.get(place.name);
    if (bytes !== undefined) return bytes.subarray(row * 8, (row + rows) * 8);
    const memory = scratch(place.length);
    if (wanted) {
      const column = destination.columns[place.name]!;
      const offsets = before[before.length - 1]?.bytes;
      later.push(() => {
        if (place.type === 'bool') unpackBits(memory, 0, rows, (column as Uint8Array).subarray(row, row + rows));
        else putColumn(column, decodeTexts(offsets!, memory, rows), row);
      });
    }
    return memory;
  }
}

function changed(reader: EntryReader, path: string): ChangedMeanwhile {
  reader.forget(path);
  return new ChangedMeanwhile();
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

/** Padding is read, and checked with all else, and never looked at. */
const PADDING = new Uint8Array(64);

function withPadding(stretches: readonly Stretch[], bodyLength: number): Uint8Array[] {
  return stretches.flatMap(({ offset, bytes }, index) => {
    const next = stretches[index + 1]?.offset ?? bodyLength;
    const padding = next - offset - bytes.length;
    return padding === 0 ? [bytes] : [bytes, new Uint8Array(padding)];
  });
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
