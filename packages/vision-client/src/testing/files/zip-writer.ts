import { crc32, deflateRawSync } from 'node:zlib';

const DEFLATED = 8;
/** 2021-11-28 00:00:00 in a zip's own form: every synthetic archive is of the same moment, so that its bytes are too. */
const MODIFIED_DATE = ((2021 - 1980) << 9) | (11 << 5) | 28;
const LOCAL_HEADER = 30;
const CENTRAL_HEADER = 46;
const END_RECORD = 22;

/**
 * A zip with one deflated member, as data.binance.vision has them.
 * Deflate may give other bytes with another version of Node; unpacked they are the same.
 */
export function zipOf(memberName: string, content: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode(memberName);
  // Level 1 is four times faster than 6, and the archive's own sizes are not what tests are about.
  const packed = deflateRawSync(content, { level: 1 });
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
