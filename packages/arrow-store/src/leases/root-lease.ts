import { putNew } from '../disk/atomic-write.ts';
import { Disk } from '../disk/disk.ts';
import { type FileStat, type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { rootPath } from '../disk/root-path.ts';
import { LEASES } from '../disk/hidden.ts';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { findLease, isHeld, newRecord, ownerText } from './lease-record.ts';
import { type HeldLease, hold } from './lease.ts';
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
      if (putNew(disk, PATH, textEncoder.encode(JSON.stringify(record)))) return watched(disk, hold(disk, PATH, record, Date.now)); // prettier-ignore
      continue;
    }
    const held = isHeld(found, Date.now);
    if (held !== false && !takeOver) throw locked(disk, found, held);
    takeAway(disk, found.path, found.bytes);
  }
  throw locked(disk, findLease(disk, PATH), 'unknown');
}

/**
 * A lease that is looked at before each of thousands of steps: one call where its record was read before and is still the
 * same file. That file is kept open meanwhile, so that no other one can be given its number.
 */
function watched(disk: Disk, lease: HeldLease): RootLease {
  const { fileSystem } = disk;
  let file: number | undefined;
  let read: FileStat | undefined;
  const release = (): void => {
    lease.release();
    if (file !== undefined) fileSystem.close(file);
    file = undefined;
  };
  const assertHeld = (): void => {
    const now = disk.lstat(PATH);
    if (now !== undefined && read !== undefined && isSameRecord(now, read)) return;
    lease.assertHeld();
    read = now;
  };
  try {
    file = fileSystem.open(disk.absolute(PATH), 'read');
    assertHeld();
  } catch (error) {
    release();
    throw error;
  }
  return { assertHeld, release };
}

/** A heartbeat moves its times on: the record is read again. */
function isSameRecord(a: FileStat, b: FileStat): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

function locked(disk: Disk, found: ReturnType<typeof findLease>, held: true | 'unknown'): ArrowStoreError {
  const owner = ownerText(found) ?? 'unknown';
  const { purpose } = (found?.record ?? {}) as { readonly purpose?: unknown };
  const why = typeof purpose === 'string' ? ` for ${quote(purpose)}` : '';
  const state = held === true ? 'is at work' : 'cannot be checked from here and may be working';
  const message =
    `The cache at ${quote(disk.root)} is locked${why} by ${owner}, which ${state}. ` +
    'Wait for it to end; if you know that it has ended, take the lock over.';
  return new ArrowStoreError('E_LOCKED', message, { path: disk.root, owner });
}
