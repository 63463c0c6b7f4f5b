import { type CacheKey, type Dataset, visionFileStem } from '@vision-cache/cache-keys';
import { type ParsedCsv, parseCsv } from './parse-csv.ts';
import { inflated, inflatedAtOnce, memberOf, type UnzipOptions } from '../zip/unzip.ts';

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
  // Nothing may be waited for before the rows are decoded: the bytes stand in memory that the next archive takes.
  const bytes = inflatedAtOnce(archive, member);
  const parsed = parseCsv(bytes ?? (await inflated(archive, member)), key);
  return { ...parsed, otherMembers: member.otherMembers };
}
