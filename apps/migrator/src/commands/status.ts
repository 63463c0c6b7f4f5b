import { openPlan } from '../plan/plan-file.ts';
import { type MigrationSummary, summarise } from './summary.ts';

/** How far a plan has come. Changes nothing. @throws {MigratorError} `E_PLAN` */
export function status({ plan }: { readonly plan: string }): MigrationSummary {
  return summarise(openPlan(plan));
}
