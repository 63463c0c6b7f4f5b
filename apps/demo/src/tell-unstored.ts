import type { UnifiedCacheManager } from '@vision-cache/arrow-store';

/** The cache, telling of each entry that it could not store: the manager answers from memory then. */
export function tellUnstored(cache: UnifiedCacheManager, tell: (error: unknown) => void): UnifiedCacheManager {
  return new Proxy(cache, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      // What `saveMany` fails on is saved again one by one.
      if (name !== 'save') return method;
      return async (...args: unknown[]) => {
        try {
          return await (method(...args) as Promise<unknown>);
        } catch (error) {
          tell(error);
          throw error;
        }
      };
    },
  });
}
