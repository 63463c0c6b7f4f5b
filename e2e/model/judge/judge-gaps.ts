import { type Beliefs, isFailureOf, sourceHas } from './belief.ts';
import { DAY, HOUR, MINUTE, monthName, overlaps, type Span, spanOfName, text, within } from '../world/calendar.ts';
import type { Call } from '../world/journal.ts';
import type { ModelAnswer, ModelGap, Tell } from './judge-answer.ts';
import {
  hasBars,
  homeName,
  isClosed,
  isKnownToRest,
  isOfSpans,
  isRow,
  mayComeUntil,
  objectNames,
  objectRows,
  placesWithin,
  publishedSpan,
  rowSpan,
  type World,
} from '../world/world.ts';

/** All that a gap is judged by. */
export interface Circumstances {
  readonly world: World;
  readonly now: number;
  readonly sources: readonly string[];
  readonly calls: readonly Call[];
  readonly mode: 'fill' | 'refresh' | 'offline';
  readonly beliefs: Beliefs;
}

/** Each place without a row lies in a gap of which the kind is true, and no row is missing that could be had. */
export function judgeGaps(around: Circumstances, answer: ModelAnswer, tell: Tell): void {
  const { world, now, beliefs, mode } = around;
  const got = new Set(answer.rows.map(({ at }) => at));
  const homes = homesOf(world, answer);
  for (const at of placesWithin(world, answer.span)) {
    if (got.has(at)) continue;
    const gap = answer.gaps.find(({ start, end }) => at >= start && at < end);
    if (gap === undefined) {
      if (!hasBars(world) && isRow(world, at) && isClosed(world, at, now)) {
        if (!isBeyondFile(around, at)) judgeMissing(around, at, 'none', tell);
        else if (isBetweenIds(world, answer, at) && answer.missingIds === 0) tell('ids-unseen', text(at));
      }
      continue; // Without a gap the coverage is wrong, which is told elsewhere.
    }
    judgeKind(around, gap, at, tell);
    judgeMissing(around, at, gap.kind, tell);
    if (mode === 'offline') continue;
    const whole = homes.get(homeName(world, at)) ?? { start: 0, end: 0 };
    const isWhole = gap.start <= whole.start && gap.end >= whole.end;
    for (const source of around.sources) {
      if (!sourceHas(world, source, at, now)) beliefs.told(source, at, gap.kind, now, isWhole);
    }
  }
}

/**
 * Whether a file that may have been read lacks all from its first row back, or from its last row on: of rows without a grid
 * ids alone tell that, to who has the next file as well.
 */
function isBeyondFile({ world, sources, now }: Circumstances, at: number): boolean {
  const archives = world.archives.filter(({ name }) => sources.includes(name));
  return archives.some((archive) =>
    objectNames(world, at).some((name) => {
      const rows = objectRows(world, archive, name, now) ?? [];
      return rows.length > 0 && (rows.every((row) => row < at) || rows.every((row) => row > at));
    }),
  );
}

/** Whether ids tell that a row is missing: the rows before and after it are there, and no gap between them has the ids. */
function isBetweenIds({ nature }: World, { rows, gaps }: ModelAnswer, at: number): boolean {
  const before = rows.filter((row) => row.at < at).at(-1);
  const after = rows.find((row) => row.at > at);
  if (nature !== 'aggTrades' || before === undefined || after === undefined) return false;
  return !gaps.some((gap) => overlaps(gap, { start: before.at, end: after.at }));
}

/** Of each entry the first place and the end of the last. */
function homesOf(world: World, answer: ModelAnswer): Map<string, Span> {
  const homes = new Map<string, Span>();
  const wide = { start: answer.span.start - 32 * 24 * HOUR, end: answer.span.end + 32 * 24 * HOUR };
  for (const at of placesWithin(world, wide)) {
    const name = homeName(world, at);
    const { end } = rowSpan(world, at);
    const home = homes.get(name);
    homes.set(name, { start: home?.start ?? at, end: hasBars(world) && home === undefined ? at + 1 : end });
  }
  return homes;
}

function judgeMissing(
  { world, now, sources, calls, mode, beliefs }: Circumstances,
  at: number,
  kind: string,
  tell: Tell,
): void {
  if (mode === 'offline' || kind === 'source-failed') return;
  for (const source of sources) {
    if (!sourceHas(world, source, at, now)) continue;
    if (calls.some((call) => isFailureOf(world, call, at))) continue;
    if (mode !== 'refresh' && beliefs.isBelievedMissing(source, at, now)) continue;
    tell('row-missing', `${text(at)}: ${source} has it, and it is told as ${kind}`);
    return;
  }
}

/** Whether REST was well, so that it could be shown that the market stood still. */
function isWitnessed(around: Circumstances, at: number): boolean {
  const { calls, world, now } = around;
  // Of a name that nobody knows nothing is found out.
  if (!isKnown(around)) return false;
  const isWell = !calls.some(
    ({ outcome, leftOut }) => outcome === 'failed' || outcome === 'aborted' || leftOut !== undefined,
  );
  const asked = calls.some(({ what, symbol, span }) => what === 'span' && symbol === world.symbol && within(at, span));
  return isWell && asked && now >= shownFrom(world, at);
}

/** Whether a source that is asked has a file of the symbol, or knows its name. */
function isKnown({ world, sources, now }: Circumstances): boolean {
  const { rest, archives } = world;
  const isListed = archives.some(
    (archive) => sources.includes(archive.name) && publishedSpan(world, archive, now) !== undefined,
  );
  return isListed || (rest !== undefined && sources.includes(rest.name) && isKnownToRest(world, rest, now));
}

/** From when on others have bars after an outage: the next ones of the series, or the shorter ones in a long one. */
function shownFrom(world: World, at: number): number {
  const { start, end } = rowSpan(world, at);
  const over = Math.max(
    ...world.marketOutages.filter((outage) => overlaps(outage, { start, end })).map((outage) => outage.end),
  );
  return over + (end - start < HOUR ? 2 * (end - start) : (end - start) / 6);
}

/** Whether no archive that is asked has a file of that time or before, or of that time or later. */
function isBesideFiles({ world, sources, now }: Circumstances, at: number, side: 'before' | 'after'): boolean {
  return world.archives.every((archive) => {
    const files = sources.includes(archive.name) ? publishedSpan(world, archive, now) : undefined;
    if (files === undefined) return true;
    return side === 'before'
      ? at < Math.max(files.start, archive.has.start)
      : at >= Math.min(files.end, archive.has.end);
  });
}

/**
 * Whether a source that is asked has a row up to a time: a listing within an outage, or of which the first rows are in no
 * source, cannot be seen.
 */
function isSeenBefore({ world, sources, now }: Circumstances, at: number): boolean {
  const first = world.lives[0]!.start - 31 * DAY;
  const places = placesWithin(world, { start: first, end: Math.min(at + 1, first + 71 * DAY) });
  return places.some((place) => sources.some((source) => sourceHas(world, source, place, now)));
}

/** Whether the market stood still for the whole of a bar. */
function isOutage(world: World, span: Span): boolean {
  return !isRow({ ...world, symbol: '' }, span.start, 'any');
}

function judgeKind(around: Circumstances, gap: ModelGap, at: number, tell: Tell): void {
  const { world, now, sources, calls, mode } = around;
  const span = rowSpan(world, at);
  const first = world.lives[0]!;
  const last = world.lives.at(-1)!;
  const false_ = (why: string): void =>
    tell(`kind-${gap.kind}`, `${text(at)} is told as ${gap.kind}: ${why} [${gap.evidence}]`);
  const ranges = sources.filter((source) => isOfSpans(world, source));
  switch (gap.kind) {
    case 'not-listed-yet':
      // An archive alone begins where its files do; between two lives either word is true.
      if ((ranges.length === 0 || !isKnownToRest(world, world.rest!, now)) && isBesideFiles(around, at, 'before'))
        return;
      if (!isSeenBefore(around, at)) return;
      if (span.end > first.start && isAliveAt(world, span)) false_('it is traded then');
      else if (span.end > first.start && !isBetweenLives(world, span)) false_('it has been traded before');
      return;
    case 'delisted':
      // Who refuses the name tells that it is traded no more, and the archive since when.
      if (ranges.length > 0 && !isKnownToRest(world, world.rest!, now) && isBesideFiles(around, at, 'after')) return;
      if (span.start < first.start) false_('it has not been traded yet');
      else if (span.start < last.end && !isBetweenLives(world, span)) false_('it is traded then or later');
      return;
    case 'exchange-outage':
      if (!isOutage(world, span)) false_('the market did not stand still');
      return;
    case 'not-published-yet':
      if (!isClosed(world, at, now)) return;
      if (now < span.end + 15 * MINUTE || now < mayComeUntil(homeName(world, at))) return;
      if (mode !== 'offline' && isRemembered(now, homeName(world, at))) return;
      false_('nothing can come any more');
      return;
    case 'publisher-hole':
      if (ranges.length > 0 && mode !== 'offline') false_(`${ranges.join()} is there to ask`);
      return;
    case 'no-data':
      // Whether a source has the row is judged for all kinds alike.
      if (
        hasBars(world) &&
        isOutage(world, span) &&
        isAliveAt(world, span) &&
        ranges.length > 0 &&
        mode !== 'offline' &&
        isWitnessed(around, at)
      ) {
        false_('the whole market stood still');
      }
      return;
    case 'short-file':
      if (hasBars(world)) false_('klines have kinds of their own');
      else if (
        isRow(world, at) &&
        world.archives.every(({ short, has }) => within(at, has) && !isShort(short, at)) &&
        // Where no file is, REST may be short.
        !ranges.some((source) => !sourceHas(world, source, at, now))
      )
        false_('no file lacks it');
      return;
    case 'source-failed':
      judgeFailure(world, calls, at, false_);
      return;
    case 'not-cached':
      if (mode !== 'offline' && sources.some((source) => source !== world.rest?.name || isOfSpans(world, source))) {
        false_('sources were there to ask');
      }
      return;
    default:
      false_('there is no such kind');
  }
}

const isShort = (short: World['archives'][number]['short'], at: number): boolean =>
  Object.values(short).some((spans) => spans.some((span) => within(at, span)));

/** A place that was not asked for, because another call failed, may be told so; one that was answered for may not. */
function judgeFailure(world: World, calls: readonly Call[], at: number, false_: (why: string) => void): void {
  if (calls.some((call) => isFailureOf(world, call, at))) return;
  const own = calls.filter(({ symbol }) => symbol === world.symbol);
  const month = spanOfName(monthName(at));
  if (!own.some(({ outcome, span }) => outcome === 'failed' && overlaps(span, month))) false_('no source failed');
  else if (own.some(({ what, outcome, span }) => what === 'span' && outcome === 'ok' && within(at, span))) {
    false_('REST answered for it');
  }
}

/** A belief that was made while the file could still come may outlast that by six hours. */
function isRemembered(now: number, name: string): boolean {
  return now < mayComeUntil(name) + 6 * HOUR;
}

function isAliveAt({ lives }: World, span: Span): boolean {
  return lives.some((life) => span.start < life.end && span.end > life.start);
}

function isBetweenLives(world: World, span: Span): boolean {
  return !isAliveAt(world, span) && span.start >= world.lives[0]!.end && span.end <= world.lives.at(-1)!.start;
}
