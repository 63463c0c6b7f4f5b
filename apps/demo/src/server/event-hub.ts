import type { LiveEvent, Stamped } from '../contract/api.ts';

type Listener = (event: Stamped<LiveEvent>) => void;

/** Kept for those who come later, or come back. */
const REMEMBERED = 60;

/** Tells everyone who listens what happens, and those who come later the latest of it. */
export class EventHub {
  readonly #listeners = new Set<Listener>();
  readonly #recent: Stamped<LiveEvent>[] = [];
  readonly #now: () => number;
  #id = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** How many listen. */
  get listening(): number {
    return this.#listeners.size;
  }

  tell(event: LiveEvent): void {
    const stamped: Stamped<LiveEvent> = { ...event, at: this.#now(), id: ++this.#id };
    if (event.type !== 'totals' && event.type !== 'changed') {
      this.#recent.push(stamped);
      if (this.#recent.length > REMEMBERED) this.#recent.shift();
    }
    for (const listener of this.#listeners) listener(stamped);
  }

  /**
   * Listens from now on, after hearing what is remembered since an event.
   * @returns what ends it
   */
  listen(listener: Listener, after = 0): () => void {
    for (const event of this.#recent) if (event.id > after) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
