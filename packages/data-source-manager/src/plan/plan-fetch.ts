import {
  BINANCE,
  barCount,
  type CacheKey,
  type Catalog,
  epochMicroseconds,
  type Interval,
  spanOf,
  type TimeInput,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { closedUntil } from '../query/closed-until.ts';
import { coverageOf, type Gap, type GapReason } from '../ledger/coverage.ts';
import { isPublished, listedSize, type Listing } from '../publication/listing.ts';
import { type Need, needsOf } from '../ledger/needs.ts';
import { archiveMayHave, type ArchiveAbilities, planArchives } from './plan-archives.ts';
import { estimateRest, planRanges, rangeMayHave } from './plan-ranges.ts';
import type { KnownFacts } from '../contract/ports.ts';
import { type OpenQuery, parseQuery } from '../query/query.ts';
import { contains, union } from '../spans/spans.ts';

/** A zip and its CHECKSUM. */
const REQUESTS_PER_OBJECT = 2;
/** Of the archive's zips: a day of 1m has 70 kB for 1,440 bars, a day of 1s 3.5 MB for 86,400. */
const BYTES_PER_BAR = 45;

/** Where one part of a range is to come from. */
export type PlanStep = TimeSpan &
  (
    | { readonly from: 'cache' }
    | {
        readonly from: 'archive';
        readonly source: string;
        readonly key: CacheKey;
        /** Entries that the object is to fill. */
        readonly entries: number;
        readonly requests: number;
        readonly bytes: number;
        /** Whether the bytes are of the listing; otherwise they are estimated from the number of bars. */
        readonly listed: boolean;
      }
    | { readonly from: 'range'; readonly source: string; readonly requests: number; readonly weight: number }
  );

/** What a request is going to do. Nothing has been asked for. */
export interface FetchPlan {
  readonly span: TimeSpan;
  /** In the order of time. */
  readonly steps: readonly PlanStep[];
  /** What is already known to be missing, and why. */
  readonly gaps: readonly Gap[];
  readonly requests: number;
  /** Of archives, as listed or estimated. */
  readonly bytes: number;
  /** Of REST, in Binance's unit. */
  readonly weight: number;
  /** Requests that one daily archive for each missing day would take. */
  readonly requestsByDay: number;
}

/** A source of spans, as far as the plan is concerned. */
export interface RangeAbilities extends ArchiveAbilities {
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

const ANY_ARCHIVE: ArchiveAbilities = { name: 'vision', covers: () => true };
const ANY_RANGE: RangeAbilities = { name: 'rest', covers: (key) => key.interval !== undefined };

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
  const { catalog = BINANCE, archive = ANY_ARCHIVE, range = ANY_RANGE } = query;
  const parsed = parseQuery(query, catalog);
  const { span, interval, keys } = parsed;
  const at = epochMicroseconds(now);
  const needs = needsOf(parsed, coverage, { now: at, refresh: query.refresh });
  const archives = archive === null ? [] : planArchives({ needs, archive, catalog, listing, now: at });
  const planned = new Set(archives.flatMap((task) => task.needs));

  const steps: PlanStep[] = archives.map(({ key, needs: of }) => {
    const size = listedSize(listing, key);
    return {
      from: 'archive',
      ...hull(of),
      source: archive!.name,
      key,
      entries: of.length,
      requests: REQUESTS_PER_OBJECT,
      bytes: size ?? estimatedBytes(key),
      listed: size !== undefined,
    };
  });
  const unlisted: Need[] = [];
  const rest = needs.filter((need) => {
    if (planned.has(need)) return false;
    const isGap = archive !== null && archiveMayHave(need, archive, at) && isPublished(listing, need.key) === false;
    if (isGap) unlisted.push(need);
    return true;
  });
  const ranged = range === null ? [] : rest.filter((need) => rangeMayHave(need, range));
  for (const task of interval === undefined ? [] : planRanges(ranged, interval)) {
    const cost = range!.estimate?.(task.key, task.span) ?? estimateRest(task.key, task.span);
    steps.push({ from: 'range', ...task.span, source: range!.name, ...cost });
  }

  const reasons = new Map<number, GapReason>();
  const coming = new Set([...planned, ...ranged]);
  for (const need of rest) {
    if (coming.has(need) || coverage[need.index] !== undefined) continue;
    const evidence = unlisted.includes(need) ? 'not in the listing' : 'no source is there to ask';
    reasons.set(need.index, { kind: 'publisher-hole', evidence });
  }
  const known = coverageOf({ span, keys, wholes: parsed.wholes, facts: coverage, interval, now: at, reasons });
  const fetching = union([...coming].flatMap((need) => need.spans));
  for (const part of known.spans) {
    if (!lieWithin(part, fetching)) steps.push({ from: 'cache', start: part.start, end: part.end });
  }
  steps.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const closed = closedUntil(interval, at, span, keys[0]?.packagingFrequency);
  return {
    span,
    steps,
    gaps: known.gaps.filter((gap) => gap.start >= closed || !touches(gap, fetching)),
    requests: sum(steps, (step) => (step.from === 'cache' ? 0 : step.requests)),
    bytes: sum(steps, (step) => (step.from === 'archive' ? step.bytes : 0)),
    weight: sum(steps, (step) => (step.from === 'range' ? step.weight : 0)),
    requestsByDay: REQUESTS_PER_OBJECT * coming.size,
  };
}

/** The first of the spans, in order, that ends after an instant. */
function firstAfter(spans: readonly TimeSpan[], instant: bigint): TimeSpan | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle]!.end <= instant) low = middle + 1;
    else high = middle;
  }
  return spans[low];
}

function lieWithin(part: TimeSpan, spans: readonly TimeSpan[]): boolean {
  const first = firstAfter(spans, part.start);
  return first !== undefined && contains(first, part);
}

function touches(part: TimeSpan, spans: readonly TimeSpan[]): boolean {
  const first = firstAfter(spans, part.start);
  return first !== undefined && first.start < part.end;
}

function hull(needs: readonly Need[]): TimeSpan {
  return { start: needs[0]!.spans[0]!.start, end: needs.at(-1)!.spans.at(-1)!.end };
}

function estimatedBytes(key: CacheKey): number {
  const { start, end } = spanOf(key.date);
  const interval: Interval | undefined = key.interval;
  return interval === undefined ? 0 : barCount(interval, start, end) * BYTES_PER_BAR;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
