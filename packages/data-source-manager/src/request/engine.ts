import type { CacheKey, Catalog, ColumnBatch, TimeSpan, UtcMonth } from '@vision-cache/cache-keys';
import type { GapReason } from '../ledger/coverage.ts';
import type { Listing } from '../publication/listing.ts';
import type {
  AbsentFacts,
  CachePort,
  Conflict,
  EntryFacts,
  FetchCost,
  KnownFacts,
  SourcePort,
} from '../contract/ports.ts';
import type { ParsedQuery } from '../query/query.ts';
import type { SingleFlight } from '../concurrency/single-flight.ts';
import { uniteFacts, type UnsavedRows } from '../rows/unsaved-rows.ts';

/** What every request of one manager shares. */
export interface Engine {
  readonly cache: CachePort;
  readonly catalog: Catalog;
  readonly concurrency: number;
  /** Epoch microseconds, UTC. */
  readonly now: () => bigint;
  readonly flights: SingleFlight<Fetched>;
  readonly asked: AskedLog;
}

/** An entry after rows of a source have been saved into it. */
export interface Landed {
  readonly key: CacheKey;
  readonly facts: EntryFacts;
  readonly conflicts: readonly Conflict[];
  /** Rows that the cache could not take; they are answered from memory. */
  readonly unsaved?: { readonly batch: ColumnBatch; readonly error: unknown };
}

/** What came of asking a source for one object or span: shared by all who asked at the same time. */
export type Fetched =
  | {
      readonly status: 'ok';
      readonly landed: readonly Landed[];
      readonly rows: number;
      /** False where another process had fetched it meanwhile. */
      readonly fromSource: boolean;
      readonly cost: FetchCost | undefined;
      /** The spans that a range source has answered for, with or without rows. */
      readonly answered?: readonly TimeSpan[];
    }
  | { readonly status: 'missing'; readonly evidence: string }
  | { readonly status: 'failed'; readonly error: unknown };

/** What one source did in one request. */
export interface SourceAccount {
  /** Objects or spans that it was asked for. */
  readonly asked: number;
  /** Of these, the ones that it does not have. */
  readonly missing: number;
  /** Of these, the ones that it failed on. */
  readonly failed: number;
  readonly rows: number;
  /** HTTP requests and bytes, as far as the source counts them. */
  readonly requests: number;
  readonly bytes: number;
}

/** Everything that is found out while one request is answered. */
export interface Run {
  readonly query: ParsedQuery;
  readonly sources: readonly SourcePort[];
  readonly signal: AbortSignal | undefined;
  readonly refresh: boolean;
  /** The range that a listing should cover: wider than the query's for a part of a longer request. */
  readonly listingSpan: TimeSpan;
  /** By the key's index; kept up to date. */
  readonly facts: KnownFacts[];
  /** Entries that have changed since they were read, whoever changed them. */
  readonly changed: Set<number>;
  /** Of these, the ones that this request asked a source for. */
  readonly fetched: Set<number>;
  readonly reasons: Map<number, GapReason>;
  /** That no source has ever had anything of the symbol: set where that is found out. */
  unknownSymbol: string | undefined;
  /** By the key's index: rows that the cache could not take, in the order in which they came. */
  readonly unsaved: Map<number, UnsavedRows[]>;
  readonly conflicts: Conflict[];
  readonly warnings: string[];
  readonly accounts: Map<string, SourceAccount>;
  /** By the key's index: what each source said. */
  readonly notes: Map<number, Note[]>;
  /** What is remembered of months as a whole: that the archive has no file of them, or that nothing was traded. */
  readonly months: ReadonlyMap<UtcMonth, AbsentFacts>;
  readonly listing: (source: SourcePort) => Promise<Listing | undefined>;
  /** By the source's name: why its listing could not be had. */
  readonly unlisted: ReadonlyMap<string, string>;
  readonly progress: (landed: number, rows: number, bytes: number, source: string) => void;
}

/** What a source said of an entry that it did not deliver whole. */
export interface Note {
  readonly source: string;
  readonly kind: 'archive' | 'range';
  readonly outcome: 'missing' | 'failed' | 'short';
  readonly text: string;
}

export function note(run: Run, index: number, of: Note): void {
  const notes = run.notes.get(index);
  if (notes === undefined) run.notes.set(index, [of]);
  else notes.push(of);
}

const NOTHING: SourceAccount = { asked: 0, missing: 0, failed: 0, rows: 0, requests: 0, bytes: 0 };

/** Adds what one ask of a source came to. */
export function charge(run: Run, source: string, fetched: Fetched): void {
  if (fetched.status === 'ok' && !fetched.fromSource) return;
  const was = run.accounts.get(source) ?? NOTHING;
  const ok = fetched.status === 'ok' ? fetched : undefined;
  run.accounts.set(source, {
    asked: was.asked + 1,
    missing: was.missing + (fetched.status === 'missing' ? 1 : 0),
    failed: was.failed + (fetched.status === 'failed' ? 1 : 0),
    rows: was.rows + (ok?.rows ?? 0),
    requests: was.requests + (ok?.cost?.requests ?? 0),
    bytes: was.bytes + (ok?.cost?.bytes ?? 0),
  });
}

/** Takes over what has landed in the cache. */
export function land(
  run: Run,
  indexOf: (key: CacheKey) => number | undefined,
  landed: readonly Landed[],
  fromSource: boolean,
): void {
  for (const { key, facts, conflicts, unsaved } of landed) {
    run.conflicts.push(...conflicts);
    const index = indexOf(key);
    if (unsaved !== undefined)
      run.warnings.push(`${key.symbol} ${key.date} could not be stored: ${messageOf(unsaved.error)}`);
    if (index === undefined) continue;
    // What the cache does not have is in memory, and what it says of the entry is not all of it.
    const isInMemory = unsaved !== undefined || run.unsaved.has(index);
    run.facts[index] = isInMemory ? uniteFacts(key, run.facts[index], facts) : facts;
    run.changed.add(index);
    if (fromSource) run.fetched.add(index);
    if (unsaved === undefined) continue;
    run.unsaved.set(index, [...(run.unsaved.get(index) ?? []), { batch: unsaved.batch, facts }]);
  }
}

/** What an error says, in one line. */
export function messageOf(error: unknown): string {
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    message?: unknown;
  };
  const text = typeof message === 'string' ? message : String(error);
  return typeof code === 'string' && !text.includes(code) ? `${code}: ${text}` : text;
}

/**
 * Remembers within this process that a source did not have an entry, where the cache has no place for it: an entry
 * that is partly there cannot be absent as well.
 */
export class AskedLog {
  readonly #believed = new Map<string, { readonly from: bigint; readonly until: bigint }>();
  static readonly #LIMIT = 20_000;

  remember(source: string, id: string, from: bigint, until: bigint): void {
    if (this.#believed.size >= AskedLog.#LIMIT) this.#believed.clear();
    this.#believed.set(`${source} ${id}`, { from, until });
  }

  has(source: string, id: string, now: bigint): boolean {
    const believed = this.#believed.get(`${source} ${id}`);
    return believed !== undefined && believed.from <= now && now < believed.until;
  }
}
