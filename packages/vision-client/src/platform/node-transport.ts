// Default imports: what replaces `request` on the modules (msw, nock, an agent for monitoring) is seen through them only.
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AnswerBody, BodyReader, Transport, TransportAnswer } from '../http/transport.ts';

// What is idle keeps no process alive; which sockets are closed when, the agents know from the hosts' `keep-alive` header.
const AGENTS = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };

/**
 * Node's own HTTP client in the shape of `fetch`: for many small files it needs well below half of the CPU, and none of
 * the 20 ms that loading `fetch` takes. It follows no redirect, decodes nothing and knows GET only.
 */
export const nodeTransport: Transport = async (url, init) => {
  try {
    return await ask(url, init, AGENTS);
  } catch (error) {
    // A host may close an idle connection at the very time when it is used again. That says nothing of the host, and
    // the others of the pool may be closed too: once more over a new one.
    if (!(error instanceof ClosedWhileIdle)) throw error;
    return await ask(url, init, undefined);
  }
};

class ClosedWhileIdle extends Error {}

function ask(
  url: string,
  { headers, signal }: Parameters<Transport>[1],
  agents: typeof AGENTS | undefined,
): Promise<TransportAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const isPlain = target.protocol === 'http:';
    if (!isPlain && target.protocol !== 'https:') throw new TypeError(`unknown protocol ${target.protocol}`);
    const agent = agents?.[isPlain ? 'http:' : 'https:'] ?? false;
    const request = (isPlain ? http : https).request(target, { agent, headers });
    const stop = (): void => {
      request.destroy(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    };
    // Stays for the time of the body: an error that nobody listens to would end the process.
    request.on('error', (error: Error & { readonly code?: string }) => {
      const isLost = request.reusedSocket && !signal.aborted && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isLost ? new ClosedWhileIdle(error.message, { cause: error }) : error);
    });
    request.on('close', () => signal.removeEventListener('abort', stop));
    request.on('response', (message) => resolve(answerOf(message)));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    request.end();
  });
}

function answerOf(message: IncomingMessage): TransportAnswer {
  const status = message.statusCode ?? 0;
  return {
    status,
    ok: status >= 200 && status < 300,
    type: 'basic',
    url: '',
    headers: {
      get(name) {
        const value = message.headers[name];
        return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
      },
    },
    body: bodyOf(message),
  };
}

function bodyOf(message: IncomingMessage): AnswerBody {
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const ring = (): void => wake?.();
  message.on('readable', ring);
  message.on('end', ring);
  message.on('close', ring);
  message.on('error', (error) => {
    failure = error;
    ring();
  });
  const cancel = (): Promise<void> => {
    message.destroy();
    return Promise.resolve();
  };
  const reader: BodyReader = {
    async read() {
      for (;;) {
        const value = message.read() as Buffer | null;
        if (value !== null) return { value };
        if (failure !== undefined) throw failure;
        if (message.readableEnded) return {};
        if (message.destroyed) throw new Error('the connection was closed before the end of the body');
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    cancel,
  };
  return { getReader: () => reader, cancel };
}

const DISPATCHER = Symbol.for('undici.globalDispatcher.1');
const loaded = globalThis.fetch as unknown;

/**
 * Whether requests made with `fetch` would go straight to the network. They do not where it has been replaced (msw, a
 * test's own), or where its dispatcher has been (a proxy, a mock agent): then it has to be asked itself.
 */
export function fetchIsPlain(): boolean {
  if (globalThis.fetch !== loaded || typeof loaded !== 'function') return false;
  if (!Function.prototype.toString.call(loaded).includes('undici')) return false;
  if (process.env.NODE_USE_ENV_PROXY !== undefined) return false;
  const dispatcher = (globalThis as { [DISPATCHER]?: object })[DISPATCHER];
  return dispatcher === undefined || dispatcher.constructor.name === 'Agent';
}
