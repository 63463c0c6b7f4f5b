/** Lets the calls of one process for the same entry go one after the other, so that they do not wait for its lease. */
export class KeyQueue {
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Waits for its turn; the answer ends it.
   * @throws the signal's reason: whoever came later then waits for those before.
   */
  async enter(path: string, signal?: AbortSignal): Promise<() => void> {
    const before = this.#last.get(path);
    let leave: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last.set(path, turn);
    const end = () => {
      if (this.#last.get(path) === turn) this.#last.delete(path);
      leave();
    };
    try {
      await (signal === undefined ? before : untilAborted(before, signal));
    } catch (error) {
      void before?.then(end);
      throw error;
    }
    return end;
  }
}

async function untilAborted(turn: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<void>((_, reject) => {
    abort = () => {
      reject(signal.reason as Error);
    };
  });
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort);
  try {
    await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
