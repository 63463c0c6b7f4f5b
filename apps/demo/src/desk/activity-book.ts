import { ENTRY_EXTENSION, parseCachePath } from '@vision-cache/cache-keys';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LiveEvent, Series, SourceTotals, Totals } from '../contract/api.ts';

import type { EventHub } from '../server/event-hub.ts';

/** What the store tells of itself; see its `diagnostics`. */
interface LoadMessage {
  readonly path: string;
  readonly result: 'new' | 'old' | 'miss';
  readonly rows: number;
  readonly bytes: number;
  readonly durationMs: number;
}

interface SaveMessage {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly durationMs: number;
}

interface ProblemMessage {
  readonly path: string;
  readonly message: string;
}

/** Look-ups of one kind within this time are told as one. */
const TOLD_EVERY_MILLISECONDS = 200;
const NOTHING: SourceTotals = { requests: 0, bytes: 0, milliseconds: 0, rows: 0 };

/** One request that was sent, and what came of it. */
export interface CountedRequest {
  readonly url: URL;
  /** 0 where nobody answered. */
  readonly status: number;
  /** Of the body, as far as it was read. */
  readonly bytes: number;
  readonly milliseconds: number;
}

type Lookup = Extract<LiveEvent, { type: 'lookup' }>;

/** Adds up what the store and the network tell, and passes it on as it happens. */
export class ActivityBook {
  readonly #hub: EventHub;
  readonly #saved = new Set<string>();
  readonly #waiting = new Map<string, Lookup>();
  /** Dates that have been written, by series. */
  readonly #written = new Map<string, { series: Series; dates: string[] }>();
  readonly #end: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #totals: Totals = {
    hits: 0,
    misses: 0,
    oldPathHits: 0,
    bytesRead: 0,
    requests: 0,
    bytesReceived: 0,
    stored: 0,
    savedRequests: 0,
    notStored: 0,
    bySource: {},
  };

  constructor(hub: EventHub) {
    this.#hub = hub;
    const load = (message: unknown): void => this.#looked(message as LoadMessage);
    const save = (message: unknown): void => this.#stored(message as SaveMessage);
    const problem = (message: unknown): void => {
      const { path, message: reason } = message as ProblemMessage;
      hub.tell({ type: 'quarantined', what: path, reason });
    };
    const channels = [['load', load], ['save', save], ['problem', problem]] as const; // prettier-ignore
    for (const [name, listener] of channels) subscribe(`vision-cache.arrow-store.${name}`, listener);
    this.#end = () => {
      for (const [name, listener] of channels) unsubscribe(`vision-cache.arrow-store.${name}`, listener);
    };
  }

  get totals(): Totals {
    return this.#totals;
  }

  /** Whether the entry has been written since the demo began. */
  wasSaved(path: string): boolean {
    return this.#saved.has(path);
  }

  /** An entry that the page has been given as it lies on disk. */
  readFile(layout: 'new' | 'old', rows: number, bytes: number, milliseconds: number): void {
    this.#looked({ path: '', result: layout, rows, bytes, durationMs: milliseconds });
  }

  requested(source: string, { url, status, bytes, milliseconds }: CountedRequest): void {
    const { requests, bytesReceived } = this.#totals;
    this.#totals = { ...this.#totals, requests: requests + 1, bytesReceived: bytesReceived + bytes };
    this.#add(source, 1, bytes, milliseconds, 0);
    this.#hub.tell({ type: 'request', source, what: nameOf(url), status, bytes, milliseconds });
    this.#tellSoon();
  }

  /** Requests that were not sent because a month's archive or the cache had it. */
  saved(requests: number): void {
    this.#totals = { ...this.#totals, savedRequests: this.#totals.savedRequests + requests };
    this.#tellSoon();
  }

  /** An entry was fetched and could not be stored. */
  couldNotStore(why: string): void {
    this.#totals = { ...this.#totals, notStored: this.#totals.notStored + 1, notStoredWhy: why };
    this.#tellSoon();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#end();
  }

  #looked({ result, bytes, durationMs }: LoadMessage): void {
    const hit = result !== 'miss';
    const { hits, misses, oldPathHits, bytesRead } = this.#totals;
    this.#totals = {
      ...this.#totals,
      hits: hits + (hit ? 1 : 0),
      misses: misses + (hit ? 0 : 1),
      oldPathHits: oldPathHits + (result === 'old' ? 1 : 0),
      bytesRead: bytesRead + bytes,
    };
    if (hit) this.#add('cache', 1, bytes, durationMs, 0);
    const before = this.#waiting.get(result);
    this.#waiting.set(result, {
      type: 'lookup',
      hit,
      ...(result === 'miss' ? {} : { layout: result }),
      count: (before?.count ?? 0) + 1,
      bytes: (before?.bytes ?? 0) + bytes,
      milliseconds: (before?.milliseconds ?? 0) + durationMs,
    });
    this.#tellSoon();
  }

  #stored({ path, bytes, durationMs }: SaveMessage): void {
    this.#saved.add(path);
    this.#totals = { ...this.#totals, stored: this.#totals.stored + 1 };
    this.#write(path);
    if (bytes > 0)
      this.#hub.tell({ type: 'stored', source: 'cache', what: shortPath(path), bytes, milliseconds: durationMs });
    this.#tellSoon();
  }

  #write(path: string): void {
    const { marketType, symbol, interval, date } = parseCachePath(path);
    if (interval === undefined) return;
    const id = [marketType, symbol, interval].join(' ');
    const there = this.#written.get(id);
    if (there === undefined) this.#written.set(id, { series: { marketType, symbol, interval }, dates: [date] });
    else there.dates.push(date);
  }

  #add(source: string, requests: number, bytes: number, milliseconds: number, rows: number): void {
    const was = this.#totals.bySource[source] ?? NOTHING;
    const is = {
      requests: was.requests + requests,
      bytes: was.bytes + bytes,
      milliseconds: was.milliseconds + milliseconds,
      rows: was.rows + rows,
    };
    this.#totals = { ...this.#totals, bySource: { ...this.#totals.bySource, [source]: is } };
  }

  #tellSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const lookup of this.#waiting.values()) this.#hub.tell(lookup);
      this.#waiting.clear();
      for (const written of this.#written.values()) this.#hub.tell({ type: 'changed', ...written });
      this.#written.clear();
      this.#hub.tell({ type: 'totals', ...this.#totals });
    }, TOLD_EVERY_MILLISECONDS);
    this.#timer.unref();
  }
}

/** The end of an address that tells one request from another. */
function nameOf(url: URL): string {
  const last = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
  const symbol = url.searchParams.get('symbol');
  const interval = url.searchParams.get('interval');
  if (symbol !== null && interval !== null) return `${last} ${symbol} ${interval}`;
  const prefix = url.searchParams.get('prefix');
  return prefix === null ? last : `of ${prefix.split('/').slice(-3).join(' ').trim()}`;
}

/** Symbol, interval and date of an entry's path. */
const shortPath = (path: string): string => path.slice(0, -ENTRY_EXTENSION.length).split('/').slice(-3).join(' ');
