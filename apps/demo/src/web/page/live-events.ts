import type { LiveEvent, Stamped } from '../../contract/api.ts';

type Of<Type extends LiveEvent['type']> = Stamped<Extract<LiveEvent, { type: Type }>>;

/** What the server tells of its own accord. The browser connects again by itself when the line breaks. */
export class LiveEvents {
  readonly #listeners = new Map<string, ((event: never) => void)[]>();
  #onLine: ((connected: boolean) => void) | undefined;

  open(): void {
    const stream = new EventSource('/api/events');
    stream.onopen = () => this.#onLine?.(true);
    stream.onerror = () => this.#onLine?.(false);
    stream.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as Stamped<LiveEvent>;
      for (const listener of this.#listeners.get(event.type) ?? []) listener(event as never);
    };
  }

  on<Type extends LiveEvent['type']>(type: Type, listener: (event: Of<Type>) => void): void {
    const there = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...there, listener]);
  }

  onLine(listener: (connected: boolean) => void): void {
    this.#onLine = listener;
  }
}
