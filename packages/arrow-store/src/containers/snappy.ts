import { damaged } from './refusal.ts';

/**
 * Decodes a raw Snappy block into exactly `length` bytes.
 * Source: github.com/google/snappy, format_description.txt.
 */
export function decodeSnappy(input: Uint8Array, length: number): Uint8Array {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++];
    if (byte === undefined || shift > 28) throw damaged('a Snappy block has no length');
    size += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  if (size !== length) throw damaged('a Snappy block is of another length than its page says');
  const output = new Uint8Array(length);
  let to = 0;
  while (at < input.length) {
    const tag = input[at++]!;
    if ((tag & 3) === 0) {
      let literals = tag >> 2;
      if (literals >= 60) {
        const bytes = literals - 59;
        if (at + bytes > input.length) throw damaged('a Snappy block is cut');
        literals = 0;
        for (let index = bytes - 1; index >= 0; index--) literals = literals * 256 + input[at + index]!;
        at += bytes;
      }
      literals += 1;
      if (at + literals > input.length || to + literals > length) throw damaged('Snappy literals lead outside');
      for (let count = literals; count > 0; count--) output[to++] = input[at++]!;
      continue;
    }
    let match: number;
    let distance: number;
    if ((tag & 3) === 1) {
      match = ((tag >> 2) & 7) + 4;
      distance = ((tag >> 5) << 8) | (input[at++] ?? 0);
    } else {
      match = (tag >> 2) + 1;
      const bytes = (tag & 3) === 2 ? 2 : 4;
      distance = 0;
      for (let index = bytes - 1; index >= 0; index--) distance = distance * 256 + (input[at + index] ?? 0);
      at += bytes;
    }
    let from = to - distance;
    if (distance === 0 || from < 0 || to + match > length) throw damaged('a Snappy copy leads outside');
    for (let count = match; count > 0; count--) output[to++] = output[from++]!;
  }
  if (to !== length) throw damaged('a Snappy block holds less than it says');
  return output;
}
