import type { CacheKey } from '@vision-cache/cache-keys';
import { aborted, DataSourceError, throwIfAborted } from '../contract/errors.ts';
import type { CachePort, KnownFacts, Lease } from '../contract/ports.ts';

/**
 * What the cache knows of the keys.
 * @throws {DataSourceError} `E_CACHE` if it could not be read, `E_ABORTED`.
 */
export async function readFacts(
  cache: CachePort,
  keys: readonly CacheKey[],
  signal: AbortSignal | undefined,
): Promise<readonly KnownFacts[]> {
  try {
    return await cache.coverage(keys, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw unreadable('coverage', cause, signal);
  }
}

/** What a failed reading of the cache becomes: the caller's own stop, or `E_CACHE`. */
export function unreadable(operation: string, cause: unknown, signal: AbortSignal | undefined): DataSourceError {
  if (signal?.aborted === true) return aborted(signal);
  return new DataSourceError('E_CACHE', `The cache could not be read: ${String(cause)}`, { operation }, { cause });
}

const NO_LEASE: Lease = { release: () => Promise.resolve() };

/**
 * The cache's lease of a key. It spares a second fetch by another process and guards nothing, so that a cache which
 * cannot give one, or take it back (a read-only folder, a full disk), costs that saving and no row.
 */
export async function acquireLease(cache: CachePort, key: CacheKey, signal: AbortSignal): Promise<Lease> {
  let lease: Lease | undefined;
  try {
    lease = await cache.lease?.(key, { signal });
  } catch {
    throwIfAborted(signal);
  }
  if (lease === undefined) return NO_LEASE;
  const given = lease;
  return { release: () => given.release().catch(() => undefined) };
}
