import { type CacheKey, cachePath } from '@vision-cache/cache-keys';
import { acquireLease, turnOf } from '../leases/lease.ts';
import type { StoreContext } from './store-context.ts';

/** How long a fetch may keep others waiting: a download of the largest archives. */
const FETCH_LEASE_MS = 15 * 60_000;

/** A turn to fetch an entry. */
export interface FetchLease {
  /** Who held it, and was silent for so long that it was passed over, though it may live. */
  readonly passedOver?: string;
  release(): Promise<void>;
}

/** Waits until nobody else fetches an entry, or whoever does has been silent for too long. It guards nothing but work. */
export async function leaseForFetch(store: StoreContext, key: CacheKey, signal?: AbortSignal): Promise<FetchLease> {
  const { disk, durability, now, queue, root, sleep, fetchSilenceMs } = store;
  const path = cachePath(key);
  await root.mark(durability);
  const leave = await turnOf(queue, `fetch ${path}`, disk, path, signal);
  try {
    const courtesy = { silenceMs: fetchSilenceMs };
    const waiting = { signal, timeoutMs: FETCH_LEASE_MS, courtesy, now, sleep };
    const lease = await acquireLease(disk, path, 'fetch', waiting);
    return {
      ...(lease.passedOver === undefined ? {} : { passedOver: lease.passedOver }),
      release: () => {
        lease.release();
        leave();
        return Promise.resolve();
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}
