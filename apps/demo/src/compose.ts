import { type FileSystem, rootCatalog, UnifiedCacheManager } from '@vision-cache/arrow-store';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient, type VisionDataClientOptions } from '@vision-cache/vision-client';
import { BinanceRestClient, type BinanceRestClientOptions } from '@vision-cache/vision-client/rest';
import type { Composition } from './contract/parts.ts';
import { tellUnstored } from './tell-unstored.ts';

export interface Parts {
  /** The folder of the cache. */
  readonly root: string;
  readonly vision: VisionDataClientOptions;
  readonly rest: BinanceRestClientOptions;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** @default that of the machine */
  readonly fileSystem?: FileSystem;
  /** Is told why an entry that was fetched could not be stored. */
  readonly onUnstored: (error: unknown) => void;
}

/** The packages put together: the cache first, then the archive, then REST. */
export function compose({ root, vision, rest, now, fileSystem, onUnstored }: Parts): Composition {
  // As the root keeps its intervals; another catalog would be refused.
  const catalog = rootCatalog(root);
  const cache = new UnifiedCacheManager({ root, catalog, now, ...(fileSystem === undefined ? {} : { fileSystem }) });
  const archive = new VisionDataClient(vision);
  const told = tellUnstored(cache, onUnstored);
  const manager = new DataSourceManager({ cache: told, sources: [archive, new BinanceRestClient(rest)], catalog, now });
  return { archive, cache, catalog, manager };
}
