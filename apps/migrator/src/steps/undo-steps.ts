import type { DoneRecord, IntentRecord, JournalRecord } from '../ledger/records.ts';
import type { MigrationLedger } from '../ledger/replay.ts';

/** One thing that a rollback does. */
export type UndoStep =
  /** Takes back an entry that was written, or that a killed run may have written. */
  | {
      readonly do: 'undo-write';
      readonly i: number;
      readonly path: string;
      readonly before: string | null;
      readonly backup: number | null;
      /** What stood there after it was written; a killed run could not say, and what it wrote names its source. */
      readonly wrote: { readonly after: string } | { readonly source: string };
      /** SHA-256 of the old file whose rows it holds, where that is known. */
      readonly old: string | undefined;
    }
  /** Moves an old file back from where apply put it. */
  | { readonly do: 'put-back'; readonly i: number; readonly file: string }
  /** Removes a folder that apply made, if nothing is in it. */
  | { readonly do: 'remove-folder'; readonly folder: string };

/** Reads a record again, by its place. */
export type ReadAt = (at: number) => JournalRecord;

/**
 * What a rollback does, in its order: the writes are undone first, the last one first, for an entry may stand where an old
 * file was. Pure but for what reads the records.
 */
export function* undoSteps(ledger: MigrationLedger, read: ReadAt): Generator<UndoStep> {
  const covered = new Set<number>();
  for (const at of [...ledger.writeAt].reverse()) {
    const record = read(at);
    if (record.t === 'done') {
      covered.add(record.i);
      const old = hashOfOld(ledger, read, record);
      for (const { path, before, backup, after } of [...record.outcome.wrote].reverse())
        yield { do: 'undo-write', i: record.i, path, before, backup, wrote: { after }, old };
    } else if (record.t === 'intent' && !covered.has(record.i)) {
      for (const { path, before, backup } of [...record.to].reverse())
        yield {
          do: 'undo-write',
          i: record.i,
          path,
          before,
          backup,
          wrote: { source: record.sha256 },
          old: record.sha256,
        };
    }
  }
  for (const [i, at] of ledger.asideAt.entries()) {
    if (at === -1) continue;
    const record = read(at);
    if (record.t === 'remove') yield { do: 'put-back', i, file: record.file };
  }
  for (const folder of [...ledger.folders].reverse()) yield { do: 'remove-folder', folder };
}

/** SHA-256 of the old file of an outcome: version 0.1.0 recorded it before it wrote, but not of sealed files. */
export function hashOfOld(
  { intentAt }: Pick<MigrationLedger, 'intentAt'>,
  read: ReadAt,
  { i, outcome, seen }: DoneRecord,
): string | undefined {
  if (seen?.sha256 !== undefined) return seen.sha256;
  const at = intentAt[i] ?? -1;
  if (at === -1 || outcome.flags.includes('sealed-moved')) return undefined;
  return (read(at) as IntentRecord).sha256;
}

/** What stands at the new path at that moment. */
export interface WriteSight {
  /** Its fingerprint; null for nothing, undefined for what is no file. */
  readonly now: string | null | undefined;
  /** SHA-256 of the files that its rows came from. */
  readonly sources: ReadonlySet<string>;
  /** The copy of what stood there before: as it was recorded, another, or gone. */
  readonly copy: 'as-recorded' | 'other' | 'gone';
  /** Whether every row of the entry stands in an old file; asked only where the entry would go. */
  readonly isOldThere: () => boolean;
  /** Whether what is gone there may be so because this rollback, or one that was stopped, took it back. */
  readonly mayBeTakenBack: boolean;
  /** Whether a rollback that was stopped has brought back this state already: one from before an earlier write. */
  readonly isEarlier: (fingerprint: string) => boolean;
}

export type UndoDecision =
  | { readonly act: 'nothing' }
  /** What stood there stands there, and its copy is one too many. */
  | { readonly act: 'drop-copy' }
  | { readonly act: 'remove' }
  | { readonly act: 'restore-copy' }
  | { readonly act: 'keep'; readonly found: 'kept' | 'gone' | 'last-copy' };

/** What becomes of a write: nothing goes that is not what apply wrote, or whose rows stand nowhere else. Pure. */
export function decideUndo(
  { before, backup, wrote }: Extract<UndoStep, { readonly do: 'undo-write' }>,
  { now, sources, copy, isOldThere, mayBeTakenBack, isEarlier }: WriteSight,
): UndoDecision {
  if (now === undefined) return { act: 'keep', found: 'kept' };
  const isAnnounced = 'source' in wrote;
  if (now === null) {
    const isUnwritten = (before === null && isAnnounced) || (mayBeTakenBack && copy !== 'as-recorded');
    return isUnwritten ? { act: 'nothing' } : { act: 'keep', found: 'gone' };
  }
  if (now === before) return { act: copy === 'as-recorded' && backup !== null ? 'drop-copy' : 'nothing' };
  const isOurs = isAnnounced ? sources.has(wrote.source) : now === wrote.after;
  if (!isOurs) return isEarlier(now) ? { act: 'nothing' } : { act: 'keep', found: 'kept' };
  if (backup !== null && copy !== 'as-recorded') return { act: 'keep', found: 'last-copy' };
  if (!isOldThere()) return { act: 'keep', found: 'last-copy' };
  return { act: backup === null ? 'remove' : 'restore-copy' };
}

/** What a step does, for people: a line of a dry run. Pure. */
export function describeUndoStep(step: UndoStep): string {
  switch (step.do) {
    case 'undo-write':
      return step.backup === null ? `remove ${step.path}` : `bring back what stood at ${step.path}`;
    case 'put-back':
      return `move ${step.file} back`;
    case 'remove-folder':
      return `remove the folder ${step.folder} if it is empty`;
    default:
      return step satisfies never;
  }
}

/** What stood at each new path before one of its writes; only where something did. */
export function earlierStates({ writeAt }: Pick<MigrationLedger, 'writeAt'>, read: ReadAt): Map<string, Set<string>> {
  const states = new Map<string, Set<string>>();
  for (const at of writeAt) {
    const record = read(at);
    const writes = record.t === 'done' ? record.outcome.wrote : record.t === 'intent' ? record.to : [];
    for (const { path, before } of writes) {
      if (before === null) continue;
      const known = states.get(path) ?? new Set();
      states.set(path, known.add(before));
    }
  }
  return states;
}
