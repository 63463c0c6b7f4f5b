import { ENCODING_IS_REFUSED, proxyHint, requestHeaders } from '#platform';
import { excerpt, isVisionClientError, quote, VisionClientError } from '../contract/errors.ts';
import { abortedError } from './abort.ts';
import type { Http } from './options.ts';
import type { AnswerHeaders, TransportAnswer } from '../contract/transport.ts';
import { Watchdog } from './watchdog.ts';

export interface HttpRequest {
  readonly signal?: AbortSignal | undefined;
  /** Past all caches. @default false */
  readonly fresh?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** The most bytes that the body may have. @default 64 MiB */
  readonly maxBytes?: number;
  /** Statuses other than 2xx that are answers and no failures. @default [404] */
  readonly answers?: readonly number[];
  /** Whether an answer of any status says that the host is not available now: then it is asked again. */
  readonly passing?: (answer: HttpAnswer) => VisionClientError | undefined;
  /** Is told when a body begins, and makes what is told its parts as they arrive. */
  readonly onBody?: () => (part: Uint8Array) => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array;
  readonly url: string;
  readonly attempts: number;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const MOST_REDIRECTS = 5;

/** One attempt at a request: headers, then the body, each with its own limit of time. Any status is an answer here. */
export async function attemptRequest(
  url: string,
  request: HttpRequest,
  http: Http,
  attempts: number,
  totalMs: number,
): Promise<HttpAnswer> {
  const control = new AbortController();
  const watchdog = new Watchdog();
  const timeout = (phase: 'headers' | 'idle' | 'total', milliseconds: number) => () =>
    new VisionClientError(
      'E_TIMEOUT',
      `No ${phase === 'headers' ? 'answer' : 'end'} of ${url} within its limit: ${phase} ${milliseconds} ms.`,
      {
        url,
        attempts,
        phase,
        milliseconds,
      },
    );
  const stop = (): void => watchdog.end(abortedError(url, request.signal));
  if (request.signal?.aborted === true) throw abortedError(url, request.signal);
  request.signal?.addEventListener('abort', stop, { once: true });
  try {
    watchdog.within(totalMs, timeout('total', http.timeouts.totalMs));
    const answered = watchdog.within(http.timeouts.headersMs, timeout('headers', http.timeouts.headersMs));
    const response = await followed(url, request, http, attempts, watchdog, control.signal);
    answered();
    const alive = watchdog.idle(http.timeouts.idleMs, timeout('idle', http.timeouts.idleMs));
    const encoding = response.headers.get('content-encoding');
    if (ENCODING_IS_REFUSED && encoding !== null && encoding !== '' && encoding !== 'identity') {
      const { status } = response;
      const message = `${url} answered with the encoding ${quote(encoding)}, which was not requested.`;
      throw new VisionClientError('E_BAD_CONTENT', message, { url, attempts, status, received: encoding });
    }
    const body = await bodyOf(response, url, request, attempts, watchdog, alive);
    return { status: response.status, headers: response.headers, body, url, attempts };
  } catch (error) {
    // Closes the socket of an answer that is not read to its end.
    control.abort(error);
    throw http.isPlatform ? await withProxyNamed(error, url) : error;
  } finally {
    watchdog.stop();
    request.signal?.removeEventListener('abort', stop);
  }
}

/** A proxy that does not answer is told by the name of its variable. */
async function withProxyNamed(error: unknown, url: string): Promise<unknown> {
  if (!isVisionClientError(error) || error.code !== 'E_TIMEOUT') return error;
  const hint = await proxyHint(url);
  return hint === ''
    ? error
    : new VisionClientError('E_TIMEOUT', `${error.message.slice(0, -1)}${hint}.`, error.details);
}

/** The answer, after redirects that stay with the host or lead to an allowed one. */
async function followed(
  url: string,
  request: HttpRequest,
  http: Http,
  attempts: number,
  watchdog: Watchdog,
  signal: AbortSignal,
): Promise<TransportAnswer> {
  const fresh = request.fresh ?? false;
  const headers = { ...requestHeaders(fresh), ...request.headers };
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const init = { headers, redirect: 'manual' as const, signal, ...(fresh ? { cache: 'reload' as const } : {}) };
    let response: TransportAnswer;
    try {
      response = await watchdog.guard(Promise.resolve(http.fetch(target, init)));
    } catch (cause) {
      if (cause instanceof VisionClientError) throw cause;
      // Only the platform's own way to the network goes through a proxy of the environment.
      const reason = `${reasonOf(cause)}${http.isPlatform ? await proxyHint(url) : ''}`;
      throw new VisionClientError(
        'E_NETWORK',
        `${new URL(url).host} cannot be reached: ${reason}.`,
        { url, attempts, reason },
        { cause },
      );
    }
    const isRedirect =
      response.type === 'opaqueredirect' ||
      (response.status >= 300 && response.status < 400 && response.status !== 304);
    // A fetch that follows by itself is held to the same rule.
    const location = isRedirect ? (response.headers.get('location') ?? '') : response.url;
    const next = isRedirect || (location !== '' && location !== target) ? resolve(location, target) : undefined;
    if (!isRedirect && (next === undefined || allows(next, url, http))) return response;
    discard(response);
    if (next === undefined || !allows(next, url, http) || redirects === MOST_REDIRECTS) {
      const why = redirects === MOST_REDIRECTS ? ', once too often' : '';
      const message = `${url} redirects to ${quote(location)}${why}, which this client does not follow.`;
      throw new VisionClientError('E_REDIRECT', message, { url, attempts, location });
    }
    target = next.href;
  }
}

function resolve(location: string, base: string): URL | undefined {
  try {
    return location === '' ? undefined : new URL(location, base);
  } catch {
    return undefined;
  }
}

function allows(next: URL, asked: string, http: Http): boolean {
  const from = new URL(asked);
  if (next.protocol !== from.protocol && next.protocol !== 'https:') return false;
  return next.host === from.host || http.redirectHosts.includes(next.host);
}

async function bodyOf(
  response: TransportAnswer,
  url: string,
  request: HttpRequest,
  attempts: number,
  watchdog: Watchdog,
  alive: () => void,
): Promise<Uint8Array> {
  const limitBytes = request.maxBytes ?? DEFAULT_MAX_BYTES;
  const length = response.headers.get('content-length');
  // The length of an encoded body is not that of what is read here.
  const isPlain = (response.headers.get('content-encoding') ?? 'identity') === 'identity';
  const expectedBytes = isPlain && length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
  const tooLarge = (): never => {
    const message = `${url} is larger than ${limitBytes} bytes.`;
    throw new VisionClientError('E_TOO_LARGE', message, { url, attempts, limitBytes });
  };
  if (expectedBytes !== undefined && expectedBytes > limitBytes) tooLarge();
  const onPart = response.ok ? request.onBody?.() : undefined;
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);

  let whole = new Uint8Array(Math.min(expectedBytes ?? 64 * 1024, limitBytes));
  let receivedBytes = 0;
  const truncated = (cause?: unknown): never => {
    const of = expectedBytes === undefined ? '' : ` of ${expectedBytes}`;
    const message = `${url} ended early, after ${receivedBytes}${of} bytes.`;
    throw new VisionClientError('E_TRUNCATED', message, { url, attempts, receivedBytes, expectedBytes }, { cause });
  };
  try {
    for (;;) {
      const next = await watchdog.guard(reader.read());
      const part = next.value;
      if (part === undefined) break;
      alive();
      if (receivedBytes + part.length > limitBytes) tooLarge();
      if (receivedBytes + part.length > whole.length) {
        const larger = new Uint8Array(Math.min(limitBytes, Math.max(whole.length * 2, receivedBytes + part.length)));
        larger.set(whole.subarray(0, receivedBytes));
        whole = larger;
      }
      whole.set(part, receivedBytes);
      receivedBytes += part.length;
      onPart?.(part);
    }
  } catch (error) {
    // Before the abort: undici then closes the socket at once, and otherwise seconds later.
    reader.cancel(error).catch(() => undefined);
    if (error instanceof VisionClientError) throw error;
    truncated(error);
  }
  if (expectedBytes !== undefined && receivedBytes < expectedBytes) truncated();
  return whole.subarray(0, receivedBytes);
}

function discard(response: TransportAnswer): void {
  response.body?.cancel().catch(() => undefined);
}

/** What undici says in its cause, which tells more than "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  const code = cause?.code ?? (error as { code?: unknown }).code;
  const message = cause?.message ?? (error as { message?: unknown }).message;
  const parts = [code, message].filter((part): part is string => typeof part === 'string' && part !== '');
  // Node's own messages name their code.
  const isNamed = parts.length === 2 && parts[1]!.includes(parts[0]!);
  return (isNamed ? parts[1] : parts.join(', ')) || String(error);
}

/** How an answer's body begins, for an error's details. */
export function beginningOf(answer: HttpAnswer): string {
  return excerpt(answer.body);
}
