import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { removeOwn } from '../disk/empty-folders.ts';
import { NO_FOLLOW } from '../disk/open-flags.ts';
import type { RootLock } from '../disk/root-lock.ts';
import { makeFolders, syncPath } from '../disk/sync-path.ts';
import { encodeCommitted, encodeLine } from '../ledger/journal-line.ts';
import {
  backupFolder, committedPath, journalFolder, journalPath, reservedPath, sparePath,
} from '../ledger/places.ts'; // prettier-ignore
import type { JournalEnd } from './read-journal.ts';
import { type Phase, type RecordIn, phaseAfter } from '../ledger/records.ts';
import type { OpenPlan } from '../plan/open-plan.ts';

/** Written out: a sparse file would reserve nothing. */
const FILLING = Buffer.alloc(1 << 16, 1);
const SPARE_BYTES = 1 << 14;

export interface JournalOptions<P extends Phase> {
  readonly phase: P;
  readonly end: JournalEnd;
  readonly durable: boolean;
  readonly lock: RootLock;
  /** Keeps a block for the marks of rollback and finish. @default true */
  readonly makesSpare?: boolean;
}

/** Appends records. Nothing is done before its record is on the disk, and none is written once the lock is lost. */
export class Journal<P extends Phase = Phase> {
  private readonly plan: OpenPlan;
  private readonly file: number;
  /** None beside a journal of version 0.1.0, which knows no numbers. */
  private readonly committed: number | undefined;
  private readonly durable: boolean;
  private readonly lock: RootLock;
  private reservedFile: number | undefined;
  private phase: Phase;
  private lines: number;
  private hash: string;
  private at: number;
  private pending: string[] = [];

  /** @throws what the file system throws */
  constructor(plan: OpenPlan, { phase, end, durable, lock, makesSpare = true }: JournalOptions<P>) {
    this.plan = plan;
    this.phase = phase;
    this.durable = durable;
    this.lock = lock;
    ({ lines: this.lines, hash: this.hash, at: this.at } = end);
    lock.assertHeld();
    makeFolders(backupFolder(plan), durable);
    removeOwn(reservedPath(plan)); // A killed run left it.
    if (makesSpare && lstatSync(sparePath(plan), { throwIfNoEntry: false }) === undefined)
      writeFileSync(sparePath(plan), FILLING.subarray(0, SPARE_BYTES), { flag: 'wx' });
    const isNew = this.lines === 0;
    this.committed = end.version === 1 && !isNew ? undefined : openOwn(committedPath(plan));
    if (isNew) this.writeCommitted();
    this.file = openOwn(journalPath(plan));
    if (fstatSync(this.file).size > this.at) ftruncateSync(this.file, this.at);
    if (durable && isNew) {
      for (const each of [this.committed ?? this.file, this.file]) fsyncSync(each);
      syncPath(journalFolder(plan));
    }
  }

  /** The same journal, as one of the phase that it is in. @throws {TypeError} if it is in another */
  inPhase<Q extends Phase>(phase: Q): Journal<Q> {
    if (this.phase !== phase) throw new TypeError(`the journal is ${this.phase}, not ${phase}`);
    return this as unknown as Journal<Q>;
  }

  add(record: RecordIn<P>): void {
    const next = phaseAfter(this.phase, record.t);
    if (next === undefined) throw new TypeError(`"${record.t}" is not legal while ${this.phase}`);
    this.phase = next;
    if (this.committed === undefined) {
      this.pending.push(`${JSON.stringify(record)}\n`);
      return;
    }
    const { text, hash } = encodeLine(this.lines, this.hash, record);
    this.lines += 1;
    this.hash = hash;
    this.pending.push(`${text}\n`);
  }

  /**
   * Sets bytes aside for the next records, so that what fills the disk cannot keep them from being written: what was done
   * and not recorded would be reported wrongly. The next commit gives them back. One file serves the whole run: ext4
   * without a journal looks at every file that was removed within the last minute before it makes a new one.
   */
  reserve(bytes: number): void {
    this.reservedFile ??= openSync(reservedPath(this.plan), 'wx');
    for (let done = 0; done < bytes;)
      done += writeSync(this.reservedFile, FILLING, 0, Math.min(bytes - done, FILLING.length), done);
  }

  /** Writes what was added, and waits for the disk. @throws {MigratorError} `E_LOCKED` if another run took over */
  commit(): void {
    if (this.reservedFile !== undefined) ftruncateSync(this.reservedFile);
    if (this.pending.length === 0) return;
    this.lock.assertHeld();
    const bytes = Buffer.from(this.pending.join(''));
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.file, bytes, done, bytes.length - done, this.at + done);
    this.at += bytes.length;
    this.pending = [];
    if (this.durable) fsyncSync(this.file);
    this.writeCommitted();
  }

  private writeCommitted(): void {
    if (this.committed !== undefined)
      writeSync(this.committed, encodeCommitted({ lines: this.lines, hash: this.hash }), 0);
  }

  close(): void {
    if (this.reservedFile !== undefined) closeSync(this.reservedFile);
    removeOwn(reservedPath(this.plan));
    if (this.committed !== undefined) closeSync(this.committed);
    closeSync(this.file);
  }
}

/** Opens a file of the migrator's own, and makes it if there is none. Links are not followed. */
function openOwn(path: string): number {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return openSync(path, 'wx+');
  return openSync(path, constants.O_RDWR | NO_FOLLOW);
}

/** Gives back the block that was kept for a full disk. */
export function freeSpare(plan: OpenPlan): void {
  removeOwn(sparePath(plan));
}
