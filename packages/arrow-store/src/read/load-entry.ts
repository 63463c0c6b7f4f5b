import {
  type CacheKey,
  cachePath,
  type ColumnArray,
  type Dataset,
  epochMicroseconds,
  firstRowAt,
  rowSpanOf,
  type TimeInput,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { FileStat } from '../disk/file-system.ts';
import { INVALIDATED, recordPath } from '../disk/hidden.ts';
import type { EntryFacts, StoredFacts } from '../contract/entry-facts.ts';
import { isArrowStoreError } from '../contract/errors.ts';
import { unknownColumn } from '../format/decode-entry.ts';
import { describeRows, withOrigins } from '../rows/attribute.ts';
import { type SourceRank, slice, timesOf } from '../rows/rows.ts';
import { uniteRows } from '../rows/unite-rows.ts';
import { type StoreContext, tell } from '../store/store-context.ts';
import { isDamage, isUnsealed, quarantineAsReader } from '../store/quarantine.ts';
import type { LoadOptions } from './load-options.ts';
import type { OldEntry } from '../store/old-files.ts';

/** Rows of an entry, before a layout is named. */
export interface FoundEntry {
  readonly facts: EntryFacts;
  /** Where only a part of the entry's rows is wanted. @default all of them */
  readonly numRows?: number;
  readonly columns: Readonly<Record<string, ColumnArray>>;
}

/**
 * What stands under the new path: `use` gets the open file. A damaged file is moved aside and answered as nothing; an
 * unsealed one is left, reported, and answered as nothing. Only moving a file aside takes a promise: a read of a year
 * should not wait for three hundred of them.
 * @param damaged gets the path of a damaged file
 */
export function tryNew<T>(
  store: StoreContext,
  path: string,
  use: Parameters<typeof store.reader.withFile<T>>[1],
  damaged?: Set<string>,
): T | undefined | Promise<undefined> {
  store.root.assertReadable();
  try {
    return store.reader.withFile(path, use);
  } catch (error) {
    if (isDamage(error)) {
      damaged?.add(path);
      store.reader.forget(path);
      return quarantineAsReader(store, path, error);
    }
    if (!isUnsealed(error)) throw error;
    store.counts.unsealed++;
    tell({ path, kind: 'unsealed', code: error.code, message: error.message });
    return undefined;
  }
}

/** The old file that counts for a key: there is one, and it was not invalidated. */
export function oldPathOf(store: StoreContext, key: CacheKey): string | undefined {
  const paths = store.legacyPaths(key);
  if (paths.length === 0) return undefined;
  const old = store.old.find(paths);
  if (old === undefined || store.disk.lstat(recordPath(INVALIDATED, cachePath(key))) !== undefined) return undefined;
  return old;
}

/** The rows of the old file of a key, or undefined if there is none that can be trusted. */
export async function readOld(store: StoreContext, key: CacheKey, signal?: AbortSignal): Promise<OldEntry | undefined> {
  const path = oldPathOf(store, key);
  if (path === undefined) return undefined;
  const answer = await store.old.read(key, path, signal);
  if (!isArrowStoreError(answer)) return answer;
  store.counts.oldRefused++;
  tell({ path, kind: 'old-refused', code: answer.code, message: answer.message });
  return undefined;
}

/** What is known of the old file of a key, as {@link readOld} would find it. */
export async function readOldFacts(
  store: StoreContext,
  key: CacheKey,
  signal?: AbortSignal,
): Promise<EntryFacts | undefined> {
  const path = oldPathOf(store, key);
  const answer = path === undefined ? undefined : await store.old.facts(key, path, signal);
  return answer === undefined || isArrowStoreError(answer) ? undefined : { ...answer, layout: 'old' };
}

/** Rows under the new path and of the old file as one entry: a partial new file hides no row of a good old one. */
function uniteWithOld(
  dataset: Dataset,
  key: CacheKey,
  columns: FoundEntry['columns'],
  facts: StoredFacts,
  old: OldEntry,
  rank: SourceRank,
): FoundEntry {
  const { rows } = uniteRows(dataset, old.rows, withOrigins(dataset, columns, facts), rank);
  const united = describeRows(key, dataset, rows, [facts, { spans: old.facts.spans, holes: [] }], rank, facts.quality);
  return { facts: { ...united, layout: 'old' }, columns: rows.columns };
}

/** An entry from the new path, the old one, or both, with the columns and the times that are asked for. */
export async function findEntry(
  store: StoreContext,
  key: CacheKey,
  { columns: names, start, end, signal }: LoadOptions,
  damaged?: Set<string>,
): Promise<FoundEntry | undefined> {
  const path = cachePath(key);
  const dataset: Dataset = store.catalog.datasetOf(key);
  const isSliced = start !== undefined || end !== undefined;
  const read = isSliced && names !== undefined ? [...names, dataset.timeColumn] : names;
  const readFile = (file: number, stat: FileStat) => {
    const opened = store.reader.open(path, file, stat, key);
    const { facts } = opened.entry;
    const isEnough = facts.state === 'complete' || store.legacyPaths(key).length === 0;
    return { facts, isEnough, columns: store.reader.columns(path, file, opened, isEnough ? read : undefined) };
  };
  const found = await tryNew(store, path, readFile, damaged);
  let whole: FoundEntry | undefined = found;
  if (found?.isEnough !== true) {
    const old = await readOld(store, key, signal);
    if (old !== undefined && found !== undefined)
      whole = uniteWithOld(dataset, key, found.columns, found.facts, old, store.catalog.sourceRank);
    else if (old !== undefined) whole = { facts: { ...old.facts, layout: 'old' }, columns: old.rows.columns };
  }
  if (whole === undefined) store.root.assertCurrent();
  return whole === undefined
    ? undefined
    : select(dataset, whole, names, isSliced ? sliceOf(rowSpanOf(dataset, key.date), start, end) : undefined);
}

function sliceOf(whole: TimeSpan, start: TimeInput | undefined, end: TimeInput | undefined): TimeSpan {
  return {
    start: start === undefined ? whole.start : epochMicroseconds(start),
    end: end === undefined ? whole.end : epochMicroseconds(end),
  };
}

function select(
  dataset: Dataset,
  found: FoundEntry,
  names: readonly string[] | undefined,
  span?: TimeSpan,
): FoundEntry {
  if (names === undefined && span === undefined) return found;
  const { facts, columns } = found;
  const unknown = names?.find((name) => !Object.hasOwn(columns, name));
  if (unknown !== undefined) throw unknownColumn(dataset, Object.keys(columns), unknown);
  const times = timesOf(dataset, columns);
  const from = span === undefined ? 0 : firstRowAt(times, span.start);
  const to = span === undefined ? facts.rows : Math.max(from, firstRowAt(times, span.end));
  const selected = Object.entries(columns)
    .filter(([name]) => names?.includes(name) ?? true)
    .map(([name, column]) => [name, span === undefined ? column : slice(column, from, to)] as const);
  return { facts, columns: Object.fromEntries(selected), numRows: to - from };
}

/** Bytes of columns: of text as much as of its characters. */
export function bytesOf(columns: FoundEntry['columns']): number {
  let bytes = 0;
  for (const column of Object.values(columns)) {
    if (ArrayBuffer.isView(column)) bytes += column.byteLength;
    else for (const text of column) bytes += text.length;
  }
  return bytes;
}
