import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type IntentRecord, journalPath, readJournal, removedFolder } from '../steps/journal.ts';
import { type Outcome, groupOf } from '../contract/outcome.ts';
import { outcomeOf } from '../new-cache/outcome-of.ts';
import { type OpenPlan, openPlan } from '../plan/plan-file.ts';
import type { Progress } from '../contract/progress.ts';
import { readItem, stage } from '../new-cache/stage-file.ts';
import { type MigrationSummary, countOutcomes, outcomes, summarise } from './summary.ts';

/** What would be done, without a change anywhere. */
export interface PreviewOptions {
  readonly plan: string;
  readonly progress?: Progress | undefined;
}

/**
 * What `apply` would do now: every file that has no outcome yet is read and compared with the new place. Files that go to
 * one entry are each compared with what is there now, not with each other.
 */
export function previewApply({ plan: path, progress }: PreviewOptions): MigrationSummary {
  const plan = openPlan(path);
  progress?.start(plan.totals.files, plan.totals.bytes);
  const summary = countOutcomes(plan, preview(plan, progress));
  progress?.stop();
  return summary;
}

function* preview(plan: OpenPlan, progress: Progress | undefined): Generator<{ readonly outcome: Outcome }> {
  const intents = new Map<number, IntentRecord>();
  for (const { record } of readJournal(journalPath(plan))) {
    if (record.t === 'intent') intents.set(record.i, record);
    else if (record.t === 'done') intents.delete(record.i);
  }
  const { from, to } = plan.header;
  const context = {
    plan,
    intents,
    oldPath: (file: string) => join(from, file),
    newPath: (each: string) => join(to, each),
  };
  for (const { i, file, outcome } of outcomes(plan)) {
    progress?.advance(1, file.size);
    if (groupOf(outcome.fate) !== 'failed') {
      yield { outcome };
      continue;
    }
    const item = { i, file, before: undefined };
    const read = readItem(context, item);
    const staged = 'fate' in read ? read : stage(context, item, read.source, read.notes);
    if ('fate' in staged) yield { outcome: staged };
    else {
      const wrote = staged.writes.map(({ target }) => ({
        path: target.key.date,
        before: null,
        backup: null,
        after: '',
      }));
      yield { outcome: outcomeOf(file, staged.source, wrote, staged.notes) };
    }
  }
}

export interface TakeBackPreview extends Pick<MigrationSummary, 'success' | 'failed' | 'skipped' | 'files'> {
  /** Old files that would be moved back, or by `finish` deleted. */
  readonly oldFiles: number;
  /** Entries that apply wrote. */
  readonly entries: number;
}

/** What `rollback` would take back, or `finish` delete; the numbers are of the migration as it stands. */
export function previewEnd({ plan: path }: PreviewOptions): TakeBackPreview {
  const plan = openPlan(path);
  let [oldFiles, entries] = [0, 0];
  for (const { record } of readJournal(journalPath(plan))) {
    if (record.t === 'done') entries += record.outcome.wrote.length;
    else if (record.t === 'remove' && existsSync(join(removedFolder(plan), record.file))) oldFiles += 1;
  }
  const { success, failed, skipped, files } = summarise(plan);
  return { success, failed, skipped, files, oldFiles, entries };
}
