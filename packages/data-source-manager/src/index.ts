export type { AuditReport, Revision, RevisionLog } from './audit/audit.ts';
export type {
  Activity,
  Answer,
  ColumnNames,
  Mode,
  Progress,
  RequestOptions,
  Segment,
  SourceActivity,
  Selected,
  SelectingOptions,
} from './contract/answer.ts';
export {
  type CoveredSpan,
  type Coverage,
  EXPECTED_GAPS,
  type Gap,
  GAP_KINDS,
  type GapKind,
  type GapReason,
} from './contract/coverage.ts';
export { coverageOf, type CoverageInput } from './ledger/coverage-of.ts';
export type { Comparison } from './rows/compare-rows.ts';
export { knownFacts } from './io/known-facts.ts';
export { REQUEST_CHANNELS, type FetchMessage, type RequestMessage } from './io/diagnostics.ts';
export {
  DataSourceManager,
  type DataSourceManagerOptions,
  type PlanOptions,
  type SegmentOptions,
  type SelectingSegmentOptions,
} from './data-source-manager.ts';
export type { ManyAnswer, ManyOptions, ManyProgress } from './get-many.ts';
export {
  DataSourceError,
  type DataSourceErrorCode,
  type DataSourceErrorDetails,
  isDataSourceError,
} from './contract/errors.ts';
export { findGaps } from './rows/find-gaps.ts';
export {
  KNOWN_OUTAGES,
  KNOWN_OUTAGES_VERSION,
  knownOutage,
  type KnownOutage,
  knownOutagesWithin,
} from './publication/known-outages.ts';
export type { Listing } from './publication/listing.ts';
export { conflictsByRow, mergeBatches, type Merged, type MergeInput, type RowConflict } from './rows/merge-batches.ts';
export { orderedPrefetch, type PrefetchOptions } from './concurrency/ordered-prefetch.ts';
export { planFetch, type PlanQuery, type RangeAbilities } from './plan/plan-fetch.ts';
export type { FetchPlan, PlanStep } from './plan/plan-steps.ts';
export type { ArchiveAbilities } from './plan/plan-archives.ts';
export type {
  AbsentFacts,
  ArchiveSource,
  Asked,
  CachePort,
  Conflict,
  Contribution,
  EntryFacts,
  FetchCost,
  FetchOptions,
  Hole,
  KnownFacts,
  Lease,
  ListedObject,
  Loaded,
  LoadManyOptions,
  Quality,
  RangeSource,
  RowFindings,
  SaveFacts,
  SaveItem,
  SaveResult,
  SourceAnswer,
  SourceFacts,
  SourcePort,
} from './contract/ports.ts';
export type { DataQuery, DatasetFor, KlinesDataset, KlinesQuery, OpenQuery, QueryRange } from './query/query.ts';
export type { ReconcileReport } from './audit/reconcile.ts';
export { resample, type Resampled, type ResampleOptions } from './rows/resample.ts';
export { compareIntervals, type CrossReport, type Difference } from './rows/compare-intervals.ts';
export type { WindowSize } from './query/windows.ts';
export { MARKET_HALT_SYMBOLS } from './io/market-halt.ts';
export type {
  RememberedSymbol,
  RememberedSymbols,
  SymbolFacts,
  SymbolLife,
  SymbolsFolder,
  SymbolsQuery,
  Universe,
} from './contract/universe.ts';
export type { SymbolsOptions } from './universe/list-symbols.ts';
