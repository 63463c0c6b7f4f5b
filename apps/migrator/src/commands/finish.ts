import { existsSync, mkdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  Journal,
  backupPath,
  journalFolder,
  journalPath,
  readJournal,
  readJournalState,
  removedFolder,
} from '../journal.ts';
import { type MigrationLock, lockRoot } from '../migration-lock.ts';
import { MigratorError } from '../migrator-error.ts';
import { type OpenPlan, openPlan } from '../plan-file.ts';
import { HIDDEN } from '../scan-legacy.ts';
import { type MigrationSummary, summarise } from '../summary.ts';

/**
 * Ends a migration: the old files that apply moved aside are deleted for good, and folders that are empty without them.
 * After that there is no rollback.
 * @throws {MigratorError} `E_PLAN`, `E_LOCKED`, `E_STATE` while apply has not gone through
 */
export function finish({ plan: path }: { readonly plan: string }): MigrationSummary {
  const plan = openPlan(path);
  const state = readJournalState(plan);
  if (state === 'finished') return summarise(plan);
  if (state !== 'applied') {
    const message =
      state === 'none' ? 'The plan has not been applied.' : 'apply has not gone through yet; run it again.';
    throw new MigratorError('E_STATE', message, { state });
  }
  const locks: MigrationLock[] = [
    ...new Set([plan.header.to, ...(existsSync(removedFolder(plan)) ? [plan.header.from] : [])]),
  ].map((root) => lockRoot(root));
  try {
    keepReplaced(plan);
    rmSync(removedFolder(plan), { recursive: true, force: true });
    removeEmptied(plan);
    rmSync(join(journalFolder(plan), 'before'), { recursive: true, force: true });
    const journal = new Journal(plan, true);
    journal.add({ t: 'finish' });
    journal.commit();
    journal.close();
    rmSync(join(journalFolder(plan), 'before'), { recursive: true, force: true });
    removeIfEmpty(join(plan.header.from, HIDDEN, 'migrated'));
  } finally {
    for (const lock of locks) lock.release();
  }
  if (plan.header.from !== plan.header.to) removeHidden(plan.header.from);
  return summarise(plan);
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
      if (!removeIfEmpty(join(plan.header.from, folder))) break;
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
