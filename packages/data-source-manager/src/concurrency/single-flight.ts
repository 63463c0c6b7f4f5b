import { aborted } from '../contract/errors.ts';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * Lets callers who want the same thing at the same time share one way of getting it. Each caller may stop waiting;
 * the work itself stops only when no caller waits for it any more.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Number of flights under way. */
  get size(): number {
    return this.#flights.size;
  }

  async do(id: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) throw aborted(signal);
    let flight = this.#flights.get(id);
    if (flight === undefined || flight.stop.signal.aborted) {
      const stop = new AbortController();
      const begun: Flight<T> = { result: work(stop.signal), stop, waiting: 0 };
      flight = begun;
      this.#flights.set(id, begun);
      const land = (): void => {
        if (this.#flights.get(id) === begun) this.#flights.delete(id);
      };
      begun.result.then(land, land);
    }
    return this.#join(flight, signal);
  }

  async #join(flight: Flight<T>, signal: AbortSignal | undefined): Promise<T> {
    flight.waiting++;
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        if (signal !== undefined) reject(aborted(signal));
      };
    });
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([flight.result, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      flight.waiting--;
      if (flight.waiting === 0) flight.stop.abort(signal?.reason);
    }
  }
}
