export { type Durability } from './disk/atomic-write.ts';
export { type FileKind, type FileStat, type FileSystem, nodeFileSystem } from './disk/file-system.ts';
export {
  type AbsentFacts,
  type Conflict,
  type Contribution,
  type EntryBatch,
  type EntryFacts,
  type EntryState,
  type Hole,
  type KnownFacts,
  type SaveFacts,
  type SaveResult,
  type SourceFacts,
  type StoredFacts,
} from './entry-facts.ts';
export { ArrowStoreError, type ArrowStoreErrorCode, type ArrowStoreErrorDetails, isArrowStoreError } from './errors.ts';
export { type VerifyPolicy } from './read/entry-reader.ts';
export { type Loaded } from './read/load-many.ts';
export { type LoadManyOptions, type LoadOptions } from './read/load-options.ts';
export { type StoreStats } from './store-context.ts';
export { UnifiedCacheManager, type UnifiedCacheManagerOptions } from './unified-cache-manager.ts';
export { type SaveItem, type SaveOptions } from './write/save-entry.ts';
