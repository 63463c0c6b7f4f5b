import type { ServerResponse } from 'node:http';
import type { EventHub } from './event-hub.ts';
import { RefusedError } from './refused.ts';

/** Pages that can listen at a time. */
const MOST_STREAMS = 32;
/** A page that does not read as fast as things happen is let go at this many bytes; the browser comes back by itself. */
const MOST_WAITING_BYTES = 1_000_000;

/** Server-sent events for the pages that are open: as many as are allowed, each with a bounded buffer. */
export class EventStreams {
  readonly #hub: EventHub;
  #open = 0;

  constructor(hub: EventHub) {
    this.#hub = hub;
  }

  /** @throws {RefusedError} if too many listen already */
  assertRoom(): void {
    if (this.#open >= MOST_STREAMS)
      throw new RefusedError('E_TOO_MANY_PAGES', `${String(MOST_STREAMS)} pages are open; close one.`, 503);
  }

  /** Answers with what happens from now on, after what is remembered since an event. */
  start(raw: ServerResponse, headers: Readonly<Record<string, string>>, after: number): void {
    this.#open++;
    raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    raw.write(':\n\n');
    const stop = this.#hub.listen((event) => {
      if (raw.destroyed) return;
      if (raw.writableLength > MOST_WAITING_BYTES) raw.destroy();
      else raw.write(`id: ${String(event.id)}\ndata: ${JSON.stringify(event)}\n\n`);
    }, after);
    raw.on('close', () => {
      stop();
      this.#open--;
    });
  }
}
