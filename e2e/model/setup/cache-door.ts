import type { CachePort } from '@vision-cache/data-source-manager';

/** Counts what is written through it, and writes nothing while it cannot. */
export interface CacheDoor {
  readonly port: CachePort;
  writes: number;
  cannotStore: boolean;
}

export function doorOf(cache: CachePort): CacheDoor {
  const door = { writes: 0, cannotStore: false };
  const written = <T>(write: () => Promise<T>): Promise<T> => {
    door.writes++;
    if (!door.cannotStore) return write();
    return Promise.reject(Object.assign(new Error('no space left'), { code: 'E_NO_SPACE' }));
  };
  const port: CachePort = {
    coverage: async (keys, options) => cache.coverage(keys, options),
    loadMany: async (keys, options) => cache.loadMany(keys, options),
    save: async (key, batch, facts) => written(async () => cache.save(key, batch, facts)),
    saveAbsent: async (key, facts) => written(async () => cache.saveAbsent(key, facts)),
    ...(cache.saveMany === undefined
      ? {}
      : { saveMany: async (items, options) => written(async () => cache.saveMany!(items, options)) }),
    ...(cache.lease === undefined ? {} : { lease: async (key, options) => cache.lease!(key, options) }),
  };
  return Object.assign(door, { port });
}
