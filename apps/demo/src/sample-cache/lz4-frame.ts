/** Positions of four-byte sequences are remembered in a table of this many places. */
const PLACES = 1 << 14;
/** A match is four bytes or more, and the last five bytes are always literals (lz4 block format, end of block). */
const SHORTEST_MATCH = 4;
const LAST_LITERALS = 12;

/**
 * Bytes as an LZ4 frame of one block without checksums, as Feather files hold them. Greedy and short: it exists to
 * write a sample, not to be fast.
 */
export function lz4Frame(bytes: Uint8Array): Uint8Array {
  const block = lz4Block(bytes);
  // Magic, version 1 with independent blocks, blocks of up to 4 MB, and the header's checksum byte for these two.
  const head = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73);
  const frame = new Uint8Array(head.length + 4 + block.length + 4);
  frame.set(head);
  new DataView(frame.buffer).setUint32(head.length, block.length, true);
  frame.set(block, head.length + 4);
  return frame;
}

function lz4Block(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const seen = new Int32Array(PLACES).fill(-1);
  let literals = 0;
  let at = 0;
  while (at < bytes.length - LAST_LITERALS) {
    const four = view.getUint32(at, true);
    const place = Math.imul(four, 2_654_435_761) >>> 18;
    const before = seen[place]!;
    seen[place] = at;
    if (before === -1 || at - before > 65_535 || view.getUint32(before, true) !== four) {
      at++;
      continue;
    }
    let length = SHORTEST_MATCH;
    while (at + length < bytes.length - 5 && bytes[before + length] === bytes[at + length]) length++;
    sequence(out, bytes.subarray(literals, at), length, at - before);
    at += length;
    literals = at;
  }
  sequence(out, bytes.subarray(literals), 0, 0);
  return Uint8Array.from(out);
}

function sequence(out: number[], literals: Uint8Array, match: number, offset: number): void {
  const extra = match === 0 ? 0 : match - SHORTEST_MATCH;
  out.push((Math.min(literals.length, 15) << 4) | Math.min(extra, 15));
  if (literals.length >= 15) lengthBytes(out, literals.length - 15);
  for (const byte of literals) out.push(byte);
  if (match === 0) return;
  out.push(offset & 255, offset >> 8);
  if (extra >= 15) lengthBytes(out, extra - 15);
}

function lengthBytes(out: number[], rest: number): void {
  let left = rest;
  for (; left >= 255; left -= 255) out.push(255);
  out.push(left);
}
