import {
  ceilOpenTime,
  epochMicroseconds,
  type Interval,
  isoText,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { OFF_GRID } from '../contract/coverage.ts';
import { hasEnded, type Listing } from '../publication/listing.ts';
import { listedSpans, pausesBetween } from '../publication/pauses.ts';
import { hasPlaces } from '../spans/grid-places.ts';
import { contains, intersection, subtract, union } from '../spans/spans.ts';
import { entriesWithin, type Ledger } from './ledger.ts';

/** When a symbol was traded, as far as known: one value for a request, from all observations. */
export interface Life {
  /** First instant of all evidence, and last one; undefined where there is none. */
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
  /** What they are known from, for people. */
  readonly begins: string;
  readonly ends: string;
  /** Whether all archives that were listed have ended: the next day or month would have come by now. */
  readonly hasEnded: boolean;
  /** Whether an archive was listed. */
  readonly isListed: boolean;
  /** Whether a source of ranges was asked for all that is older than the range, and has nothing. */
  readonly isSilentBefore: boolean;
  /** Where sources of ranges that know the symbol have nothing before the first or after the last instant, in order. */
  readonly silent: readonly TimeSpan[];
  /** Within the range: where it was not traded for so long that it was listed again, maybe for another asset. */
  readonly pauses: readonly TimeSpan[];
}

/** Before the first of Binance's data: the exchange opened in July 2017. */
export const BEGINNING = '2017-01-01';

/** No symbol that is traded is silent for so long, and no source of ranges is so far behind. */
export const SILENT_FOR = 7n * 86_400_000_000n;

/** Reads the life off the ledger: listed objects, rows in the cache, and rows that any source sent. Pure. */
export function lifeOf(ledger: Ledger): Life {
  const rows = storedRows(ledger);
  const signs: TimeSpan[] = rows.map((of) => ({ start: of[0]!.start, end: of.at(-1)!.end }));
  for (const { first, last } of ledger.seen) {
    if (first !== undefined && last !== undefined) signs.push({ start: first, end: last + 1n });
  }
  const listings = [...ledger.listed.values()].map(({ listing }) => listing);
  for (const { source, listing } of ledger.listed.values()) signs.push(...listedSigns(ledger, source, listing));
  let first: bigint | undefined;
  let last: bigint | undefined;
  for (const { start, end } of signs) {
    if (first === undefined || start < first) first = start;
    if (last === undefined || end > last) last = end;
  }
  let pauses: readonly TimeSpan[] | undefined; // Computed only if something is missing: years of days take a while.
  const shown = (instant: bigint | undefined): string => (instant === undefined ? '' : isoText(instant));
  return {
    first,
    last,
    begins: `has nothing older than ${shown(first)}`,
    ends: `has nothing newer than ${shown(last)}`,
    hasEnded: listings.length > 0 && listings.every((listing) => hasEnded(listing, ledger.now)),
    isListed: listings.length > 0,
    isSilentBefore: isSilentBefore(ledger),
    silent: first === undefined || last === undefined ? [] : subtract(silences(ledger), [{ start: first, end: last }]),
    get pauses() {
      return (pauses ??= pausesOf(ledger, rows.flat()));
    },
  };
}

/** For each entry with rows, their spans. */
function storedRows({ entries, query: { interval } }: Ledger): TimeSpan[][] {
  return entries.flatMap(({ facts, whole }) => {
    if (facts === undefined || facts.state === 'absent' || facts.rows === 0) return [];
    const holes = facts.holes.filter(({ kind }) => kind !== OFF_GRID);
    const rows = (holes.length === 0 ? facts.spans : subtract(facts.spans, holes)).filter((span) =>
      hasPlaces(interval, span),
    );
    const [first, ...rest] = rows;
    // Rows that fill no place of the grid are rows all the same.
    if (first === undefined) return [[whole]];
    return [[{ start: openTime(interval, first.start), end: first.end }, ...rest]];
  });
}

/**
 * Where no archive lists anything and no row is known, between two objects of one listing: what is older or younger than
 * all of it, it does not tell. Of objects that were read, their rows tell from when to when.
 */
function pausesOf(ledger: Ledger, rows: readonly TimeSpan[]): TimeSpan[] {
  const { listed, unlisted, seen, entries, query } = ledger;
  if (listed.size === 0 || unlisted.length > 0) return [];
  const name = ({ start, end }: TimeSpan): string => `${start} ${end}`;
  const read = new Set(seen.filter((answer) => answer.rows > 0).map(({ question }) => name(question.span)));
  for (const { facts, whole } of entries) {
    if (facts === undefined || facts.state === 'absent' || facts.rows === 0) continue;
    if (facts.spans.some((span) => contains(span, whole))) read.add(name(whole));
  }
  const listings = [...listed.values()].map(({ listing }) => listedSpans(listing));
  const times = seen.flatMap(({ first, last }) => [first, last].filter((time) => time !== undefined));
  const signs = [
    ...rows,
    ...times.map((time) => ({ start: time, end: time + 1n })),
    ...listings.flat().filter((object) => !read.has(name(object))),
  ];
  const isBetween = ({ start, end }: TimeSpan): boolean =>
    listings.some((of) => of.some((object) => object.start <= start) && of.some((object) => object.end >= end));
  return pausesBetween(signs).filter((pause) => intersection(pause, query.span) !== undefined && isBetween(pause));
}

function isSilentBefore({ silences, query }: Ledger): boolean {
  const before = { start: epochMicroseconds(BEGINNING), end: query.span.start };
  return before.end <= before.start || union(silences.map(({ span }) => span)).some((span) => contains(span, before));
}

/** The spans for which sources of ranges answered without rows in this request. */
function silences({ entries, silences: looked }: Ledger): readonly TimeSpan[] {
  const spans = new Map<string, TimeSpan>();
  const add = (span: TimeSpan): unknown => spans.set(`${span.start} ${span.end}`, span);
  for (const { span } of looked) add(span);
  for (const { answers } of entries) {
    for (const { type, question, ...answer } of answers) {
      const isSilent = type === 'no-rows' && 'outcome' in answer && answer.outcome === 'no-rows';
      if (isSilent && question.kind === 'range') add(question.span);
    }
  }
  return union([...spans.values()]);
}

const openTime = (interval: Interval | undefined, start: bigint): bigint =>
  interval === undefined ? start : ceilOpenTime(interval, start);

/** The first and the last object that is listed, where no rows of it tell more exactly. */
function listedSigns(ledger: Ledger, source: string, listing: Listing): TimeSpan[] {
  const days = [...listing.daily.keys()].sort();
  const months = [...(listing.monthly?.keys() ?? [])].sort();
  const hasDaysOf = (month: string): boolean => days.some((day) => day.startsWith(month));
  const dates = [
    days[0],
    days.at(-1),
    ...[months[0], months.at(-1)].filter((month) => month !== undefined && !hasDaysOf(month)),
  ];
  return dates
    .filter((date) => date !== undefined)
    .map((date) => spanOf(date))
    .filter((span) => !isRead(ledger, source, span));
}

/** Whether the rows of an object have been seen: then they tell when the symbol was traded, and not its name. */
function isRead(ledger: Ledger, source: string, object: TimeSpan): boolean {
  const isSeen = ledger.seen.some(
    ({ question, rows }) =>
      question.source === source &&
      rows > 0 &&
      question.span.start === object.start &&
      question.span.end === object.end,
  );
  if (isSeen) return true;
  const entries = entriesWithin(ledger, object);
  const length = entries.reduce((sum, { whole }) => sum + (whole.end - whole.start), 0n);
  return (
    length === object.end - object.start &&
    entries.some(({ facts }) => facts !== undefined && facts.state !== 'absent' && facts.rows > 0) &&
    entries.every(
      ({ facts, whole }) =>
        facts !== undefined && facts.state !== 'absent' && facts.spans.some((span) => contains(span, whole)),
    )
  );
}
