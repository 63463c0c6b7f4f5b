/** How much may be on its way at a time. */
export interface Window {
  readonly count: number;
  readonly bytes: number;
}

/** As many small things as a bucket answers at a time, and no more bytes than a program has to spare. */
const WINDOW: Window = { count: 32, bytes: 128 * 2 ** 20 };

/**
 * The answers for items in their order, while those behind them are on their way already. What has been started is waited
 * for in any case, so that nothing goes on behind the caller's back.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  start: (item: T) => Promise<R>,
  { count, bytes: most }: Window = WINDOW,
): AsyncGenerator<{ readonly item: T; readonly answer: R }> {
  const started: { readonly item: T; readonly bytes: number; readonly answer: Promise<R> }[] = [];
  let next = 0;
  let bytes = 0;
  try {
    while (next < items.length || started.length > 0) {
      while (next < items.length && started.length < count && (started.length === 0 || bytes < most)) {
        const item = items[next++]!;
        const each = { item, bytes: bytesOf(item), answer: start(item) };
        each.answer.catch(() => undefined); // It is told where it is waited for.
        started.push(each);
        bytes += each.bytes;
      }
      const first = started.shift()!;
      bytes -= first.bytes;
      yield { item: first.item, answer: await first.answer };
    }
  } finally {
    await Promise.allSettled(started.map(({ answer }) => answer));
  }
}
