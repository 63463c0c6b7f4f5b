import type { UnifiedCacheManager } from '@vision-cache/arrow-store';
import type { BinanceDataset, Catalog } from '@vision-cache/cache-keys';
import type { DataSourceManager } from '@vision-cache/data-source-manager';
import type { VisionDataClient } from '@vision-cache/vision-client';

/** The packages put together, as `compose` makes them. */
export interface Composition {
  readonly archive: VisionDataClient;
  readonly cache: UnifiedCacheManager;
  /** The datasets, and which intervals the cache keeps by the month. */
  readonly catalog: Catalog<BinanceDataset>;
  readonly manager: DataSourceManager;
}
