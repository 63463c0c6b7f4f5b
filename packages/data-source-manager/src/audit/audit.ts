import { type CacheKey, cachePath, type ColumnBatch, type Dataset, spanOf } from '@vision-cache/cache-keys';
import { rowsOfKey } from '../rows/batch-rows.ts';
import { readFacts, acquireLease } from '../io/cache-access.ts';
import type { ListingMemo } from '../io/collect-listing.ts';
import { collectListing } from '../io/collect-listing.ts';
import { compareRows } from '../rows/compare-rows.ts';
import { objectOf } from '../ledger/observation.ts';
import { type Engine, messageOf } from '../io/engine.ts';
import { throwIfAborted } from '../contract/errors.ts';
import { isUrlOf } from '../publication/is-url-of.ts';
import type { Listing } from '../publication/listing.ts';
import type { RowConflict } from '../rows/merge-batches.ts';
import { mapConcurrent } from '../concurrency/ordered-prefetch.ts';
import { monthKeyFor } from '../query/month-key.ts';
import type {
  ArchiveSource,
  Asked,
  EntryFacts,
  ListedObject,
  SourceAnswer,
  SourceFacts,
  SourcePort,
} from '../contract/ports.ts';
import type { ParsedQuery } from '../query/query.ts';
import { holesOf, saveRows } from '../io/save-rows.ts';

/** A source has published an object again: the old and the new file, and which rows changed. */
export interface Revision {
  readonly key: CacheKey;
  readonly source: string;
  readonly before: Omit<SourceFacts, 'source'> & { readonly rows: number };
  readonly after: Omit<SourceFacts, 'source'> & { readonly rows: number };
  /** Rows with other values now, each with both of them. */
  readonly changed: readonly RowConflict[];
  readonly added: number;
  /** Rows that are not published any more; the cache keeps them. */
  readonly withdrawn: number;
  /** When it was found, epoch microseconds UTC. */
  readonly foundAt: bigint;
}

/** A log to which revisions are appended. */
export interface RevisionLog {
  append(revision: Revision): Promise<void>;
}

export interface AuditReport {
  /** Entries of the archive that were compared with its listing. */
  readonly checked: number;
  readonly unchanged: number;
  readonly revisions: readonly Revision[];
  /** Entries without a known ETag or not in the listing: they could not be compared. */
  readonly unknown: readonly CacheKey[];
  /** Entries that failed to compare, or were published again but could not be fetched, and why. */
  readonly failed: readonly { readonly key: CacheKey; readonly error: string }[];
}

export interface AuditRequest {
  readonly query: ParsedQuery;
  readonly sources: readonly SourcePort[];
  readonly listings: ListingMemo;
  readonly revisions: RevisionLog | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Compares the cache with the archive's listing, and fetches only objects that were published again. */
export async function audit(engine: Engine, request: AuditRequest): Promise<AuditReport> {
  const { query, sources, signal } = request;
  const now = engine.now();
  const facts = await readFacts(engine.cache, query.keys, signal);
  const report = {
    checked: 0,
    unchanged: 0,
    revisions: [] as Revision[],
    unknown: [] as CacheKey[],
    failed: [] as { key: CacheKey; error: string }[],
  };
  for (const archive of sources) {
    if (archive.kind !== 'archive' || query.keys.length === 0) continue;
    const cached = query.keys.flatMap((key, index) => {
      const of = facts[index];
      return of !== undefined && of.state !== 'absent' && of.source === archive.name ? [{ key, of }] : [];
    });
    if (cached.length === 0) continue;
    // An audit is asked for to see what is new: a listing of some minutes ago would not do.
    request.listings.forget();
    let listing: Listing | undefined;
    try {
      listing = await collectListing(archive, query.keys[0]!, query.span, engine.catalog, signal);
    } catch (error) {
      throwIfAborted(signal);
      report.failed.push(...cached.map(({ key }) => ({ key, error: `the listing: ${messageOf(error)}` })));
      continue;
    }
    const republished = new Map<string, Republished>();
    for (const { key, of } of cached) {
      const { sourceEtag } = of;
      const objects = listing === undefined ? [] : objectsOf(listing, key, of, engine);
      if (objects.length === 0 && isOfItsDays(listing, of)) {
        report.checked++;
        report.unchanged++;
      } else if (sourceEtag === undefined || objects.length === 0) {
        report.unknown.push(key);
      } else {
        report.checked++;
        if (objects.some(({ etag }) => sameEtag(etag, sourceEtag))) report.unchanged++;
        else addTo(republished, objects[0]!, { key, of });
      }
    }
    const results = await mapConcurrent(
      republished.values(),
      async ({ object, entries }, stop) => {
        try {
          return await revise(engine, archive, query, object, entries, now, stop);
        } catch (error) {
          throwIfAborted(stop);
          return entries.map(({ key }) => ({ key, error: messageOf(error) }));
        }
      },
      { ahead: engine.concurrency, signal },
    );
    for (const result of results.flat()) {
      if ('error' in result) {
        report.failed.push(result);
      } else {
        report.revisions.push(result);
        await request.revisions?.append(result);
      }
    }
  }
  return report;
}

/** An object that was published again, and the entries with rows from it. */
interface Republished {
  readonly object: ListedObject;
  readonly entries: { readonly key: CacheKey; readonly of: EntryFacts }[];
}

function addTo(
  republished: Map<string, Republished>,
  object: ListedObject,
  entry: Republished['entries'][number],
): void {
  const id = cachePath(object.key);
  const of = republished.get(id);
  if (of === undefined) republished.set(id, { object, entries: [entry] });
  else of.entries.push(entry);
}

/**
 * The objects that an entry's rows may be of: its day's file, or its month's. Its source's URL tells which, where it is
 * the archive's own; a month that was published again is then one object to fetch, and not thirty.
 */
function objectsOf(listing: Listing, key: CacheKey, of: EntryFacts, engine: Engine): ListedObject[] {
  const month = key.packagingFrequency === 'monthly' ? key : monthKeyFor(key, engine.catalog);
  const day = key.packagingFrequency === 'daily' ? listing.daily.get(key.date) : undefined;
  const monthly = month === undefined ? undefined : listing.monthly?.get(month.date);
  const objects = [day, monthly].filter((object) => object !== undefined);
  const own = objects.filter((object) => isUrlOf(of.sourceUrl, object.key));
  return own.length > 0 ? own : objects;
}

/** Whether the rows of a month without a file of its own are of its days' files, each as it is listed now. */
function isOfItsDays(listing: Listing | undefined, { contributions = [], ...own }: EntryFacts): boolean {
  const days = [...(listing?.daily.values() ?? [])];
  const parts: readonly SourceFacts[] = contributions.length === 0 ? [own] : contributions;
  return parts.every(({ sourceUrl, sourceEtag }) => {
    const day = days.find(({ key }) => isUrlOf(sourceUrl, key));
    return day !== undefined && sourceEtag !== undefined && sameEtag(day.etag, sourceEtag);
  });
}

function sameEtag(a: string, b: string): boolean {
  return a.replaceAll('"', '') === b.replaceAll('"', '');
}

type Revised = Revision | { readonly key: CacheKey; readonly error: string };

/** Fetches an object once, and compares and stores each entry that holds rows of it. */
async function revise(
  engine: Engine,
  archive: ArchiveSource,
  query: ParsedQuery,
  object: ListedObject,
  entries: Republished['entries'],
  now: bigint,
  signal: AbortSignal,
): Promise<Revised[]> {
  const lease = await acquireLease(engine.cache, object.key, signal);
  try {
    const answer = await archive.fetch(object.key, { signal });
    if (answer.status === 'missing') {
      const error = `${cachePath(object.key)} is listed but cannot be fetched: ${answer.evidence}`;
      return entries.map(({ key }) => ({ key, error }));
    }
    return await mapConcurrent(
      entries,
      async (entry) => reviseEntry(engine, archive, query, object, answer, entry, now, signal),
      {
        ahead: engine.concurrency,
        signal,
      },
    );
  } finally {
    await lease.release();
  }
}

async function reviseEntry(
  engine: Engine,
  archive: ArchiveSource,
  query: ParsedQuery,
  object: ListedObject,
  answer: Extract<SourceAnswer, { status: 'ok' }>,
  { key, of: before }: Republished['entries'][number],
  now: bigint,
  signal: AbortSignal,
): Promise<Revised> {
  const dataset: Dataset = query.dataset;
  const old: ColumnBatch = (await engine.cache.loadMany([key], { signal })).batch;
  const rows = rowsOfKey(dataset, answer.batch, key);
  const { source: _, ...after } = answer.facts;
  const { onlyLeft, onlyRight, conflicts } = compareRows(
    dataset,
    { name: 'after', source: archive.name, batch: rows },
    { name: 'before', source: before.source, batch: old },
    query.interval,
  );
  const asked: Asked = { source: archive.name, object: objectOf(object.key), outcome: 'no-rows' };
  const holes = holesOf(dataset, rows, query.interval, [spanOf(key.date)]).map((hole) => ({ ...hole, asked: [asked] }));
  const saved = await saveRows(engine, { key, batch: rows, facts: answer.facts, holes }, now);
  if (saved.unsaved !== undefined) return { key, error: messageOf(saved.unsaved.error) };
  return {
    key,
    source: archive.name,
    before: { ...pick(before), rows: before.rows },
    after: { ...after, rows: rows.numRows },
    changed: conflicts,
    added: onlyLeft,
    withdrawn: onlyRight,
    foundAt: now,
  };
}

function pick(facts: EntryFacts): Omit<SourceFacts, 'source'> {
  const { sourceUrl, sourceSha256, sourceEtag, sourceLastModified } = facts;
  return {
    ...(sourceUrl === undefined ? {} : { sourceUrl }),
    ...(sourceSha256 === undefined ? {} : { sourceSha256 }),
    ...(sourceEtag === undefined ? {} : { sourceEtag }),
    ...(sourceLastModified === undefined ? {} : { sourceLastModified }),
  };
}
