import { type CacheKey, cachePath, type ColumnBatch, type Dataset, epochMicroseconds, firstRowAt, rowSpanOf } from '@vision-cache/cache-keys'; // prettier-ignore
import { loadChannel } from '../contract/diagnostics.ts';
import type { EntryBatch, KnownFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError } from '../contract/errors.ts';
import { bodyLayout } from '../frame/entry-layout.ts';
import { storedSchema } from '../format/open-entry.ts';
import { MINIMUM_BYTES } from '../frame/frame-reader.ts';
import { datasetOfKeys } from '../read/dataset-of-keys.ts';
import { Destination } from '../read/destination.ts';
import type { LoadManyOptions, LoadOptions } from '../read/load-options.ts';
import type { Loaded } from '../read/load-many.ts';
import { slice } from '../rows/rows.ts';
import type { ObjectInfo } from '../objects/object-store.ts';
import type { BucketContext } from './bucket-context.ts';
import { type BucketEntry, barsOf } from './bucket-reader.ts';
import { inOrder } from './in-order.ts';
import { LIST_FROM, listKeys } from './listed-keys.ts';

/** Rows of one key, from the bucket or from the local folder. */
interface Part {
  /** False if the bucket has no such entry: then it may be one that keeps its entries elsewhere. */
  readonly isInBucket: boolean;
  readonly facts: KnownFacts;
  readonly numRows: number;
  readonly columns: BucketEntry['columns'];
}

type RowsOfKey = Omit<Part, 'isInBucket'>;

/** Where the rows of a key may be. */
interface Place {
  readonly key: CacheKey;
  readonly info: ObjectInfo | undefined;
  readonly isListed: boolean;
}

async function placesOf(
  { objects }: BucketContext,
  keys: readonly CacheKey[],
  what: keyof typeof LIST_FROM,
  signal?: AbortSignal,
): Promise<Place[]> {
  const found = await listKeys(objects, keys, LIST_FROM[what], signal);
  return keys.map((key) => {
    const path = cachePath(key);
    return { key, info: found.get(path), isListed: found.has(path) };
  });
}

/** What is known of each key: of the bucket's entry, else of what the local folder has. */
export async function coverageOf(
  bucket: BucketContext,
  keys: readonly CacheKey[],
  signal?: AbortSignal,
): Promise<readonly KnownFacts[]> {
  const [places] = await Promise.all([placesOf(bucket, keys, 'facts', signal), bucket.marker.check()]);
  const known: KnownFacts[] = [];
  const facts = inOrder(places, () => 0, async ({ key, info, isListed }) =>
    isListed ? bucket.reader.facts(key, { info, signal }) : undefined,
  ); // prettier-ignore
  for await (const { answer } of facts) known.push(answer);
  const others = keys.filter((_, index) => known[index] === undefined);
  const local = await bucket.local.coverage(others, signal === undefined ? {} : { signal });
  let next = 0;
  return known.map((each) => each ?? local[next++]);
}

/** The rows of one entry, undefined if there are none. */
export async function loadFromBucket<D extends Dataset>(
  bucket: BucketContext,
  key: CacheKey<D>,
  options: LoadOptions,
): Promise<EntryBatch<D> | undefined> {
  const dataset: Dataset = bucket.catalog.datasetOf(key);
  const part = await partOf(bucket, dataset, { key, info: undefined, isListed: true }, options);
  const { isInBucket, facts, numRows, columns } = part;
  if (!isInBucket) await bucket.marker.check();
  if (facts === undefined || facts.state === 'absent') return undefined;
  return { dataset: dataset.id, numRows, columns: columns as ColumnBatch<D>['columns'], facts };
}

/** Many entries in contiguous columns: few requests for each, many of them under way at a time. */
export async function loadManyFromBucket<D extends Dataset>(
  bucket: BucketContext,
  keys: readonly CacheKey<D>[],
  options: LoadManyOptions,
): Promise<Loaded<D>> {
  const dataset: Dataset = datasetOfKeys(bucket.catalog, keys);
  const places = await placesOf(bucket, keys, bucket.reader.hasCopies ? 'facts' : 'rows', options.signal);
  let checked = places.every(({ isListed }) => isListed) ? undefined : checkedMark(bucket);
  const bytesOf = ({ key, info }: Place): number => info?.size ?? (barsOf(key) ?? 0) * 88;
  const entries: KnownFacts[] = [];
  const rows: number[] = [];
  let total = 0;
  const most = places.map(({ key, info, isListed }) => {
    if (info !== undefined) return mostRows(dataset, info.size);
    return isListed || bucket.local.isThere(key) ? barsOf(key) : 0;
  });
  // Where nothing tells how many rows there are at most, all answers are waited for.
  const room = most.reduce((sum, each) => (sum === undefined || each === undefined ? undefined : sum + each), 0);
  const parts: Part[] = [];
  let destination: Destination | undefined;
  for await (const { answer } of inOrder(places, bytesOf, (place) => partOf(bucket, dataset, place, options))) {
    if (!answer.isInBucket) checked ??= checkedMark(bucket);
    entries.push(answer.facts);
    rows.push(answer.numRows);
    // Bars off the grid may be more than there is room for.
    if (room !== undefined && parts.length === 0 && total + answer.numRows <= room) {
      destination ??= new Destination(dataset, room, options);
      put(destination, answer, total);
    } else parts.push(answer);
    total += answer.numRows;
  }
  await checked;
  if (destination === undefined || parts.length > 0) {
    const larger = new Destination(dataset, total, options);
    let at = 0;
    if (destination !== undefined) {
      at = total - parts.reduce((sum, { numRows }) => sum + numRows, 0);
      larger.put(destination.finish(at), 0);
    }
    for (const part of parts) {
      put(larger, part, at);
      at += part.numRows;
    }
    destination = larger;
  }
  const batch = {
    dataset: dataset.id,
    numRows: total,
    columns: destination.finish(total),
  } as unknown as ColumnBatch<D>;
  return { batch, entries, rows };
}

/**
 * Whether the bucket keeps its entries where they were looked for. Rows that are there say themselves what they are, and
 * need no mark; it is looked at where some are not. What comes of it is told where it is waited for.
 */
function checkedMark({ marker }: BucketContext): Promise<boolean> {
  const checked = marker.check();
  checked.catch(() => undefined);
  return checked;
}

function put(destination: Destination, { columns, numRows }: Part, row: number): void {
  if (numRows === 0) return;
  if (!destination.hasRoom(row, numRows)) {
    const details = {
      path: undefined,
      expected: 'room for all rows',
      found: `room for ${destination.limit?.rows ?? row}`,
    };
    throw new ArrowStoreError(
      'E_BUFFER',
      'The memory for the columns has room for fewer rows than there are.',
      details,
    );
  }
  destination.put(columns, row);
}

/** Rows that an object of a size can have: a file is more than its columns. */
function mostRows(dataset: Dataset, size: number): number {
  const bytesPerRow = bodyLayout(storedSchema(dataset), 8000).length / 8000;
  return Math.ceil(Math.max(0, size - MINIMUM_BYTES) / bytesPerRow);
}

async function partOf(
  { reader, local }: BucketContext,
  dataset: Dataset,
  { key, info, isListed }: Place,
  { columns: names, start, end, signal }: LoadOptions,
): Promise<Part> {
  const started = loadChannel.hasSubscribers ? performance.now() : 0;
  const isCut = start !== undefined || end !== undefined;
  const read = isCut && names !== undefined ? [...new Set([...names, dataset.timeColumn])] : names;
  const found = isListed ? await reader.read(key, { names: read, info, signal }) : undefined;
  const isInBucket = found !== undefined;
  const rows = isInBucket ? cutTo(dataset, key, found, names, start, end) : await localPart(local, key, { columns: names, start, end, signal }); // prettier-ignore
  const part = { isInBucket, ...rows };
  if (loadChannel.hasSubscribers) {
    const result = part.facts === undefined || part.facts.state === 'absent' ? 'miss' : 'new';
    const bytes = Object.values(part.columns).reduce((sum, column) => sum + (ArrayBuffer.isView(column) ? column.byteLength : 0), 0); // prettier-ignore
    loadChannel.publish({ path: cachePath(key), result, rows: part.numRows, bytes, durationMs: performance.now() - started }); // prettier-ignore
  }
  return part;
}

async function localPart(local: BucketContext['local'], key: CacheKey, options: LoadOptions): Promise<RowsOfKey> {
  const found = local.isThere(key) ? await local.load(key, options) : undefined;
  if (found !== undefined) return { facts: found.facts, numRows: found.numRows, columns: found.columns };
  const [facts] = await local.coverage([key]);
  return { facts: facts?.state === 'absent' ? facts : undefined, numRows: 0, columns: {} };
}

function cutTo(
  dataset: Dataset,
  key: CacheKey,
  { facts, entry, columns }: BucketEntry,
  names: readonly string[] | undefined,
  start: LoadOptions['start'],
  end: LoadOptions['end'],
): RowsOfKey {
  if (start === undefined && end === undefined) return { facts, numRows: entry.rows, columns };
  const whole = rowSpanOf(dataset, key.date);
  const times = columns[dataset.timeColumn] as BigInt64Array;
  const from = firstRowAt(times, start === undefined ? whole.start : epochMicroseconds(start));
  const to = Math.max(from, firstRowAt(times, end === undefined ? whole.end : epochMicroseconds(end)));
  const wanted = Object.entries(columns).filter(([name]) => names?.includes(name) ?? true);
  return { facts, numRows: to - from, columns: Object.fromEntries(wanted.map(([name, column]) => [name, slice(column, from, to)])) }; // prettier-ignore
}
