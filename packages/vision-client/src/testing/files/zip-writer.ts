import { constants, crc32, deflateRawSync } from 'node:zlib';

const DEFLATED = 8;
/** 2021-11-28 00:00:00 in a zip's own form: every synthetic archive is of the same moment, so that its bytes are too. */
const MODIFIED_DATE = ((2021 - 1980) << 9) | (11 << 5) | 28;
const LOCAL_HEADER = 30;
const CENTRAL_HEADER = 46;
const END_RECORD = 22;
/** It is four times faster than 6, and the archive's own sizes are not what tests are about. */
const LEVEL = 1;

/** Blocks of deflate that unpack to nothing and end at a whole byte, and the same as the last block. */
const EMPTY = Uint8Array.of(0, 0, 0, 0xff, 0xff);
const EMPTY_LONG = Uint8Array.of(2, 0, 0, 0, 0xff, 0xff);
const EMPTY_LAST = Uint8Array.of(1, 0, 0, 0xff, 0xff);

/** The content packed into exactly so many bytes, or into more where it does not fit. */
function packedTo(size: number, content: Uint8Array): Uint8Array {
  const packed = deflateRawSync(content, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
  const left = size - packed.length - EMPTY_LAST.length;
  const long = left % EMPTY.length;
  if (left < long * EMPTY_LONG.length) return deflateRawSync(content, { level: LEVEL });
  const short = (left - long * EMPTY_LONG.length) / EMPTY.length;
  const filled = new Uint8Array(size);
  filled.set(packed);
  let at = packed.length;
  for (let block = 0; block < long + short; block++) {
    const empty = block < long ? EMPTY_LONG : EMPTY;
    filled.set(empty, at);
    at += empty.length;
  }
  filled.set(EMPTY_LAST, at);
  return filled;
}

/**
 * A zip with one deflated member, as data.binance.vision has them.
 * Deflate may give other bytes with another version of Node; unpacked they are the same.
 * @param size the zip is made as large, with empty blocks behind the packed rows, where it is not larger already
 */
export function zipOf(memberName: string, content: Uint8Array, size?: number): Uint8Array {
  const name = new TextEncoder().encode(memberName);
  const overhead = LOCAL_HEADER + CENTRAL_HEADER + END_RECORD + 2 * name.length;
  const packed = size === undefined ? deflateRawSync(content, { level: LEVEL }) : packedTo(size - overhead, content);
  const zip = new Uint8Array(LOCAL_HEADER + CENTRAL_HEADER + END_RECORD + 2 * name.length + packed.length);
  const view = new DataView(zip.buffer);
  const centralStart = LOCAL_HEADER + name.length + packed.length;

  // What the local and the central header have in common, from "version needed" to the length of the extra field.
  const describeMember = (at: number): void => {
    view.setUint16(at, 20, true);
    view.setUint16(at + 2, 0x0800, true); // the name is UTF-8
    view.setUint16(at + 4, DEFLATED, true);
    view.setUint16(at + 8, MODIFIED_DATE, true);
    view.setUint32(at + 10, crc32(content), true);
    view.setUint32(at + 14, packed.length, true);
    view.setUint32(at + 18, content.length, true);
    view.setUint16(at + 22, name.length, true);
  };

  view.setUint32(0, 0x04034b50, true);
  describeMember(4);
  zip.set(name, LOCAL_HEADER);
  zip.set(packed, LOCAL_HEADER + name.length);

  view.setUint32(centralStart, 0x02014b50, true);
  view.setUint16(centralStart + 4, 20, true);
  describeMember(centralStart + 6);
  zip.set(name, centralStart + CENTRAL_HEADER);

  const end = centralStart + CENTRAL_HEADER + name.length;
  view.setUint32(end, 0x06054b50, true);
  view.setUint16(end + 8, 1, true);
  view.setUint16(end + 10, 1, true);
  view.setUint32(end + 12, CENTRAL_HEADER + name.length, true);
  view.setUint32(end + 16, centralStart, true);
  return zip;
}
