const SAVES: ReadonlySet<string | symbol> = new Set(['save', 'saveMany', 'saveAbsent']);

/** Told, once each, of others that fetch the same, were silent for long, and are not waited for any more. */
export type PassedOver = (owner: string) => void;

/**
 * The cache, with a signal that is raised when something could not be stored. The engine answers from memory then; who
 * fetches in order to store has no use for that, and stops at the first.
 */
export function watchSaves<Cache extends object>(
  cache: Cache,
): {
  readonly watched: Cache;
  readonly unstored: AbortSignal;
  /** From now on this one is told of who is passed over. */
  readonly hear: (passedOver: PassedOver) => void;
} {
  const failure = new AbortController();
  const named = new Set<string>();
  let tell: PassedOver = () => undefined;
  const look = (held: unknown): unknown => {
    const { passedOver } = Object(held) as { readonly passedOver?: string };
    if (passedOver !== undefined && !named.has(passedOver)) {
      named.add(passedOver);
      tell(passedOver);
    }
    return held;
  };
  const watched = new Proxy(cache, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (name === 'lease') return async (...args: unknown[]) => look(await method(...args));
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
  return { watched, unstored: failure.signal, hear: (passedOver) => (tell = passedOver) };
}
