/** Lets the calls of one process for the same entry go one after the other, so that they do not wait for its lease. */
export class KeyQueue {
  readonly #last = new Map<string, Promise<void>>();

  /** Waits for its turn; the answer ends it. */
  async enter(path: string): Promise<() => void> {
    const before = this.#last.get(path);
    let leave: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last.set(path, turn);
    await before;
    return () => {
      if (this.#last.get(path) === turn) this.#last.delete(path);
      leave();
    };
  }
}
