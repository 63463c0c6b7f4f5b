export {
  type CacheKey,
  type CacheKeyInput,
  KEY_DEFAULTS,
  type KeyRangeInput,
  type UncheckedCacheKey,
  type UncheckedKeyRange,
} from './keys/cache-key.ts';
export { isUtcDay, isUtcMonth, type UtcDate, type UtcDay, type UtcMonth } from './time/calendar.ts';
export {
  type CacheFolder,
  cacheFolder,
  cachePath,
  candidatePaths,
  ENTRY_EXTENSION,
  parseCachePath,
} from './paths/cache-path.ts';
export {
  BINANCE,
  cacheKey,
  type Catalog,
  type CatalogOptions,
  createCatalog,
  homeKeys,
  keysBetween,
} from './keys/catalog.ts';
export {
  type Column,
  type ColumnArray,
  type ColumnArrays,
  type Columns,
  type ColumnType,
  type ColumnUnit,
} from './datasets/column.ts';
export { type ColumnBatch, type ColumnsOf } from './datasets/column-batch.ts';
export {
  type Dataset,
  defineDataset,
  firstInstantOf,
  PACKAGING_FREQUENCIES,
  type PackagingFrequency,
  type PublishedIntervals,
  rowSpanOf,
  rowSpanWithin,
  storedColumns,
} from './datasets/dataset.ts';
export {
  type BinanceDataset,
  type DataNature,
  type DatasetId,
  type DatasetOf,
  DATASETS,
  type MarketType,
} from './datasets/datasets.ts';
export {
  type Expectation,
  type ExpectationStrength,
  expectationText,
  type GridExpectation,
  type IdExpectation,
  type IntervalExpectation,
  type NoExpectation,
  type PauseExpectation,
  type SilenceExpectation,
} from './datasets/expectation.ts';
export { firstRowAt } from './datasets/first-row.ts';
export { type ComparedRow, contradicts } from './datasets/contradicts.ts';
export { confirmsLifetime, hasEndedBefore, type Lifetime } from './datasets/lifetime.ts';
export { type EdgeRow, type MissingIds } from './missing/missing-ids.ts';
export {
  edgeRows,
  expectationColumns,
  expectationOf,
  type MissingRows,
  missingRows,
  type MissingRowsOptions,
  type RowsAndColumns,
} from './missing/missing-rows.ts';
export {
  type AnyCacheKeyError,
  CacheKeyError,
  type CacheKeyErrorCode,
  type CacheKeyErrorDetails,
  isCacheKeyError,
} from './contract/errors.ts';
export { nearestName } from './contract/nearest-name.ts';
export {
  barCount,
  barsPerDay,
  barCloseTime,
  ceilOpenTime,
  expectedOpenTimes,
  floorOpenTime,
  type Interval,
  intervalMicroseconds,
  INTERVALS,
  isInterval,
  nextOpenTime,
  restInterval,
} from './time/interval.ts';
export { type LegacyPath, type LegacyPathFacts, parseLegacyPath } from './paths/legacy-generations.ts';
export type { LegacyGeneration } from './paths/legacy-layouts.ts';
export { legacyCachePath } from './paths/legacy-path.ts';
export { CacheKeyManager, createCacheKeyManager } from './roadmap-names.ts';
export { type NamedSymbol, refuseForeignSymbol, type SymbolFault, symbolFault } from './keys/symbol-form.ts';
export { SOURCE_NAMES } from './contract/source-names.ts';
export { isMarketSymbol, type MarketSymbol, marketSymbol } from './contract/symbol.ts';
export { epochMicroseconds, epochMilliseconds, isoText, type TimeInput } from './time/time-input.ts';
export { daysBetween, monthsBetween, spanOf, type TimeSpan, timeSpan, utcDay, utcMonth } from './time/utc-date.ts';
export {
  CHECKSUM_EXTENSION,
  parseVisionObjectKey,
  unpaddedObjectKey,
  VISION_BASE_URL,
  visionChecksumKey,
  visionFileStem,
  type VisionFolder,
  visionObjectKey,
  visionObjectKeyOfUrl,
  visionPrefix,
  visionUrl,
} from './paths/vision-object.ts';
