export { type CacheKey, type CacheKeyInput, KEY_DEFAULTS, type UncheckedCacheKey } from './cache-key.ts';
export {
  type CacheFolder,
  cacheFolder,
  cachePath,
  candidatePaths,
  ENTRY_EXTENSION,
  parseCachePath,
} from './cache-path.ts';
export { BINANCE, cacheKey, type Catalog, createCatalog, homeKeys, type KeyRange, keysBetween } from './catalog.ts';
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
  storedColumns,
} from './dataset.ts';
export { type BinanceDataset, type DataNature, type DatasetId, DATASETS, type MarketType } from './datasets.ts';
export {
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
export {
  type LegacyGeneration,
  type LegacyPath,
  type LegacyPathFacts,
  parseLegacyPath,
} from './legacy-generations.ts';
export { legacyCachePath } from './legacy-path.ts';
export { CacheKeyManager } from './roadmap-names.ts';
export { isMarketSymbol, type MarketSymbol, marketSymbol } from './symbol.ts';
export {
  daysBetween,
  epochMicroseconds,
  epochMilliseconds,
  isoText,
  isUtcDay,
  isUtcMonth,
  monthsBetween,
  spanOf,
  type TimeInput,
  type TimeSpan,
  timeSpan,
  type UtcDay,
  utcDay,
  type UtcMonth,
  utcMonth,
} from './utc-date.ts';
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
