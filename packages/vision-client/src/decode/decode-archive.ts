import { type CacheKey, type Dataset, visionFileStem } from '@vision-cache/cache-keys';
import { isVisionClientError } from '../contract/errors.ts';
import { givePieces, inflated, memberOf, type UnzipOptions } from '../zip/unzip.ts';
import type { ZipMember } from '../zip/zip-member.ts';
import { FileRows, type ParsedCsv, parseCsv } from './parse-csv.ts';

export interface DecodedArchive<D extends Dataset = Dataset> extends ParsedCsv<D> {
  /** Members that were passed over; 0 in strict mode. */
  readonly otherMembers: number;
}

/**
 * Decodes an archive that is in memory: `unzip` and `parseCsv` in one, which saves the copy of the file between them.
 * @throws {VisionClientError} an `E_ZIP_` or `E_CSV_` code
 * @example
 * const { batch, quality } = await decodeArchive(readFileSync(file), key);
 */
export async function decodeArchive<D extends Dataset>(
  archive: Uint8Array,
  key: CacheKey<D>,
  options: Partial<UnzipOptions> = {},
): Promise<DecodedArchive<D>> {
  const member = memberOf(archive, { name: `${visionFileStem(key)}.csv`, ...options });
  const parsed = decodedInPieces(archive, member, key) ?? parseCsv(await inflated(archive, member), key);
  return { ...parsed, otherMembers: member.otherMembers };
}

/**
 * Rows are decoded as the kernel inflates them, in a core's cache: the file itself is never in memory. Undefined where that
 * did not go well. What is wrong is then told of the whole file, its CRC-32 first.
 */
function decodedInPieces<D extends Dataset>(
  archive: Uint8Array,
  member: ZipMember,
  key: CacheKey<D>,
): ParsedCsv<D> | undefined {
  const rows = new FileRows(key, member.size);
  try {
    return givePieces(archive, member, (bytes, _, isLast) => rows.take(bytes, isLast)) ? rows.settled() : undefined;
  } catch (error) {
    if (!isVisionClientError(error)) throw error;
    return undefined;
  }
}
