import { type CacheKey, spanOf, type TimeSpan, type UtcMonth } from '@vision-cache/cache-keys';
import { type GapKind, type GapReason, ID_HOLE } from '../contract/coverage.ts';
import type { AbsentFacts, Asked, Hole } from '../contract/ports.ts';
import { isNotYet, waitFor } from '../publication/publishing-delays.ts';
import { contains, intersection, union } from '../spans/spans.ts';
import { explainedState, isExpected, isOfRange } from './gap-reason.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import type { Life } from './life.ts';
import { type NoRows, objectOf } from './observation.ts';
import { isToExplain, mayBeUnexplained } from './unexplained.ts';

const DAY = 86_400_000_000n;
const BELIEVED_FOR = 30n * DAY;

/** That no source has any row of an entry, or of a month. The type has no place for a failure. */
export interface Absence {
  readonly key: CacheKey;
  /** The entries that it is about. */
  readonly indexes: readonly number[];
  readonly reason: GapReason;
  readonly because: readonly [NoRows, ...NoRows[]];
  readonly believedUntil: bigint;
}

/** That no source has rows in some spans of an entry of which other parts may be there. */
export interface Holes {
  readonly index: number;
  readonly holes: readonly (Hole & { readonly because: readonly [NoRows, ...NoRows[]] })[];
}

export interface Memories {
  readonly absences: readonly Absence[];
  readonly holes: readonly Holes[];
}

interface Part extends TimeSpan {
  readonly reason: GapReason;
  readonly because: readonly [NoRows, ...NoRows[]];
  readonly isNew: boolean;
  readonly isOfIds: boolean;
  /** Until when a halt of the whole market is assumed to last. */
  readonly until: bigint | undefined;
}

/**
 * What of the gaps is worth remembering: what was asked in this request, what no source failed on, and what is not
 * remembered in the same words already. Pure.
 */
export function memoriesOf(ledger: Ledger, life: Life): Memories {
  const absences: Absence[] = [];
  const holes: Holes[] = [];
  for (const entry of ledger.entries) {
    if (!mayBeUnexplained(entry)) continue;
    const parts = newParts(ledger, life, entry);
    if (parts === undefined) continue;
    const { facts } = entry;
    const absence = facts === undefined || facts.state === 'absent' ? absenceOf(ledger, entry, parts) : undefined;
    if (absence !== undefined) {
      absences.push(absence);
      continue;
    }
    const isStored = facts !== undefined && facts.state !== 'absent';
    const lasting = parts.filter(({ reason }) => reason.kind !== 'not-published-yet');
    // A name that no source knows may be a typing error: an entry without rows would turn it into a series.
    // What is true of one part only, such as an outage of the market, is remembered of that part.
    const isOfOneKind = lasting.every(({ reason }) => reason.kind === lasting[0]!.reason.kind);
    if (!isStored && life.first === undefined && isOfOneKind && parts.some(isOfUnknownName)) {
      const within = absenceWithin(ledger, entry, lasting);
      if (within !== undefined) absences.push(within);
      continue;
    }
    const found = lasting
      .filter(({ isNew }) => isNew || !isStored)
      .map((part) => {
        const until = holeUntil(ledger, part);
        const { start, end, reason, because } = part;
        const kind = part.isOfIds ? ID_HOLE : reason.kind;
        return { start, end, ...reason, kind, because, ...(until === undefined ? {} : { believedUntil: until }) };
      });
    if (found.length > 0) holes.push({ index: entry.index, holes: found });
  }
  return { absences, holes };
}

/** That nobody has rows in parts of an entry, and nothing of its other parts. */
function absenceWithin(ledger: Ledger, entry: LedgerEntry, parts: readonly Part[]): Absence | undefined {
  const because = parts.flatMap((part) => part.because.map((answer) => answeredWithin(answer, part)));
  return absenceBy(ledger, entry, parts, because);
}

function absenceBy(
  ledger: Ledger,
  { key, index }: LedgerEntry,
  parts: readonly Part[],
  because: readonly NoRows[],
): Absence | undefined {
  const [first] = parts;
  if (first === undefined || !isSome(because)) return undefined;
  const untils = [recentUntil(ledger, because), ...parts.map(({ until }) => until)];
  const believedUntil = earliest(untils) ?? ledger.now + BELIEVED_FOR;
  return { key, indexes: [index], reason: first.reason, because, believedUntil };
}

function answeredWithin(answer: NoRows, part: TimeSpan): NoRows {
  const { question } = answer;
  if (question.object !== undefined) return answer;
  return { ...answer, question: { ...question, span: intersection(question.span, part) ?? question.span } };
}

const isOfUnknownName = ({ because }: Part): boolean => because.some(({ outcome }) => outcome === 'unknown-symbol');

/** The parts to be remembered; undefined where nothing is new. */
function newParts(ledger: Ledger, life: Life, entry: LedgerEntry): Part[] | undefined {
  const map = explainedState(ledger, life, entry);
  const parts: Part[] = [];
  for (const piece of map?.pieces ?? []) {
    const { start, end, value } = piece;
    if (value.is === 'rows' || value.place === undefined || !isExpected(ledger, piece)) continue;
    const { reason, place } = value;
    const because = [...place.before, ...place.answers];
    if (!isMemorable(reason.kind) || place.failures.length > 0 || !isSome(because)) continue;
    const isNew =
      isToExplain(place) &&
      (place.told?.kind !== reason.kind ||
        place.answers.some((answer) => !place.before.some((old) => isSame(old, answer))));
    // A part of a bar was asked for as the whole of it.
    const whole = partOfWanted(entry, { start, end }, because);
    parts.push({
      ...whole,
      reason,
      because,
      isNew,
      isOfIds: place.isOfIds === true,
      until: place.halt?.kind === reason.kind ? haltUntil(ledger, reason, piece) : undefined,
    });
  }
  return parts.some(({ isNew }) => isNew) ? parts : undefined;
}

/** The place as it was asked for: whole bars, also where the range cuts one. */
function partOfWanted({ wanted }: LedgerEntry, piece: TimeSpan, because: readonly NoRows[]): TimeSpan {
  if (wanted === undefined) return piece;
  const widened = {
    start: piece.start > wanted.start && piece.start < wanted.end ? piece.start : wanted.start,
    end: piece.end < wanted.end && piece.end > wanted.start ? piece.end : wanted.end,
  };
  const isAskedFor = because.every(({ question }) => question.object !== undefined || contains(question.span, widened));
  return isAskedFor ? widened : piece;
}

const isSome = <T>(list: readonly T[]): list is readonly [T, ...T[]] => list.length > 0;

/** What may still be published, and what no source could be asked for, is not remembered. */
function isMemorable(kind: GapKind): boolean {
  return kind !== 'source-failed' && kind !== 'not-cached';
}

const isSame = (a: NoRows, b: NoRows): boolean =>
  a.question.source === b.question.source &&
  a.question.object === b.question.object &&
  a.outcome === b.outcome &&
  contains(a.question.span, b.question.span);

/** All of the entry was asked for, and has one reason. */
function absenceOf(ledger: Ledger, entry: LedgerEntry, parts: readonly Part[]): Absence | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const { whole } = entry;
  const { reason } = first;
  const isOne = parts.every((part) => part.reason.kind === reason.kind && part.reason.evidence === reason.evidence);
  const because = unique(parts.flatMap((part) => part.because));
  const spans = union(parts.flatMap((part) => (isOfDays(part.because) ? [whole] : [part])));
  const isWhole = spans.some((span) => contains(span, whole)) || isExpectedOnlyWithin(ledger, whole, spans);
  return isOne && isWhole ? absenceBy(ledger, entry, parts, because) : undefined;
}

/** Only archives were asked, which give whole days and months. */
const isOfDays = (because: readonly NoRows[]): boolean =>
  because.every(({ question }) => question.object !== undefined || question.kind === 'archive');

function isExpectedOnlyWithin(ledger: Ledger, whole: TimeSpan, spans: readonly TimeSpan[]): boolean {
  const [first] = spans;
  const last = spans.at(-1);
  if (first === undefined || last === undefined || spans.length > 1) return false;
  return (
    !isExpected(ledger, { start: whole.start, end: first.start }) &&
    !isExpected(ledger, { start: last.end, end: whole.end })
  );
}

function unique(answers: readonly NoRows[]): NoRows[] {
  const kept: NoRows[] = [];
  for (const answer of answers) if (!kept.some((each) => isSame(each, answer))) kept.push(answer);
  return kept;
}

/** Times in which nobody traded stay so, even if a file may still be published. */
const holeUntil = (ledger: Ledger, { reason, because, until }: Part): bigint | undefined =>
  reason.kind === 'exchange-outage'
    ? undefined
    : (earliest([recentUntil(ledger, because), until]) ?? shortUntil(ledger, reason));

/** Of a market that may stand still to this moment it will soon be known whether it did. */
const haltUntil = ({ now }: Ledger, { kind }: GapReason, piece: TimeSpan): bigint | undefined =>
  kind === 'no-data' ? now + waitFor(piece, now) : undefined;

function earliest(untils: readonly (bigint | undefined)[]): bigint | undefined {
  return untils.reduce((a, b) => (a === undefined || (b !== undefined && b < a) ? b : a), undefined);
}

/** Until when it is believed where an archive may still publish its object; undefined where none may. */
function recentUntil({ now }: Ledger, because: readonly NoRows[]): bigint | undefined {
  const recent = because.filter(
    ({ question, outcome }) =>
      outcome === 'not-published' && question.object !== undefined && isNotYet(question.span, now),
  );
  return earliest(recent.map(({ question }) => now + waitFor(question.span, now)));
}

/** A short file is not believed for good: it may be published again. */
function shortUntil({ now }: Ledger, { kind }: GapReason): bigint | undefined {
  return kind === 'short-file' ? now + BELIEVED_FOR : undefined;
}

/** What is stored of an answer: its object, or the part of its span that lies in an entry. */
export function askedOf(because: readonly NoRows[], within: TimeSpan): Asked[] {
  const asked = because.map(({ question, outcome }): Asked => {
    const { source, object, span } = question;
    return object === undefined
      ? { source, span: intersection(span, within) ?? span, outcome }
      : { source, object, outcome };
  });
  const texts = asked.map(({ span, ...rest }) =>
    JSON.stringify({ ...rest, start: String(span?.start), end: String(span?.end) }),
  );
  return asked.filter((_, index) => texts.indexOf(texts[index]!) === index);
}

/**
 * Absences of all days of a month, for one reason, as one of the month: an archive that has no object of it at all was
 * asked by its listing, and sources of ranges for all of its days.
 */
export function byMonth(ledger: Ledger, absences: readonly Absence[]): Absence[] {
  const months = new Map<UtcMonth, Absence[]>();
  const kept: Absence[] = [];
  for (const absence of absences) {
    if (absence.reason.kind === 'not-published-yet' || ledger.monthOf(absence.key) === undefined) kept.push(absence);
    else months.set(absence.key.date.slice(0, 7), [...(months.get(absence.key.date.slice(0, 7)) ?? []), absence]);
  }
  for (const [month, days] of months) {
    const one = oneOfMonth(ledger, month, days, ledger.monthOf(days[0]!.key)!);
    if (one === undefined) kept.push(...days);
    else kept.push(one);
  }
  return kept;
}

function oneOfMonth(ledger: Ledger, month: UtcMonth, days: readonly Absence[], key: CacheKey): Absence | undefined {
  const whole = spanOf(month);
  const { reason, believedUntil } = days[0]!;
  const isWhole = BigInt(days.length) * DAY === whole.end - whole.start;
  const isOne = days.every(
    (day) =>
      day.reason.kind === reason.kind && day.reason.evidence === reason.evidence && day.believedUntil === believedUntil,
  );
  if (!isWhole || !isOne) return undefined;
  const because: NoRows[] = [];
  for (const source of new Set(days.flatMap((day) => day.because.map(({ question }) => question.source)))) {
    const answers = days.map((day) => day.because.filter(({ question }) => question.source === source));
    const [first] = answers.flat();
    if (first === undefined || answers.some((of) => of.length === 0)) return undefined;
    if (isOfRange(ledger, source)) {
      const spans = union(answers.flat().map(({ question }) => question.span));
      if (!spans.some((span) => contains(span, whole))) return undefined;
    } else if (!answers.every((of) => hasNothing(of, objectOf(key)))) return undefined;
    const { kind } = first.question;
    because.push({ ...first, question: { source, kind, span: whole } });
  }
  const indexes = days.flatMap((day) => day.indexes);
  return isSome(because) ? { key, indexes, reason, because, believedUntil } : undefined;
}

/** Neither the day's own object nor its month's is published. */
const hasNothing = (answers: readonly NoRows[], month: string): boolean =>
  answers.every(({ outcome }) => outcome === 'not-published') &&
  answers.some(({ question }) => question.object === month || question.object === undefined);

/** What an absence is stored as. */
export function absentFacts(
  { reason, because, believedUntil }: Absence,
  now: bigint,
  within: TimeSpan,
): Omit<AbsentFacts, 'state'> {
  const asked = askedOf(because, within);
  const source = [...new Set(asked.map((each) => each.source))].join(', ');
  return { source, kind: reason.kind, evidence: reason.evidence, askedAt: now, believedUntil, asked };
}
