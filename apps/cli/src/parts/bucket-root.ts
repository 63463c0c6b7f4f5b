import { BucketCacheManager, bucketCatalog, type ObjectStore, s3Objects } from '@vision-cache/arrow-store/s3';
import type { Catalog } from '@vision-cache/cache-keys';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CacheFlags } from '../contract/flags.ts';
import type { Io } from '../contract/io.ts';
import { UsageError } from '../contract/usage-error.ts';
import { bucketUrl, platformFolder } from './cache-root.ts';

/** The cache on the bucket that the flags or the environment name, undefined if they name a folder. */
export async function openBucket(
  flags: CacheFlags,
  io: Io,
): Promise<{ cache: BucketCacheManager; catalog: Catalog } | undefined> {
  const place = placeOf(flags, io);
  if (place === undefined) return undefined;
  const catalog: Catalog = await bucketCatalog(place.objects);
  return { catalog, cache: new BucketCacheManager({ ...place, catalog, now: io.now }) };
}

/** Marks the bucket that the flags or the environment name. @returns what it is called, undefined if they name a folder */
export async function initBucket(flags: CacheFlags, catalog: Catalog, io: Io): Promise<string | undefined> {
  const place = placeOf(flags, io);
  if (place === undefined) return undefined;
  const cache = new BucketCacheManager({ ...place, catalog, now: io.now });
  await cache.mark();
  return cache.root;
}

function placeOf(flags: CacheFlags, io: Io): { objects: ObjectStore; local: string } | undefined {
  const url = bucketUrl(flags, io);
  if (url === undefined) return undefined;
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(url) ?? [];
  if (bucket === undefined) throw new UsageError(`${url} names no bucket: use s3://bucket/prefix.`);
  const { environment } = io;
  const endpoint = flags.s3Endpoint ?? environment['VISION_CACHE_S3_ENDPOINT'];
  const objects = s3Objects({ bucket, prefix, environment, ...(endpoint ? { endpoint } : {}) });
  const own = environment['VISION_CACHE_LOCAL'];
  const local = own !== undefined && own !== '' ? own : join(platformFolder(environment, 'vision-cache-buckets'), nameOf(url)); // prettier-ignore
  return { objects, local };
}

/** A folder for each bucket and prefix. */
const nameOf = (url: string): string =>
  `${url.slice('s3://'.length).replace(/[^\w.-]+/g, '-').slice(0, 40)}-${createHash('sha256').update(url).digest('hex').slice(0, 8)}`; // prettier-ignore
