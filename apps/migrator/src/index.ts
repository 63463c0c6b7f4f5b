export { apply, type ApplyOptions } from './commands/apply.ts';
export { finish, type FinishOptions, type FinishResult } from './commands/finish.ts';
export { type MigrationState } from './commands/open-migration.ts';
export { plan, type PlanOptions, type PlanResult } from './commands/plan.ts';
export {
  previewApply,
  previewFinish,
  type PreviewOptions,
  previewRollback,
  type TakeBackPreview,
} from './commands/preview.ts';
export { rollback, type RollbackFinding, type RollbackOptions, type RollbackResult } from './commands/rollback.ts';
export {
  type FromFoldersOptions,
  type FromFoldersResult,
  type LeftAside,
  rollbackFromFolders,
} from './commands/rollback-from-folders.ts';
export { status } from './commands/status.ts';
export { leftAlone, type MigrationSummary, outcomes, type Report, summarise } from './commands/summary.ts';
export { verify, type VerifyFinding, type VerifyOptions, type VerifyResult } from './commands/verify.ts';
export { EXIT, type ExitCode } from './contract/exit-codes.ts';
export {
  type FoundIndex,
  type LeftAlone,
  type PlanHeader,
  type PlanLine,
  type PlannedFate,
  type PlannedFile,
  type PlanTotals,
} from './contract/migration-plan.ts';
export {
  isMigratorError,
  MigratorError,
  type MigratorErrorCode,
  type MigratorErrorDetails,
} from './contract/migrator-error.ts';
export { FATES, type Fate, groupOf, type Outcome, type ReportedConflict } from './contract/outcome.ts';
export { type Progress } from './contract/progress.ts';
export { openPlan, type OpenPlan, planLines } from './plan/open-plan.ts';
export { type FinishFinding } from './steps/perform-finish.ts';
