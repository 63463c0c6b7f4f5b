import type { CacheKey, ColumnArray } from '@vision-cache/cache-keys';
import type { BodyLayout } from '../frame/entry-layout.ts';
import type { StoreContext } from '../store/store-context.ts';
import { type Destination, placesOf } from './destination.ts';
import type { EntryReader, KnownFile, NewEntry } from '../store/entry-reader.ts';
import { uninitialised } from '../store/memory.ts';
import type { ReadingPlace } from '../store/reading-pace.ts';

/** Less is read sooner than another thread has been woken. */
const ASIDE_FROM = 2 ** 15;

/**
 * Reads a file that was verified before, and has not changed since, straight into its place: this is what a load of
 * many days does over and over, so nothing is made for a file that can be made once for all of them. False if the
 * file is another one by now, or has columns that are not read as they stand. Aside, a large file is read on
 * another thread; then the answer is what to wait for.
 */
export function readKnownInto(
  reader: EntryReader,
  known: KnownFile,
  destination: Destination,
  row: number,
  place: ReadingPlace,
  trusted?: string,
): boolean | Promise<void> {
  const { layout, rows, bodyAt } = known.entry;
  if (!destination.hasRoom(row, rows)) return false;
  const runs = destination.runsOf(layout);
  if (runs === undefined) return false;
  const stretches = runs.map((run) => ({ into: placesOf(run, row, rows), position: bodyAt + run.offset }));
  const [first] = stretches;
  if (place === 'aside' && first !== undefined && runs.length === 1 && runs[0]!.length >= ASIDE_FROM) {
    return reader.readKnownAside(known, first, trusted) ?? false;
  }
  return reader.readKnown(known, stretches, trusted);
}

/** All columns of a file that was verified before and has not changed since, in memory of their own; as {@link readKnownInto}. */
export function loadKnown(
  store: StoreContext,
  key: CacheKey,
): { readonly known: KnownFile; readonly columns: Readonly<Record<string, ColumnArray>> } | undefined {
  const { reader } = store;
  const known = reader.lastKnown(key);
  if (known === undefined || !isNumeric(known.entry.layout) || !isEnough(store, key, known.entry)) return undefined;
  const { entry } = known;
  const body = uninitialised(entry.layout.length);
  if (!reader.readKnown(known, [{ into: [body], position: entry.bodyAt }])) return undefined;
  return { known, columns: viewsOf(entry, body.buffer as ArrayBuffer) };
}

function viewsOf({ layout, rows }: NewEntry, body: ArrayBuffer): Readonly<Record<string, ColumnArray>> {
  const columns: Record<string, ColumnArray> = {};
  for (const { name, type, offset } of layout.columns) {
    columns[name] = type === 'float64' ? new Float64Array(body, offset, rows) : new BigInt64Array(body, offset, rows);
  }
  return columns;
}

/** Whether an entry under its new path is all that there is to read. */
export function isEnough(store: StoreContext, key: CacheKey, { facts }: NewEntry): boolean {
  return facts.state === 'complete' || store.legacyPaths(key).length === 0;
}

/** Whether all columns are eight bytes a row. */
const isNumeric = ({ columns }: BodyLayout): boolean => columns.every(({ type }) => type !== 'text' && type !== 'bool');
