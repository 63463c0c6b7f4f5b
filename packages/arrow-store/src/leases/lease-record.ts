import type { Disk } from '../disk/disk.ts';
import { HIDDEN_FOLDER } from '../disk/hidden-names.ts';
import { LEASES, TMP, UNKNOWN_LEFT_ALONE_MS, randomName, shortName, temporaryName } from '../disk/hidden.ts';
import { type ProcessIdentity, isAlive, isThisThread, thisProcess } from '../disk/process-identity.ts';
import { readSmallFile } from '../disk/records.ts';

/**
 * `write`: whoever reads and then writes an entry. `fetch`: whoever asks a source for one. `work`: whoever does a piece of
 * work on the whole root. `root`: whoever has the whole root to itself.
 */
export type LeaseKind = 'write' | 'fetch' | 'work' | 'root';

export interface LeaseRecord extends ProcessIdentity {
  readonly token: string;
  readonly path: string;
  /**
   * Where its holder stages what replaces the entry. Whoever takes the lease over removes that file first: the holder
   * may have been stopped between its last look at the lease and the rename, which then finds nothing to rename.
   */
  readonly temporary: string;
}

/** Of a lease as it is found: which record, and what its file was. */
export interface FoundLease {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Undefined where it cannot be read: it was being written when its owner ended, or still is. */
  readonly record: Partial<LeaseRecord> | undefined;
  readonly changedMs: number;
  /** Another text for each heartbeat. */
  readonly heartbeat: string;
}

const textDecoder = new TextDecoder();

export const leasePath = (entryPath: string, kind: LeaseKind): string => `${LEASES}/${shortName(entryPath)}.${kind}`;

export const newRecord = (entryPath: string): LeaseRecord => ({
  ...thisProcess(),
  token: randomName(),
  path: entryPath,
  temporary: `${TMP}/${temporaryName()}`,
});

export function findLease(disk: Disk, path: string): FoundLease | undefined {
  const bytes = readSmallFile(disk, path);
  const stat = bytes === undefined ? undefined : disk.lstat(path);
  if (bytes === undefined || stat === undefined) return undefined;
  const { ino, mtimeMs, ctimeMs } = stat;
  const record = parseRecord(bytes);
  return { path, bytes, record, changedMs: mtimeMs, heartbeat: [record?.token, ino, mtimeMs, ctimeMs].join() };
}

export function parseRecord(bytes: Uint8Array | undefined): Partial<LeaseRecord> | undefined {
  try {
    const value: unknown = bytes === undefined ? undefined : JSON.parse(textDecoder.decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Leases that this thread holds, whichever copy of this package took them. */
const HELD = Symbol.for('vision-cache.arrow-store.leases');
export const heldHere = (Reflect.get(globalThis, HELD) as Set<string> | undefined) ?? new Set<string>();
Reflect.set(globalThis, HELD, heldHere);

/** Whether a lease holds: `unknown` where only its heartbeat can tell, to whoever watches it. */
export function isHeld({ record, changedMs }: FoundLease, now: () => number): boolean | 'unknown' {
  if (record?.host === undefined) {
    // It names nobody whose clock it could be of.
    return Math.abs(now() - changedMs) > UNKNOWN_LEFT_ALONE_MS ? false : 'unknown';
  }
  // One of this very thread that it does not hold is one that it could not remove.
  if (isThisThread(record)) return heldHere.has(String(record.token));
  return isAlive(record);
}

/** Who holds a lease, for people. */
export function ownerText(found: FoundLease | undefined): string | undefined {
  const { record } = found ?? {};
  if (record?.pid === undefined || record.host === undefined) return undefined;
  const self = thisProcess();
  const isElsewhere = record.host === self.host && record.namespace !== self.namespace;
  return `process ${record.pid} on ${record.host}${isElsewhere ? ', in another container or PID namespace' : ''}`;
}

export const isOwnFile = (path: string): boolean => path.startsWith(`${HIDDEN_FOLDER}/`) && !path.includes('..');
