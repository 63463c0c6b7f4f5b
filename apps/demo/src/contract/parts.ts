import type { UnifiedCacheManager } from '@vision-cache/arrow-store';
import type { DataSourceManager } from '@vision-cache/data-source-manager';
import type { VisionDataClient } from '@vision-cache/vision-client';

/** The packages put together, as `compose` makes them. */
export interface Composition {
  readonly archive: VisionDataClient;
  readonly cache: UnifiedCacheManager;
  readonly manager: DataSourceManager;
}
