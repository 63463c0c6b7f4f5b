import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { AnswerBody, BodyReader, Transport, TransportAnswer } from '../contract/transport.ts';

type Send = (target: URL, options: RequestOptions) => ClientRequest;

/** How each protocol is spoken, over connections that are kept or over a new one. */
interface Protocols {
  readonly 'http:': { readonly kept: Send; readonly fresh: Send };
  readonly 'https:': { readonly kept: Send; readonly fresh: Send };
}

/** Loaded for the first request: 10 ms, of which nothing is to be paid by who decodes what is there already. */
async function load(): Promise<Protocols> {
  // The default exports: what replaces `request` on the modules (msw, nock, monitoring) is seen through them only.
  const [{ default: http }, { default: https }] = await Promise.all([import('node:http'), import('node:https')]);
  // Idle connections keep no process alive; when they are closed, the agents know from the hosts' `keep-alive` header.
  const [agent, tlsAgent] = [new http.Agent({ keepAlive: true }), new https.Agent({ keepAlive: true })];
  return {
    'http:': {
      kept: (target, options) => http.request(target, { ...options, agent }),
      fresh: (target, options) => http.request(target, { ...options, agent: false }),
    },
    'https:': {
      kept: (target, options) => https.request(target, { ...options, agent: tlsAgent }),
      fresh: (target, options) => https.request(target, { ...options, agent: false }),
    },
  };
}
let protocols: Promise<Protocols> | undefined;

/**
 * Node's own HTTP client in the shape of `fetch`: for many small files it needs well below half of the CPU, and none of
 * the 20 ms that loading `fetch` takes. It follows no redirect, decodes nothing and knows GET only.
 */
export const nodeTransport: Transport = async (url, init) => {
  const target = new URL(url);
  const { protocol } = target;
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`unknown protocol ${protocol}`);
  const { kept, fresh } = (await (protocols ??= load()))[protocol];
  try {
    return await ask(target, init, kept);
  } catch (error) {
    // A host may close an idle connection at the very time when it is used again. That says nothing of the host, and
    // the others of the pool may be closed too: once more over a new one.
    if (!(error instanceof ClosedWhileIdle)) throw error;
    return await ask(target, init, fresh);
  }
};

class ClosedWhileIdle extends Error {}

/** The server ended the connection amid a body. */
class ClosedEarly extends Error {
  override readonly name = 'ClosedEarly';
}

function ask(target: URL, { headers, signal }: Parameters<Transport>[1], send: Send): Promise<TransportAnswer> {
  return new Promise((resolve, reject) => {
    const request = send(target, { headers });
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
        if (message.destroyed) throw new ClosedEarly('the connection was closed before the end of the body');
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
