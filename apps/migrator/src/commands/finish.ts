import { existsSync, mkdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  Journal,
  backupFolder,
  backupPath,
  journalPath,
  readJournal,
  readJournalState,
  removedFolder,
} from '../steps/journal.ts';
import { type MigrationLock, lockRoot } from '../disk/migration-lock.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import { type OpenPlan, openPlan } from '../plan/plan-file.ts';
import { HIDDEN } from '../disk/scan-tree.ts';
import { type MigrationSummary, summarise } from './summary.ts';

/**
 * Ends a migration: the old files that apply moved aside are deleted for good, and folders that are empty without them.
 * After that there is no rollback.
 * @throws {MigratorError} `E_PLAN`, `E_LOCKED`, `E_STATE` while apply has not gone through
 */
export function finish({ plan: path }: { readonly plan: string }): MigrationSummary {
  const plan = openPlan(path);
  if (assertGoneThrough(plan) === 'applied' || isLeftOver(plan)) deleteOld(plan);
  if (plan.header.from !== plan.header.to) removeHidden(plan.header.from);
  return summarise(plan);
}

const NOT_YET = {
  none: 'The plan has not been applied.',
  applying: 'apply has not gone through yet; run it again.',
  'rolling-back': 'A rollback was begun and has not gone through; run it again.',
} as const;

function assertGoneThrough(plan: OpenPlan): 'applied' | 'finished' {
  const state = readJournalState(plan);
  if (state === 'applied' || state === 'finished') return state;
  throw new MigratorError('E_STATE', NOT_YET[state], { state });
}

/** What a finish that was killed did not come to. */
const isLeftOver = (plan: OpenPlan): boolean => existsSync(removedFolder(plan)) || existsSync(backupFolder(plan));

function deleteOld(plan: OpenPlan): void {
  const locks: MigrationLock[] = [
    ...new Set([plan.header.to, ...(existsSync(removedFolder(plan)) ? [plan.header.from] : [])]),
  ].map((root) => lockRoot(root));
  try {
    // Asked again, now that nobody else can take anything back.
    if (assertGoneThrough(plan) === 'applied') {
      // Before the first old file goes: a rollback after that would take back the only place of its rows.
      const journal = new Journal(plan, true);
      journal.add({ t: 'finish' });
      journal.commit();
      journal.close();
    }
    keepReplaced(plan);
    removeEmptied(plan);
    rmSync(removedFolder(plan), { recursive: true, force: true });
    removeIfEmpty(join(plan.header.from, HIDDEN, 'migrated'));
    rmSync(backupFolder(plan), { recursive: true, force: true });
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** What apply replaced without being able to read it is nobody's old file, and yet the only copy: it goes to quarantine. */
function keepReplaced(plan: OpenPlan): void {
  for (const { record } of readJournal(journalPath(plan))) {
    if (record.t !== 'done' || record.outcome.flags.includes('in-place')) continue;
    for (const { backup, before } of record.outcome.wrote) {
      if (backup === null || before?.startsWith('bytes:') !== true || !existsSync(backupPath(plan, backup))) continue;
      const folder = join(plan.header.to, HIDDEN, 'quarantine');
      mkdirSync(folder, { recursive: true });
      renameSync(backupPath(plan, backup), join(folder, `migration-${plan.id}-${backup}`));
    }
  }
}

/** Folders that held only old files that were removed. */
function removeEmptied(plan: OpenPlan): void {
  for (const { record } of readJournal(journalPath(plan))) {
    if (record.t !== 'remove') continue;
    for (let folder = dirname(record.file); folder !== '.'; folder = dirname(folder)) {
      const path = join(plan.header.from, folder);
      // One that is gone was removed by a run that was killed before it came to the one above.
      if (!removeIfEmpty(path) && existsSync(path)) break;
    }
  }
}

/** The hidden folder of an old root that nothing else uses. */
function removeHidden(root: string): void {
  for (const name of ['migrated', 'journal', '']) removeIfEmpty(join(root, HIDDEN, name));
}

function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false; // Not there, or in use.
  }
}
