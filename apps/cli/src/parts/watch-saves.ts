const SAVES: ReadonlySet<string | symbol> = new Set(['save', 'saveMany', 'saveAbsent']);

/**
 * The cache, with a signal that is raised when something could not be stored. The engine answers from memory then; who
 * fetches in order to store has no use for that, and stops at the first.
 */
export function watchSaves<Cache extends object>(
  cache: Cache,
): {
  readonly watched: Cache;
  readonly unstored: AbortSignal;
} {
  const failure = new AbortController();
  const watched = new Proxy(cache, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (!SAVES.has(name)) return method;
      return async (...args: unknown[]) => {
        try {
          return await (method(...args) as Promise<unknown>);
        } catch (error) {
          failure.abort(error);
          throw error;
        }
      };
    },
  });
  return { watched, unstored: failure.signal };
}
