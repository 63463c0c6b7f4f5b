import { type FileSystem, UnifiedCacheManager } from '@vision-cache/arrow-store';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient, type VisionDataClientOptions } from '@vision-cache/vision-client';
import { BinanceRestClient, type BinanceRestClientOptions } from '@vision-cache/vision-client/rest';
import type { Composition } from './contract/parts.ts';

export interface Parts {
  /** The folder of the cache. */
  readonly root: string;
  readonly vision: VisionDataClientOptions;
  readonly rest: BinanceRestClientOptions;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** @default that of the machine */
  readonly fileSystem?: FileSystem;
}

/** The packages put together: the cache first, then the archive, then REST. */
export function compose({ root, vision, rest, now, fileSystem }: Parts): Composition {
  const cache = new UnifiedCacheManager({ root, now, ...(fileSystem === undefined ? {} : { fileSystem }) });
  const archive = new VisionDataClient(vision);
  const manager = new DataSourceManager({ cache, sources: [archive, new BinanceRestClient(rest)], now });
  return { archive, cache, manager };
}
