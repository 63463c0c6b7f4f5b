import { crc32 } from 'node:zlib';

/** CRC-32 by Node's zlib, which forgets what came before when it is given no bytes. */
export function crc32Zlib(bytes: Uint8Array, before = 0): number {
  return bytes.length === 0 ? before : crc32(bytes, before);
}
