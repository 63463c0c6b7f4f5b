import { putNew } from '../disk/atomic-write.ts';
import { Disk } from '../disk/disk.ts';
import { type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { rootPath } from '../disk/root-path.ts';
import { LEASES } from '../disk/hidden.ts';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { findLease, isHeld, newRecord, ownerText } from './lease-record.ts';
import { hold } from './lease.ts';
import { takeAway } from './take-over.ts';

/** A whole root that this thread has to itself, among those who ask for it. */
export interface RootLease {
  /**
   * To be called before each step that another holder must not do as well.
   * @throws {ArrowStoreError} `E_LOCKED` where another process has taken the root over
   */
  assertHeld(): void;
  release(): void;
}

export interface RootLeaseOptions {
  /** What it is taken for, such as `migrate`: told to whoever asks meanwhile. */
  readonly purpose: string;
  /** Take it over from its holder, who lives or cannot be asked. @default false */
  readonly takeOver?: boolean;
  /** @default that of the machine */
  readonly fileSystem?: FileSystem;
}

const PATH = `${LEASES}/root`;
const textEncoder = new TextEncoder();

/**
 * Takes a root for work that would destroy something if two did it at a time, such as a migration. It keeps nobody from
 * reading or saving entries, who have leases of their own. A holder is dead only where that is certain: one on another
 * machine or in another container counts as alive, however long it has been silent.
 * @throws {ArrowStoreError} `E_LOCKED`, naming the holder, unless `takeOver` is given; or what the system said
 */
export function acquireRoot(
  root: string | URL,
  { purpose, takeOver = false, fileSystem = nodeFileSystem }: RootLeaseOptions,
): RootLease {
  const disk = new Disk(rootPath(root), fileSystem);
  const record = { ...newRecord(PATH), purpose };
  for (let attempt = 0; attempt < 3; attempt++) {
    const found = findLease(disk, PATH);
    if (found === undefined) {
      if (putNew(disk, PATH, textEncoder.encode(JSON.stringify(record)))) return hold(disk, PATH, record, Date.now);
      continue;
    }
    const held = isHeld(found, Date.now);
    if (held !== false && !takeOver) throw locked(disk, found, held);
    takeAway(disk, found.path, found.bytes);
  }
  throw locked(disk, findLease(disk, PATH), 'unknown');
}

function locked(disk: Disk, found: ReturnType<typeof findLease>, held: true | 'unknown'): ArrowStoreError {
  const owner = ownerText(found) ?? 'unknown';
  const { purpose } = (found?.record ?? {}) as { readonly purpose?: unknown };
  const why = typeof purpose === 'string' ? ` for ${quote(purpose)}` : '';
  const state = held === true ? 'is at work' : 'cannot be asked from here and may be at work';
  const message =
    `The cache at ${quote(disk.root)} is taken${why} by ${owner}, who ${state}. ` +
    'Wait for it to end; if it is certain that it has ended, take the cache over.';
  return new ArrowStoreError('E_LOCKED', message, { path: disk.root, owner });
}
