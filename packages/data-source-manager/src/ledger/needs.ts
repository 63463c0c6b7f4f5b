import type { CacheKey, TimeSpan } from '@vision-cache/cache-keys';
import { hasPlaces } from '../spans/grid-places.ts';
import { cutAt, type SpanMap } from '../spans/span-map.ts';
import { contains, intersection, union } from '../spans/spans.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { type NoRows, objectOf } from './observation.ts';
import { type MissingPlace, type Place, stateOf } from './state-of.ts';

/** An entry with wanted rows that are missing and that a source could have. */
export interface Need {
  /** Of the key, among the query's. */
  readonly index: number;
  readonly key: CacheKey;
  /** Its day or month. */
  readonly whole: TimeSpan;
  /** What is missing, in order: within the query, and closed by now. */
  readonly spans: readonly TimeSpan[];
  /** `hole`: only rows within an entry that is otherwise there. */
  readonly why: 'unknown' | 'partial' | 'degraded' | 'hole' | 'refresh';
}

/** What matters of a source of ranges to what it is asked for. */
export interface RangeAbilities {
  readonly name: string;
  covers(key: CacheKey): boolean;
}

/** What became of asking an archive for an object. */
export type ObjectStatus = 'open' | 'not-published' | 'no-rows' | 'failed';

/** What of an entry a source of ranges has not been asked for. */
export function rangeNeedOf(ledger: Ledger, entry: LedgerEntry, source: RangeAbilities): Need | undefined {
  if (!source.covers(entry.key)) return undefined;
  return needWhere(ledger, entry, (place, piece) => isOpenFor(ledger, entry, source.name, place, piece));
}

/** The wanted and missing rows of an entry that a source should be asked for. */
export function needWhere(
  ledger: Ledger,
  entry: LedgerEntry,
  isWanted: (place: Place, piece: TimeSpan) => boolean,
): Need | undefined {
  const { wanted, facts, index, key, whole } = entry;
  if (wanted === undefined) return undefined;
  const { isRefresh } = ledger;
  if (!isRefresh && facts?.state === 'complete' && facts.holes.length === 0) return undefined;
  const spans: TimeSpan[] = [];
  let isHole = true;
  for (const piece of statedFor(ledger, entry).pieces) {
    const span = intersection(piece, wanted);
    if (span === undefined || !hasPlaces(ledger.query.interval, span)) continue;
    const place = piece.value;
    if (place.is === 'to-come') continue;
    if (place.is === 'rows' && place.state !== 'degraded' && !isRefresh) continue;
    if (place.is === 'missing' && !isRefresh && isSettled(place)) continue;
    if (!isWanted(place, span)) continue;
    spans.push(span);
    if (place.is !== 'missing' || !place.isHole) isHole = false;
  }
  if (spans.length === 0) return undefined;
  const isStored = facts !== undefined && facts.state !== 'absent';
  const why = isRefresh
    ? 'refresh'
    : !isStored
      ? 'unknown'
      : facts.state === 'degraded'
        ? 'degraded'
        : isHole
          ? 'hole'
          : 'partial';
  return { index, key, whole, spans: union(spans), why };
}

/** In a refresh, what has come is told from what has been there: the part of a day that its file lacks is asked for. */
function statedFor(ledger: Ledger, entry: LedgerEntry): SpanMap<Place> {
  const state = stateOf(ledger, entry);
  if (!ledger.isRefresh) return state;
  return entry.stored.reduce<SpanMap<Place>>((map, { start, end }) => cutAt(cutAt(map, start), end), state);
}

/** No source has rows of times in which nobody traded. */
const isSettled = ({ told }: MissingPlace): boolean => told?.kind === 'exchange-outage';

function isOpenFor(ledger: Ledger, entry: LedgerEntry, source: string, place: Place, piece: TimeSpan): boolean {
  if (place.is === 'to-come' || isRefreshed(ledger, entry, place, piece)) return false;
  const before = ledger.isRefresh || place.is === 'rows' ? [] : place.before;
  const failures = entry.answers.filter(({ type }) => type === 'failure');
  return ![...before, ...answersOf(entry, place), ...failures].some(({ question }) => isAbout(question, source, piece));
}

const isAbout = (question: NoRows['question'], source: string, piece: TimeSpan): boolean =>
  question.source === source &&
  question.object === undefined &&
  question.span.start <= piece.start &&
  // A place of which only a part is left: the answer was about all of it.
  question.span.end >= piece.end;

/** In a refresh, what another source has sent in this request is not asked for again. */
function isRefreshed({ isRefresh }: Ledger, { stored }: LedgerEntry, place: Place, piece: TimeSpan): boolean {
  return isRefresh && place.is === 'rows' && stored.some((span) => contains(span, piece));
}

const answersOf = ({ answers }: LedgerEntry, place: Place): readonly NoRows[] =>
  place.is === 'missing' ? place.answers : answers.filter((answer) => answer.type === 'no-rows');

/** What became of asking an archive for one of its objects, as far as a place is concerned. */
export function objectStatus(
  ledger: Ledger,
  entry: LedgerEntry,
  source: string,
  key: CacheKey,
  span: TimeSpan,
  place: Place,
): ObjectStatus {
  if (span.end > ledger.now) return 'not-published'; // Its day or month goes on.
  const before = ledger.isRefresh || place.is !== 'missing' ? [] : place.before;
  // Of most nobody was asked: then the object's name is not needed.
  if (before.length + entry.answers.length === 0) return 'open';
  const object = objectOf(key);
  const failed = entry.answers.some(
    ({ type, question }) => type === 'failure' && question.source === source && question.object === object,
  );
  if (failed) return 'failed';
  const answer = [...before, ...answersOf(entry, place)].find(
    ({ question }) =>
      question.source === source &&
      (question.object === object || (question.object === undefined && contains(question.span, span))),
  );
  if (answer === undefined) return 'open';
  return answer.outcome === 'not-published' ? 'not-published' : 'no-rows';
}
