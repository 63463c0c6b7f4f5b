import { throwIfAborted } from '../contract/errors.ts';
import type { SourcePort } from '../contract/ports.ts';
import { readFacts } from '../io/cache-access.ts';
import type { ListingMemo } from '../io/collect-listing.ts';
import type { Engine } from '../io/engine.ts';
import { readMonths } from '../io/read-cache.ts';
import { startLedger } from '../ledger/ledger.ts';
import { isNeededBy } from '../ledger/open-sources.ts';
import type { FetchPlan } from '../plan/plan-steps.ts';
import { planOf } from '../plan/plan-of.ts';
import type { Listing } from '../publication/listing.ts';
import type { ParsedQuery } from '../query/query.ts';
import { recallMisses } from './recall-misses.ts';

export interface PlanRequest {
  readonly query: ParsedQuery;
  readonly sources: readonly SourcePort[];
  readonly listings: ListingMemo;
  readonly isRefresh: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What a request would do: the cache and the archives' listings are read, and nothing is fetched. */
export async function planRequest(engine: Engine, request: PlanRequest): Promise<FetchPlan> {
  const { query, sources, isRefresh, signal } = request;
  const { catalog, rank } = engine;
  const now = engine.now();
  const facts = await readFacts(engine.cache, query.keys, signal);
  const months = await readMonths(engine, query, facts, now, signal);
  const ledger = startLedger({ query, catalog, now, rank, sources, isRefresh, facts, months });
  const listings = new Map<string, Listing>();
  const [key] = query.keys;
  for (const source of sources) {
    if (source.kind === 'range' || key === undefined) continue;
    recallMisses(engine, ledger, source);
    if (!ledger.entries.some((entry) => isNeededBy(ledger, entry, source))) continue;
    try {
      const listing = await request.listings.get(source, key, { span: query.span, now, catalog }, signal);
      if (listing !== undefined) listings.set(source.name, listing);
    } catch {
      throwIfAborted(signal); // A plan without a listing has estimates in place of sizes.
    }
  }
  return planOf(ledger, listings);
}
