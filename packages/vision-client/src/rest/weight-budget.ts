import { allowListeners } from '#platform';
import { abortedError } from '../http/abort.ts';
import { type Hosts, ofProcess } from '../http/rate-limiter.ts';
import type { Http } from '../http/options.ts';
import type { AnswerHeaders } from '../contract/transport.ts';

/** The weight that one host has counted in the minute. */
interface Minute {
  minute: number;
  used: number;
}

const MINUTE_MS = 60_000;
/** Binance's clock and this one may differ a little, and a timer may come early. */
const MARGIN_MS = 250;

/** By the way to the network, then by host: Binance counts by address, whoever of this process asks. */
const sharedMinutes = () => ofProcess('vision-cache.weights', () => new WeakMap<Hosts, Map<string, Minute>>());

/** The part of a host's weight per minute that is left, as all clients of this process know it. */
export class WeightBudget {
  readonly #http: Http;
  readonly #limit: number;
  readonly #state: Minute;

  constructor(http: Http, origin: string, limit: number) {
    this.#http = http;
    this.#limit = limit;
    const shared = sharedMinutes();
    const hosts = shared.get(http.hosts) ?? new Map<string, Minute>();
    shared.set(http.hosts, hosts);
    this.#state = hosts.get(origin) ?? { minute: 0, used: 0 };
    hosts.set(origin, this.#state);
  }

  /**
   * Waits until the weight may be used, at most until the minute after it is free, and counts it.
   * @returns what to call with the answer's headers: the host counts what others of this address use, too
   */
  async take(weight: number, url: string, signal: AbortSignal | undefined): Promise<(headers: AnswerHeaders) => void> {
    const state = this.#state;
    allowListeners(signal);
    this.#roll(minuteOf(this.#http.now()));
    this.#hearClock(minuteOf(this.#http.now()));
    while (state.used > 0 && state.used + weight > this.#limit) {
      const { minute } = state;
      await this.#wait((minute + 1) * MINUTE_MS - this.#http.now() + MARGIN_MS, url, signal);
      // The minute has been waited for, also where a caller's `sleep` is shorter than the caller's clock.
      this.#roll(Math.max(minute + 1, minuteOf(this.#http.now())));
    }
    state.used += weight;
    const { minute } = state;
    return (headers) => {
      const told = Number(headers.get('x-mbx-used-weight-1m') ?? NaN);
      if (Number.isFinite(told) && state.minute === minute) state.used = Math.max(state.used, told);
    };
  }

  #roll(minute: number): void {
    if (minute > this.#state.minute) Object.assign(this.#state, { minute, used: 0 });
  }

  /**
   * A minute that lies ahead is of a clock that has been set back since: nobody waits until then for a weight that the
   * host counts in this minute. The next minute may have begun early, where a timer or a caller's `sleep` was short.
   */
  #hearClock(minute: number): void {
    if (this.#state.minute > minute + 1) this.#state.minute = minute;
  }

  async #wait(milliseconds: number, url: string, signal: AbortSignal | undefined): Promise<void> {
    const isAborted = (): boolean => signal?.aborted === true;
    if (isAborted()) throw abortedError(url, signal);
    try {
      await this.#http.sleep(Math.max(0, milliseconds), signal);
    } catch (error) {
      throw isAborted() ? abortedError(url, signal) : error;
    }
    if (isAborted()) throw abortedError(url, signal);
  }
}

const minuteOf = (now: number): number => Math.floor(now / MINUTE_MS);
