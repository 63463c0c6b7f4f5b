import type { TimeSpan } from '@vision-cache/cache-keys';
import { gapKind, type GapReason, ID_HOLE, OFF_GRID } from '../contract/coverage.ts';
import type { AbsentFacts, EntryFacts, Hole } from '../contract/ports.ts';
import { contains, intersection } from '../spans/spans.ts';
import { cutAt, joined, type SpanMap, spanMap, updated } from '../spans/span-map.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { type Failure, type NoRows, remembered } from './observation.ts';

/** A place with rows, or in which none are expected. */
export interface RowsPlace {
  readonly is: 'rows';
  readonly source: string;
  readonly layout: EntryFacts['layout'];
  readonly state: EntryFacts['state'];
}

/** A place whose bar, day or month has not closed. */
export interface ToComePlace {
  readonly is: 'to-come';
}

/** A place without rows, and everything that is known of it. */
export interface MissingPlace {
  readonly is: 'missing';
  /** Why, as it is remembered and still believed. */
  readonly told: GapReason | undefined;
  /** Answers that are remembered and still believed. */
  readonly before: readonly NoRows[];
  /** Answers of this request. */
  readonly answers: readonly NoRows[];
  readonly failures: readonly Failure[];
  /** Why, where the market as a whole was looked at: `no-data` where it may stand still to this moment. */
  readonly halt: GapReason | undefined;
  /** Whether the entry has answered for this place: it is a hole in it, and not a part that nobody has asked for. */
  readonly isHole: boolean;
  /** Whether rows around it came without it, and nobody has found another reason. */
  readonly isShort?: boolean;
  /** Ids are missing there, and rows are told of all of it: no gap of time. */
  readonly isOfIds?: boolean;
}

/** What is the case at one place of an entry. */
export type Place = RowsPlace | ToComePlace | MissingPlace;

const TO_COME: ToComePlace = { is: 'to-come' };
const UNKNOWN: MissingPlace = {
  is: 'missing',
  told: undefined,
  before: [],
  answers: [],
  failures: [],
  halt: undefined,
  isHole: false,
};

/** The whole statement about one entry: what is the case at each of its places. Pure. */
export function stateOf(ledger: Ledger, entry: LedgerEntry): SpanMap<Place> {
  const { facts, whole } = entry;
  const isStored = facts !== undefined && facts.state !== 'absent';
  if (isStored && isSimple(facts)) return spanMap<Place>(whole, rowsPlace(facts));
  let map = spanMap<Place>(whole, UNKNOWN);
  if (isStored) map = withEntry(map, facts, ledger.now);
  // What is remembered of the month holds for the holes of a day as well.
  for (const absence of [entry.month, facts]) {
    if (absence?.state === 'absent' && isBelieved(absence, ledger.now)) map = withAbsence(map, absence, entry);
  }
  map = withAnswers(map, entry.answers);
  for (const halt of ledger.halts) {
    const { evidence } = halt;
    const kind = halt.type !== 'market-halt' ? 'source-failed' : halt.isOver ? 'exchange-outage' : 'no-data';
    map = missing(map, halt.span, (place) => ({ ...place, halt: { kind, evidence } }));
  }
  const closed = ledger.closed > whole.start ? ledger.closed : whole.start;
  return updated(map, { start: closed, end: whole.end }, (place) => (place.is === 'rows' ? place : TO_COME));
}

/** All of the entry is there, and of one source. */
export function isSimple({ state, holes, contributions }: EntryFacts): boolean {
  return state === 'complete' && holes.length === 0 && (contributions === undefined || contributions.length === 0);
}

export const rowsPlace = ({ source, layout, state }: EntryFacts): RowsPlace => ({ is: 'rows', source, layout, state });

function missing(
  map: SpanMap<Place>,
  within: TimeSpan,
  change: (place: MissingPlace, piece: TimeSpan) => MissingPlace,
): SpanMap<Place> {
  return updated(map, within, (place, piece) => (place.is === 'missing' ? change(place, piece) : place));
}

/** Not after its time, and not before it either: a clock that was years ahead must not be believed for years. */
export function isBelieved({ askedAt, believedUntil }: AbsentFacts, now: bigint): boolean {
  return askedAt <= now && now < believedUntil;
}

/**
 * What is remembered of an entry, or of its month, that no source has. Without the list of who was asked it says
 * nothing that can be relied on: then all are asked once more.
 */
function withAbsence(map: SpanMap<Place>, absence: AbsentFacts, { whole }: LedgerEntry): SpanMap<Place> {
  const kind = gapKind(absence.kind);
  const answers = remembered(absence.asked ?? []);
  let with_ = map;
  for (const answer of answers) {
    with_ = missing(with_, answer.question.span, (place) => ({ ...place, before: [...place.before, answer] }));
  }
  if (kind === undefined) return with_;
  // That a month has no file of its own tells nothing of its days: of them only what was asked about them.
  const about = answers.filter(({ question }) => question.object === undefined || contains(whole, question.span));
  for (const { question } of about) {
    with_ = missing(with_, question.span, (place) =>
      place.isHole ? place : { ...place, told: { kind, evidence: absence.evidence } },
    );
  }
  return with_;
}

function withEntry(map: SpanMap<Place>, facts: EntryFacts, now: bigint): SpanMap<Place> {
  let with_ = map;
  for (const span of facts.spans) with_ = updated(with_, span, () => rowsPlace(facts));
  for (const { source, spans } of facts.contributions ?? []) {
    for (const span of spans)
      with_ = updated(with_, span, (place) => (place.is === 'rows' ? { ...place, source } : place));
  }
  for (const hole of facts.holes) {
    if (hole.kind !== OFF_GRID) with_ = updated(with_, hole, () => holePlace(hole, now));
  }
  return with_;
}

function holePlace(hole: Hole, now: bigint): MissingPlace {
  const isShort = hole.kind === undefined || hole.kind === 'short-file' || hole.kind === ID_HOLE;
  const place = { ...UNKNOWN, isHole: true, isShort, ...(hole.kind === ID_HOLE ? { isOfIds: true } : {}) };
  if (hole.asked === undefined || (hole.believedUntil !== undefined && hole.believedUntil <= now)) return place;
  const kind = hole.kind === ID_HOLE ? 'short-file' : gapKind(hole.kind);
  const told = kind === undefined ? undefined : { kind, evidence: hole.evidence ?? kind };
  return { ...place, told, before: remembered(hole.asked) };
}

function withAnswers(map: SpanMap<Place>, answers: LedgerEntry['answers']): SpanMap<Place> {
  let with_ = map;
  for (const answer of answers) {
    with_ = missing(with_, answer.question.span, (place) =>
      answer.type === 'failure'
        ? { ...place, failures: [...place.failures, answer] }
        : { ...place, answers: [...place.answers, answer] },
    );
  }
  return with_;
}

/** The part of an entry that a request is about. */
export function wantedState(ledger: Ledger, entry: LedgerEntry): SpanMap<Place> | undefined {
  const within = intersection(entry.whole, ledger.query.span);
  if (within === undefined) return undefined;
  const state = stateOf(ledger, entry);
  const isSame = (a: Place, b: Place): boolean => a === b;
  if (contains(ledger.query.span, entry.whole)) return joined(state, isSame);
  const map = cutAt(cutAt(state, within.start), within.end);
  const pieces = map.pieces.filter(({ start, end }) => within.start <= start && end <= within.end);
  let part: SpanMap<Place> = spanMap<Place>(within, UNKNOWN);
  for (const { start, end, value } of pieces) part = updated(part, { start, end }, () => value);
  return joined(part, isSame);
}
