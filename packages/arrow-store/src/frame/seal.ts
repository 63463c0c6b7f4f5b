/**
 * The seal is the value of the schema's first metadata entry, always of this width:
 * `crc32:` and 8, ` sha256:` and 64 small hex digits. It stands twice, in the schema message and in the footer.
 */
const CRC_AT = 6;
const CRC_DIGITS = 8;
const SHA_AT = CRC_AT + CRC_DIGITS + 8;
const SHA_DIGITS = 64;
export const SEAL_LENGTH = SHA_AT + SHA_DIGITS;

/** The seal as it stands in the bytes while SHA-256 is taken over them. */
export const EMPTY_SEAL = `crc32:${'0'.repeat(CRC_DIGITS)} sha256:${'0'.repeat(SHA_DIGITS)}`;

/** Continues a CRC-32 (that of zip and gzip) over more bytes. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

function put(bytes: Uint8Array, at: number, digits: string): void {
  for (let index = 0; index < digits.length; index++) bytes[at + index] = digits.charCodeAt(index);
}

/** Two digits for each byte: a number's own `toString(16)` takes longer than the CRC of a small file. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export const crcText = (crc: number): string =>
  `${HEX[crc >>> 24]!}${HEX[(crc >>> 16) & 255]!}${HEX[(crc >>> 8) & 255]!}${HEX[crc & 255]!}`;

export function putCrc(bytes: Uint8Array, sealAt: number, crc: string): void {
  put(bytes, sealAt + CRC_AT, crc);
}

export function putSha256(bytes: Uint8Array, sealAt: number, sha256: string): void {
  put(bytes, sealAt + SHA_AT, sha256);
}

const ZEROS = new Uint8Array(CRC_DIGITS).fill(48);

/** Continues the CRC over bytes that hold a seal, whose own eight digits count as zeros. */
export function crcAcrossSeal(crc32: Crc32, bytes: Uint8Array, sealAt: number, before = 0): number {
  const at = sealAt + CRC_AT;
  return crc32(bytes.subarray(at + CRC_DIGITS), crc32(ZEROS, crc32(bytes.subarray(0, at), before)));
}

function text(bytes: Uint8Array, from: number, length: number): string {
  let value = '';
  for (let at = from; at < from + length; at++) value += String.fromCharCode(bytes[at]!);
  return value;
}

/** Whether two seals are the same, byte by byte. */
export function equalSeals(left: Uint8Array, leftAt: number, right: Uint8Array, rightAt: number): boolean {
  for (let index = 0; index < SEAL_LENGTH; index++) {
    if (left[leftAt + index] !== right[rightAt + index]) return false;
  }
  return true;
}

export const crcOf = (bytes: Uint8Array, sealAt: number): string => text(bytes, sealAt + CRC_AT, CRC_DIGITS);
export const sha256Of = (bytes: Uint8Array, sealAt: number): string => text(bytes, sealAt + SHA_AT, SHA_DIGITS);
