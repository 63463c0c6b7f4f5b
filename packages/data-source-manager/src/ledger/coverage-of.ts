import {
  BINANCE,
  type CacheKey,
  firstInstantOf,
  type Interval,
  isoText,
  type MissingIds,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { CoveredSpan, Coverage, Gap, GapReason } from '../contract/coverage.ts';
import type { KnownFacts } from '../contract/ports.ts';
import type { ParsedQuery } from '../query/query.ts';
import { isIdGapWithin, joinedIds } from '../rows/missing-ids.ts';
import { hasPlaces } from '../spans/grid-places.ts';
import { contains, intersection } from '../spans/spans.ts';
import { explainedState, type ExplainedPlace, type Told } from './gap-reason.ts';
import { type Ledger, type LedgerEntry, startLedger } from './ledger.ts';
import { type Life, lifeOf } from './life.ts';
import { isSimple, type RowsPlace, rowsPlace } from './state-of.ts';

/** What {@link coverageOf} needs to know. */
export interface CoverageInput {
  readonly span: TimeSpan;
  readonly keys: readonly CacheKey[];
  /** What the cache knows of each key. */
  readonly facts: readonly KnownFacts[];
  /** The whole day or month of each key. @default worked out of the keys */
  readonly wholes?: readonly TimeSpan[] | undefined;
  readonly interval: Interval | undefined;
  /** Epoch microseconds, UTC. */
  readonly now: bigint;
  /** Indexes of the keys to which this request added rows. */
  readonly fetched?: ReadonlySet<number> | undefined;
  /** Why, by a key's index, rows of it that the cache does not know of are missing. */
  readonly reasons?: ReadonlyMap<number, GapReason> | undefined;
}

/** Divides a range into spans with their source and gaps with their reason. Pure; no row is looked at. */
export function coverageOf(input: CoverageInput): Coverage {
  const { span, keys, facts, interval, now, fetched, reasons } = input;
  const wholes = input.wholes ?? keys.map(({ date }) => spanOf(date));
  const query = { span, keys, wholes, interval, rowSpan: span, dataset: { dataNature: '' } } as unknown as ParsedQuery;
  const ledger = startLedger({ query, catalog: BINANCE, now, facts });
  return coverageBy(ledger, () => NO_LIFE, {
    isFetched: (entry) => fetched?.has(entry.index) === true,
    reasonOf: (entry) => reasons?.get(entry.index),
  });
}

const NO_LIFE: Life = {
  first: undefined,
  last: undefined,
  begins: '',
  ends: '',
  hasEnded: false,
  isListed: false,
  isSilentBefore: false,
  silent: [],
  pauses: [],
};

/** Reads the coverage off the ledger. */
export function coverageOfLedger(ledger: Ledger): Coverage {
  let life: Life | undefined;
  const coverage = coverageBy(ledger, () => (life ??= lifeOf(ledger)), {
    isFetched: (entry, piece) => lackedAtFirst(ledger, entry, piece),
    reasonOf: () => undefined,
  });
  return withOuter(coverage, ledger.query);
}

/** The coverage of the range as it was asked for: what is left out of it is known without looking, and never stored. */
function withOuter(coverage: Coverage, { outer, dataset }: ParsedQuery): Coverage {
  const { start, end } = coverage.span;
  if (start === outer.start && end === outer.end) return coverage;
  const first = firstInstantOf(dataset);
  const until = first < start ? first : start;
  const gaps: Gap[] = [...coverage.gaps];
  if (outer.start < until) {
    const evidence = `${dataset.id} has nothing before ${isoText(first)}`;
    gaps.unshift({ start: outer.start, end: until, kind: 'not-listed-yet', evidence });
  }
  const from = end > until ? end : until;
  if (from < outer.end)
    gaps.push({ start: from, end: outer.end, kind: 'not-published-yet', evidence: 'not closed yet' });
  return { ...coverage, span: outer, complete: false, gaps };
}

/** Whether a place with rows had none when the request began, or was asked for again. */
function lackedAtFirst(ledger: Ledger, { first, stored }: LedgerEntry, piece: TimeSpan): boolean {
  if (!stored.some((span) => contains(span, piece))) return false;
  if (ledger.isRefresh || first === undefined || first.state === 'absent' || first.state === 'degraded') return true;
  const isThere = first.spans.some((span) => contains(span, piece));
  return !isThere || first.holes.some((hole) => hole.start < piece.end && piece.start < hole.end);
}

interface Reading {
  readonly isFetched: (entry: LedgerEntry, piece: TimeSpan) => boolean;
  readonly reasonOf: (entry: LedgerEntry) => GapReason | undefined;
}

function coverageBy(ledger: Ledger, life: () => Life, reading: Reading): Coverage {
  const { span, interval } = ledger.query;
  const spans: Growing<CoveredSpan>[] = [];
  const gaps: Growing<Gap>[] = [];
  /** Where the last told piece ends; places in which no bar opens belong to what comes after, or before. */
  let at = span.start;
  const tell = (piece: TimeSpan, told: Told, entry: LedgerEntry): void => {
    const start = at;
    const { end } = piece;
    at = end;
    const rows = told.is === 'rows' ? told : rowsAround(entry, told);
    if (rows !== undefined) {
      const via = reading.isFetched(entry, piece) ? 'fetch' : 'cache';
      addSpan(spans, { start, end, source: rows.source, via, layout: rows.layout, state: rows.state });
    } else if (told.is !== 'rows') {
      const own = told.reason.kind === 'not-cached' ? reading.reasonOf(entry) : undefined;
      const { kind, evidence } = own ?? told.reason;
      addGap(gaps, { start, end, kind, evidence });
    }
  };
  for (const entry of ledger.entries) {
    const { facts, whole } = entry;
    const isOfOneTime = entry.stored.length === 0 || entry.first === undefined || entry.first.state === 'absent';
    if (facts !== undefined && facts.state !== 'absent' && isOfOneTime && isSimple(facts)) {
      const piece = intersection(whole, span);
      if (piece !== undefined && hasPlaces(interval, piece)) tell(piece, rowsPlace(facts), entry);
      continue;
    }
    const map = explainedState(ledger, life(), entry);
    for (const { start, end, value } of map?.pieces ?? []) {
      const cuts = value.is === 'rows' ? cutsOf(entry, { start, end }) : [{ start, end }];
      for (const piece of cuts) if (hasPlaces(interval, piece)) tell(piece, value, entry);
    }
  }
  const missingIds = joinedIds(ledger.entries.flatMap(({ facts }) => idsWithin(facts, span)));
  const complete = gaps.length + missingIds.length === 0;
  return { span, complete, ...withEnd(span, at, spans, gaps), missingIds };
}

function idsWithin(facts: KnownFacts, span: TimeSpan): readonly MissingIds[] {
  if (facts === undefined || facts.state === 'absent') return [];
  return (facts.missingIds ?? []).filter((each) => isIdGapWithin(each, span));
}

/** Where ids are missing there is no gap of time: the rows around them are told of all of it. */
function rowsAround({ facts }: LedgerEntry, { place }: ExplainedPlace): RowsPlace | undefined {
  return place?.isOfIds === true && facts !== undefined && facts.state !== 'absent' ? rowsPlace(facts) : undefined;
}

/** Rows, cut where those that were there at first and those that came meet. */
function cutsOf({ first, stored }: LedgerEntry, piece: TimeSpan): TimeSpan[] {
  if (stored.length === 0) return [piece];
  const known = first === undefined || first.state === 'absent' ? [] : [...first.spans, ...first.holes];
  const all = [...known, ...stored];
  const instants = new Set<bigint>();
  for (const span of all) {
    const part = intersection(span, piece);
    if (part === undefined) continue;
    instants.add(part.start);
    instants.add(part.end);
  }
  instants.delete(piece.start);
  instants.delete(piece.end);
  const ends = [...instants].sort((a, b) => (a < b ? -1 : 1));
  return [...ends, piece.end].map((end, index) => ({ start: index === 0 ? piece.start : ends[index - 1]!, end }));
}

/** The edge of a range in which no bar opens belongs to what lies before it: nothing is missing there. */
function withEnd(
  span: TimeSpan,
  at: bigint,
  spans: readonly CoveredSpan[],
  gaps: readonly Gap[],
): Pick<Coverage, 'spans' | 'gaps'> {
  const { end } = span;
  if (at === end) return { spans, gaps };
  // Where no bar opens in all of the range, nothing is missing.
  if (at === span.start) {
    return { spans: [{ ...span, source: '', via: 'cache', layout: 'new', state: 'complete' }], gaps };
  }
  const lastSpan = spans.at(-1);
  const lastGap = gaps.at(-1);
  if (lastSpan?.end === at) return { spans: [...spans.slice(0, -1), { ...lastSpan, end }], gaps };
  if (lastGap?.end === at) return { spans, gaps: [...gaps.slice(0, -1), { ...lastGap, end }] };
  return { spans, gaps };
}

/** A part of a coverage that may go on. */
type Growing<T extends TimeSpan> = Omit<T, 'end'> & { end: bigint };

function addSpan(spans: Growing<CoveredSpan>[], span: CoveredSpan): void {
  const last = spans.at(-1);
  const isSame =
    last?.end === span.start &&
    last.source === span.source &&
    last.via === span.via &&
    last.layout === span.layout &&
    last.state === span.state;
  if (isSame) last.end = span.end;
  else spans.push(span);
}

/** An outage over midnight is one outage. */
function addGap(gaps: Growing<Gap>[], gap: Gap): void {
  const last = gaps.at(-1);
  if (last?.end === gap.start && last.kind === gap.kind && last.evidence === gap.evidence) {
    last.end = gap.end;
  } else gaps.push(gap);
}

/** So many words of one gap are told: a year without files has 366 names of one cause. */
const MAX_EVIDENCE = 3;
const BETWEEN = ' | ';

/** The coverage with neighbours of one kind as one gap: days that lack a file each, whatever the files are called. */
export function withJoinedGaps(coverage: Coverage): Coverage {
  const gaps: Gap[] = [];
  for (const gap of coverage.gaps) {
    const last = gaps.at(-1);
    if (last?.end !== gap.start || last.kind !== gap.kind) {
      gaps.push(gap);
      continue;
    }
    const told = last.evidence.split(BETWEEN);
    const isMore = !told.includes(gap.evidence) && told.length < MAX_EVIDENCE;
    const evidence = isMore ? `${last.evidence}${BETWEEN}${gap.evidence}` : last.evidence;
    gaps[gaps.length - 1] = { ...last, end: gap.end, evidence };
  }
  return { ...coverage, gaps };
}
