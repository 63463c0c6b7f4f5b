import { type Outcome, groupOf } from '../contract/outcome.ts';
import type { Progress } from '../contract/progress.ts';
import { RecordReader } from '../steps/read-journal.ts';
import { outcomeOf } from '../new-cache/outcome-of.ts';
import { type StageContext, readItem } from '../new-cache/read-item.ts';
import { stage } from '../new-cache/stage-file.ts';
import { FileReader, plannedFiles } from '../plan/open-plan.ts';
import { applySteps, describeApplyStep } from '../steps/apply-steps.ts';
import { describeFinishStep, finishSteps } from '../steps/finish-steps.ts';
import { lookAtFinish } from '../steps/perform-finish.ts';
import { lookAtWrite } from '../steps/perform-undo.ts';
import { describeUndoStep, earlierStates, undoSteps } from '../steps/undo-steps.ts';
import { assertGoneThrough } from './finish.ts';
import { type Migration, openMigration } from './open-migration.ts';
import { movedBack } from './rollback.ts';
import { type MigrationSummary, countOutcomes, outcomesOf, summarise } from './summary.ts';

/** What would be done, without a change anywhere. */
export interface PreviewOptions {
  readonly plan: string;
  readonly oldFiles?: 'keep' | 'remove' | undefined;
  readonly progress?: Progress | undefined;
  /** Told what each step would do, as a line. */
  readonly onStep?: ((line: string) => void) | undefined;
}

/**
 * What `apply` would do now: every file that has no outcome yet is read and compared with the new place. Files that go to
 * one entry are each compared with what is there now, not with each other.
 */
export function previewApply(options: PreviewOptions): MigrationSummary {
  const migration = openMigration(options.plan);
  const { totals } = migration.plan;
  options.progress?.start(totals.files, totals.bytes);
  const summary = countOutcomes(migration, preview(migration, options));
  options.progress?.stop();
  return summary;
}

function* preview(
  migration: Migration,
  { oldFiles, progress, onStep }: PreviewOptions,
): Generator<{ readonly outcome: Outcome }> {
  const { trees, ledger } = migration;
  const context: StageContext = { trees, intents: ledger.intents, replaced: ledger.replaced };
  let { nextBackup } = ledger;
  for (const { i, file, outcome } of outcomesOf(migration)) {
    progress?.advance(1, file.size);
    trees.forget();
    if (groupOf(outcome.fate) !== 'failed') {
      yield { outcome };
      continue;
    }
    const item = { i, file, before: undefined };
    const read = readItem(context, item);
    const writes = read.kind === 'outcome' ? read.outcome : stage(trees, file, read);
    if (read.kind === 'outcome' || 'fate' in writes) {
      yield { outcome: writes as Outcome };
      continue;
    }
    const steps = applySteps([{ ...item, ...read, writes }], {
      intents: ledger.intents,
      isThere: (folder) => trees.to.look(folder) === 'folder',
      takeBackupNumber: () => nextBackup++,
      removes: oldFiles === 'remove',
      isInPlace: (each, path) => trees.isInPlace(each, path),
      isAway: ({ old }) => !old.isAtItsPlace,
    });
    for (const step of steps) tell(describeApplyStep(step), onStep);
    yield { outcome: outcomeOf(file, read.source, { wrote: [], writes: writes.length }, read.notes) };
  }
}

function tell(line: string | undefined, onStep: PreviewOptions['onStep']): void {
  if (line !== undefined) onStep?.(line);
}

export interface TakeBackPreview extends Pick<MigrationSummary, 'success' | 'failed' | 'skipped' | 'files'> {
  /** Old files that would be moved back, or by `finish` deleted. */
  readonly oldFiles: number;
  /** Entries that `rollback` would take back, or copies that `finish` would delete. */
  readonly entries: number;
  /** What would stay, and why. */
  readonly kept: number;
}

/** What `rollback` would do: its own steps, each looked at and none performed. The numbers are of the migration. */
export function previewRollback({ plan: path, onStep }: PreviewOptions): TakeBackPreview {
  const migration = openMigration(path);
  const { plan, trees, ledger, state } = migration;
  const reader = new RecordReader(plan);
  const files = new FileReader(plan.path);
  let [oldFiles, entries, kept] = [0, 0, 0];
  try {
    const context = {
      plan,
      trees,
      isResumed: state === 'rolling-back',
      findings: [],
      blocked: [],
      takenBack: new Set<string>(),
      earlier:
        state === 'rolling-back' ? earlierStates(ledger, (at) => reader.readAny(at)) : new Map<string, Set<string>>(),
      fileOf: (i: number) => files.read(i),
      putBack: new Set(movedBack(migration, reader)),
    };
    for (const step of undoSteps(ledger, (at) => reader.readAny(at))) {
      if (step.do === 'put-back') oldFiles += 1;
      if (step.do === 'undo-write') {
        const { act } = lookAtWrite(context, step);
        // Of an entry that several files wrote to, only its last state is looked at.
        if (act === 'remove' || act === 'restore-copy') entries += 1;
        else if (act === 'keep') kept += 1;
      }
      tell(describeUndoStep(step), onStep);
    }
  } finally {
    reader.close();
    files.close();
  }
  return { ...numbersOf(migration), oldFiles, entries, kept };
}

/** What `finish` would do: its own steps, each looked at and none performed. */
export function previewFinish({ plan: path, onStep }: PreviewOptions): TakeBackPreview {
  const migration = openMigration(path);
  assertGoneThrough(migration);
  const { plan, trees, ledger } = migration;
  const reader = new RecordReader(plan);
  let [oldFiles, entries, kept] = [0, 0, 0];
  try {
    for (const step of finishSteps(plannedFiles(plan.path), ledger, (at) => reader.readAny(at))) {
      const { act } = lookAtFinish({ plan, trees }, step);
      if (act === 'nothing') continue;
      if (act === 'leave') kept += 1;
      else if (step.do === 'delete-aside') oldFiles += 1;
      else entries += 1;
      tell(`${act === 'leave' ? 'leave, do not ' : ''}${describeFinishStep(step)}`, onStep);
    }
  } finally {
    reader.close();
  }
  return { ...numbersOf(migration), oldFiles, entries, kept };
}

function numbersOf({ plan }: Migration) {
  const { success, failed, skipped, files } = summarise(plan);
  return { success, failed, skipped, files };
}
