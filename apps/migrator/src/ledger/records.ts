import type { Outcome, Written } from '../contract/outcome.ts';

/** Folders and files of the machinery that a migration made: `from` or `to`, and a name below that root. */
export type MadePlace = readonly ['from' | 'to', string];

/** First of all: whose journal it is, and what the roots did not hold, so that a rollback can leave nothing behind. */
export interface BeginRecord {
  readonly t: 'begin';
  /** Path of the plan. */
  readonly plan: string;
  /** SHA-256 of the plan; version 0.1.0 wrote none. */
  readonly sha256?: string;
  readonly fresh: readonly MadePlace[];
}

/** Folders below the new root that are made, before they are made; outermost first. */
export interface FoldersRecord {
  readonly t: 'folders';
  readonly made: readonly string[];
}

export type AnnouncedWrite = Omit<Written, 'after'>;

/** What is about to be written for a file, before it is. */
export interface IntentRecord {
  readonly t: 'intent';
  /** Ordinal of the file in the plan. */
  readonly i: number;
  /** SHA-256 that what is written names as its source: of the old file, or of what a sealed one came from. */
  readonly sha256: string;
  readonly to: readonly AnnouncedWrite[];
}

/** An old file as apply read it. */
export interface SeenFile {
  readonly size: number;
  /** Epoch milliseconds. */
  readonly changed: number;
  /** Of all its bytes, where they were read. */
  readonly sha256?: string;
}

/** What became of a file; the last one of a file counts. */
export interface DoneRecord {
  readonly t: 'done';
  readonly i: number;
  readonly outcome: Outcome;
  /** Missing in journals of version 0.1.0, and where there was no file. */
  readonly seen?: SeenFile;
  /** What stood at each of the outcome's targets when it was proven, in their order. Missing in version 0.1.0. */
  readonly holds?: readonly string[];
}

/** An old file is about to be moved into the hidden folder of the old root. */
export interface RemoveRecord {
  readonly t: 'remove';
  readonly i: number;
  readonly file: string;
}

/** It could not be moved, or was moved back; it is where it was, and the next run tries again. */
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

/** From here on the old files that were moved aside may be gone for good. */
export interface FinishRecord {
  readonly t: 'finish';
}

export type JournalRecord =
  BeginRecord | FoldersRecord | IntentRecord | DoneRecord | RemoveRecord | KeptRecord | EndRecord | FinishRecord;

export type RecordName = JournalRecord['t'];

/** How far a journal says that its migration has come. */
export type Phase = 'none' | 'applying' | 'applied' | 'finished';

/** The records of an apply: also after one has ended, for another apply may follow. */
const OF_APPLY = {
  folders: 'applying',
  intent: 'applying',
  done: 'applying',
  remove: 'applying',
  kept: 'applying',
  end: 'applied',
} as const;

/** Which record may come in which phase, and the phase that follows. All others are damage. */
export const LEGAL = {
  none: { begin: 'applying' },
  applying: OF_APPLY,
  applied: { ...OF_APPLY, finish: 'finished' },
  finished: {},
} as const satisfies Readonly<Record<Phase, Readonly<Partial<Record<RecordName, Phase>>>>>;

/** The records that are legal in a phase: appending another does not compile. */
export type RecordIn<P extends Phase> = Extract<JournalRecord, { readonly t: keyof (typeof LEGAL)[P] }>;

/** The phase after a record, or undefined if the record is not legal. Pure. */
export function phaseAfter(phase: Phase, name: RecordName): Phase | undefined {
  const next: Readonly<Partial<Record<RecordName, Phase>>> = LEGAL[phase];
  return Object.hasOwn(next, name) ? next[name] : undefined;
}

/** What the records say of one file. */
export type FilePhase = 'untouched' | 'announced' | 'done' | 'aside' | 'aside-announced';

export type FileRecordName = 'intent' | 'done' | 'remove' | 'kept';

/** Which record of a file may follow on which. A file is moved aside only after its outcome is known. */
const FILE_LEGAL = {
  untouched: { intent: 'announced', done: 'done' },
  announced: { intent: 'announced', done: 'done' },
  done: { intent: 'announced', done: 'done', remove: 'aside' },
  // A killed run recorded a move and did not come to it: the next one records it again. Where the new place has lost
  // the rows of a file that is aside, they are written once more.
  aside: { intent: 'aside-announced', done: 'aside', remove: 'aside', kept: 'done' },
  'aside-announced': { intent: 'aside-announced', done: 'aside' },
} as const satisfies Readonly<Record<FilePhase, Readonly<Partial<Record<FileRecordName, FilePhase>>>>>;

/** What the records say of a file after one more, or undefined if that is not legal. Pure. */
export function filePhaseAfter(phase: FilePhase, name: FileRecordName): FilePhase | undefined {
  const next: Readonly<Partial<Record<FileRecordName, FilePhase>>> = FILE_LEGAL[phase];
  return next[name];
}
