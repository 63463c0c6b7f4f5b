export type { AuditReport, Revision, RevisionLog } from './audit.ts';
export type { Account, Answer, Mode, Progress, RequestOptions, Segment } from './answer.ts';
export {
  type CoveredSpan,
  type Coverage,
  coverageOf,
  type CoverageInput,
  EXPECTED_GAPS,
  type Gap,
  GAP_KINDS,
  type GapKind,
  type GapReason,
} from './coverage.ts';
export type { Comparison } from './compare-rows.ts';
export { CHANNELS, type FetchMessage, type RequestMessage } from './diagnostics.ts';
export {
  DataSourceManager,
  type DataSourceManagerOptions,
  type PlanOptions,
  type SegmentOptions,
} from './data-source-manager.ts';
export type { SourceAccount } from './engine.ts';
export { DataSourceError, type DataSourceErrorCode, type DataSourceErrorDetails, isDataSourceError } from './errors.ts';
export { findGaps } from './find-gaps.ts';
export {
  KNOWN_OUTAGES,
  KNOWN_OUTAGES_VERSION,
  knownOutage,
  type KnownOutage,
  knownOutagesWithin,
} from './known-outages.ts';
export type { Listing } from './listing.ts';
export { conflictsByRow, mergeBatches, type Merged, type MergeInput, type RowConflict } from './merge-batches.ts';
export { orderedPrefetch, type PrefetchOptions } from './ordered-prefetch.ts';
export { type FetchPlan, planFetch, type PlanQuery, type PlanStep, type RangeAbilities } from './plan-fetch.ts';
export type { ArchiveAbilities } from './plan-archives.ts';
export type {
  AbsentFacts,
  ArchiveSource,
  CachePort,
  Conflict,
  EntryFacts,
  FetchCost,
  FetchOptions,
  Hole,
  KnownFacts,
  Lease,
  ListedObject,
  Loaded,
  LoadManyOptions,
  RangeSource,
  RowFindings,
  SaveFacts,
  SaveItem,
  SaveResult,
  SourceAnswer,
  SourceFacts,
  SourcePort,
} from './ports.ts';
export type { DataQuery, DatasetFor, KlinesDataset, KlinesQuery, OpenQuery, QueryRange } from './query.ts';
export type { ReconcileReport } from './reconcile.ts';
export { resample, type Resampled, type ResampleOptions } from './resample.ts';
export { type CrossReport, type Difference, verifyAcross } from './verify-across.ts';
export type { WindowSize } from './windows.ts';
export { WITNESSES } from './witnesses.ts';
