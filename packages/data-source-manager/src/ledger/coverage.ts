import { type CacheKey, type Interval, isoText, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import type { EntryFacts, Hole, KnownFacts } from '../contract/ports.ts';
import { clip, intersection, subtract } from '../spans/spans.ts';
import { closedUntil } from '../query/closed-until.ts';
import { hasPlaces } from '../spans/grid-places.ts';

/**
 * Why rows are missing:
 * `not-listed-yet` and `delisted`, the symbol was not traded; `not-published-yet`, the bar or the day has not ended or
 * its archive has not come; `exchange-outage`, the whole market stood still; `publisher-hole`, the archive lacks them
 * and nobody else was there to ask; `no-data`, every source was asked and none has them; `source-failed`, a source
 * that may have them did not answer; `not-cached`, only the cache was asked.
 */
export const GAP_KINDS = [
  'not-listed-yet',
  'delisted',
  'not-published-yet',
  'exchange-outage',
  'publisher-hole',
  'no-data',
  'source-failed',
  'not-cached',
] as const;

/** The kind of a place of the grid that is not empty, for a bar opens within it: no gap. */
export const OFF_GRID = 'off-grid';

export type GapKind = (typeof GAP_KINDS)[number];

/** Kinds that no source can fill, so that an answer with them is as complete as can be. */
export const EXPECTED_GAPS: readonly GapKind[] = ['not-listed-yet', 'delisted', 'not-published-yet', 'exchange-outage'];

/** A span without rows, and why. */
export interface Gap extends TimeSpan {
  readonly kind: GapKind;
  /** What the kind is known from, for people. */
  readonly evidence: string;
}

/** A span with rows, and where they came from. */
export interface CoveredSpan extends TimeSpan {
  /** `vision`, `rest`, `migrated`, or the name of a caller's own source. */
  readonly source: string;
  /** Whether the rows were in the cache before this request. */
  readonly via: 'cache' | 'fetch';
  /** Where the cache had them; `old` is a file that the roadmap's former layout left. */
  readonly layout: 'new' | 'old';
  readonly state: EntryFacts['state'];
}

/** What is there of a range and what is not: the spans and the gaps divide it without rest and without overlap. */
export interface Coverage {
  readonly span: TimeSpan;
  /** Whether there is no gap at all. */
  readonly complete: boolean;
  readonly spans: readonly CoveredSpan[];
  readonly gaps: readonly Gap[];
}

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

export interface GapReason {
  readonly kind: GapKind;
  readonly evidence: string;
}

const NOT_CACHED: GapReason = { kind: 'not-cached', evidence: 'only the cache was asked' };

/** Divides a range into spans with their source and gaps with their reason. Pure; no row is looked at. */
export function coverageOf(input: CoverageInput): Coverage {
  const { span, keys, facts } = input;
  const spans: CoveredSpan[] = [];
  const gaps: Gap[] = [];
  const closed = closedUntil(input.interval, input.now, span, keys[0]?.packagingFrequency);
  const toCome: GapReason = { kind: 'not-published-yet', evidence: `not closed at ${isoText(input.now)}` };

  keys.forEach((key, index) => {
    const wanted = intersection(input.wholes?.[index] ?? spanOf(key.date), span);
    if (wanted === undefined) return;
    const known = facts[index];
    if (known === undefined || known.state === 'absent') {
      if (!hasPlaces(input.interval, wanted)) return;
      const reason = input.reasons?.get(index) ?? absence(known) ?? NOT_CACHED;
      missing(gaps, wanted, closed, reason, toCome);
      return;
    }
    const via = input.fetched?.has(index) === true ? 'fetch' : 'cache';
    const lacking = subtract([wanted], clip(known.spans, wanted));
    const open = lacking.filter((part) => hasPlaces(input.interval, part));
    const answered = subtract([wanted], open);
    const holes = clipHoles(known.holes, wanted).filter((hole) => hasPlaces(input.interval, hole));
    for (const part of holes.length === 0 ? answered : subtract(answered, holes)) {
      cover(spans, part, known, via);
    }
    for (const hole of holes) addGap(gaps, { start: hole.start, end: hole.end, ...holeReason(hole) });
    for (const part of open) {
      missing(gaps, part, closed, input.reasons?.get(index) ?? NOT_CACHED, toCome);
    }
  });
  return { span, complete: gaps.length === 0, ...withEdges(span, spans, joined(gaps)) };
}

/** Edges of a range in which no bar opens belong to what lies next to them: nothing is missing there. */
function withEdges(
  { start, end }: TimeSpan,
  spans: readonly CoveredSpan[],
  gaps: readonly Gap[],
): Pick<Coverage, 'spans' | 'gaps'> {
  const first = [spans[0], gaps[0]].reduce((a, b) => (b === undefined || (a && a.start <= b.start) ? a : b));
  const last = [spans.at(-1), gaps.at(-1)].reduce((a, b) => (b === undefined || (a && a.end >= b.end) ? a : b));
  const wide = <T extends TimeSpan>(part: T): T => ({
    ...part,
    ...(part === (first as TimeSpan | undefined) ? { start } : {}),
    ...(part === (last as TimeSpan | undefined) ? { end } : {}),
  });
  if (first?.start === start && last?.end === end) return { spans, gaps };
  return { spans: spans.map(wide), gaps: gaps.map(wide) };
}

function absence(known: KnownFacts): GapReason | undefined {
  return known?.state === 'absent' ? { kind: gapKind(known.kind) ?? 'no-data', evidence: known.evidence } : undefined;
}

/** The reason that is known of a hole; one that nobody has explained is the publisher's. */
function holeReason(hole: Hole): GapReason {
  const kind = gapKind(hole.kind);
  return kind === undefined
    ? { kind: 'publisher-hole', evidence: hole.evidence ?? 'the grid expects bars that are not there' }
    : { kind, evidence: hole.evidence ?? kind };
}

/** The text as a kind, where it is one. */
export function gapKind(text: string | undefined): GapKind | undefined {
  return (GAP_KINDS as readonly (string | undefined)[]).includes(text) ? (text as GapKind) : undefined;
}

function missing(gaps: Gap[], part: TimeSpan, closed: bigint, reason: GapReason, open: GapReason): void {
  const until = part.end < closed ? part.end : closed;
  if (part.start < until) addGap(gaps, { start: part.start, end: until, ...reason });
  if (until < part.end) addGap(gaps, { start: until > part.start ? until : part.start, end: part.end, ...open });
}

function clipHoles(holes: readonly Hole[], within: TimeSpan): Hole[] {
  const parts: Hole[] = [];
  for (const hole of holes) {
    const part = intersection(hole, within);
    if (part !== undefined && hole.kind !== OFF_GRID) parts.push({ ...hole, ...part });
  }
  return parts;
}

function cover(spans: CoveredSpan[], part: TimeSpan, facts: EntryFacts, via: 'cache' | 'fetch'): void {
  const last = spans.at(-1);
  const { source, layout, state } = facts;
  if (
    last?.end === part.start &&
    last.source === source &&
    last.via === via &&
    last.layout === layout &&
    last.state === state
  ) {
    spans[spans.length - 1] = { ...last, end: part.end };
  } else {
    spans.push({ start: part.start, end: part.end, source, via, layout, state });
  }
}

function addGap(gaps: Gap[], gap: Gap): void {
  gaps.push(gap);
}

/** In order, those that touch and have one reason made one: an outage over midnight is one outage. */
function joined(gaps: readonly Gap[]): Gap[] {
  const inOrder = gaps.every((gap, index) => index === 0 || gaps[index - 1]!.start <= gap.start);
  const sorted = inOrder ? gaps : [...gaps].sort((a, b) => (a.start < b.start ? -1 : 1));
  const one: { start: bigint; end: bigint; kind: GapKind; evidence: string }[] = [];
  for (const gap of sorted) {
    const last = one.at(-1);
    if (last?.end === gap.start && last.kind === gap.kind && last.evidence === gap.evidence) last.end = gap.end;
    else one.push({ ...gap });
  }
  return one;
}
