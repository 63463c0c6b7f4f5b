import type { CacheKey, Catalog, ColumnBatch, TimeSpan } from '@vision-cache/cache-keys';
import type { SingleFlight } from '../concurrency/single-flight.ts';
import type { SourceRank } from '../rows/unsaved-rows.ts';
import type { CachePort, Conflict, EntryFacts, FetchCost, KnownFacts } from '../contract/ports.ts';

/** What every request of one manager shares. */
export interface Engine {
  readonly cache: CachePort;
  readonly catalog: Catalog;
  readonly concurrency: number;
  /** Epoch microseconds, UTC. */
  readonly now: () => bigint;
  readonly flights: SingleFlight<FetchOutcome>;
  readonly misses: RecentMisses;
  readonly rank: SourceRank;
}

/** What the cache has of an entry now, whoever saved it, or what it could not take. */
export interface SavedEntry {
  readonly key: CacheKey;
  readonly facts: KnownFacts;
  readonly conflicts: readonly Conflict[];
  /** Whether rows of this answer were stored in it. */
  readonly isNew: boolean;
  /** Rows that the cache could not take; they are answered from memory. */
  readonly unsaved?: { readonly batch: ColumnBatch; readonly facts: EntryFacts; readonly error: unknown };
}

/** What came of asking a source for one object or span: shared by all who asked at the same time. */
export type FetchOutcome =
  /** Somebody else had fetched it meanwhile. */
  | { readonly status: 'there'; readonly entries: readonly SavedEntry[] }
  | {
      readonly status: 'ok';
      readonly entries: readonly SavedEntry[];
      readonly rows: number;
      /** Times of the first and the last row, epoch microseconds UTC. */
      readonly first: bigint | undefined;
      readonly last: bigint | undefined;
      /** What the answer is stored for. */
      readonly stored: readonly TimeSpan[];
      /** What of the span the source does not have, and why. */
      readonly unheld?: { readonly span: TimeSpan; readonly evidence: string };
      /** What of the span it left out: nothing may be remembered of it. */
      readonly leftOut?: { readonly span: TimeSpan; readonly evidence: string };
      readonly cost: FetchCost;
    }
  | {
      readonly status: 'missing';
      readonly outcome: 'not-published' | 'no-rows' | 'unknown-symbol';
      readonly evidence: string;
      readonly cost: FetchCost;
    }
  | { readonly status: 'failed'; readonly error: unknown; readonly cost: FetchCost };

/** What an error says, in one line. */
export function messageOf(error: unknown): string {
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    message?: unknown;
  };
  const text = typeof message === 'string' ? message : String(error);
  return typeof code === 'string' && !text.includes(code) ? `${code}: ${text}` : text;
}

/** Requests that an error tells of; a source that tells nothing has made one. */
export function costOf(error: unknown): FetchCost {
  const { details } = (typeof error === 'object' && error !== null ? error : {}) as { details?: unknown };
  const { attempts } = (typeof details === 'object' && details !== null ? details : {}) as { attempts?: unknown };
  return { requests: typeof attempts === 'number' ? attempts : 1, bytes: 0 };
}

/**
 * Remembers within this process that an archive does not have an object, where the cache has no place for it: an entry
 * that is partly there cannot be absent as well.
 */
export class RecentMisses {
  readonly #believed = new Map<string, { readonly from: bigint; readonly until: bigint; readonly evidence: string }>();
  static readonly #LIMIT = 20_000;

  get isEmpty(): boolean {
    return this.#believed.size === 0;
  }

  remember(source: string, id: string, evidence: string, from: bigint, until: bigint): void {
    if (this.#believed.size >= RecentMisses.#LIMIT) this.#believed.clear();
    this.#believed.set(`${source} ${id}`, { from, until, evidence });
  }

  /** What was said of it, as long as that is believed. */
  evidenceOf(source: string, id: string, now: bigint): string | undefined {
    const believed = this.#believed.get(`${source} ${id}`);
    return believed !== undefined && believed.from <= now && now < believed.until ? believed.evidence : undefined;
  }
}
