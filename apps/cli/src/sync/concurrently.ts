/** Works on a few items at a time, and answers in the order in which they end. The first that throws ends the rest. */
export async function* concurrently<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const iterator = items[Symbol.iterator]();
  const running = new Set<Promise<{ readonly self: unknown; readonly result: R }>>();
  const start = (): void => {
    const next = iterator.next();
    if (next.done === true) return;
    const token = {};
    const promise = work(next.value).then((result) => ({ self: token, result }));
    tokens.set(token, promise);
    running.add(promise);
  };
  const tokens = new Map<unknown, Promise<{ readonly self: unknown; readonly result: R }>>();
  try {
    for (let started = 0; started < limit; started++) start();
    while (running.size > 0) {
      const { self, result } = await Promise.race(running);
      running.delete(tokens.get(self)!);
      tokens.delete(self);
      start();
      yield result;
    }
  } finally {
    await Promise.allSettled(running);
  }
}
