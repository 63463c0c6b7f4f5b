import { type CacheKey, type ColumnArray, type ColumnBatch, type Dataset, cachePath, epochMicroseconds, spanOf } from '@vision-cache/cache-keys'; // prettier-ignore
import type { KnownFacts } from '../entry-facts.ts';
import { ArrowStoreError } from '../errors.ts';
import type { StoreContext } from '../store-context.ts';
import { readAbsent } from '../write/absent.ts';
import { countLoad } from './count-load.ts';
import type { NewEntry } from './entry-reader.ts';
import { type FoundEntry, bytesOf, findEntry, tryNew } from './load-entry.ts';
import type { LoadManyOptions } from './load-options.ts';
import { Destination } from './destination.ts';
import { ChangedMeanwhile, readInto } from './read-into.ts';

export interface Loaded<D extends Dataset = Dataset> {
  /** The rows of all entries that are there, in the order of the keys, in contiguous columns. */
  readonly batch: ColumnBatch<D>;
  /** For each key, in order. */
  readonly entries: readonly KnownFacts[];
}

/** What one key gives: a file that is read straight into place, rows that are already in memory, or nothing. */
type Piece =
  | { readonly kind: 'file'; readonly path: string; readonly entry: NewEntry }
  | { readonly kind: 'rows'; readonly path: string; readonly found: FoundEntry; readonly numRows: number }
  | { readonly kind: 'nothing'; readonly path: string; readonly known: KnownFacts };

/** Files may be replaced between the look at them and the read; a cache that changes all the time has no one state. */
const ATTEMPTS = 8;
/** Bytes after which other work of the process gets its turn. */
const BYTES_A_TURN = 16 * 2 ** 20;

/**
 * Many entries in one batch. Their sizes are known before any row is read, so that each file is read once, straight
 * into its place in the columns.
 */
export async function loadMany<D extends Dataset>(
  store: StoreContext,
  keys: readonly CacheKey<D>[],
  options: LoadManyOptions,
): Promise<Loaded<D>> {
  const dataset = datasetOf(store, keys);
  for (let attempt = 1; ; attempt++) {
    const pieces = await lookUp(store, keys, options);
    const rows = pieces.reduce((sum, piece) => sum + rowsOf(piece), 0);
    const destination = new Destination(dataset, rows, options);
    try {
      await fill(store, pieces, destination, options.signal);
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile) || attempt === ATTEMPTS) throw error;
      continue;
    }
    const batch = { dataset: dataset.id, numRows: rows, columns: destination.columns } as unknown as ColumnBatch<D>;
    return { batch, entries: pieces.map(factsOf) };
  }
}

function datasetOf<D extends Dataset>(store: StoreContext, keys: readonly CacheKey<D>[]): D {
  const datasets = [...new Set(keys.map((key) => store.catalog.datasetOf(key)))];
  const [dataset] = datasets;
  if (dataset !== undefined && datasets.length === 1) return dataset;
  const found = datasets.length === 0 ? 'no key' : datasets.map(({ id }) => id).join(', ');
  const expected = 'keys of one dataset';
  throw new ArrowStoreError('E_BATCH', `loadMany needs ${expected}, and got ${found}.`, { path: undefined, expected, found });
}

async function lookUp(store: StoreContext, keys: readonly CacheKey[], options: LoadManyOptions): Promise<Piece[]> {
  const { columns, signal } = options;
  const start = options.start === undefined ? undefined : epochMicroseconds(options.start);
  const end = options.end === undefined ? undefined : epochMicroseconds(options.end);
  const pieces: Piece[] = [];
  for (const key of keys) {
    signal?.throwIfAborted();
    const path = cachePath(key);
    const isWhole = start === undefined && end === undefined ? true : isWithin(key, start, end);
    const entry = isWhole ? (store.reader.lastKnown(path) ?? (await peek(store, path))) : undefined;
    if (entry !== undefined && (entry.facts.state === 'complete' || store.legacyPaths(key).length === 0)) {
      pieces.push({ kind: 'file', path, entry });
      continue;
    }
    const found = await findEntry(store, key, { columns, start, end, signal });
    if (found === undefined) pieces.push({ kind: 'nothing', path, known: readAbsent(store, path) });
    else pieces.push({ kind: 'rows', path, found, numRows: found.numRows ?? found.facts.rows });
  }
  return pieces;
}

function isWithin(key: CacheKey, start: bigint | undefined, end: bigint | undefined): boolean {
  const span = spanOf(key.date);
  return (start === undefined || start <= span.start) && (end === undefined || span.end <= end);
}

function peek(store: StoreContext, path: string): Promise<NewEntry | undefined> {
  return tryNew(store, path, (file, stat) => store.reader.peek(path, file, stat));
}

async function fill(store: StoreContext, pieces: readonly Piece[], destination: Destination, signal?: AbortSignal) {
  let row = 0;
  let turn = 0;
  for (const piece of pieces) {
    const started = performance.now();
    const rows = rowsOf(piece);
    if (piece.kind === 'file') {
      const read = await tryNew(store, piece.path, (file, stat) => {
        readInto(store.reader, piece.path, file, stat, piece.entry, destination, row);
        return true;
      });
      if (read === undefined) {
        store.reader.forget(piece.path);
        throw new ChangedMeanwhile();
      }
    } else if (piece.kind === 'rows') destination.put(piece.found.columns, row);
    const bytes = piece.kind === 'rows' ? bytesOf(piece.found.columns) : destination.bytesOf(rows);
    const layout = piece.kind === 'file' ? 'new' : piece.kind === 'rows' ? piece.found.facts.layout : 'miss';
    countLoad(store, piece.path, layout, rows, bytes, started);
    row += rows;
    turn += bytes;
    if (turn > BYTES_A_TURN) {
      turn = 0;
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    }
  }
}

function rowsOf(piece: Piece): number {
  if (piece.kind === 'file') return piece.entry.rows;
  return piece.kind === 'rows' ? piece.numRows : 0;
}

function factsOf(piece: Piece): KnownFacts {
  if (piece.kind === 'file') return piece.entry.facts;
  return piece.kind === 'rows' ? piece.found.facts : piece.known;
}
