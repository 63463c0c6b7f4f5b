import { hasPlaces } from '../spans/grid-places.ts';
import {
  type Dataset,
  expectationOf,
  expectationText,
  floorOpenTime,
  hasEndedBefore,
  isoText,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { GapReason } from '../contract/coverage.ts';
import { knownOutage } from '../publication/known-outages.ts';
import { isNotYet } from '../publication/publishing-delays.ts';
import { cutAt, joined, mapped, type SpanMap } from '../spans/span-map.ts';
import { isBlank, type Ledger, type LedgerEntry } from './ledger.ts';
import { type Life, SILENT_FOR } from './life.ts';
import { openness } from './open-sources.ts';
import type { Failure, NoRows } from './observation.ts';
import { type MissingPlace, type RowsPlace, wantedState } from './state-of.ts';

/** A place without rows and why; `isFinal` where it may be remembered. */
export interface ExplainedPlace {
  readonly is: 'missing';
  readonly reason: GapReason;
  readonly place: MissingPlace | undefined;
}

export type Told = RowsPlace | ExplainedPlace;

/**
 * A bar may come some time after it has closed, and a clock may be ahead of the exchange's: that a source of ranges does
 * not have it yet proves nothing for so long.
 */
const LATE_BY = 15n * 60_000_000n;

const NOT_CACHED: GapReason = { kind: 'not-cached', evidence: 'only the cache was asked' };
const TO_COME: GapReason = {
  kind: 'not-published-yet',
  evidence: 'the archive publishes it after its day or month has ended',
};

/** The part of an entry that a request is about, with the reason of each gap. Pure. */
export function explainedState(ledger: Ledger, life: Life, entry: LedgerEntry): SpanMap<Told> | undefined {
  let map = wantedState(ledger, entry);
  if (map === undefined) return undefined;
  if (!isBlank(entry)) {
    const { interval } = ledger.query;
    const fresh = interval === undefined ? undefined : floorOpenTime(interval, ledger.now - LATE_BY);
    const isMissing = map.pieces.some(({ value }) => value.is === 'missing');
    const pauses = isMissing ? life.pauses.flatMap(({ start, end }) => [start, end]) : [];
    const cuts = [life.first, life.last, fresh, ...pauses];
    for (const instant of cuts) if (instant !== undefined) map = cutAt(map, instant);
  }
  const notClosed: ExplainedPlace = {
    is: 'missing',
    reason: { kind: 'not-published-yet', evidence: 'not closed yet' },
    place: undefined,
  };
  const openTo = openness(ledger, entry);
  const told = mapped(map, (place, piece): Told => {
    if (place.is === 'rows') return place;
    if (place.is === 'to-come') return notClosed;
    return { is: 'missing', reason: reasonOf({ ledger, life, entry, openTo }, place, piece), place };
  });
  return joined(told, isSameTold);
}

function isSameTold(a: Told, b: Told): boolean {
  if (a.is === 'rows' || b.is === 'rows') return a === b;
  return a.reason.kind === b.reason.kind && a.reason.evidence === b.reason.evidence && a.place === b.place;
}

/** What the reason of a gap in an entry follows from, beside what is known of its place. */
interface Around {
  readonly ledger: Ledger;
  readonly life: Life;
  readonly entry: LedgerEntry;
  /** Names the sources that are still to be asked for a place. */
  readonly openTo: (piece: TimeSpan) => readonly string[];
}

/** Names the reason of a gap from what is known of it. */
function reasonOf({ ledger, life, entry, openTo }: Around, place: MissingPlace, piece: TimeSpan): GapReason {
  const { told, before, answers, failures, halt } = place;
  const said = [
    ...before.filter(({ question }) => !answers.some((each) => isSameQuestion(each, question))),
    ...answers,
  ];
  const isAsked = answers.length > 0 || failures.length > 0;
  if (!isAsked) {
    if (told !== undefined) return told;
    // Of what is remembered of others nothing follows for who cannot ask: a day's own file may be there.
    const isAskable = ledger.sources.some((source) => source.covers(entry.key));
    if (said.length === 0 || !isAskable || openTo(piece).length > 0) {
      return isAwaited(ledger, entry) ? TO_COME : NOT_CACHED;
    }
  }
  const table = hasBars(ledger) ? knownOutage(entry.key, piece) : undefined;
  if (table !== undefined) return { kind: 'exchange-outage', evidence: table };
  if (failures.length > 0) return { kind: 'source-failed', evidence: texts(failures) };
  const ranges = said.filter(({ question }) => isOfRange(ledger, question.source));
  const [unlisted] = ledger.unlisted;
  const evidence = texts(said);
  const isRecent = isNotYet(entry.whole, ledger.now) && said.some(({ outcome }) => outcome === 'not-published');
  // Of late days REST has the rows, or their archive comes: no listing has to tell.
  if (unlisted !== undefined && isAtEdge(life, piece) && !(isRecent && ranges.length === 0)) {
    const { source, evidence: error } = unlisted;
    return { kind: 'source-failed', evidence: `the listing of ${source} could not be fetched: ${error}` };
  }
  // Where the whole market stood still nothing follows from the silence of one symbol.
  if (halt?.kind === 'exchange-outage') return halt;
  const isShort = place.isShort === true && entry.key.interval === undefined;
  const ended = endedReason(ledger, life, entry, piece);
  if (ended !== undefined) return ended;
  const beyond = beyondLife(ledger, life, entry, piece, ranges);
  // Where a file is short, or the whole market is or may be silent, that the symbol ended would be a guess.
  const isGuess = beyond?.kind === 'delisted' && (isShort || halt !== undefined);
  if (beyond !== undefined && !isGuess) return beyond;
  const [open] = isAsked ? openTo(piece) : [];
  if (open !== undefined) return { kind: 'source-failed', evidence: notAsked(ledger, open) };
  if (ranges.length > 0 && ledger.now < piece.end + LATE_BY) return { kind: 'not-published-yet', evidence };
  if (isRecent && ranges.length === 0) return { kind: 'not-published-yet', evidence };
  if (halt !== undefined) return halt;
  if (isShort) {
    const expected = expectationText(expectationOf(ledger.query.dataset));
    return { kind: 'short-file', evidence: `one expects ${expected}; ${evidence}` };
  }
  return { kind: ranges.length > 0 ? 'no-data' : 'publisher-hole', evidence };
}

/** An archive that fails on a day is not asked for the whole month of another: nothing follows for that one. */
function notAsked({ entries }: Ledger, source: string): string {
  const failure = entries
    .flatMap(({ answers }) => answers)
    .find(({ type, question }) => type === 'failure' && question.source === source);
  return `${source} was not asked for everything, because it failed nearby: ${failure?.evidence ?? 'too often'}`;
}

/** After the end of a nature, which the table of datasets tells and a listing of this request confirms. */
function endedReason({ query }: Ledger, life: Life, { key }: LedgerEntry, piece: TimeSpan): GapReason | undefined {
  const { lifetime, id }: Dataset = query.dataset;
  if (lifetime === undefined || !life.isListed || !hasEndedBefore(lifetime, key.date)) return undefined;
  if (life.last !== undefined && piece.start < life.last) return undefined;
  const until = lifetime.to === undefined ? 'has no file at all' : `has nothing after ${lifetime.to}`;
  const evidence = `${id} ${until} (${lifetime.source}, seen ${lifetime.asOf}), and the listing has nothing later now`;
  return { kind: 'ended', evidence };
}

/** Before everything that is known of a symbol, or after all of it when it has ended, it was not traded. */
function beyondLife(
  ledger: Ledger,
  life: Life,
  entry: LedgerEntry,
  piece: TimeSpan,
  ranges: readonly NoRows[],
): GapReason | undefined {
  const isRecent = isNotYet(entry.whole, ledger.now);
  // What archives have not published yet, a source of ranges has to tell.
  if (ranges.length === 0 && isRecent) return undefined;
  if (isBegun(life, entry, piece, ranges) && life.first !== undefined && piece.end <= life.first)
    return { kind: 'not-listed-yet', evidence: life.begins };
  const pause = life.pauses.find((each) => contains(each, piece));
  // Who refuses the name now tells nothing of the time between its files: a month of them may be the publisher's hole.
  const isKnown = ranges.some(({ outcome }) => outcome === 'no-rows');
  if (pause !== undefined && isKnown) return { kind: 'delisted', evidence: listedAgain(pause) };
  if (life.last === undefined || piece.start < life.last || !life.isListed) return undefined;
  const isOver = life.hasEnded || !isRecent;
  return isOver && isGone(life, piece, ranges) ? { kind: 'delisted', evidence: life.ends } : undefined;
}

const listedAgain = ({ start, end }: TimeSpan): string =>
  `nothing from ${isoText(start)} to ${isoText(end)}, when it was listed again`;

/**
 * Whether somebody tells that there is nothing older than the first instant. An archive may have begun after trading has:
 * a listing tells it where no source of ranges knows the symbol, where such a source had nothing for long, or where the
 * first rows of all begin within the same day or month.
 */
function isBegun(life: Life, { whole }: LedgerEntry, piece: TimeSpan, ranges: readonly NoRows[]): boolean {
  if (life.isSilentBefore) return true;
  const isKnown = ranges.some(({ outcome }) => outcome === 'no-rows');
  const isOfFirst = life.first !== undefined && whole.start < life.first && life.first < whole.end;
  return life.isListed && (!isKnown || isOfFirst || isSilentFor(life, piece));
}

/**
 * Whether a source of ranges tells that trading has ended: it refuses the symbol, or has had nothing for long. An archive
 * that has no more files may have stopped while trading goes on.
 */
function isGone(life: Life, piece: TimeSpan, ranges: readonly NoRows[]): boolean {
  return ranges.some(({ outcome }) => outcome === 'unknown-symbol') || isSilentFor(life, piece);
}

const isSilentFor = ({ silent }: Life, piece: TimeSpan): boolean =>
  silent.some((span) => contains(span, piece) && span.end - span.start >= SILENT_FOR);

/** Whether a place lies before or after all that is known: only a listing tells whether there is more. */
export function isAtEdge(life: Life, { start, end }: TimeSpan): boolean {
  return life.first === undefined || life.last === undefined || end <= life.first || start >= life.last;
}

/** Nobody can be asked yet: archives have whole days only. */
function isAwaited(ledger: Ledger, { key, whole }: LedgerEntry): boolean {
  return whole.end > ledger.now && ledger.sources.some((source) => source.covers(key));
}

export function isOfRange(ledger: Ledger, name: string): boolean {
  return ledger.sources.some(({ kind, name: own }) => kind === 'range' && own === name);
}

/** Whether its rows are bars, of which there is one in each place of the grid: a market is without them as a whole. */
export const hasBars = ({ query }: Ledger): boolean => query.interval !== undefined;

function isSameQuestion({ question }: NoRows, other: NoRows['question']): boolean {
  return (
    question.source === other.source &&
    question.object === other.object &&
    (question.object !== undefined || contains(question.span, other.span))
  );
}

const contains = (outer: TimeSpan, inner: TimeSpan): boolean => outer.start <= inner.start && inner.end <= outer.end;

function texts(of: readonly (NoRows | Failure)[]): string {
  return [...new Set(of.map(({ question, evidence }) => `${question.source}: ${evidence}`))].join('; ');
}

/** Whether a bar should open within the piece. */
export const isExpected = (ledger: Ledger, piece: TimeSpan): boolean => hasPlaces(ledger.query.interval, piece);
