import { openPlan } from '../plan/open-plan.ts';
import { type MigrationSummary, summarise } from './summary.ts';

/** Shows how far apply has come. Changes nothing. @throws {MigratorError} `E_PLAN`, `E_JOURNAL_DAMAGED` */
export function status({ plan }: { readonly plan: string }): MigrationSummary {
  return summarise(openPlan(plan));
}
