export { type ArrowFileOptions, readArrowFile, type ReadArrowFileOptions, writeArrowFile, type WriteArrowFileOptions } from './arrow-file.ts'; // prettier-ignore
export { CACHE_CHANNELS, type LoadMessage, type ProblemMessage, type SaveMessage } from './contract/diagnostics.ts';
export { type Durability } from './disk/atomic-write.ts';
export { type FileKind, type FileStat, type FileSystem, nodeFileSystem } from './disk/file-system.ts';
export {
  type AbsentFacts,
  type Asked,
  type Conflict,
  type Contribution,
  type EntryBatch,
  type EntryFacts,
  type EntryState,
  type Hole,
  type KnownFacts,
  type ListedSymbol,
  type SaveFacts,
  type SaveResult,
  type SourceDigest,
  type SourceFacts,
  type StoredFacts,
  type SymbolList,
} from './contract/entry-facts.ts';
export {
  ArrowStoreError,
  type ArrowStoreErrorCode,
  type ArrowStoreErrorDetails,
  isArrowStoreError,
} from './contract/errors.ts';
export { CACHE_TAG, HIDDEN_FOLDER, HIDDEN_FOLDERS, ROOT_MARKER } from './disk/hidden-names.ts';
export { acquireRoot, type RootLease, type RootLeaseOptions } from './leases/root-lease.ts';
export { type VerifyPolicy } from './store/entry-reader.ts';
export { type ListedEntry } from './read/list-entries.ts';
export { type ListedSeries } from './read/list-series.ts';
export { type Loaded } from './read/load-many.ts';
export { type LoadManyOptions, type LoadOptions } from './read/load-options.ts';
export { rootCatalog } from './read/root-catalog.ts';
export { type VerifiedFile } from './read/verify-entries.ts';
export type { RoadmapKey } from './contract/roadmap-key.ts';
export { type LoadedSeries, type SeriesBounds } from './series/load-series.ts';
export { type Panel, toPanel } from './series/to-panel.ts';
export { type StoreStats } from './store/store-context.ts';
export type { UnifiedCacheManagerOptions } from './manager-options.ts';
export { UnifiedCacheManager } from './unified-cache-manager.ts';
export type { PrunedEntry, PruneOptions } from './upkeep/prune.ts';
export { repack, type RepackedSeries, type RepackOptions } from './upkeep/repack.ts';
export type { SeriesUsage } from './upkeep/usage.ts';
export { createVisionCacheManager, VisionCacheManager } from './vision-cache-manager.ts';
export { type SaveItem, type SaveOptions } from './write/save-entry.ts';
export { type SweepReport } from './write/sweep.ts';
