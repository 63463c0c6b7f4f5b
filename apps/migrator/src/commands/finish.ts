import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { stoppedBy, systemCodeOf } from '../contract/migrator-error.ts';
import { filesBelow, removeEmptyBelow, removeIfEmpty } from '../disk/empty-folders.ts';
import { syncPath } from '../disk/sync-path.ts';
import type { RootLock } from '../disk/root-lock.ts';
import { asideFolder, asidePath, backupFolder, journalFolder } from '../ledger/places.ts';
import { RecordReader } from '../steps/read-journal.ts';
import { plannedFiles } from '../plan/open-plan.ts';
import { finishSteps } from '../steps/finish-steps.ts';
import { Journal, freeSpare } from '../steps/journal.ts';
import { type FinishFinding, performFinish } from '../steps/perform-finish.ts';
import { removeEmptyHidden, removeOrphanCopies } from './clean-up.ts';
import { finishedOutcomes } from './finished-outcomes.ts';
import { type Migration, openMigration, readMigration, stateError } from './open-migration.ts';
import { takeLocksOnFullDisk } from './take-locks.ts';
import { type FileOutcome, type MigrationSummary, countOutcomes } from './summary.ts';

export interface FinishResult extends MigrationSummary {
  /** What finish did not delete, because it is not proven to stand elsewhere, or is no part of the migration. */
  readonly leftAside: readonly FinishFinding[];
  /** What became of each file, as finish saw it. */
  readonly outcomes: () => Iterable<FileOutcome>;
}

export interface FinishOptions {
  readonly plan: string;
  /** Takes the lock of a run that cannot be asked any more. @default false */
  readonly takeOver?: boolean | undefined;
}

/**
 * Ends a migration: the old files that apply moved aside are deleted for good, each after its rows were found in the new
 * place once more, and folders that are empty without them. The rest is left and listed. After that there is no rollback.
 * @throws {MigratorError} `E_PLAN`, `E_JOURNAL_DAMAGED`, `E_LOCKED`, `E_STOPPED`, `E_STATE` while apply has not gone through
 */
export function finish(options: FinishOptions): FinishResult {
  const first = openMigration(options.plan);
  assertGoneThrough(first);
  const { plan } = first;
  const leftAside: FinishFinding[] = [];
  const proven = new Set<number>();
  if (first.state === 'applied' || existsSync(asideFolder(plan)) || existsSync(backupFolder(plan))) {
    const { from, to } = plan.header;
    const lock = takeLocksOnFullDisk(plan, existsSync(asideFolder(plan)) ? [to, from] : [to], options);
    try {
      deleteOld(first, lock, leftAside, proven);
    } catch (cause) {
      throw stoppedBy(cause, `${escapeTerminal(from)} and ${escapeTerminal(to)}`);
    } finally {
      lock.release();
    }
  }
  if (plan.header.from !== plan.header.to) removeEmptyHidden(plan.header.from);
  const migration = readMigration(plan);
  const left = new Map(leftAside.map(({ path, found }) => [path, found]));
  const all = () => finishedOutcomes(migration, { proven, left });
  return { ...countOutcomes(migration, all()), leftAside, outcomes: all };
}

const NOT_YET = {
  none: 'The plan has not been applied.',
  applying: 'apply has not finished yet; run it again.',
  'rolling-back': 'A rollback has not finished; run it again.',
} as const;

export function assertGoneThrough({ state, end }: Migration): void {
  if (state === 'applied' || state === 'finished') return;
  const message =
    state === 'applying' && end.version === 1
      ? 'apply has not finished; roll it back, and plan again.'
      : NOT_YET[state];
  throw stateError(state, message);
}

function deleteOld({ plan }: Migration, lock: RootLock, leftAside: FinishFinding[], proven: Set<number>): void {
  // Read again, now that nobody else can take anything back.
  const migration = readMigration(plan);
  assertGoneThrough(migration);
  // Before the first old file goes: a rollback after that would take back the only place of its rows.
  if (migration.state === 'applied') recordFinish(migration, lock);
  const { trees, ledger } = migration;
  const reader = new RecordReader(plan);
  try {
    for (const step of finishSteps(plannedFiles(plan.path), ledger, (at) => reader.readAny(at))) {
      lock.assertHeld();
      const done = performFinish({ plan, trees }, step);
      if (typeof done === 'object') leftAside.push(done);
      else if (done === 'deleted' && step.do === 'delete-aside') proven.add(step.i);
    }
    removeEmptied(migration, reader);
  } finally {
    reader.close();
  }
  const known = new Set(leftAside.map(({ at }) => at));
  for (const file of removeEmptyBelow(asideFolder(plan))) {
    const at = asidePath(plan, file);
    if (!known.has(at)) leftAside.push({ path: file, found: 'not-of-this-migration', at });
  }
  removeIfEmpty(dirname(asideFolder(plan)));
  removeOrphanCopies(migration);
  for (const file of filesBelow(backupFolder(plan))) {
    const at = join(backupFolder(plan), file);
    if (!known.has(at)) leftAside.push({ path: `before/${file}`, found: 'not-of-this-migration', at });
  }
  removeIfEmpty(backupFolder(plan));
}

/** A journal of version 0.1.0 gets the record in its own form. */
function recordFinish({ plan, ledger, end }: Migration, lock: RootLock): void {
  const record = () => {
    const journal = new Journal(plan, { phase: ledger.phase, end, durable: true, lock, makesSpare: false });
    try {
      journal.inPhase('applied').add({ t: 'finish' });
      journal.commit();
    } finally {
      journal.close();
    }
    syncPath(journalFolder(plan));
  };
  freeSpare(plan);
  try {
    record();
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOSPC') throw error;
    record(); // The block that was kept for it is free by now.
  }
}

/** Folders that held only old files that were moved aside. */
function removeEmptied({ plan, trees, ledger }: Migration, reader: RecordReader): void {
  for (const at of ledger.asideAt) {
    if (at === -1) continue;
    const { file } = reader.read(at, 'remove');
    trees.forget();
    for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
      const path = join(plan.header.from, folder);
      // One that is gone was removed by a run that was killed before it came to the one above.
      if (trees.from.look(folder) === 'link' || (!removeIfEmpty(path) && existsSync(path))) break;
    }
  }
}
