import type { Dataset } from '@vision-cache/cache-keys';
import { crc32Table } from './frame/crc32-table.ts';
import { type DecodeOptions, type DecodedEntry, decodeWith } from './format/decode-entry.ts';

export type {
  Asked,
  Contribution,
  EntryState,
  Hole,
  SourceDigest,
  SourceFacts,
  StoredFacts,
} from './contract/entry-facts.ts';
export {
  ArrowStoreError,
  type ArrowStoreErrorCode,
  type ArrowStoreErrorDetails,
  isArrowStoreError,
} from './contract/errors.ts';
export { type DecodedEntry, type DecodeOptions } from './format/decode-entry.ts';

/**
 * The rows and facts of a cache file that is already in memory, for places without a file system: a browser that
 * fetched it, a worker. Every byte is verified against the file's seal before anything is parsed; the columns are
 * views of the given bytes where those are aligned to eight.
 * @example
 * const { batch, facts } = decodeEntry(new Uint8Array(await response.arrayBuffer()));
 * @throws {ArrowStoreError} `E_INTEGRITY`, `E_UNSEALED`, `E_FORMAT`, `E_NEWER_FORMAT`.
 */
export function decodeEntry<D extends Dataset>(bytes: Uint8Array, options: DecodeOptions<D> = {}): DecodedEntry<D> {
  return decodeWith(bytes, options.crc32 ?? crc32Table, options);
}
