import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { BINANCE, type Catalog } from '@vision-cache/cache-keys';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { BinanceRestClient } from '@vision-cache/vision-client/rest';
import { cacheRoot } from './cache-root.ts';
import type { CacheFlags, HostFlags } from './flags.ts';
import { type Hosts, hostsOf } from './hosts.ts';
import type { Io } from './io.ts';

/** The cache alone, for what asks nobody. */
export function openCache(flags: CacheFlags, io: Io): { cache: UnifiedCacheManager; catalog: Catalog } {
  const catalog: Catalog = BINANCE;
  return { catalog, cache: new UnifiedCacheManager({ root: cacheRoot(flags, io), catalog, now: io.now }) };
}

/** The packages put together: the cache first, then the archive, then REST. */
export async function compose(flags: HostFlags, io: Io) {
  const demo = flags.demo === true ? await (await import('./demo-archive.ts')).startDemoArchive() : undefined;
  const hosts: Hosts = demo?.hosts ?? hostsOf(flags, io.environment);
  const now = demo?.now ?? io.now;
  const { cache, catalog } = openCache(flags, { ...io, now });
  const archive = new VisionDataClient({ ...hosts.archive, now });
  const rest = hosts.rest === undefined ? [] : [new BinanceRestClient({ ...hosts.rest, now })];
  const manager = new DataSourceManager({ cache, sources: [archive, ...rest], catalog, now });
  return { archive, cache, catalog, manager, hosts, now, close: async () => demo?.close() };
}

export type Composition = Awaited<ReturnType<typeof compose>>;
