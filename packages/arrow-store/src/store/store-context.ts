import type { CacheKey, Catalog } from '@vision-cache/cache-keys';
import type { Durability } from '../disk/atomic-write.ts';
import type { Disk } from '../disk/disk.ts';
import type { KeyQueue } from '../leases/key-queue.ts';
import type { ProblemMessage } from '../contract/diagnostics.ts';
import { problemChannel } from '../contract/diagnostics.ts';
import type { EntryReader } from './entry-reader.ts';
import type { OldFiles } from './old-files.ts';
import type { ReadingPace } from './reading-pace.ts';
import type { Root } from '../disk/root.ts';

/** Counts since the manager was made; see {@link UnifiedCacheManager.stats}. */
export interface StoreStats {
  /** Entries requested and answered, by the layout that answered. */
  readonly hits: { readonly new: number; readonly old: number };
  /** Entries requested and not there. */
  readonly misses: number;
  /** Bytes of the columns that were answered. */
  readonly bytesRead: number;
  readonly saves: number;
  readonly bytesWritten: number;
  readonly conflicts: number;
  /** Damaged files that were moved aside. */
  readonly quarantined: number;
  /** Files under a new path that have no seal, each time one was met. */
  readonly unsealed: number;
  /** Old files that were not to be trusted, each time one was met. */
  readonly oldRefused: number;
}

/** What the parts of a store share. */
export interface StoreContext {
  readonly disk: Disk;
  readonly root: Root;
  readonly catalog: Catalog;
  readonly reader: EntryReader;
  readonly old: OldFiles;
  readonly pace: ReadingPace;
  readonly queue: KeyQueue;
  readonly durability: Durability;
  readonly leaseTimeoutMs: number;
  readonly fetchSilenceMs: number;
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly legacyPaths: (key: CacheKey) => readonly string[];
  readonly counts: Counts;
}

export interface Counts {
  hitsNew: number;
  hitsOld: number;
  misses: number;
  bytesRead: number;
  saves: number;
  bytesWritten: number;
  conflicts: number;
  quarantined: number;
  unsealed: number;
  oldRefused: number;
}

export const newCounts = (): Counts => ({
  hitsNew: 0,
  hitsOld: 0,
  misses: 0,
  bytesRead: 0,
  saves: 0,
  bytesWritten: 0,
  conflicts: 0,
  quarantined: 0,
  unsealed: 0,
  oldRefused: 0,
});

export function statsOf({ hitsNew, hitsOld, ...counts }: Counts): StoreStats {
  return { hits: { new: hitsNew, old: hitsOld }, ...counts };
}

export function tell(message: ProblemMessage): void {
  if (problemChannel.hasSubscribers) problemChannel.publish(message);
}
