import { rootCatalog, UnifiedCacheManager } from '@vision-cache/arrow-store';
import type { BucketCacheManager } from '@vision-cache/arrow-store/s3';
import type { Catalog } from '@vision-cache/cache-keys';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { BinanceRestClient } from '@vision-cache/vision-client/rest';
import { existsSync } from 'node:fs';
import { openBucket } from './bucket-root.ts';
import { cacheRoot, type INSTEAD } from './cache-root.ts';
import type { CacheFlags, HostFlags } from '../contract/flags.ts';
import { type Hosts, hostsOf } from './hosts.ts';
import type { Io } from '../contract/io.ts';
import { pathToShow } from '../text/path-to-show.ts';
import { UsageError } from '../contract/usage-error.ts';
import { watchSaves } from './watch-saves.ts';

/** The cache alone, for what asks nobody. */
export function openCache(
  flags: CacheFlags,
  io: Io,
  command?: keyof typeof INSTEAD,
): { cache: UnifiedCacheManager; catalog: Catalog } {
  const root = cacheRoot(flags, io, command);
  const catalog: Catalog = rootCatalog(root);
  return { catalog, cache: new UnifiedCacheManager({ root, catalog, now: io.now }) };
}

/** The same where the cache may be a bucket as well. */
export async function openAnywhere(flags: CacheFlags, io: Io): Promise<Opened> {
  return (await openBucket(flags, io)) ?? openCache(flags, io);
}

interface Opened {
  readonly cache: UnifiedCacheManager | BucketCacheManager;
  readonly catalog: Catalog;
}

/** For what says something of a cache as a whole: of none there is nothing to say. @throws {UsageError} `E_NO_CACHE` */
export function assertThere({ root }: { readonly root: string }): void {
  // Of a bucket that is not there its own answer tells.
  if (root.startsWith('s3://') || existsSync(root)) return;
  throw new UsageError(`There is no folder ${pathToShow(root)}. Name the cache's folder with --cache.`, 'E_NO_CACHE');
}

/** The packages put together: the cache first, then the archive, then REST. */
export async function compose(flags: HostFlags, io: Io, command: keyof typeof INSTEAD) {
  return composeOn(flags, io, (at) => Promise.resolve(openCache(flags, at, command)));
}

/** The same where the cache may be a bucket as well. */
export async function composeAnywhere(flags: HostFlags, io: Io) {
  return composeOn<Opened['cache']>(flags, io, (at) => openAnywhere(flags, at));
}

async function composeOn<Cache extends UnifiedCacheManager | BucketCacheManager>(
  flags: HostFlags,
  io: Io,
  open: (io: Io) => Promise<{ readonly cache: Cache; readonly catalog: Catalog }>,
) {
  const demo = flags.demo === true ? await (await import('./demo-archive.ts')).startDemoArchive() : undefined;
  const hosts: Hosts = demo?.hosts ?? hostsOf(flags, io.environment);
  const now = demo?.now ?? io.now;
  const { cache, catalog } = await open({ ...io, now });
  // The made-up archive is on this machine: no proxy of the environment leads there.
  const way = demo === undefined ? {} : { fetch: globalThis.fetch };
  const archive = new VisionDataClient({ ...hosts.archive, ...way, now });
  const rest = hosts.rest === undefined ? undefined : new BinanceRestClient({ ...hosts.rest, ...way, now });
  const { watched, unstored, hear } = watchSaves(cache);
  const manager = new DataSourceManager({
    cache: watched,
    sources: rest === undefined ? [archive] : [archive, rest],
    catalog,
    now,
  });
  return { archive, rest, cache, catalog, manager, unstored, hear, hosts, now, close: async () => demo?.close() };
}

export type Composition = Awaited<ReturnType<typeof compose>>;
