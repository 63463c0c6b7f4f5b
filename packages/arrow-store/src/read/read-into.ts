import type { CacheKey } from '@vision-cache/cache-keys';
import type { FileStat } from '../disk/file-system.ts';
import { isArrowStoreError } from '../contract/errors.ts';
import { type Destination, placesOf } from './destination.ts';
import type { EntryReader, NewEntry } from '../store/entry-reader.ts';
import { scratch } from '../store/memory.ts';

/**
 * Reads a file, verified as the policy asks, and puts its columns to their place, from `row` on. Undefined if there is
 * no such file, no room, or something is wrong: who then looks for the entry meets it again, and knows what to do.
 * @param like An entry that this one probably has the form of: what was known of it before, or the day before.
 */
export function readInto(
  reader: EntryReader,
  path: string,
  key: CacheKey,
  destination: Destination,
  row: number,
  like: NewEntry | undefined,
  trusted?: string,
): NewEntry | undefined {
  try {
    const read = (file: number, stat: FileStat) => {
      const scattered =
        like === undefined ? undefined : readScattered(reader, { path, key, file, stat }, destination, row, like);
      if (scattered !== undefined) return scattered;
      const opened = reader.open(path, file, stat, key, scratch);
      const { entry } = opened;
      if (!destination.hasRoom(row, entry.rows)) return undefined;
      const names = Object.keys(destination.columns);
      const isWhole = names.length === entry.layout.columns.length;
      destination.put(reader.columns(path, file, opened, isWhole ? undefined : names), row);
      return entry;
    };
    return reader.withFile(path, read, trusted);
  } catch (error) {
    if (isArrowStoreError(error)) return undefined;
    throw error;
  }
}

/**
 * Days of a symbol are nearly all of one form: then head, columns and tail can be read to their places in one call, and
 * are verified there, while the processor still has them at hand. Undefined if the file is of another form after all.
 * @throws {ArrowStoreError} if something is wrong with it, or it only looks so in this form.
 */
function readScattered(
  reader: EntryReader,
  { path, key, file, stat }: OpenFile,
  destination: Destination,
  row: number,
  like: NewEntry,
): NewEntry | undefined {
  const { layout, rows, bodyAt, size } = like;
  if (reader.policy === 'never' || stat.kind !== 'file' || stat.size !== size) return undefined;
  if (!destination.hasRoom(row, rows)) return undefined;
  const [run, ...others] = destination.runsOf(layout) ?? [];
  if (run?.length !== layout.length || others.length > 0) return undefined;
  const ends = scratch(size - layout.length);
  const [head, tail] = [ends.subarray(0, bodyAt), ends.subarray(bodyAt)];
  const body = placesOf(run, row, rows);
  reader.readExactly(path, file, [head, ...body, tail], 0);
  const entry = reader.openScattered(path, stat, key, { head, body, tail });
  return entry.layout === layout ? entry : undefined;
}

interface OpenFile {
  readonly path: string;
  readonly key: CacheKey;
  readonly file: number;
  readonly stat: FileStat;
}
