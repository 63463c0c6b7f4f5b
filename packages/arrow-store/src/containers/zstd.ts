import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { damaged } from './refusal.ts';

type ZstdDecompress = (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** Node has its own from 22.15 on. */
const native = Reflect.get(zlib, 'zstdDecompressSync') as ZstdDecompress | undefined;

/** zstd's own limit on the window that a decoder makes room for. */
const MAX_WINDOW = 1 << 27;

/** Decodes Zstandard frames into exactly `length` bytes, in a buffer of their own, so that every typed array fits it. */
export function decodeZstd(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let to = 0;
  const take = (chunk: Uint8Array): void => {
    if (to + chunk.length > length) throw damaged('a Zstandard frame holds more than it says');
    output.set(chunk, to);
    to += chunk.length;
  };
  try {
    if (native === undefined) {
      assertPlausible(input, length);
      new Decompress(take).push(input, true);
    } else {
      take(native(input, { maxOutputLength: length + 1 }));
    }
  } catch (cause) {
    throw damaged('a compressed column is not a Zstandard frame of the right length', cause);
  }
  if (to !== length) throw damaged('a Zstandard frame holds less than it says');
  return output;
}

/**
 * The library believes the counts in a block and would run for seconds on a damaged one. Each block says how many
 * sequences it has, and none makes fewer than three bytes.
 * Source: RFC 8878, 3.1.1.
 */
function assertPlausible(input: Uint8Array, length: number): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let at = 0;
  while (at < input.length) {
    const magic = view.getUint32(at, true);
    if ((magic & 0xffff_fff0) >>> 0 === 0x184d2a50) {
      at += 8 + view.getUint32(at + 4, true);
      continue;
    }
    if (magic !== 0xfd2fb528) throw damaged('a compressed column is not a Zstandard frame');
    const descriptor = view.getUint8(at + 4);
    const single = (descriptor >> 5) & 1;
    const sizeFlag = descriptor >> 6;
    const sizeBytes = sizeFlag === 0 ? single : 1 << sizeFlag;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
    if (single === 0 && 2 ** (10 + (view.getUint8(at + 5) >> 3)) > MAX_WINDOW) {
      throw damaged('a Zstandard frame asks for an implausible window');
    }
    at += 5 + (1 - single) + dictionaryBytes;
    if (single === 1) {
      let content = 0;
      for (let index = sizeBytes - 1; index >= 0; index--) content = content * 256 + view.getUint8(at + index);
      if (content + (sizeBytes === 2 ? 256 : 0) !== length) throw damaged('a Zstandard frame is of another length');
    }
    at += sizeBytes;
    for (let last = 0; last === 0;) {
      const header = view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
      last = header & 1;
      const type = (header >> 1) & 3;
      const size = header >> 3;
      at += 3;
      if (type === 2) assertSequences(view, at, at + size, length);
      at += type === 1 ? 1 : size;
    }
    at += ((descriptor >> 2) & 1) * 4;
  }
}

function assertSequences(view: DataView, start: number, end: number, length: number): void {
  const first = view.getUint8(start);
  const type = first & 3;
  const format = (first >> 2) & 3;
  let at: number;
  if (type < 2) {
    const header = (format & 1) === 0 ? 1 : format === 1 ? 2 : 3;
    let regenerated = first >> 3;
    if (header === 2) regenerated = (first >> 4) | (view.getUint8(start + 1) << 4);
    if (header === 3) {
      regenerated = (first >> 4) | (view.getUint8(start + 1) << 4) | (view.getUint8(start + 2) << 12);
    }
    if (regenerated > length) throw damaged('a Zstandard block holds more than its column');
    at = start + header + (type === 0 ? regenerated : 1);
  } else {
    const header = format < 2 ? 3 : format === 2 ? 4 : 5;
    const bits = format < 2 ? 10 : format === 2 ? 14 : 18;
    let word = 0n;
    for (let index = header - 1; index >= 0; index--) word = (word << 8n) | BigInt(view.getUint8(start + index));
    const mask = (1n << BigInt(bits)) - 1n;
    if (Number((word >> 4n) & mask) > length) throw damaged('a Zstandard block holds more than its column');
    at = start + header + Number((word >> BigInt(4 + bits)) & mask);
  }
  if (at >= end) throw damaged('a Zstandard block is cut');
  let sequences = view.getUint8(at);
  if (sequences === 255) sequences = view.getUint16(at + 1, true) + 0x7f00;
  else if (sequences > 127) sequences = ((sequences - 128) << 8) | view.getUint8(at + 1);
  if (sequences * 3 > length) throw damaged('a Zstandard block has more sequences than its column has bytes');
}
