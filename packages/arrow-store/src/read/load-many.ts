import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  type Interval,
  barCount,
  barsPerDay,
  cachePath,
  epochMicroseconds,
  isUtcDay,
  rowSpanOf,
  spanOf,
} from '@vision-cache/cache-keys';
import { parentOf } from '../disk/disk.ts';
import type { FileStat } from '../disk/file-system.ts';
import { throwIfAborted } from '../leases/lease.ts';
import type { KnownFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError, isArrowStoreError } from '../contract/errors.ts';
import type { StoreContext } from '../store/store-context.ts';
import { readAbsent } from '../store/absent.ts';
import { type LoadMessage, loadChannel } from '../contract/diagnostics.ts';
import { countLoad } from './count-load.ts';
import { datasetOfKeys } from './dataset-of-keys.ts';
import { Destination } from './destination.ts';
import { bytesOf, findEntry, tryNew } from './load-entry.ts';
import type { LoadManyOptions } from './load-options.ts';
import { readInto } from './read-into.ts';
import { FileChanged, type NewEntry } from '../store/entry-reader.ts';
import { isEnough, readKnownInto } from './read-known.ts';
import { ReadsAside } from './reads-aside.ts';
import type { ReadingPlace } from '../store/reading-pace.ts';

export interface Loaded<D extends Dataset = Dataset> {
  /** The rows of all entries that are there, in the order of the keys, in contiguous columns. */
  readonly batch: ColumnBatch<D>;
  /** For each key, in order. */
  readonly entries: readonly KnownFacts[];
  /** How many rows of the batch are of each key, in order. */
  readonly rows: readonly number[];
  /**
   * Places of the keys of which a damaged file was found: it was put aside, and what is answered of them is what else is
   * there. Left out if there is none.
   */
  readonly damaged?: readonly number[];
}

/** Files may be replaced by larger ones while they are read; a cache that changes all the time has no one state. */
const ATTEMPTS = 8;
/** Bytes after which other work of the process gets its turn. */
const BYTES_A_TURN = 16 * 2 ** 20;
/** From so many bytes on other threads may read, where that is faster. */
const ASIDE_FROM = 2 * 2 ** 20;

/**
 * Many entries in one batch. How many rows they can have is known before any is read, from earlier reads or from the
 * interval's grid, so that each file is opened once and read straight into its place in the columns.
 */
export async function loadMany<D extends Dataset>(
  store: StoreContext,
  keys: readonly CacheKey<D>[],
  options: LoadManyOptions,
): Promise<Loaded<D>> {
  store.root.assertReadable();
  const dataset = datasetOfKeys(store.catalog, keys);
  const times = {
    start: options.start === undefined ? undefined : epochMicroseconds(options.start),
    end: options.end === undefined ? undefined : epochMicroseconds(options.end),
  };
  const damaged = new Set<string>();
  for (let attempt = 1; ; attempt++) {
    const room = await roomFor(store, keys, attempt > 1, damaged);
    const destination = new Destination(dataset, room, options);
    const filled = await fill(store, keys, destination, { ...options, ...times, damaged });
    if (typeof filled === 'string') {
      if (filled === 'too small' && destination.limit !== undefined) throw tooSmall(destination.limit);
      if (attempt < ATTEMPTS) continue;
      throw changing();
    }
    for (const { path, result, rows, bytes, durationMs } of options.uncounted === true ? [] : filled.counted) {
      countLoad(store, path, result, rows, bytes, durationMs);
    }
    if (filled.entries.includes(undefined)) store.root.assertCurrent();
    const columns = destination.finish(filled.rows);
    const batch = { dataset: dataset.id, numRows: filled.rows, columns } as unknown as ColumnBatch<D>;
    const found = { batch, entries: filled.entries, rows: filled.counted.map((each) => each.rows) };
    return damaged.size === 0 ? found : { ...found, damaged: placesOf(keys, damaged) };
  }
}

const placesOf = (keys: readonly CacheKey[], damaged: ReadonlySet<string>): readonly number[] =>
  keys.flatMap((key, at) => (damaged.has(cachePath(key)) ? [at] : []));

function tooSmall({ name, rows }: NonNullable<Destination['limit']>): ArrowStoreError {
  const details = { path: undefined, expected: 'room for all rows', found: `room for ${rows}` };
  return new ArrowStoreError(
    'E_BUFFER',
    `The memory for ${name} has room for only ${rows} rows; there are more.`,
    details,
  );
}

function changing(): ArrowStoreError {
  const details = { path: undefined, expected: 'entries that do not change', found: 'other ones', owner: undefined };
  return new ArrowStoreError('E_LOCKED', 'The entries kept changing while they were read.', details);
}

/** How many rows there can be: what was found when a file was last looked at, or all bars of its day or month. */
async function roomFor(
  store: StoreContext,
  keys: readonly CacheKey[],
  exactly: boolean,
  damaged: Set<string>,
): Promise<number> {
  let rows = 0;
  for (const key of keys) {
    const before = store.reader.lastKnown(key)?.entry;
    if (before !== undefined && !exactly && isEnough(store, key, before)) {
      rows += before.rows;
      continue;
    }
    const path = cachePath(key);
    if (exactly) store.reader.forget(path);
    const known = exactly ? undefined : before?.rows;
    if (known !== undefined) rows += known;
    else if (key.interval === undefined || exactly) {
      const rowsOf = (file: number, stat: FileStat): number => store.reader.peek(path, file, stat, key).rows;
      rows += (await tryNew(store, path, rowsOf, damaged)) ?? 0;
    }
    // A partial file may be united with an old one: that is a whole day at most, but for bars off the grid.
    if (key.interval !== undefined && (known === undefined || store.legacyPaths(key).length > 0)) {
      const bars = barsOf(key.interval, key.date);
      rows += exactly ? bars + 64 : Math.max(0, bars - (known ?? 0));
    }
  }
  return rows;
}

function barsOf(interval: Interval, date: string): number {
  const aDay = isUtcDay(date) ? barsPerDay(interval) : undefined;
  if (aDay !== undefined) return aDay;
  const span = spanOf(date);
  return barCount(interval, span.start, span.end);
}

interface Filled {
  readonly rows: number;
  readonly entries: readonly KnownFacts[];
  /** Counted once the whole is done, so that what is read twice is counted once. */
  readonly counted: readonly LoadMessage[];
}

type FillOptions = LoadManyOptions & {
  readonly start?: bigint | undefined;
  readonly end?: bigint | undefined;
  /** Gets the paths of damaged files. */
  readonly damaged: Set<string>;
};

/** Why entries have to be read once more: there is not room for all, or one was written into meanwhile. */
type Unfilled = 'too small' | 'changed';

async function fill(
  store: StoreContext,
  keys: readonly CacheKey[],
  destination: Destination,
  options: FillOptions,
): Promise<Filled | Unfilled> {
  const aside = new ReadsAside();
  try {
    const filled = await fillInOrder(store, keys, destination, options, aside);
    await aside.settled();
    return filled;
  } catch (error) {
    // Nothing is written any more to memory that the caller has back.
    await aside.settled().catch(() => undefined);
    if (error instanceof FileChanged) return 'changed';
    throw error;
  }
}

async function fillInOrder(
  store: StoreContext,
  keys: readonly CacheKey[],
  destination: Destination,
  { columns, start, end, signal, damaged }: FillOptions,
  aside: ReadsAside,
): Promise<Filled | Unfilled> {
  const { reader, disk, pace } = store;
  const isLarge = destination.size >= ASIDE_FROM;
  let place: ReadingPlace = 'here';
  let turnStarted = 0;
  let isKnown = false; // whether all of this turn's files were known
  const entries: KnownFacts[] = [];
  const counted: LoadMessage[] = [];
  const isTold = loadChannel.hasSubscribers;
  let rows = 0;
  let turn = 0;
  let like: NewEntry | undefined;
  /** The days of one symbol are read one after the other: their folder is looked for once, until somebody else may run. */
  let trusted: string | undefined;
  const add = (path: string, facts: KnownFacts, count: number, bytes: number, started: number): Counted => {
    const result = facts === undefined || !('layout' in facts) ? 'miss' : facts.layout;
    const message: Counted = { path, result, rows: count, bytes, durationMs: isTold ? performance.now() - started : 0 };
    entries.push(facts);
    counted.push(message);
    rows += count;
    turn += bytes;
    return message;
  };
  for (const key of keys) {
    if (aside.isFull) {
      trusted = undefined;
      await aside.makeRoom();
    }
    if (turn >= BYTES_A_TURN || entries.length === 0) {
      throwIfAborted(signal, disk, cachePath(key));
      trusted = undefined;
      if (turn > 0) {
        await aside.settled();
        if (isLarge && isKnown) pace.note(place, turn, performance.now() - turnStarted);
        await otherWork();
      }
      if (isLarge) place = pace.next();
      turnStarted = performance.now();
      isKnown = true;
      turn = 0;
    }
    const started = isTold ? performance.now() : 0;
    const isAsked = isWithin(destination.dataset, key, start, end);
    const known = isAsked ? reader.lastKnown(key) : undefined;
    if (known !== undefined && isEnough(store, key, known.entry)) {
      let read = orTooMany(() =>
        readKnownInto(reader, known, destination, rows, aside.isFull ? 'here' : place, trusted),
      );
      if (read === 'too many files') {
        trusted = undefined;
        await aside.settled();
        read = readKnownInto(reader, known, destination, rows, place);
      }
      if (read !== false) {
        const { entry, path, folder } = known;
        const message = add(path, entry.facts, entry.rows, destination.bytesOf(entry.rows), started);
        if (read !== true) aside.add(isTold ? timed(read, message, started) : read);
        trusted = folder;
        continue;
      }
      trusted = undefined;
    }
    isKnown = false;
    const path = cachePath(key);
    const entry = isAsked ? readInto(reader, path, key, destination, rows, known?.entry ?? like, trusted) : undefined;
    if (entry !== undefined && isEnough(store, key, entry)) {
      add(path, entry.facts, entry.rows, destination.bytesOf(entry.rows), started);
      trusted = parentOf(path);
      like = entry;
      continue;
    }
    trusted = undefined;
    await aside.settled(); // It may need files of its own.
    const found = await findEntry(store, key, { columns, start, end, signal }, damaged);
    if (found === undefined) {
      add(path, readAbsent(store, path), 0, 0, started);
      continue;
    }
    const { facts, numRows = facts.rows } = found;
    if (!destination.hasRoom(rows, numRows)) return 'too small';
    destination.put(found.columns, rows);
    add(path, facts, numRows, bytesOf(found.columns), started);
  }
  return { rows, entries, counted };
}

/** Files that are read aside are open meanwhile: with a low limit, some of them have to be done first. */
function orTooMany<T>(open: () => T): T | 'too many files' {
  try {
    return open();
  } catch (error) {
    if (isArrowStoreError(error) && error.code === 'E_TOO_MANY_FILES') return 'too many files';
    throw error;
  }
}

type Counted = { -readonly [Name in keyof LoadMessage]: LoadMessage[Name] };

/** How long a read took that this thread did not wait for. */
async function timed(read: Promise<void>, message: Counted, started: number): Promise<void> {
  await read;
  message.durationMs = performance.now() - started;
}

/** Gives other work of the process its turn. */
const otherWork = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

function isWithin(dataset: Dataset, key: CacheKey, start: bigint | undefined, end: bigint | undefined): boolean {
  if (start === undefined && end === undefined) return true;
  const span = rowSpanOf(dataset, key.date);
  return (start === undefined || start <= span.start) && (end === undefined || span.end <= end);
}
