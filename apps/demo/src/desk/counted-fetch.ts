import { performance } from 'node:perf_hooks';
import type { ActivityBook, CountedRequest } from './activity-book.ts';

/** `fetch` for one source, whose requests the page and the terminal are told of; those of the listing apart. */
export function sourceFetch(
  activity: ActivityBook,
  source: 'vision' | 'rest',
  fetch?: typeof globalThis.fetch,
): typeof globalThis.fetch {
  return countedFetch(
    (request) => activity.requested(source === 'vision' && request.url.search !== '' ? 'listing' : source, request),
    fetch,
  );
}

/** `fetch` that tells of every request when its body has been read to the end, or given up. */
function countedFetch(
  tell: (request: CountedRequest) => void,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): typeof globalThis.fetch {
  return async (input, init) => {
    const started = performance.now();
    const url = new URL(input instanceof Request ? input.url : input);
    const done = (status: number, bytes: number): void =>
      tell({ url, status, bytes, milliseconds: performance.now() - started });
    let response: Response;
    try {
      response = await fetch(input, init);
    } catch (error) {
      done(0, 0);
      throw error;
    }
    if (response.body === null) {
      done(response.status, 0);
      return response;
    }
    return withBody(
      response,
      counted(response.body, (bytes) => done(response.status, bytes)),
    );
  };
}

function counted(body: ReadableStream<Uint8Array>, ended: (bytes: number) => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          ended(bytes);
          controller.close();
        } else {
          bytes += value.length;
          controller.enqueue(value);
        }
      } catch (error) {
        ended(bytes);
        controller.error(error);
      }
    },
    async cancel(reason) {
      ended(bytes);
      await reader.cancel(reason);
    },
  });
}

/** A response keeps where it came from, which a new one would not. */
function withBody(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { headers, redirected, status, statusText, url } = response;
  const copy = new Response(body, { headers, status, statusText });
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } });
}
