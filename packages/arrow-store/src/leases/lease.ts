import { putNew, removeQuietly } from '../disk/atomic-write.ts';
import type { Disk } from '../disk/disk.ts';
import { readSmallFile } from '../disk/records.ts';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import type { KeyQueue } from './key-queue.ts';
import {
  type FoundLease,
  type LeaseKind,
  type LeaseRecord,
  findLease,
  heldHere,
  isHeld,
  leasePath,
  newRecord,
  ownerText,
  parseRecord,
} from './lease-record.ts';
import { Stopwatch } from './stopwatch.ts';
import { fence, takeAway, takeFromSilent } from './take-over.ts';

/** How long a lease is watched without a heartbeat, whose owner cannot be asked, until it is taken over. */
const SILENCE_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 100;

export interface HeldLease {
  /** Where what replaces the entry is staged: see {@link LeaseRecord.temporary}. */
  readonly temporary: string;
  /** @throws {ArrowStoreError} `E_LOCKED` where another process has taken it over, because it believed us dead. */
  assertHeld(): void;
  release(): void;
}

export interface LeaseOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for it. */
  readonly timeoutMs: number;
  /** How long the holder has to be silent while it is watched. @default half a minute, and only of one nobody can ask */
  readonly courtesy?: { readonly silenceMs: number } | undefined;
  /** Epoch milliseconds, for the time that a heartbeat leaves; waits go by a clock that nobody sets. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** A lease that was waited for. */
export interface AcquiredLease extends HeldLease {
  /** Who was silent for so long that it was passed over, though it may live. */
  readonly passedOver: string | undefined;
}

/**
 * Waits for the lease of an entry and takes it. A lease of a dead thread is taken over at once. One whose holder nobody here
 * can ask is taken over when its heartbeat has not changed for half a minute while it was watched: no clock of another
 * machine is compared with ours. With `courtesy`, which guards nothing but work, a living holder is passed over as well
 * once it has been silent for that long: a process that was stopped keeps nobody waiting.
 * @throws {ArrowStoreError} `E_LOCKED` when the time is over, `E_ABORTED`.
 */
export async function acquireLease(
  disk: Disk,
  entryPath: string,
  kind: LeaseKind,
  { signal, timeoutMs, courtesy, now, sleep }: LeaseOptions,
): Promise<AcquiredLease> {
  const watch = new Stopwatch();
  const silence = new Silence(watch);
  let passedOver: string | undefined;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    throwIfAborted(signal, disk, entryPath);
    const lease = tryLease(disk, entryPath, kind, now, (found, held) => {
      const quietMs = silence.since(found);
      const isOver = held === 'unknown' ? quietMs >= (courtesy?.silenceMs ?? SILENCE_MS) : courtesy !== undefined && quietMs >= courtesy.silenceMs; // prettier-ignore
      if (isOver) passedOver = ownerText(found) ?? 'unknown';
      return isOver;
    });
    if (lease !== undefined) return { ...lease, passedOver };
    if (watch.elapsedMs >= timeoutMs) {
      const owner = ownerText(findLease(disk, leasePath(entryPath, kind)));
      const path = disk.absolute(entryPath);
      const waited = `Waited ${timeoutMs} ms for it`;
      const message = `${quote(path)}: another process holds its ${kind} lease (${owner ?? 'unknown'}). ${waited}.`;
      throw new ArrowStoreError('E_LOCKED', message, { path, owner });
    }
    const milliseconds = wait * (0.5 + Math.random());
    await orAborted(sleep(milliseconds, signal), signal, disk, entryPath);
    watch.addSleep(milliseconds);
  }
}

/** How long the heartbeat of a lease has been the same, while somebody looked. */
class Silence {
  readonly #watch: Stopwatch;
  #heartbeat: string | undefined;
  #since = 0;

  constructor(watch: Stopwatch) {
    this.#watch = watch;
  }

  since({ heartbeat }: FoundLease): number {
    const now = this.#watch.elapsedMs;
    if (heartbeat !== this.#heartbeat) {
      this.#heartbeat = heartbeat;
      this.#since = now;
    }
    return now - this.#since;
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

const textEncoder = new TextEncoder();
const never = (): boolean => false;

/**
 * The lease, or undefined where another thread holds it.
 * @param isSilent whether a holder that lives, or that nobody here can ask, was silent for too long
 */
export function tryLease(
  disk: Disk,
  entryPath: string,
  kind: LeaseKind,
  now: () => number,
  isSilent: (found: FoundLease, held: true | 'unknown') => boolean = never,
): HeldLease | undefined {
  const path = leasePath(entryPath, kind);
  const record = newRecord(entryPath);
  for (let attempt = 0; attempt < 3; attempt++) {
    const found = findLease(disk, path);
    if (found === undefined) {
      if (!putNew(disk, path, textEncoder.encode(JSON.stringify(record)))) continue;
      const lease = hold(disk, path, record, now);
      try {
        if (kind === 'write') fence(disk, entryPath);
        return lease;
      } catch (error) {
        lease.release();
        throw error;
      }
    }
    const held = isHeld(found, now);
    if (held !== false && !isSilent(found, held)) return undefined;
    if (held !== false && kind === 'write') takeFromSilent(disk, found, entryPath);
    else takeAway(disk, path, found.bytes);
  }
  return undefined;
}

/** A lease whose record stands on the disk: it is kept alive until it is released. */
export function hold(disk: Disk, path: string, { token, temporary }: LeaseRecord, now: () => number): HeldLease {
  heldHere.add(token);
  const heartbeat = setInterval(() => {
    try {
      disk.fileSystem.touch(disk.absolute(path), new Date(now()));
    } catch {
      // Without a heartbeat others on other machines may take it over; `assertHeld` then says so.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  const isOurs = () => parseRecord(readSmallFile(disk, path))?.token === token;
  return {
    temporary,
    assertHeld() {
      if (isOurs()) return;
      const owner = ownerText(findLease(disk, path));
      const by = owner === undefined ? '' : ` by ${owner}`;
      const message = `${quote(disk.absolute(path))}: the lease was taken over${by}. Nothing was written; try again.`;
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
