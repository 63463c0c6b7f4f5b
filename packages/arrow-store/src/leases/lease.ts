import { ArrowStoreError, quote } from '../contract/errors.ts';
import type { Disk } from '../disk/disk.ts';
import type { KeyQueue } from './key-queue.ts';
import { LEASES, TMP, randomName, shortName, temporaryName } from '../disk/hidden.ts';
import { type ProcessIdentity, isAlive, isThisThread, thisProcess } from '../disk/process-identity.ts';
import { readSmallFile } from '../disk/records.ts';
import { putNew, removeQuietly } from '../disk/atomic-write.ts';
import { isMissing } from '../disk/system-error.ts';

/** How long a lease is believed whose owner cannot be asked: one on another machine, or one that was never written. */
const BELIEVED_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 100;

/**
 * `write`: whoever reads and then writes an entry. `fetch`: whoever asks a source for one. `work`: whoever does a named
 * piece of work on the whole root.
 */
export type LeaseKind = 'write' | 'fetch' | 'work';

export interface HeldLease {
  /** @throws {ArrowStoreError} `E_LOCKED` where another process has taken it over, because it believed us dead. */
  assertHeld(): void;
  release(): void;
}

export interface LeaseOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for it. */
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

interface LeaseRecord extends ProcessIdentity {
  readonly token: string;
  readonly path: string;
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

const leasePath = (entryPath: string, kind: LeaseKind): string => `${LEASES}/${shortName(entryPath)}.${kind}`;

/**
 * Waits for the lease of an entry and takes it. A lease of a dead process is taken over at once, one that cannot be
 * judged after half a minute without a heartbeat.
 * @throws {ArrowStoreError} `E_LOCKED` when the time is over, `E_ABORTED`.
 */
export async function acquireLease(
  disk: Disk,
  entryPath: string,
  kind: LeaseKind,
  { signal, timeoutMs, now, sleep }: LeaseOptions,
): Promise<HeldLease> {
  const until = now() + timeoutMs;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    throwIfAborted(signal, disk, entryPath);
    const lease = tryLease(disk, entryPath, kind, now);
    if (lease !== undefined) return lease;
    if (now() >= until) {
      const owner = ownerText(disk, leasePath(entryPath, kind));
      const path = disk.absolute(entryPath);
      const waited = `It was waited for ${timeoutMs} ms`;
      const message = `${quote(path)}: another process holds its ${kind} lease (${owner ?? 'unknown'}). ${waited}.`;
      throw new ArrowStoreError('E_LOCKED', message, { path, owner });
    }
    await orAborted(sleep(wait * (0.5 + Math.random()), signal), signal, disk, entryPath);
  }
}

/** @throws {ArrowStoreError} `E_ABORTED`, with the signal's reason as its cause. */
export function throwIfAborted(signal: AbortSignal | undefined, disk: Disk, entryPath: string): void {
  if (signal?.aborted !== true) return;
  const path = disk.absolute(entryPath);
  const why = signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
  throw new ArrowStoreError('E_ABORTED', `${quote(path)}: aborted (${why}).`, { path }, { cause: signal.reason });
}

/** The turn of an entry within this process. @throws {ArrowStoreError} `E_ABORTED`. */
export function turnOf(
  queue: KeyQueue,
  name: string,
  disk: Disk,
  entryPath: string,
  signal: AbortSignal | undefined,
): Promise<() => void> {
  return orAborted(queue.enter(name, signal), signal, disk, entryPath);
}

/** A wait that a signal may end: then with the package's own error, whatever the wait itself threw. */
function orAborted<T>(wait: Promise<T>, signal: AbortSignal | undefined, disk: Disk, entryPath: string): Promise<T> {
  return wait.catch((error: unknown) => {
    throwIfAborted(signal, disk, entryPath);
    throw error;
  });
}

/** The lease, or undefined where another living process holds it. */
export function tryLease(disk: Disk, entryPath: string, kind: LeaseKind, now: () => number): HeldLease | undefined {
  const path = leasePath(entryPath, kind);
  const record: LeaseRecord = { ...thisProcess(), token: randomName(), path: entryPath };
  for (let attempt = 0; attempt < 3; attempt++) {
    const bytes = readSmallFile(disk, path);
    if (bytes === undefined) {
      if (putNew(disk, path, textEncoder.encode(JSON.stringify(record)))) return held(disk, path, record, now);
    } else if (isBelieved(disk, path, bytes, now)) return undefined;
    else takeAway(disk, path, bytes);
  }
  return undefined;
}

/** Leases that this thread holds, whichever copy of this package took them. */
const HELD = Symbol.for('vision-cache.arrow-store.leases');
const heldHere = (Reflect.get(globalThis, HELD) as Set<string> | undefined) ?? new Set<string>();
Reflect.set(globalThis, HELD, heldHere);

function held(disk: Disk, path: string, { token }: LeaseRecord, now: () => number): HeldLease {
  heldHere.add(token);
  const heartbeat = setInterval(() => {
    try {
      disk.fileSystem.touch(disk.absolute(path), new Date(now()));
    } catch {
      // Without a heartbeat others on other machines may take it over; `assertHeld` then says so.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  const isOurs = () => parse(readSmallFile(disk, path))?.token === token;
  return {
    assertHeld() {
      if (isOurs()) return;
      const owner = ownerText(disk, path);
      const message = `${quote(disk.absolute(path))}: the lease was taken over. Save again.`;
      throw new ArrowStoreError('E_LOCKED', message, { path: disk.absolute(path), owner });
    },
    release() {
      clearInterval(heartbeat);
      heldHere.delete(token);
      try {
        if (isOurs()) removeQuietly(disk, path);
      } catch {
        // What cannot be released is taken over once this process has ended.
      }
    },
  };
}

function parse(bytes: Uint8Array | undefined): LeaseRecord | undefined {
  try {
    const value: unknown = bytes === undefined ? undefined : JSON.parse(textDecoder.decode(bytes));
    return typeof value === 'object' && value !== null ? (value as LeaseRecord) : undefined;
  } catch {
    return undefined; // It was being written when its owner ended, or still is.
  }
}

function ownerText(disk: Disk, path: string): string | undefined {
  const record = parse(readSmallFile(disk, path));
  return record === undefined ? undefined : `process ${record.pid} on ${record.host}`;
}

/** Whether a lease holds: its owner lives, or cannot be asked and has shown itself lately. */
export function isBelieved(disk: Disk, path: string, bytes: Uint8Array, now: () => number): boolean {
  const record = parse(bytes);
  // A lease of this very thread that it does not hold is one that it could not remove.
  if (record !== undefined && isThisThread(record)) return heldHere.has(record.token);
  const alive = record === undefined ? 'unknown' : isAlive(record);
  if (alive !== 'unknown') return alive;
  const changed = disk.lstat(path)?.mtimeMs;
  // A clock that is ahead or behind: a time in the future is believed no longer than one in the past.
  return changed !== undefined && Math.abs(now() - changed) < BELIEVED_MS;
}

/** Removes a dead lease: away under another name first, to see that it is still the dead one and not its successor. */
function takeAway(disk: Disk, path: string, dead: Uint8Array): void {
  const aside = `${TMP}/${temporaryName()}`;
  const { fileSystem } = disk;
  try {
    disk.makeFolders(TMP);
    fileSystem.rename(disk.absolute(path), disk.absolute(aside));
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  const taken = readSmallFile(disk, aside);
  if (taken === undefined || Buffer.compare(taken, dead) === 0) removeQuietly(disk, aside);
  else if (disk.lstat(path) === undefined) fileSystem.rename(disk.absolute(aside), disk.absolute(path));
}
