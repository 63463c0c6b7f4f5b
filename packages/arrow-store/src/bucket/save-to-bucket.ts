import { type CacheKey, type ColumnBatch, type Dataset, cachePath, spanOf } from '@vision-cache/cache-keys';
import { saveChannel } from '../contract/diagnostics.ts';
import type { Conflict, EntryBatch, SaveFacts, SaveResult, StoredFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { type EncodedEntry, encodeEntry } from '../format/encode-entry.ts';
import { metadataOf } from '../format/metadata.ts';
import { storedSchema } from '../format/open-entry.ts';
import { covers } from '../rows/spans.ts';
import { type CheckedRows, checkRows } from '../write/check-rows.ts';
import type { BucketContext } from './bucket-context.ts';
import { type UnitedEntry, uniteEntry } from './unite-entry.ts';

/** Of a save: whether the entry is in the bucket now, or in the local folder because it is not whole yet. */
export interface BucketSaveResult extends SaveResult {
  readonly kept: 'bucket' | 'local';
}

/** Whoever else saves the same entry at the same time is done at some point. */
const ATTEMPTS = 8;

/**
 * Saves rows where they belong: a whole day or month in the bucket, whose bytes follow from its rows, so that whoever puts
 * it puts the same; a part of one in the local folder, until the rest comes.
 */
export async function saveToBucket<D extends Dataset>(
  bucket: BucketContext,
  key: CacheKey<D>,
  batch: ColumnBatch<D>,
  facts: SaveFacts,
  signal?: AbortSignal,
): Promise<BucketSaveResult> {
  const started = performance.now();
  const path = cachePath(key);
  const item = checkRows(bucket.catalog, key, batch, facts, `${bucket.objects.name}${path}`);
  await bucket.marker.mark();
  const leave = await bucket.queue.enter(path, signal);
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const saved = await saveOnce(bucket, item, { key, batch, facts, isFirst: attempt <= 2 }, signal);
      if (saved === undefined) continue;
      if (saved.kept === 'bucket') publish(path, saved, performance.now() - started);
      return saved.result;
    }
  } finally {
    leave();
  }
  const details = { path, owner: undefined, expected: 'an entry that stays as it is', found: 'other ones' };
  throw new ArrowStoreError('E_LOCKED', `${quote(path)} changed again and again while it was saved.`, details);
}

interface Given {
  /** Later on, what is there and cannot be read is damaged, and is replaced. */
  readonly isFirst: boolean;
  readonly key: CacheKey;
  readonly batch: ColumnBatch;
  readonly facts: SaveFacts;
}

interface Saved {
  readonly kept: 'bucket' | 'local';
  readonly bytes: number;
  readonly result: BucketSaveResult;
}

/** Undefined if somebody else has changed the entry meanwhile, and it has to be looked at again. */
async function saveOnce(
  bucket: BucketContext,
  item: CheckedRows,
  given: Given,
  signal?: AbortSignal,
): Promise<Saved | undefined> {
  const { reader, local, catalog } = bucket;
  const isLocal = local.isThere(item.key);
  const existing = await reader.read(item.key, { signal });
  if (existing === undefined && isLocal) return saveLocally(bucket, item, given, signal);
  const united = uniteEntry(item, existing, catalog.sourceRank);
  if (united.encoded !== undefined) {
    // What the bucket has already is whole, and stays there with what came to it.
    if (existing === undefined && !isWhole(item.key, united.facts)) return saveLocally(bucket, item, given, signal);
    const isNew = existing === undefined && given.isFirst;
    if (!(await putEntry(bucket, item.path, united.encoded, isNew, signal))) return undefined;
  }
  await local.forgetAbsent(item.key);
  const saved = done(united, 'bucket', united.encoded?.size ?? 0);
  const rest = isLocal ? await moveUp(bucket, item.key, given.isFirst, signal) : undefined;
  return rest === undefined ? saved : { ...saved, result: { ...saved.result, facts: rest.result.facts } };
}

/** A part: beside the others that are there. With the last one the entry is whole, and moves up. */
async function saveLocally(
  bucket: BucketContext,
  item: CheckedRows,
  { key, batch, facts, isFirst }: Given,
  signal?: AbortSignal,
): Promise<Saved | undefined> {
  const result = await bucket.local.save(key, batch, facts, signal === undefined ? {} : { signal });
  if (!isWhole(item.key, result.facts)) return { kept: 'local', bytes: 0, result: { ...result, kept: 'local' } };
  const moved = await moveUp(bucket, item.key, isFirst, signal);
  // Who saved another part of it at the same time has moved it up.
  if (moved === undefined) return undefined;
  const conflicts = [...result.conflicts, ...moved.result.conflicts];
  return { ...moved, result: { ...moved.result, conflicts } };
}

/** Brings what the local folder has of an entry into the bucket, and only then takes it away. */
async function moveUp(
  bucket: BucketContext,
  key: CacheKey,
  isFirst: boolean,
  signal?: AbortSignal,
): Promise<Saved | undefined> {
  const { reader, local, catalog } = bucket;
  const found: EntryBatch | undefined = await local.load(key, { signal });
  if (found === undefined) return undefined;
  const path = cachePath(key);
  const existing = await reader.read(key, { signal });
  const united =
    existing === undefined
      ? asIs(path, catalog.datasetOf(key), found)
      : uniteEntry(asRows(bucket, key, found), existing, catalog.sourceRank);
  const isNew = existing === undefined && isFirst;
  if (united.encoded !== undefined && !(await putEntry(bucket, path, united.encoded, isNew, signal))) return undefined;
  await local.invalidate(key);
  return done(united, 'bucket', united.encoded?.size ?? 0);
}

function asIs(path: string, dataset: Dataset, { facts, numRows, columns }: EntryBatch): UnitedEntry {
  const stored: StoredFacts = facts;
  return {
    facts: stored,
    conflicts: [],
    encoded: encodeEntry(storedSchema(dataset), numRows, columns, metadataOf(path, stored)),
  };
}

/** Rows of the local folder as if they were saved now, said by their first source. */
function asRows({ catalog, objects }: BucketContext, key: CacheKey, { facts, ...batch }: EntryBatch): CheckedRows {
  const path = cachePath(key);
  return checkRows(
    catalog,
    key,
    batch,
    { ...facts, asOf: spanOf(key.date).end + LONGEST_BAR },
    `${objects.name}${path}`,
  );
}

/** Their bars were over when they were saved first: 31 days, microseconds. */
const LONGEST_BAR = 31n * 86_400_000_000n;

/** False if there is an entry where none was; a bucket that ignores the condition puts the same bytes again. */
async function putEntry(
  { objects }: BucketContext,
  path: string,
  { parts }: EncodedEntry,
  isNew: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return (await objects.put(path, parts, { ifAbsent: isNew, signal })) !== undefined;
}

/** Whether every instant of the day or month has been answered for. */
function isWhole(key: CacheKey, { spans }: Pick<StoredFacts, 'spans'>): boolean {
  return covers(spans, spanOf(key.date));
}

function done(
  { facts, conflicts }: { readonly facts: StoredFacts; readonly conflicts: readonly Conflict[] },
  kept: 'bucket',
  bytes: number,
): Saved {
  return { kept, bytes, result: { facts: { ...facts, layout: 'new' }, conflicts, kept } };
}

function publish(path: string, { bytes, result }: Saved, durationMs: number): void {
  if (!saveChannel.hasSubscribers) return;
  const { state, rows } = result.facts;
  saveChannel.publish({ path, state, rows, bytes, conflicts: result.conflicts.length, durationMs });
}
