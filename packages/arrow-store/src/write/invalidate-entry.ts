import { type CacheKey, cachePath } from '@vision-cache/cache-keys';
import { INVALIDATED, recordPath } from '../disk/hidden.ts';
import { removeFile, writeRecord } from '../disk/records.ts';
import { acquireLease } from '../leases/lease.ts';
import { oldPathOf } from '../read/load-entry.ts';
import type { StoreContext } from '../store/store-context.ts';

/** Removes an entry under its lease; an old file of it stays and is marked, so that it no longer counts until a save. */
export async function invalidateEntry(store: StoreContext, key: CacheKey): Promise<void> {
  const { disk, durability, now, queue, leaseTimeoutMs: timeoutMs, sleep, reader, root } = store;
  const path = cachePath(key);
  await root.mark(durability);
  const leave = await queue.enter(path);
  try {
    const lease = await acquireLease(disk, path, 'write', { timeoutMs, now, sleep });
    try {
      if (oldPathOf(store, key) !== undefined) {
        const record = { path, at: new Date(now()).toISOString() };
        await writeRecord(disk, recordPath(INVALIDATED, path), record, durability);
      }
      await removeFile(disk, path, durability);
      reader.forget(path);
    } finally {
      lease.release();
    }
  } finally {
    leave();
  }
}
