import type { CacheKey } from '@vision-cache/cache-keys';
import { isArrowStoreError } from '../errors.ts';
import type { Destination } from './destination.ts';
import { type EntryReader, type NewEntry, uninitialised } from './entry-reader.ts';

/**
 * Reads a file through memory that is used again, verified as the policy asks, and copies its columns to their place,
 * from `row` on. Undefined where there is no such file, no room, or something is wrong: who then looks for the entry
 * meets it again, and knows what to do.
 */
export function readInto(
  reader: EntryReader,
  path: string,
  key: CacheKey,
  destination: Destination,
  row: number,
): NewEntry | undefined {
  try {
    return reader.withFile(path, (file, stat) => {
      const opened = reader.open(path, file, stat, key, scratch);
      const { entry } = opened;
      if (!destination.hasRoom(row, entry.rows)) return undefined;
      const names = Object.keys(destination.columns);
      const isWhole = names.length === entry.layout.columns.length;
      destination.put(reader.columns(path, file, opened, isWhole ? undefined : names), row);
      return entry;
    });
  } catch (error) {
    if (isArrowStoreError(error)) return undefined;
    throw error;
  }
}

/** A larger file is read into memory of its own. */
const MOST_SCRATCH = 2 ** 24;
/**
 * Large memory begins 16 bytes behind a page, and what the kernel copies to places 1 to 31 bytes behind one takes three
 * times as long (AMD Zen 4, Linux 6): this many bytes further on it does not, and is aligned as columns are.
 */
const BEHIND_PAGE = 48;
let memory: Uint8Array = new Uint8Array(0);

/** Memory for what is read and not kept; the calls are synchronous, so that one is enough for the process. */
function scratch(length: number): Uint8Array {
  if (length > MOST_SCRATCH) return uninitialised(length);
  if (length > memory.length) memory = uninitialised(BEHIND_PAGE + Math.max(length, 2 ** 18)).subarray(BEHIND_PAGE);
  return memory.subarray(0, length);
}
