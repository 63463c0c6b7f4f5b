import { throwIfAborted } from '../contract/errors.ts';

export interface ArrivalOptions {
  /** How many items are worked on at a time, at least one. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Works on the items concurrently and yields each result as soon as it is ready. A result counts as work until the
 * consumer takes it, so that at most `concurrency` results are in memory. A consumer that leaves stops what is under
 * way.
 */
export async function* inArrivalOrder<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  { concurrency, signal }: ArrivalOptions,
): AsyncGenerator<Result, void, undefined> {
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal?.reason);
  if (signal?.aborted === true) forward();
  signal?.addEventListener('abort', forward, { once: true });
  const iterator = items[Symbol.iterator]();
  const underWay = new Map<number, Promise<{ readonly place: number; readonly result: Result }>>();
  let places = 0;
  const begin = (): void => {
    while (underWay.size < concurrency) {
      const next = iterator.next();
      if (next.done === true) return;
      const place = places++;
      const begun = work(next.value, stop.signal).then((result) => ({ place, result }));
      void begun.catch(() => undefined); // The race below throws it; until then nobody else waits for it.
      underWay.set(place, begun);
    }
  };
  try {
    for (;;) {
      throwIfAborted(signal);
      begin();
      if (underWay.size === 0) return;
      const { place, result } = await Promise.race(underWay.values());
      underWay.delete(place);
      yield result;
    }
  } finally {
    signal?.removeEventListener('abort', forward);
    stop.abort(signal?.reason);
    await Promise.allSettled(underWay.values());
  }
}
