import { platformTransport } from '#platform';
import { sleepFor } from './abort.ts';
import { refuseNoFunction, refuseOption, refuseUnknownNames } from './check-options.ts';
import { type Hosts, sharedHosts, Slots } from './rate-limiter.ts';
import type { Transport } from '../contract/transport.ts';

export interface RetryOptions {
  /** How often a request is sent at most. @default 5 */
  readonly attempts?: number;
  /** The longest pause before the second attempt; it doubles with each further one. Milliseconds. @default 500 */
  readonly baseMs?: number;
  /** The longest pause that this client chooses itself. Milliseconds. @default 30000 */
  readonly maxMs?: number;
  /** The longest `Retry-After` that is waited for; a longer one fails at once. Milliseconds. @default 120000 */
  readonly maxRetryAfterMs?: number;
}

export interface TimeoutOptions {
  /** From sending until the status and headers are there. Milliseconds. @default 30000 */
  readonly headersMs?: number;
  /** Without a byte of the body. Milliseconds. @default 30000 */
  readonly idleMs?: number;
  /** The whole request with its retries and pauses, without the time behind others of its client. Milliseconds. @default 600000 */
  readonly totalMs?: number;
}

/** What every client of this package takes for its way to the network. */
export interface HttpOptions {
  /**
   * The way to the network.
   * @default the platform's `fetch`; on Node its HTTP client, which is faster, unless the global `fetch` or its
   * dispatcher has been replaced
   */
  readonly fetch?: typeof globalThis.fetch;
  /** How many requests are under way at a time. @default 8 */
  readonly concurrency?: number;
  /** How often and after which pauses a request is sent again. @default as under `retry` */
  readonly retry?: RetryOptions;
  /** How long a request may take. @default as under `timeouts` */
  readonly timeouts?: TimeoutOptions;
  /** Hosts to which a redirect may lead, beside the one that was asked. @default none */
  readonly redirectHosts?: readonly string[];
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** How pauses between attempts are waited for. @default a timer */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** The options of one client with their defaults, and what its requests share. */
export interface Http {
  readonly fetch: Transport;
  /** Whether it is the platform's own. */
  readonly isPlatform: boolean;
  readonly slots: Slots;
  readonly hosts: Hosts;
  readonly retry: Required<RetryOptions>;
  readonly timeouts: Required<TimeoutOptions>;
  readonly redirectHosts: readonly string[];
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

const platformClock = (): number => Date.now();

/**
 * The way to the network of one client.
 * @throws {VisionClientError} `E_OPTION`, by name, for values that make no sense
 */
export function createHttp(options: HttpOptions = {}): Http {
  refuseUnknownNames(options.retry ?? {}, ['attempts', 'baseMs', 'maxMs', 'maxRetryAfterMs'], 'retry');
  refuseUnknownNames(options.timeouts ?? {}, ['headersMs', 'idleMs', 'totalMs'], 'timeouts');
  for (const name of ['fetch', 'now', 'sleep', 'random'] as const) refuseNoFunction(name, options[name]);
  const hosts: unknown = options.redirectHosts ?? [];
  if (!Array.isArray(hosts) || hosts.some((host) => typeof host !== 'string')) {
    refuseOption('redirectHosts', hosts, 'an array of hosts');
  }
  const { concurrency = 8, redirectHosts = [], random = Math.random, sleep = sleepFor } = options;
  const { fetch = platformTransport, now = platformClock } = options;
  const { attempts = 5, baseMs = 500, maxMs = 30_000, maxRetryAfterMs = 120_000 } = options.retry ?? {};
  const { headersMs = 30_000, idleMs = 30_000, totalMs = 600_000 } = options.timeouts ?? {};
  wholeNumber('concurrency', concurrency);
  wholeNumber('retry.attempts', attempts);
  const named = {
    'retry.baseMs': baseMs,
    'retry.maxMs': maxMs,
    'retry.maxRetryAfterMs': maxRetryAfterMs,
    'timeouts.headersMs': headersMs,
    'timeouts.idleMs': idleMs,
    'timeouts.totalMs': totalMs,
  };
  for (const [option, value] of Object.entries(named)) {
    if (!(typeof value === 'number' && value >= 0)) refuseOption(option, value, 'milliseconds');
  }
  return {
    fetch,
    isPlatform: options.fetch === undefined,
    now,
    sleep,
    random,
    redirectHosts,
    slots: new Slots(concurrency),
    hosts: sharedHosts(options.fetch, options.now),
    retry: { attempts, baseMs, maxMs, maxRetryAfterMs },
    timeouts: { headersMs, idleMs, totalMs },
  };
}

function wholeNumber(option: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1)) refuseOption(option, value, 'a whole number of at least 1');
}
