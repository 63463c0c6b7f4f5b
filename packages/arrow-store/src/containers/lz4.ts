import { damaged } from './refusal.ts';
import { xxhash32 } from './xxhash32.ts';

const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;

/**
 * Decodes LZ4 frames into exactly `length` bytes: linked and independent blocks, with or without checksums of blocks
 * and content, which are verified. The npm package lz4js decodes the linked blocks that polars
 * writes to wrong numbers without an error, which is why this is our own.
 * Source: github.com/lz4/lz4, doc/lz4_Frame_format.md and doc/lz4_Block_format.md.
 */
export function decodeLz4Frames(input: Uint8Array, length: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = new Uint8Array(length);
  let at = 0;
  let to = 0;
  while (at < input.length) {
    const magic = view.getUint32(at, true);
    at += 4;
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE) {
      at += 4 + view.getUint32(at, true);
      continue;
    }
    if (magic !== MAGIC) throw damaged('a compressed column is not an LZ4 frame');
    const flags = view.getUint8(at);
    if (flags >> 6 !== 1 || (flags & 1) !== 0) throw damaged('an LZ4 frame has an unknown version or a dictionary');
    const blockChecksum = (flags & 16) !== 0;
    const contentChecksum = (flags & 4) !== 0;
    at += 2 + ((flags & 8) !== 0 ? 8 : 0) + 1;
    const begin = to;
    for (;;) {
      const word = view.getUint32(at, true);
      at += 4;
      if (word === 0) break;
      const size = word & 0x7fff_ffff;
      if (at + size > input.length) throw damaged('an LZ4 block is cut');
      if (word >>> 31 === 1) {
        if (to + size > length) throw damaged('an LZ4 frame holds more than it says');
        output.set(input.subarray(at, at + size), to);
        to += size;
      } else {
        to = decodeLz4Block(input, at, at + size, output, to);
      }
      if (blockChecksum && xxhash32(input.subarray(at, at + size)) !== view.getUint32(at + size, true)) {
        throw damaged('an LZ4 block contradicts its checksum');
      }
      at += size + (blockChecksum ? 4 : 0);
    }
    if (contentChecksum) {
      if (xxhash32(output.subarray(begin, to)) !== view.getUint32(at, true)) {
        throw damaged('an LZ4 frame contradicts its checksum');
      }
      at += 4;
    }
  }
  if (to !== length) throw damaged('an LZ4 frame holds less than it says');
  return output;
}

/** Decodes one LZ4 block into the output from `to` on; returns the position after it. */
export function decodeLz4Block(input: Uint8Array, start: number, end: number, output: Uint8Array, to: number): number {
  let at = start;
  while (at < end) {
    const token = input[at++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < end) {
        more = input[at++]!;
        literals += more;
      }
    }
    if (at + literals > end || to + literals > output.length) throw damaged('LZ4 literals lead outside');
    for (let count = literals; count > 0; count--) output[to++] = input[at++]!;
    if (at === end) return to; // The last sequence has literals only.
    if (at + 2 > end) throw damaged('an LZ4 block is cut');
    const distance = input[at]! | (input[at + 1]! << 8);
    at += 2;
    let match = token & 15;
    if (match === 15) {
      let more = 255;
      while (more === 255 && at < end) {
        more = input[at++]!;
        match += more;
      }
    }
    match += 4;
    let from = to - distance;
    if (distance === 0 || from < 0 || to + match > output.length) throw damaged('an LZ4 match leads outside');
    for (let count = match; count > 0; count--) output[to++] = output[from++]!;
  }
  throw damaged('an LZ4 block ends within a sequence');
}
