import { existsSync } from 'node:fs';
import { MigratorError } from '../contract/migrator-error.ts';
import { rollbackMark } from '../ledger/places.ts';
import { type ReadJournal, readJournal } from '../steps/read-journal.ts';
import { Trees } from '../new-cache/trees.ts';
import { type OpenPlan, openPlan } from '../plan/open-plan.ts';

/** How far a migration has come; a rollback that was begun counts for more than what the journal says. */
export type MigrationState = 'none' | 'applying' | 'applied' | 'rolling-back' | 'finished';

/** A plan with what its journal says: what every command begins with. */
export interface Migration extends ReadJournal {
  readonly plan: OpenPlan;
  readonly trees: Trees;
  readonly state: MigrationState;
}

/**
 * Opens a plan and reads its journal. Changes nothing.
 * @throws {MigratorError} `E_PLAN`, `E_JOURNAL_DAMAGED`, `E_STATE` if a root has become a link
 */
export function openMigration(path: string): Migration {
  return readMigration(openPlan(path));
}

/** The same of a plan that is open, again. */
export function readMigration(plan: OpenPlan): Migration {
  const trees = new Trees(plan);
  const read = readJournal(plan);
  const { phase } = read.ledger;
  const state = phase !== 'none' && existsSync(rollbackMark(plan)) ? 'rolling-back' : phase;
  return { ...read, plan, trees, state };
}

export function stateError(state: MigrationState, message: string): MigratorError {
  return new MigratorError('E_STATE', message, { state });
}
