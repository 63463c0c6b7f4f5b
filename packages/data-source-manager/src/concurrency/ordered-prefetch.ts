import { throwIfAborted } from '../contract/errors.ts';

export interface PrefetchOptions {
  /** How many are worked on or wait to be taken at a time. */
  readonly ahead: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Works on the items concurrently and gives the results in the items' order. Nothing beyond `ahead` is begun before
 * the consumer takes what is ready; when it stops, or one fails, what is under way is told to stop and waited for.
 */
export async function* orderedPrefetch<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  options: PrefetchOptions,
): AsyncGenerator<Result, void, undefined> {
  const { signal } = options;
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal?.reason);
  if (signal?.aborted === true) forward();
  signal?.addEventListener('abort', forward, { once: true });
  const iterator = items[Symbol.iterator]();
  const begun: Promise<Result>[] = [];
  const begin = (): void => {
    while (begun.length < Math.max(1, options.ahead)) {
      const next = iterator.next();
      if (next.done === true) return;
      const result = work(next.value, stop.signal);
      void result.catch(() => undefined); // It is thrown when its turn comes; until then nobody else waits for it.
      begun.push(result);
    }
  };
  try {
    for (;;) {
      throwIfAborted(signal);
      begin();
      const next = begun[0];
      if (next === undefined) return;
      const result = await next;
      void begun.shift();
      yield result;
    }
  } finally {
    signal?.removeEventListener('abort', forward);
    stop.abort(signal?.reason);
    await Promise.allSettled(begun);
  }
}

/** Works on all items, at most so many at a time, and gives the results in the items' order. */
export async function mapConcurrent<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  options: PrefetchOptions,
): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of orderedPrefetch(items, work, options)) results.push(result);
  return results;
}
