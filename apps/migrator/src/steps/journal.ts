import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../contract/outcome.ts';
import { type OpenPlan, jsonLines } from '../plan/plan-file.ts';
import { HIDDEN } from '../disk/scan-tree.ts';

/** What the roots held before the first change, so that a rollback can leave nothing behind. */
export interface BeginRecord {
  readonly t: 'begin';
  readonly plan: string;
  /** Folders and files of the machinery that were not there, `from` or `to` and a name below it. */
  readonly fresh: readonly (readonly ['from' | 'to', string])[];
}

/** Folders below the new root that are made, before they are made; outermost first. */
export interface FoldersRecord {
  readonly t: 'folders';
  readonly made: readonly string[];
}

/** What is about to be written for a file, before it is. */
export interface IntentRecord {
  readonly t: 'intent';
  /** Ordinal of the file in the plan. */
  readonly i: number;
  /** SHA-256 of the old file: what is written carries it. */
  readonly sha256: string;
  readonly to: readonly { readonly path: string; readonly before: string | null; readonly backup: number | null }[];
}

/** What became of a file; the last one of a file counts. */
export interface DoneRecord {
  readonly t: 'done';
  readonly i: number;
  readonly outcome: Outcome;
}

/** An old file is about to be moved into the hidden folder of the old root. */
export interface RemoveRecord {
  readonly t: 'remove';
  readonly i: number;
  readonly file: string;
}

/** It could not be moved, and stands where it was; the next run tries again. */
export interface KeptRecord {
  readonly t: 'kept';
  readonly i: number;
  readonly file: string;
  readonly why: string;
}

/** Every file has its outcome. */
export interface EndRecord {
  readonly t: 'end';
}

/** From here on the old files that were removed may be gone for good. */
export interface FinishRecord {
  readonly t: 'finish';
}

export type JournalRecord =
  | BeginRecord | FoldersRecord | IntentRecord | DoneRecord | RemoveRecord | KeptRecord | EndRecord | FinishRecord; // prettier-ignore

export type JournalState = 'none' | 'applying' | 'applied' | 'rolling-back' | 'finished';

export const journalFolder = ({ header, id }: OpenPlan): string =>
  join(header.to, HIDDEN, 'journal', `migration-${id}`);
export const journalPath = (plan: OpenPlan): string => join(journalFolder(plan), 'journal.jsonl');
export const backupFolder = (plan: OpenPlan): string => join(journalFolder(plan), 'before');
export const backupPath = (plan: OpenPlan, number: number): string => join(backupFolder(plan), String(number));
/**
 * There from before a rollback's first change until its last: outcomes in the journal are no longer true then, and only
 * another rollback may go on. A file of its own without a byte, because a rollback must be possible on a full disk.
 */
export const rollbackMark = (plan: OpenPlan): string => join(journalFolder(plan), 'rolling-back');
/** Where old files go that are removed, below the old root. */
export const removedFolder = ({ header, id }: OpenPlan): string => join(header.from, HIDDEN, 'migrated', id);

/** The records of a journal with their places. A torn last line, as a kill leaves it, is no record. */
export function* readJournal(
  path: string,
): Generator<{ readonly record: JournalRecord; readonly at: number; readonly end: number }> {
  if (!existsSync(path)) return;
  for (const { text, at } of jsonLines(path)) {
    let record: JournalRecord;
    try {
      record = JSON.parse(text) as JournalRecord;
    } catch {
      return;
    }
    yield { record, at, end: at + Buffer.byteLength(text) + 1 };
  }
}

/** The records of a plan's journal. Where nothing was ever applied there is none, whatever the plan's id. */
function recordsOf(plan: OpenPlan): ReturnType<typeof readJournal> | [] {
  return existsSync(join(plan.header.to, HIDDEN, 'journal')) ? readJournal(journalPath(plan)) : [];
}

/** What a journal says on the whole. */
export interface JournalSurvey {
  readonly state: JournalState;
  /** Place of each file's last outcome, or -1. Eight bytes a file, not a record. */
  readonly outcomes: Float64Array;
  /** Whether each old file was moved aside: 1 or 0. */
  readonly isRemoved: Uint8Array;
  /** Old files that could not be, by their ordinals, with why. */
  readonly kept: ReadonlyMap<number, KeptRecord>;
}

export function surveyJournal(plan: OpenPlan): JournalSurvey {
  const { files } = plan.totals;
  const outcomes = new Float64Array(files).fill(-1);
  const isRemoved = new Uint8Array(files);
  const kept = new Map<number, KeptRecord>();
  let state: JournalState = 'none';
  for (const { record, at } of recordsOf(plan)) {
    state = stateAfter(record);
    if (record.t === 'done') outcomes[record.i] = at;
    else if (record.t === 'remove') {
      isRemoved[record.i] = 1;
      kept.delete(record.i);
    } else if (record.t === 'kept') {
      isRemoved[record.i] = 0;
      kept.set(record.i, record);
    }
  }
  return { state: withRollback(plan, state), outcomes, isRemoved, kept };
}

/** How far a plan has come. */
export function readJournalState(plan: OpenPlan): JournalState {
  let state: JournalState = 'none';
  for (const { record } of recordsOf(plan)) state = stateAfter(record);
  return withRollback(plan, state);
}

/** A rollback that has begun counts for more than what the journal says: only it may go on. */
const withRollback = (plan: OpenPlan, state: JournalState): JournalState =>
  state !== 'none' && existsSync(rollbackMark(plan)) ? 'rolling-back' : state;

const stateAfter = ({ t }: JournalRecord): JournalState =>
  t === 'finish' ? 'finished' : t === 'end' ? 'applied' : 'applying';

/** Reads one record again, by its place. */
export function recordAt(file: number, at: number): JournalRecord {
  for (let length = 4096; ; length *= 8) {
    const bytes = Buffer.allocUnsafe(length);
    const count = readSync(file, bytes, 0, length, at);
    const end = bytes.subarray(0, count).indexOf(10);
    // One whose newline a kill kept from the disk is whole all the same.
    if (end !== -1 || count < length)
      return JSON.parse(bytes.toString('utf8', 0, end === -1 ? count : end)) as JournalRecord;
  }
}

/** No hole, which would take no room. */
const FILLING = Buffer.alloc(1 << 16, 1);

/** Appends records; nothing is done before its record is on the disk. */
export class Journal {
  private readonly file: number;
  private readonly durable: boolean;
  private readonly reserved: string;
  private reservedFile: number | undefined;
  private at: number;
  private pending: string[] = [];

  constructor(plan: OpenPlan, durable: boolean) {
    mkdirSync(backupFolder(plan), { recursive: true });
    const path = journalPath(plan);
    this.reserved = join(journalFolder(plan), 'reserved');
    rmSync(this.reserved, { force: true }); // A killed run left it.
    let end = 0;
    for (const each of readJournal(path)) end = each.end;
    this.file = openSync(path, existsSync(path) ? 'r+' : 'w+');
    const { size } = fstatSync(this.file);
    if (size > end) ftruncateSync(this.file, end);
    // A last line that is whole but for its newline is a record all the same.
    this.at = Math.min(size, end);
    if (this.at < end) this.at += writeSync(this.file, '\n', this.at);
    this.durable = durable;
  }

  add(record: JournalRecord): void {
    this.pending.push(`${JSON.stringify(record)}\n`);
  }

  /**
   * Sets bytes aside for the next records, so that what fills the disk cannot keep them from being written: what was done
   * and not recorded would be reported wrongly. The next commit gives them back. One file serves the whole run: ext4
   * without a journal looks at every file that was removed within the last minute before it makes a new one.
   */
  reserve(bytes: number): void {
    this.reservedFile ??= openSync(this.reserved, 'w');
    for (let done = 0; done < bytes;)
      done += writeSync(this.reservedFile, FILLING, 0, Math.min(bytes - done, FILLING.length), done);
  }

  /** Writes what was added, and waits for the disk. */
  commit(): void {
    if (this.reservedFile !== undefined) ftruncateSync(this.reservedFile);
    if (this.pending.length === 0) return;
    const bytes = Buffer.from(this.pending.join(''));
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.file, bytes, done, bytes.length - done, this.at + done);
    this.at += bytes.length;
    this.pending = [];
    if (this.durable) fsyncSync(this.file);
  }

  close(): void {
    if (this.reservedFile !== undefined) closeSync(this.reservedFile);
    rmSync(this.reserved, { force: true });
    closeSync(this.file);
  }
}
