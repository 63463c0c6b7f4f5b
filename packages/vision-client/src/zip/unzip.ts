import { crc32, inflate } from '#platform';
import { VisionClientError } from '../contract/errors.ts';
import { inflateInKernel, inflateInPieces, type TakePiece } from '../kernel/inflate-kernel.ts';
import { type FoundMember, findMember, type ZipMember } from './zip-member.ts';

export interface UnzipOptions {
  /** What the one member must be called. */
  readonly name: string;
  /** The most bytes that the member may have. @default 1 GiB */
  readonly limitBytes?: number;
  /**
   * `strict` takes an archive of exactly one member and nothing else; `lenient` takes the named member of an archive
   * that holds more, as a few official ones do. The member itself is checked in the same way.
   * @default 'strict'
   */
  readonly mode?: 'strict' | 'lenient';
}

export interface Unzipped {
  readonly bytes: Uint8Array;
  /** Members that were passed over; 0 in strict mode. */
  readonly otherMembers: number;
}

export const DEFAULT_LIMIT_BYTES = 1024 ** 3;
/** Deflate cannot make more of a byte. */
const LARGEST_RATIO = 1032;

/**
 * Takes the member out of a zip archive of Vision. Its name, sizes and CRC-32 are checked, its parts must fit together
 * without a gap, and no more memory is taken than its size, which has a limit.
 * @throws {VisionClientError} an `E_ZIP_` code
 */
export async function unzip(archive: Uint8Array, options: UnzipOptions): Promise<Unzipped> {
  const member = memberOf(archive, options);
  const bytes = inflatedByKernel(archive, member) ?? (await inflated(archive, member));
  return { bytes, otherMembers: member.otherMembers };
}

/** The member that is asked for, of a size that is allowed. */
export function memberOf(archive: Uint8Array, options: UnzipOptions): FoundMember {
  const { name, limitBytes = DEFAULT_LIMIT_BYTES, mode = 'strict' } = options;
  const member = findMember(archive, name, mode === 'lenient');
  refuseBeyondLimit(member, limitBytes);
  return member;
}

const dataOf = (archive: Uint8Array, { start, compressedSize }: ZipMember): Uint8Array =>
  archive.subarray(start, start + compressedSize);

/** Undefined says nothing of the archive. */
function inflatedByKernel(archive: Uint8Array, member: ZipMember): Uint8Array | undefined {
  if (member.isStored) return undefined;
  const bytes = inflateInKernel(dataOf(archive, member), member.size);
  if (bytes !== undefined) checkCrc(member, crc32(bytes));
  return bytes;
}

/**
 * Gives the member's bytes piece by piece, without waiting: see `inflateInPieces`.
 * @returns whether all of them were given and are right; false says nothing of the archive
 */
export function givePieces(archive: Uint8Array, member: ZipMember, take: TakePiece): boolean {
  if (member.isStored) return false;
  let crc = 0;
  const isWhole = inflateInPieces(dataOf(archive, member), member.size, (bytes, fresh, isLast) => {
    crc = crc32(fresh, crc);
    return take(bytes, fresh, isLast);
  });
  return isWhole && crc === member.crc32;
}

/** The member's bytes, by the platform's inflate; of a member that is only stored, the archive's own. */
export async function inflated(archive: Uint8Array, member: ZipMember): Promise<Uint8Array> {
  const data = dataOf(archive, member);
  const bytes = member.isStored ? data : await inflatedByPlatform(data, member);
  checkSize(member, bytes.length);
  checkCrc(member, crc32(bytes));
  return bytes;
}

export function refuseBeyondLimit({ name, size, compressedSize }: ZipMember, limitBytes: number): void {
  if (size > limitBytes) {
    const message = `${name}: the member has ${size} bytes, more than the limit of ${limitBytes}.`;
    throw new VisionClientError('E_ZIP_TOO_LARGE', message, { name, limitBytes, size });
  }
  if (size > (compressedSize + 8) * LARGEST_RATIO) {
    const message = `${name}: ${compressedSize} bytes cannot hold the ${size} that the archive declares.`;
    throw new VisionClientError('E_ZIP_SIZE', message, { name, expected: size, actual: undefined });
  }
}

export function checkSize({ name, size }: ZipMember, actual: number): void {
  if (actual === size) return;
  throw new VisionClientError('E_ZIP_SIZE', `${name} has ${actual} bytes; the archive says ${size}.`, {
    name,
    expected: size,
    actual,
  });
}

export function checkCrc({ name, crc32: expected }: ZipMember, actual: number): void {
  if (actual === expected) return;
  throw new VisionClientError('E_ZIP_CRC', `${name} is damaged: its CRC-32 differs from the archive's.`, {
    name,
    expected,
    actual,
  });
}

async function inflatedByPlatform(data: Uint8Array, member: ZipMember): Promise<Uint8Array> {
  try {
    return await inflate(data, member.size);
  } catch (cause) {
    throw inflateError(member, cause);
  }
}

/** What a platform's inflate says of damaged data. */
export function inflateError({ name, size }: ZipMember, cause: unknown): VisionClientError {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  // Node refuses to go on beyond the promised size, and so does the browser's loop.
  if (code === 'ERR_BUFFER_TOO_LARGE' || (cause as { name?: unknown }).name === 'RangeError') {
    const text = `${name} is larger than the ${size} bytes that the archive declares.`;
    return new VisionClientError('E_ZIP_SIZE', text, { name, expected: size, actual: undefined }, { cause });
  }
  const reason = typeof message === 'string' ? message : String(cause);
  const text = `${name}: the compressed data is damaged: ${reason}.`;
  return new VisionClientError('E_ZIP_INFLATE', text, { name, reason }, { cause });
}
