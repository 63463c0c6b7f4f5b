import {
  BINANCE,
  type CacheKey,
  type Catalog,
  epochMicroseconds,
  SOURCE_NAMES,
  type TimeInput,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { ArchiveSource, KnownFacts, RangeSource, SourcePort } from '../contract/ports.ts';
import { startLedger } from '../ledger/ledger.ts';
import type { RangeAbilities as AnyRange } from '../ledger/needs.ts';
import type { Listing } from '../publication/listing.ts';
import { type OpenQuery, parseQuery } from '../query/query.ts';
import type { ArchiveAbilities } from './plan-archives.ts';
import { planOf } from './plan-of.ts';
import type { FetchPlan } from './plan-steps.ts';

/** A source of spans, as far as the plan is concerned. */
export interface RangeAbilities extends AnyRange {
  estimate?(key: CacheKey, span: TimeSpan): { readonly requests: number; readonly weight: number };
}

export interface PlanQuery extends OpenQuery {
  /** Undefined or null: there is none. @default one that has everything that Binance publishes, `vision` */
  readonly archive?: ArchiveAbilities | null | undefined;
  /** @default one that has all bars, `rest` */
  readonly range?: RangeAbilities | null | undefined;
  /** Ask again for what is cached. @default false */
  readonly refresh?: boolean | undefined;
  /** @default Binance's */
  readonly catalog?: Catalog | undefined;
}

const ANY_ARCHIVE: ArchiveAbilities = { name: SOURCE_NAMES.archive, covers: () => true };
const ANY_RANGE: RangeAbilities = { name: SOURCE_NAMES.range, covers: (key) => key.interval !== undefined };

/**
 * Which parts of a range come from the cache, which from monthly and daily archives, which from REST, and what that
 * costs. Pure: what the cache knows of the entries (`keysBetween(query)`, in order), what the archive lists and what
 * time it is are given.
 */
export function planFetch(
  query: PlanQuery,
  coverage: readonly KnownFacts[],
  listing: Listing | undefined,
  now: TimeInput,
): FetchPlan {
  const { catalog = BINANCE, archive = ANY_ARCHIVE, range = ANY_RANGE, refresh = false } = query;
  const sources = [archive === null ? [] : asArchive(archive), range === null ? [] : asRange(range)].flat();
  const ledger = startLedger({
    query: parseQuery(query, catalog),
    catalog,
    now: epochMicroseconds(now),
    sources,
    isRefresh: refresh,
    facts: coverage,
  });
  const listings = new Map(archive === null || listing === undefined ? [] : [[archive.name, listing] as const]);
  return planOf(ledger, listings);
}

const unasked = (): never => {
  throw new TypeError('a plan sends no requests');
};

function asArchive(archive: ArchiveAbilities): SourcePort {
  return {
    kind: 'archive',
    name: archive.name,
    covers: (key) => archive.covers(key),
    fetch: unasked,
  } satisfies ArchiveSource;
}

function asRange(range: RangeAbilities): SourcePort {
  return {
    kind: 'range',
    name: range.name,
    covers: (key: CacheKey) => range.covers(key),
    fetch: unasked,
    ...(range.estimate === undefined
      ? {}
      : { estimate: (key: CacheKey, span: TimeSpan) => range.estimate!(key, span) }),
  } satisfies RangeSource;
}
