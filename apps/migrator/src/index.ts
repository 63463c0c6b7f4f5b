export { apply, type ApplyOptions } from './commands/apply.ts';
export { finish } from './commands/finish.ts';
export { plan, type PlanOptions, type PlanResult } from './commands/plan.ts';
export { previewApply, previewEnd, type PreviewOptions, type TakeBackPreview } from './commands/preview.ts';
export { rollback, type RollbackFinding, type RollbackOptions, type RollbackResult } from './commands/rollback.ts';
export { status } from './commands/status.ts';
export { verify, type VerifyFinding, type VerifyOptions, type VerifyResult } from './commands/verify.ts';
export { EXIT, type ExitCode } from './contract/exit-codes.ts';
export { isMigratorError, MigratorError, type MigratorErrorCode, type MigratorErrorDetails } from './contract/migrator-error.ts';
export {
  type FoundIndex,
  type LeftAlone,
  type PlanHeader,
  type PlanLine,
  type PlannedFate,
  type PlannedFile,
  type PlanTotals,
} from './contract/migration-plan.ts';
export { FATES, type Fate, groupOf, type Outcome, type ReportedConflict } from './contract/outcome.ts';
export { openPlan, type OpenPlan, planLines } from './plan/plan-file.ts';
export { type Progress } from './contract/progress.ts';
export { leftAlone, type MigrationSummary, outcomes, type Report, summarise } from './commands/summary.ts';
