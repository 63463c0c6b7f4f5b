import { describe, expect, it } from '@jest/globals';
import type { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cacheKey } from '@vision-cache/cache-keys';
import { watchSaves } from './watch-saves.ts';

const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' });

function cacheOf(parts: Partial<UnifiedCacheManager>): UnifiedCacheManager {
  return parts as UnifiedCacheManager;
}

describe(watchSaves, () => {
  it('names once who is passed over, and gives the lease all the same', async () => {
    const owners = ['process 7 on a', undefined, 'process 7 on a', 'process 8 on b'];
    const released: unknown[] = [];
    const cache = cacheOf({
      lease: () => {
        const passedOver = owners.shift();
        const release = (): Promise<void> => Promise.resolve(void released.push(passedOver));
        return Promise.resolve(passedOver === undefined ? { release } : { passedOver, release });
      },
    });
    const { watched, hear } = watchSaves(cache);
    const told: string[] = [];
    hear((owner) => told.push(owner));
    for (let times = 0; times < 4; times++) await (await watched.lease(key)).release();
    expect(told).toEqual(['process 7 on a', 'process 8 on b']);
    expect(released).toHaveLength(4);
  });

  it('raises its signal at the first save that fails, and at no other call', async () => {
    const failure = new Error('full');
    const cache = cacheOf({
      coverage: () => Promise.reject(new Error('unreadable')),
      saveAbsent: () => Promise.reject(failure),
    });
    const { watched, unstored } = watchSaves(cache);
    await expect(watched.coverage([key])).rejects.toThrow('unreadable');
    expect(unstored.aborted).toBe(false);
    await expect(watched.saveAbsent(key, {} as never)).rejects.toBe(failure);
    expect(unstored.reason).toBe(failure);
  });
});
