export {
  type CacheKey,
  type CacheKeyInput,
  KEY_DEFAULTS,
  type KeyRangeInput,
  type UncheckedCacheKey,
  type UncheckedKeyRange,
} from './cache-key.ts';
export { isUtcDay, isUtcMonth, type UtcDate, type UtcDay, type UtcMonth } from './calendar.ts';
export {
  type CacheFolder,
  cacheFolder,
  cachePath,
  candidatePaths,
  ENTRY_EXTENSION,
  parseCachePath,
} from './cache-path.ts';
export {
  BINANCE,
  cacheKey,
  type Catalog,
  type CatalogOptions,
  createCatalog,
  homeKeys,
  keysBetween,
} from './catalog.ts';
export {
  type Column,
  type ColumnArray,
  type ColumnArrays,
  type ColumnBatch,
  type Columns,
  type ColumnsOf,
  type ColumnType,
  type ColumnUnit,
} from './columns.ts';
export {
  type Dataset,
  defineDataset,
  PACKAGING_FREQUENCIES,
  type PackagingFrequency,
  type PublishedIntervals,
  rowSpanOf,
  rowSpanWithin,
  storedColumns,
} from './dataset.ts';
export {
  type BinanceDataset,
  type DataNature,
  type DatasetId,
  type DatasetOf,
  DATASETS,
  type MarketType,
} from './datasets.ts';
export {
  type AnyCacheKeyError,
  CacheKeyError,
  type CacheKeyErrorCode,
  type CacheKeyErrorDetails,
  isCacheKeyError,
} from './errors.ts';
export {
  barCount,
  barsPerDay,
  ceilOpenTime,
  expectedOpenTimes,
  floorOpenTime,
  type Interval,
  intervalMicroseconds,
  INTERVALS,
  isInterval,
  nextOpenTime,
  restInterval,
} from './interval.ts';
export { type LegacyPath, type LegacyPathFacts, parseLegacyPath } from './legacy-generations.ts';
export type { LegacyGeneration } from './legacy-layouts.ts';
export { legacyCachePath } from './legacy-path.ts';
export { CacheKeyManager } from './roadmap-names.ts';
export { isMarketSymbol, type MarketSymbol, marketSymbol } from './symbol.ts';
export { epochMicroseconds, epochMilliseconds, isoText, type TimeInput } from './time-input.ts';
export { daysBetween, monthsBetween, spanOf, type TimeSpan, timeSpan, utcDay, utcMonth } from './utc-date.ts';
export {
  CHECKSUM_EXTENSION,
  parseVisionObjectKey,
  VISION_BASE_URL,
  visionChecksumKey,
  visionFileStem,
  type VisionFolder,
  visionObjectKey,
  visionObjectKeyOfUrl,
  visionPrefix,
  visionUrl,
} from './vision-object.ts';
