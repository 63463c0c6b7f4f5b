import type { Outcome } from '../contract/outcome.ts';
import type { PlannedFile } from '../contract/migration-plan.ts';
import type { DoneRecord } from '../ledger/records.ts';
import type { MigrationLedger } from '../ledger/replay.ts';
import type { NumberedFile } from '../plan/open-plan.ts';
import { type ReadAt, hashOfOld } from './undo-steps.ts';

/** One thing that finish does. */
export type FinishStep =
  /** Deletes an old file that was moved aside, where its rows are proven to stand in the new tree. */
  | {
      readonly do: 'delete-aside';
      readonly i: number;
      readonly file: PlannedFile;
      readonly outcome: Outcome;
      /** SHA-256 of the file as apply read it, where the journal has it. */
      readonly sha256: string | undefined;
      readonly holds: readonly string[] | undefined;
    }
  /** Deletes the copy of what stood at a new path, where its rows stand there; else keeps it in quarantine. */
  | {
      readonly do: 'settle-copy';
      readonly file: PlannedFile;
      readonly outcome: Outcome;
      readonly path: string;
      readonly backup: number;
    };

/** What finish does for each file of the plan, in its order. Pure but for what reads the records. */
export function* finishSteps(
  files: Iterable<NumberedFile>,
  ledger: MigrationLedger,
  read: ReadAt,
): Generator<FinishStep> {
  const copies = copiesOf(ledger, read);
  for (const { i, file } of files) {
    const at = ledger.outcomeAt[i] ?? -1;
    if (at === -1) continue;
    const done = read(at) as DoneRecord;
    const { outcome, holds } = done;
    if (ledger.asideAt[i] !== -1)
      yield { do: 'delete-aside', i, file, outcome, sha256: hashOfOld(ledger, read, done), holds };
    for (const { path, backup } of copies.get(i) ?? []) yield { do: 'settle-copy', file, outcome, path, backup };
  }
}

/** The copies that were kept for each file: few, for most entries are new. */
function copiesOf({ writeAt }: MigrationLedger, read: ReadAt) {
  const copies = new Map<number, { readonly path: string; readonly backup: number }[]>();
  const seen = new Set<number>();
  for (const at of writeAt) {
    const record = read(at);
    const wrote = record.t === 'done' ? record.outcome.wrote : record.t === 'intent' ? record.to : [];
    for (const { path, backup } of wrote) {
      if (backup === null || seen.has(backup)) continue;
      seen.add(backup);
      const { i } = record as DoneRecord;
      copies.set(i, [...(copies.get(i) ?? []), { path, backup }]);
    }
  }
  return copies;
}

/** What is found of an old file that stands aside. */
export interface AsideSight {
  /** SHA-256 of its bytes now; undefined if no file is there. */
  readonly sha256: string | undefined;
  /** Whether the new places are just what was proven; asked first, for it is cheap. */
  readonly isAsProven: () => boolean;
  /** Why the new tree does not hold every row of it by value, or undefined if it does. */
  readonly findMissing: () => string | undefined;
}

/** What becomes of an old file that stands aside: it goes only if its rows are proven to stand elsewhere now. Pure. */
export function decideFinish(
  { sha256 }: Extract<FinishStep, { readonly do: 'delete-aside' }>,
  sight: AsideSight,
): { readonly act: 'nothing' } | { readonly act: 'delete' } | { readonly act: 'leave'; readonly found: string } {
  if (sight.sha256 === undefined) return { act: 'nothing' };
  if (sha256 !== undefined) {
    if (sight.sha256 !== sha256) return { act: 'leave', found: 'old-file-changed' };
    if (sight.isAsProven()) return { act: 'delete' };
  }
  const missing = sight.findMissing();
  return missing === undefined ? { act: 'delete' } : { act: 'leave', found: missing };
}

/** What a step does, for people: a line of a dry run. Pure. */
export function describeFinishStep(step: FinishStep): string {
  switch (step.do) {
    case 'delete-aside':
      return `delete ${step.file.file}, which stands aside`;
    case 'settle-copy':
      return `delete the copy of what stood at ${step.path}`;
    default:
      return step satisfies never;
  }
}
