import { VisionClientError } from '../contract/errors.ts';

/** Lets a bounded number of things happen at a time, the others in the order in which they came. */
export class Slots {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Resolves to the function that gives the slot back; calling it twice does no harm. */
  async take(signal: AbortSignal | undefined, aborted: () => Error): Promise<() => void> {
    if (signal?.aborted === true) throw aborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal, aborted);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else next();
    };
  }

  #turn(signal: AbortSignal | undefined, aborted: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(enter);
        signal?.removeEventListener('abort', stop);
      };
      const enter = (): void => {
        leave();
        resolve();
      };
      const stop = (): void => {
        leave();
        reject(aborted());
      };
      this.#waiting.add(enter);
      signal?.addEventListener('abort', stop);
    });
  }
}

/** What a host has said to everyone of this address. */
export interface HostState {
  /** Epoch milliseconds until which nothing is sent, because of a 429. */
  pausedUntil: number;
  /** Epoch milliseconds until which nothing is sent, because of a 418. */
  bannedUntil: number;
  /** Epoch milliseconds until which nobody tries, because its name could not be resolved: there is no network. */
  unresolvedUntil: number;
  /** Why it could not. */
  unresolvedReason: string;
}

/** The hosts that have been asked, each with its state. */
export interface Hosts {
  of(url: URL): HostState;
  /** From now on the two hosts have one state: what one of them asks for holds for the other. */
  share(a: URL, b: URL): void;
}

/** Rises when tests want to begin again. */
const generation = (): { value: number } => ofProcess('vision-cache.hostGeneration', () => ({ value: 0 }));

/**
 * Forgets every pause and ban of this process, also for clients that exist. Only the testing tools call it: a fault of
 * one test must not reach the next.
 */
export function forgetHosts(): void {
  generation().value++;
}

function createHosts(): Hosts {
  const states = new Map<string, HostState>();
  let known = generation().value;
  return {
    of({ host }) {
      const now = generation().value;
      if (known !== now) {
        known = now;
        for (const each of states.values())
          Object.assign(each, { pausedUntil: 0, bannedUntil: 0, unresolvedUntil: 0, unresolvedReason: '' });
      }
      let state = states.get(host);
      if (state === undefined)
        states.set(host, (state = { pausedUntil: 0, bannedUntil: 0, unresolvedUntil: 0, unresolvedReason: '' }));
      return state;
    },
    share(a, b) {
      const [one, other] = [this.of(a), this.of(b)];
      if (one === other) return;
      one.pausedUntil = Math.max(one.pausedUntil, other.pausedUntil);
      one.bannedUntil = Math.max(one.bannedUntil, other.bannedUntil);
      states.set(b.host, one);
    },
  };
}

interface Worlds {
  /** Stands for the platform's own `fetch` and clock. */
  readonly platform: object;
  readonly hosts: WeakMap<object, WeakMap<object, Hosts>>;
}

/** One for the process, also where two copies of this module are loaded (ES module and CommonJS, or two versions). */
export function ofProcess<T extends object>(name: string, create: () => T): T {
  const place = globalThis as { [name: symbol]: T | undefined };
  return (place[Symbol.for(name)] ??= create());
}

const worlds = (): Worlds => ofProcess('vision-cache.hosts', () => ({ platform: {}, hosts: new WeakMap() }));

/**
 * The hosts as all clients of this process know them: the limits of Binance are per address, not per client.
 * Clients with another way to the network or another clock live in another world.
 * @param fetch undefined for the platform's
 * @param now undefined for the platform's
 */
export function sharedHosts(fetch: object | undefined, now: object | undefined): Hosts {
  const { platform, hosts } = worlds();
  const way = fetch ?? platform;
  const clock = now ?? platform;
  let ofWay = hosts.get(way);
  if (ofWay === undefined) hosts.set(way, (ofWay = new WeakMap()));
  let ofBoth = ofWay.get(clock);
  if (ofBoth === undefined) ofWay.set(clock, (ofBoth = createHosts()));
  return ofBoth;
}

/** Throws where the host has banned this address and the ban is not over. */
export function refuseWhileBanned(host: HostState, url: string, attempts: number, now: number): void {
  if (host.bannedUntil <= now) return;
  const until = new Date(host.bannedUntil).toISOString();
  throw new VisionClientError(
    'E_BANNED',
    `${new URL(url).host} has banned this address until ${until}; no request is sent before.`,
    { url, attempts, status: 418, received: '', retryAt: host.bannedUntil },
  );
}
