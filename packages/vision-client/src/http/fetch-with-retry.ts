import { allowListeners } from '#platform';
import { isVisionClientError, quote, VisionClientError, type VisionClientErrorCode } from '../contract/errors.ts';
import { abortedError } from './abort.ts';
import { attemptRequest, beginningOf, type HttpAnswer, type HttpRequest } from './attempt.ts';
import type { Http } from './options.ts';
import { type HostState, refuseWhileBanned } from './rate-limiter.ts';
import { retryAfter } from './retry-after.ts';

/** Statuses that another attempt may cure. 429 and 418 have rules of their own. */
const PASSING = new Set([408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530]);
const PASSING_ERRORS = new Set<VisionClientErrorCode>([
  'E_NETWORK',
  'E_TIMEOUT',
  'E_TRUNCATED',
  'E_BAD_CONTENT',
  'E_REST_UNAVAILABLE',
]);
/** The shortest ban of Binance, taken where a 418 does not say how long. Source: Binance's REST limits. */
const SHORTEST_BAN = 120_000;

/** A name that is not known is seldom known a moment later: so often it is tried at most. */
const UNRESOLVED_ATTEMPTS = 3;
/** For so long others believe that the name is not known, and do not try. */
const UNRESOLVED_MS = 5_000;

const EXPLAINED = new Map([
  [403, 'its firewall refuses this address or request; retrying does not help'],
  [451, 'Binance does not serve the region of this address'],
]);

/**
 * Gets a URL: again with full jitter after what passes, never before the time that the host names, not at all while
 * the host has banned this address. Every wait has a limit and hears the signal.
 * @throws {VisionClientError} for what is neither a success nor one of `request.answers`.
 */
export async function fetchWithRetry(url: string, request: HttpRequest, http: Http): Promise<HttpAnswer> {
  const { answers = [404], signal } = request;
  allowListeners(signal);
  const { retry, now, random } = http;
  const host = http.hosts.of(new URL(url));
  // Behind how many others of its client a request stands says nothing of the host, and is not counted.
  let deadline = now() + http.timeouts.totalMs;
  const remaining = (): number => deadline - now();
  const aborted = (): Error => abortedError(url, signal);

  for (let attempt = 1; ; attempt++) {
    refuseWhileUnresolved(host, url, attempt - 1, now());
    const { release, queuedMs } = await turn(url, attempt - 1, remaining, signal, http);
    deadline += queuedMs;
    let failure: VisionClientError;
    let floor = 0;
    try {
      const answer = await attemptRequest(url, request, http, attempt, remaining());
      const passing = request.passing?.(answer);
      if (passing !== undefined) throw passing;
      if ((answer.status >= 200 && answer.status < 300) || answers.includes(answer.status)) return answer;
      const asked = retryAfter(answer.headers.get('retry-after'), now());
      const details = { url, attempts: attempt, status: answer.status, received: beginningOf(answer) };
      if (answer.status === 418) {
        host.bannedUntil = Math.max(host.bannedUntil, now() + (asked ?? SHORTEST_BAN));
        refuseWhileBanned(host, url, attempt, now());
      }
      if (answer.status === 429) {
        failure = new VisionClientError('E_RATE_LIMITED', `${url}: too many requests.`, {
          ...details,
          retryAt: now() + (asked ?? 0),
        });
      } else {
        const why = EXPLAINED.get(answer.status) ?? `the body begins ${quote(details.received)}`;
        failure = new VisionClientError(
          `E_HTTP_${answer.status}`,
          `${url} answered ${answer.status}: ${why}.`,
          details,
        );
        if (!PASSING.has(answer.status)) throw failure;
      }
      floor = asked ?? 0;
      if (floor > retry.maxRetryAfterMs) {
        // Nobody of this process need ask before, also when this request gives up.
        if (answer.status === 429) host.pausedUntil = Math.max(host.pausedUntil, now() + floor);
        throw failure;
      }
    } catch (error) {
      if (!isVisionClientError(error) || !PASSING_ERRORS.has(error.code)) throw error;
      if (error.code === 'E_TIMEOUT' && error.details.phase === 'total') throw error;
      failure = error;
    } finally {
      release();
    }

    // A socket that the host closed while it was idle fails at once and says nothing of the host: the first time, no pause.
    const isFree = failure.code === 'E_NETWORK' && attempt === 1;
    const ceiling = Math.min(retry.maxMs, retry.baseMs * 2 ** (attempt - 1));
    const pause = floor + (isFree ? 0 : random() * ceiling);
    if (failure.code === 'E_RATE_LIMITED') host.pausedUntil = Math.max(host.pausedUntil, now() + pause);
    const isUnresolved = isUnknownName(failure);
    const most = isUnresolved ? Math.min(UNRESOLVED_ATTEMPTS, retry.attempts) : retry.attempts;
    if (isUnresolved && attempt >= most && isVisionClientError(failure) && failure.code === 'E_NETWORK') {
      host.unresolvedUntil = now() + UNRESOLVED_MS;
      host.unresolvedReason = failure.details.reason;
    }
    if (attempt >= most || pause > remaining()) throw failure;
    if (pause > 0 && failure.code !== 'E_RATE_LIMITED') await paused(pause, signal, http, aborted);
  }
}

/** Throws where the name of the host was not known a moment ago: without a network every file would wait for it. */
function refuseWhileUnresolved(host: HostState, url: string, attempts: number, now: number): void {
  const { unresolvedUntil, unresolvedReason: reason } = host;
  if (unresolvedUntil <= now) return;
  const message = `${new URL(url).host} cannot be reached: ${reason}.`;
  throw new VisionClientError('E_NETWORK', message, { url, attempts, reason });
}

/** By the code of Node's resolver, under the error of `fetch` or as it is. */
function isUnknownName({ cause }: VisionClientError): boolean {
  const { code, cause: deeper } = (cause ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return ['ENOTFOUND', 'EAI_AGAIN'].includes(String(deeper?.code ?? code));
}

/** A place among the requests that are under way. */
interface Turn {
  /** Gives it back. */
  readonly release: () => void;
  /** How long the others had to be waited for. */
  readonly queuedMs: number;
}

/** A slot, once the host may be asked. Nobody holds a slot while waiting for the host. */
async function turn(
  url: string,
  attempts: number,
  remaining: () => number,
  signal: AbortSignal | undefined,
  http: Http,
): Promise<Turn> {
  const aborted = (): Error => abortedError(url, signal);
  const host = http.hosts.of(new URL(url));
  // A pause that has been waited for is over, also when the caller's `sleep` was shorter than the caller's clock.
  let waitedUntil = 0;
  let queuedMs = 0;
  const isPaused = (): boolean => host.pausedUntil > Math.max(waitedUntil, http.now());
  for (;;) {
    refuseWhileBanned(host, url, attempts, http.now());
    if (isPaused()) {
      const wait = host.pausedUntil - http.now();
      if (wait > Math.min(http.retry.maxRetryAfterMs + http.retry.maxMs, remaining() + queuedMs)) {
        const message = `${new URL(url).host} asked for a pause until ${new Date(host.pausedUntil).toISOString()}.`;
        const details = { url, attempts, status: 429, received: '', retryAt: host.pausedUntil };
        throw new VisionClientError('E_RATE_LIMITED', message, details);
      }
      waitedUntil = host.pausedUntil;
      await paused(wait, signal, http, aborted);
      continue;
    }
    const queuedAt = http.now();
    const release = await http.slots.take(signal, aborted);
    queuedMs += http.now() - queuedAt;
    if (!isPaused() && host.bannedUntil <= http.now()) return { release, queuedMs };
    release();
  }
}

async function paused(
  milliseconds: number,
  signal: AbortSignal | undefined,
  http: Http,
  aborted: () => Error,
): Promise<void> {
  const isAborted = (): boolean => signal?.aborted === true;
  if (isAborted()) throw aborted();
  try {
    await http.sleep(milliseconds, signal);
  } catch (error) {
    throw isAborted() ? aborted() : error;
  }
  if (isAborted()) throw aborted();
}
