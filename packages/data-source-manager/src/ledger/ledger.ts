import {
  type CacheKey,
  type Catalog,
  ceilOpenTime,
  type Interval,
  intervalMicroseconds,
  type TimeSpan,
  type UtcMonth,
} from '@vision-cache/cache-keys';
import type { AbsentFacts, Conflict, KnownFacts, SourcePort } from '../contract/ports.ts';
import type { NotStored } from '../contract/storage-warnings.ts';
import type { ParsedQuery } from '../query/query.ts';
import { monthKeysOf } from '../query/month-key.ts';
import { closedUntil } from '../query/closed-until.ts';
import { type SourceRank, uniteFacts, type UnsavedRows } from '../rows/unsaved-rows.ts';
import { hasPlaces, wholePlaces } from '../spans/grid-places.ts';
import { contains, intersection } from '../spans/spans.ts';
import type {
  Failure,
  HaltUnknown,
  Listed,
  MarketHalt,
  NoRows,
  Observation,
  RowsSeen,
  Silence,
  Unlisted,
} from './observation.ts';

/** What is known of one entry, a day or a month, while a request is answered. */
export interface LedgerEntry {
  readonly index: number;
  readonly key: CacheKey;
  readonly whole: TimeSpan;
  /** The wanted and closed part of it, in whole places of the grid; undefined if there is none. */
  readonly wanted: TimeSpan | undefined;
  /** As the cache had it at first. */
  readonly first: KnownFacts;
  /** As the cache has it now, together with what it could not take. */
  readonly facts: KnownFacts;
  /** What is remembered of its month. */
  readonly month: AbsentFacts | undefined;
  /** What the sources answered in this request, or failed to. */
  readonly answers: readonly (NoRows | Failure)[];
  /** The spans for which rows came in this request. */
  readonly stored: readonly TimeSpan[];
  /** Rows that the cache could not take, in the order in which they came. */
  readonly unsaved: readonly UnsavedRows[];
  /** Whether the cache's rows have changed since they were read at first. */
  readonly isChanged: boolean;
}

/** Everything that is learnt while one request is answered. {@link record} is the only writer. */
export interface Ledger {
  readonly query: ParsedQuery;
  readonly catalog: Catalog;
  /** The key of the month's archive that holds an entry's rows, where they are published by the month as well. */
  readonly monthOf: (key: CacheKey) => CacheKey | undefined;
  /** The one instant of the request, epoch microseconds UTC. */
  readonly now: bigint;
  /** Bars that open before it have closed, and so have days and months of natures without an interval. */
  readonly closed: bigint;
  /** In the order in which they are asked; none where the request stays offline. */
  readonly sources: readonly SourcePort[];
  readonly isRefresh: boolean;
  readonly rank: SourceRank;
  readonly entries: readonly LedgerEntry[];
  /** Indexes of entries that the cache found damaged, and put aside. */
  readonly damaged: readonly number[];
  /** Every answer with rows, in the order in which they came. */
  readonly seen: readonly RowsSeen[];
  /** By the archive's name. */
  readonly listed: ReadonlyMap<string, Listed>;
  readonly unlisted: readonly Unlisted[];
  readonly silences: readonly Silence[];
  readonly halts: readonly (MarketHalt | HaltUnknown)[];
  readonly conflicts: readonly Conflict[];
  readonly notStored: readonly NotStored[];
}

const DAY = 86_400_000_000n;

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

export interface LedgerInput {
  readonly query: ParsedQuery;
  readonly catalog: Catalog;
  readonly now: bigint;
  readonly sources?: readonly SourcePort[];
  /** All that could be asked: an offline request is about the same time as any other. @default sources */
  readonly known?: readonly SourcePort[];
  readonly isRefresh?: boolean;
  /** @default the catalog's */
  readonly rank?: SourceRank;
  /** What the cache knows of each key. */
  readonly facts: readonly KnownFacts[];
  /** Remembered absences of months whose rows are kept by the day. */
  readonly months?: ReadonlyMap<UtcMonth, AbsentFacts>;
  /** Indexes of keys of which the cache found something damaged. @default none */
  readonly damaged?: readonly number[] | undefined;
}

/** A new ledger, with only what the cache knows. */
export function startLedger(input: LedgerInput): Ledger {
  const {
    query,
    catalog,
    now,
    facts,
    sources = [],
    known = sources,
    isRefresh = false,
    rank = catalog.sourceRank,
    months,
    damaged = [],
  } = input;
  const { keys, wholes, interval, span } = query;
  const [firstKey] = keys;
  const hasTail =
    interval === undefined &&
    firstKey !== undefined &&
    known.some((source) => source.kind === 'range' && source.covers(firstKey));
  const closed = closedUntil(interval, now, span, firstKey?.packagingFrequency, hasTail);
  const bar = interval === undefined ? undefined : intervalMicroseconds(interval);
  const isOfDays = bar !== undefined && DAY % bar === 0n;
  const entries = keys.map((key, index): LedgerEntry => {
    const whole = wholes[index]!;
    const part = intersection(whole, { start: span.start, end: closed });
    const first = facts[index];
    return {
      index,
      key,
      whole,
      // Of a whole day or month whose days begin with a bar nothing has to be cut off.
      wanted: isOfDays && part !== undefined && contains(part, whole) ? whole : wantedPlaces(interval, part, whole),
      first,
      facts: first,
      month: months?.get(key.date.slice(0, 7)),
      answers: [],
      stored: [],
      unsaved: [],
      isChanged: false,
    };
  });
  return {
    query,
    catalog,
    monthOf: monthKeysOf(catalog),
    now,
    closed,
    sources,
    isRefresh,
    rank,
    entries,
    damaged,
    seen: [],
    listed: new Map(),
    unlisted: [],
    silences: [],
    halts: [],
    conflicts: [],
    notStored: [],
  };
}

/** Only whole bars that open within the range are requested, stored and explained. */
function wantedPlaces(
  interval: Interval | undefined,
  part: TimeSpan | undefined,
  whole: TimeSpan,
): TimeSpan | undefined {
  if (part === undefined || !hasPlaces(interval, part)) return undefined;
  if (interval === undefined) return part;
  return { start: ceilOpenTime(interval, part.start), end: wholePlaces(interval, part, whole).end };
}

/** Adds what has been learnt. Nothing else changes a ledger. */
export function record(ledger: Ledger, ...observations: readonly Observation[]): void {
  const into = ledger as Mutable<Ledger>;
  for (const observation of observations) {
    switch (observation.type) {
      case 'rows-seen':
        into.seen.push(observation);
        for (const span of observation.stored) {
          for (const entry of entriesWithin(ledger, span)) (entry as Mutable<LedgerEntry>).stored.push(span);
        }
        break;
      case 'no-rows':
      case 'failure':
        for (const entry of entriesWithin(ledger, observation.question.span)) {
          (entry as Mutable<LedgerEntry>).answers.push(observation);
        }
        break;
      case 'listed':
        (into.listed as Map<string, Listed>).set(observation.source, observation);
        break;
      case 'unlisted':
        into.unlisted.push(observation);
        break;
      case 'silence':
        into.silences.push(observation);
        break;
      case 'market-halt':
      case 'halt-unknown':
        into.halts.push(observation);
        break;
      case 'saved': {
        const entry = ledger.entries[observation.index] as Mutable<LedgerEntry>;
        into.conflicts.push(...observation.conflicts);
        entry.facts = entry.unsaved.reduce(
          (facts: KnownFacts, { facts: added }) => uniteFacts(entry.key, facts, added, ledger.rank),
          observation.facts,
        );
        entry.isChanged ||= hasOtherRows(entry.first, entry.facts);
        break;
      }
      case 'not-saved': {
        const entry = ledger.entries[observation.index] as Mutable<LedgerEntry>;
        const { batch, facts, evidence } = observation;
        entry.facts = uniteFacts(entry.key, entry.facts, facts, ledger.rank);
        entry.isChanged = true;
        into.notStored.push({ what: 'rows', name: `${entry.key.symbol} ${entry.key.date}`, evidence });
        entry.unsaved.push({ batch, facts });
        break;
      }
    }
  }
}

/** The cache did not take something, which does not make the answer wrong. */
export function noteNotStored(ledger: Ledger, notStored: NotStored): void {
  (ledger as Mutable<Ledger>).notStored.push(notStored);
}

/** Whether the rows may be others: what an entry has is never replaced by less, so that only new facts tell. */
function hasOtherRows(before: KnownFacts, after: KnownFacts): boolean {
  return before !== after && after !== undefined && after.state !== 'absent';
}

/** Whether nothing is known of an entry and no source was asked for it. */
export const isBlank = ({ facts, month, answers }: LedgerEntry): boolean =>
  facts === undefined && month === undefined && answers.length === 0;

/** The entries that touch a span, in order. */
export function entriesWithin(ledger: Ledger, { start, end }: TimeSpan): readonly LedgerEntry[] {
  const { entries } = ledger;
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.whole.end <= start) low = middle + 1;
    else high = middle;
  }
  let to = low;
  while (to < entries.length && entries[to]!.whole.start < end) to++;
  return entries.slice(low, to);
}
