import { type CacheFolder, type CacheKey, epochMicroseconds, spanOf, type TimeInput } from '@vision-cache/cache-keys';
import { throwIfAborted, tryLease } from '../leases/lease.ts';
import { removeFile } from '../disk/records.ts';
import type { EntryFacts, SourceFacts } from '../contract/entry-facts.ts';
import { checkPruneOptions } from '../store/check-options.ts';
import { listEntries } from '../read/list-entries.ts';
import type { StoreContext } from '../store/store-context.ts';

export interface PruneOptions {
  /** Entries whose day or month ends at or before this instant. */
  readonly before?: TimeInput;
  /** Only entries under these folders. @default all */
  readonly series?: readonly CacheFolder[];
  /** As many entries as bring the files under `series` down to so many bytes, those of the earliest dates first. */
  readonly maxBytes?: number;
  /** Tell what would be removed, and remove nothing. @default false */
  readonly dryRun?: boolean;
  /**
   * Also entries with rows that no archive is known to have: those of REST, of an import, and migrated ones.
   * @default false
   */
  readonly includingIrreplaceable?: boolean;
  readonly signal?: AbortSignal;
}

/** An entry that a prune chose. */
export interface PrunedEntry {
  readonly key: CacheKey;
  /** Below the root, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** `in-use`: somebody is writing it; `irreplaceable`: no archive is known to have all of its rows. Both are kept. */
  readonly outcome: 'removed' | 'would-be-removed' | 'in-use' | 'irreplaceable';
}

/**
 * Removes entries that can be downloaded again. An entry whose rows are not all known to be of an archive's file, with
 * its URL and its digest, is told and kept; so is one that is being written.
 * @throws {ArrowStoreError} `E_OPTION` without `before`, `series` and `maxBytes`: a whole cache is removed by its owner
 */
export async function* prune(store: StoreContext, options: PruneOptions): AsyncGenerator<PrunedEntry> {
  const { before, series, maxBytes, dryRun = false, includingIrreplaceable = false, signal } = options;
  checkPruneOptions(options);
  store.root.assertReadable();
  const until = before === undefined ? undefined : epochMicroseconds(before);
  const isChosen = ({ key }: Candidate): boolean => until === undefined || spanOf(key.date).end <= until;
  let found: Iterable<Candidate> = candidates(store, series);
  let excess = Infinity;
  if (maxBytes !== undefined) {
    found = inOrderOfTime(found);
    excess = -maxBytes;
    for (const { bytes } of found) excess += bytes;
  }
  for (const entry of found) {
    if (excess <= 0) return;
    if (!isChosen(entry)) continue;
    throwIfAborted(signal, store.disk, entry.path);
    const { key, path, bytes } = entry;
    const outcome = entry.isReplaceable || includingIrreplaceable ? await remove(store, path, dryRun) : 'irreplaceable';
    if (outcome === 'removed' || outcome === 'would-be-removed') excess -= bytes;
    yield { key, path, bytes, outcome };
  }
}

interface Candidate {
  readonly key: CacheKey;
  readonly path: string;
  readonly bytes: number;
  readonly isReplaceable: boolean;
}

/** Each entry under the folders once, also where one of them lies in another. */
function* candidates(store: StoreContext, series: PruneOptions['series']): Generator<Candidate> {
  const seen = new Set<string>();
  for (const folder of series ?? [undefined]) {
    for (const { key, path, bytes, facts } of listEntries(store, folder)) {
      if (series !== undefined && series.length > 1) {
        if (seen.has(path)) continue;
        seen.add(path);
      }
      yield { key, path, bytes, isReplaceable: isReplaceable(facts) };
    }
  }
}

const inOrderOfTime = (found: Iterable<Candidate>): Candidate[] =>
  [...found].sort((a, b) => (a.key.date < b.key.date ? -1 : a.key.date > b.key.date ? 1 : a.path < b.path ? -1 : 1));

/** Whether every row is known to be of a file of an archive. */
function isReplaceable(facts: EntryFacts): boolean {
  const hasArchive = ({ sourceUrl, sourceSha256, sourceDigest }: SourceFacts): boolean =>
    sourceUrl !== undefined && (sourceSha256 ?? sourceDigest) !== undefined;
  return hasArchive(facts) && facts.contributions.every(hasArchive);
}

async function remove(store: StoreContext, path: string, dryRun: boolean): Promise<PrunedEntry['outcome']> {
  if (dryRun) return 'would-be-removed';
  const { disk, durability, now, queue, reader, root } = store;
  await root.mark(durability);
  const leave = await queue.enter(path);
  try {
    const lease = tryLease(disk, path, 'write', now);
    if (lease === undefined) return 'in-use';
    try {
      await removeFile(disk, path, durability);
      reader.forget(path);
      return 'removed';
    } finally {
      lease.release();
    }
  } finally {
    leave();
  }
}
