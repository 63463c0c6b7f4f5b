import { LONGEST_TIMER } from './abort.ts';

/**
 * Ends waits that nothing else ends. Node 20's fetch may neither settle nor hear an abort, so that every wait is raced
 * here and never left to it.
 */
export class Watchdog {
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #error: Error | undefined;
  #reject: ((error: Error) => void) | undefined;

  /** Settles as the wait does, or fails when the watchdog ends it. One wait at a time. */
  guard<T>(wait: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#error !== undefined) {
        wait.catch(() => undefined);
        reject(this.#error);
        return;
      }
      this.#reject = reject;
      wait.then(resolve, reject);
    });
  }

  /** Ends the waits now. */
  end(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.stop();
    this.#reject?.(error);
  }

  /** Ends the waits after so many milliseconds, unless the returned function is called before. */
  within(milliseconds: number, error: () => Error): () => void {
    if (!(milliseconds < LONGEST_TIMER)) return () => undefined;
    const timer = setTimeout(() => this.end(error()), Math.max(0, milliseconds));
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  /** Ends the waits once `alive` has not been called for so many milliseconds. */
  idle(milliseconds: number, error: () => Error): () => void {
    let seen = performance.now();
    if (!(milliseconds < LONGEST_TIMER)) return () => undefined;
    // One timer that looks when it last heard something, instead of one for each part that arrives.
    const check = (wait: number): void => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        const rest = seen + milliseconds - performance.now();
        if (rest <= 0) this.end(error());
        else check(rest);
      }, wait);
      this.#timers.add(timer);
    };
    check(milliseconds);
    return () => {
      seen = performance.now();
    };
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
