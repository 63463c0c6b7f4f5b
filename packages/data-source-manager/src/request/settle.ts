import {
  cacheFolder,
  type CacheKey,
  type Dataset,
  spanOf,
  type TimeSpan,
  type UtcMonth,
} from '@vision-cache/cache-keys';
import { emptyBatch } from '../rows/batch-rows.ts';
import { type GapReason, OFF_GRID } from '../ledger/coverage.ts';
import { type Engine, messageOf, type Run } from './engine.ts';
import { throwIfAborted } from '../contract/errors.ts';
import { explainGap } from '../ledger/explain-gap.ts';
import { knownOutage } from '../publication/known-outages.ts';
import { hasPlaces } from '../spans/grid-places.ts';
import { isPublished, listedRange, type Listing } from '../publication/listing.ts';
import type { Need } from '../ledger/needs.ts';
import { isNotYet, monthKeyFor } from '../plan/plan-archives.ts';
import type { ArchiveSource, EntryFacts, Hole, KnownFacts, RangeSource, SourceFacts } from '../contract/ports.ts';
import { saveRows } from '../io/save-rows.ts';
import { contains, length, subtract, union } from '../spans/spans.ts';
import { unknownSymbol } from '../io/unknown-symbol.ts';
import { exchangeStoodStill } from '../io/witnesses.ts';

const MINUTE = 60_000_000n;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;
/** So many holes of a request are compared with the witnesses, the longest first: each costs three requests. */
const MAX_WITNESSED = 4;

const TO_COME: GapReason = {
  kind: 'not-published-yet',
  evidence: 'the archive has it after its day or month has ended',
};

/** A span that is still missing, and what is known of it before the market as a whole is looked at. */
interface OpenSpan {
  readonly need: Need;
  readonly span: TimeSpan;
  reason: GapReason;
}

/** Finds out why the rest is missing, and remembers it, so that it is not asked for again. */
export async function settle(engine: Engine, run: Run, needs: readonly Need[]): Promise<void> {
  for (const need of needs) {
    // Nobody could be asked yet: the archive has whole days only.
    const isToCome = need.whole.end > engine.now() && run.sources.some((source) => source.covers(need.key));
    if (isToCome && !run.notes.has(need.index)) run.reasons.set(need.index, TO_COME);
  }
  const open = needs.filter((need) => (run.notes.get(need.index)?.length ?? 0) > 0 || need.why === 'hole');
  if (open.length === 0) return;
  const firstRows = firstWithRows(run);
  const listing = await listingFor(engine, run, open, firstRows !== undefined);
  const now = engine.now();
  const isUnknown = listing !== undefined && listedRange(listing) === undefined && firstRows === undefined;
  if (isUnknown) run.unknownSymbol = 'nothing of this symbol and interval is listed, and no source has rows of it';
  const spans = open.flatMap((need): OpenSpan[] => {
    const facts = run.facts[need.index];
    const hasRows = facts !== undefined && facts.state !== 'absent' && facts.rows > 0;
    const notes = run.notes.get(need.index) ?? [];
    return need.spans.map((span) => {
      const clues = {
        key: need.key,
        span,
        notes,
        listing,
        hasRows,
        firstRows,
        outage: knownOutage(need.key, span),
        now,
      };
      const reason = explainGap(clues);
      return { need, span, reason: isUnknown && reason.kind === 'not-published-yet' ? unknownReason(reason) : reason };
    });
  });
  if (!isUnknown) await askWitnesses(engine, run, spans);
  leaveOpenUnlisted(run, spans);

  const months = new Set<UtcMonth>();
  for (const need of open) {
    throwIfAborted(run.signal);
    const facts = run.facts[need.index];
    const of = spans.filter((each) => each.need === need);
    if (facts === undefined || facts.state === 'absent') await settleEntry(engine, run, need, of, listing, months);
    else if (need.why !== 'degraded' && need.why !== 'refresh') await settleHoles(engine, run, need, of, facts);
    else run.reasons.set(need.index, of[0]!.reason);
  }
}

/** Of a day without rows, or the rows at a day's edge, the listing tells why: what could not be had is asked for again. */
function leaveOpenUnlisted(run: Run, spans: readonly OpenSpan[]): void {
  const [unlisted] = run.unlisted;
  if (unlisted === undefined) return;
  const [source, error] = unlisted;
  for (const each of spans) {
    const isFinal = each.reason.kind === 'no-data' || each.reason.kind === 'publisher-hole';
    if (!isFinal || !isListingsToTell(each.need, each.span)) continue;
    each.reason = { kind: 'source-failed', evidence: `the listing of ${source} could not be had: ${error}` };
  }
}

/** Before a listing, or after a delisting, whole days are missing, or the edge of one. */
function isListingsToTell({ why, whole }: Need, { start, end }: TimeSpan): boolean {
  return why === 'unknown' || start === whole.start || end === whole.end;
}

/** Nothing is to come of what nobody knows. */
function unknownReason({ evidence }: GapReason): GapReason {
  return { kind: 'no-data', evidence: `${evidence}; nothing of it is listed` };
}

function firstWithRows(run: Run): { readonly start: bigint; readonly date: string } | undefined {
  const index = run.facts.findIndex((facts) => facts !== undefined && facts.state !== 'absent' && facts.rows > 0);
  return index === -1 ? undefined : { start: run.query.wholes[index]!.start, date: run.query.keys[index]!.date };
}

/** An entry of which no source has a row. */
async function settleEntry(
  engine: Engine,
  run: Run,
  need: Need,
  spans: readonly OpenSpan[],
  listing: Listing | undefined,
  months: Set<UtcMonth>,
): Promise<void> {
  const { key, index } = need;
  const now = engine.now();
  const { reason } = spans[0]!;
  run.reasons.set(index, reason);
  const believedUntil = believed(reason, key, now);
  // Of a name that nobody knows nothing is remembered: it may be a slip, or be listed tomorrow.
  if (believedUntil === undefined || run.unknownSymbol !== undefined) return;
  const asked = [...new Set([...need.asked, ...(run.notes.get(index) ?? []).map(({ source }) => source)])];
  const absent = { source: asked.join(', '), ...reason, askedAt: now, believedUntil };
  try {
    const isUntraded = reason.kind === 'not-listed-yet' || reason.kind === 'delisted';
    const month = isUntraded ? wholeMonth(engine, key, listing, now) : undefined;
    if (month !== undefined) {
      if (!months.has(month.date)) await engine.cache.saveAbsent(month, absent);
      months.add(month.date);
    } else if (length(need.spans) === length([need.whole])) {
      await engine.cache.saveAbsent(key, absent);
    } else if (reason.kind !== 'not-published-yet') {
      // Only a part was asked for, and nothing is there: that much is known.
      const holes = need.spans.map((part) => ({ ...part, ...reason }));
      await saveHoles(engine, run, need, { source: asked.join(', ') }, holes);
    }
    run.facts[index] ??= { state: 'absent', ...absent };
  } catch (error) {
    run.warnings.push(`It could not be remembered that ${key.symbol} ${key.date} has no rows: ${messageOf(error)}`);
  }
}

/** Holes in an entry that is otherwise there. */
async function settleHoles(
  engine: Engine,
  run: Run,
  need: Need,
  spans: readonly OpenSpan[],
  facts: EntryFacts,
): Promise<void> {
  const holes: Hole[] = [];
  const passing: Hole[] = [];
  for (const { span, reason } of spans) {
    // What a source may still have is asked for again, and what a day's archive is to bring as well.
    const isPassing = reason.kind === 'source-failed' || reason.kind === 'not-published-yet';
    if (isPassing) run.reasons.set(need.index, reason);
    if (!isPassing) holes.push({ ...span, ...reason });
    else if (isAnswered(facts, span)) passing.push({ ...span, ...reason });
  }
  if (holes.length > 0) await saveHoles(engine, run, need, sourceFactsOf(facts), holes, [...holes, ...passing]);
  else run.facts[need.index] = { ...facts, holes: replaced(facts.holes, passing) };
}

async function saveHoles(
  engine: Engine,
  run: Run,
  need: Need,
  facts: SourceFacts,
  holes: readonly Hole[],
  shown: readonly Hole[] = holes,
): Promise<void> {
  const dataset: Dataset = engine.catalog.datasetOf<Dataset>(need.key);
  const spans = holes.map(({ start, end }) => ({ start, end }));
  const missing = holes.filter((hole) => hasPlaces(need.key.interval, hole));
  const landed = await saveRows(engine, { key: need.key, batch: emptyBatch(dataset), facts, spans, holes: missing });
  const before = run.facts[need.index];
  const isInMemory = landed.unsaved !== undefined || run.unsaved.has(need.index);
  const now = isInMemory && before !== undefined && before.state !== 'absent' ? before : landed.facts;
  // Another process has stored more since it was read: facts and rows are of one moment.
  if (!isInMemory && landed.facts.rows !== rowsOf(before)) run.changed.add(need.index);
  run.facts[need.index] = {
    ...now,
    holes: replaced(
      now.holes,
      shown.filter((hole) => hasPlaces(need.key.interval, hole)),
    ),
  };
}

function rowsOf(facts: KnownFacts): number {
  return facts === undefined || facts.state === 'absent' ? 0 : facts.rows;
}

/** The holes with those that have been explained in place of the unexplained ones. */
function replaced(holes: readonly Hole[], explained: readonly Hole[]): Hole[] {
  const rest = holes.flatMap((hole) =>
    hole.kind === OFF_GRID ? [hole] : subtract([hole], explained).map((part) => ({ ...hole, ...part })),
  );
  return [...rest, ...explained].sort((a, b) => (a.start < b.start ? -1 : 1));
}

function isAnswered(facts: EntryFacts, span: TimeSpan): boolean {
  return facts.spans.some((each) => contains(each, span));
}

function sourceFactsOf(facts: EntryFacts): SourceFacts {
  const { source, sourceUrl, sourceSha256, sourceEtag, sourceLastModified } = facts;
  return {
    source,
    ...(sourceUrl === undefined ? {} : { sourceUrl }),
    ...(sourceSha256 === undefined ? {} : { sourceSha256 }),
    ...(sourceEtag === undefined ? {} : { sourceEtag }),
    ...(sourceLastModified === undefined ? {} : { sourceLastModified }),
  };
}

/** Until when an absence is believed; undefined where it is not to be remembered. */
function believed({ kind }: GapReason, key: CacheKey, now: bigint): bigint | undefined {
  switch (kind) {
    case 'source-failed':
    case 'not-cached':
      return undefined;
    case 'not-published-yet': {
      // Half of all days come within 4 hours of their end; later ones come later still.
      const { end } = spanOf(key.date);
      const wait = (now - end) / 8n;
      return now + (wait < 15n * MINUTE ? 15n * MINUTE : wait > 6n * HOUR ? 6n * HOUR : wait);
    }
    case 'not-listed-yet':
    case 'delisted':
    case 'publisher-hole':
    case 'no-data':
    case 'exchange-outage':
      return now + 30n * DAY;
  }
}

/** The listing, where it can tell why a whole entry, or the rows at its edge, are missing. */
async function listingFor(
  engine: Engine,
  run: Run,
  needs: readonly Need[],
  hasRows: boolean,
): Promise<Listing | undefined> {
  const archive = run.sources.find(
    (source): source is ArchiveSource => source.kind === 'archive' && source.list !== undefined,
  );
  if (archive === undefined) return undefined;
  const now = engine.now();
  const isAsked = needs.some((need) => {
    if (!archive.covers(need.key)) return false;
    const notes = run.notes.get(need.index) ?? [];
    // Of late days REST has the rows, unless the symbol is not traded any more, or never was.
    if (isNotYet(need.key, now))
      return !hasRows && notes.some(({ kind, outcome }) => kind === 'range' && outcome !== 'failed');
    // An archive that did not answer for the object has not said that it lacks it.
    if (notes.some(({ source, outcome }) => source === archive.name && outcome === 'failed')) return false;
    return need.spans.some((span) => isListingsToTell(need, span));
  });
  return isAsked ? run.listing(archive) : undefined;
}

/** The month of a day, if nothing at all of that month is published: one absence then stands for all of its days. */
function wholeMonth(engine: Engine, key: CacheKey, listing: Listing | undefined, now: bigint): CacheKey | undefined {
  const month = monthKeyFor(key, engine.catalog);
  if (month === undefined || listing === undefined || isNotYet(month, now)) return undefined;
  const hasDay = [...listing.daily.keys()].some((day) => day.startsWith(month.date));
  const daysListed = listing.dailyFrom !== undefined && listing.dailyFrom.slice(0, 7) <= month.date;
  return !hasDay && daysListed && isPublished(listing, month) === false ? month : undefined;
}

/**
 * Of what no source has: whether three liquid symbols have nothing there either. A source that fails proves nothing, and
 * what was to be proved is asked again: a reason that is remembered would stand for good.
 */
async function askWitnesses(engine: Engine, run: Run, spans: readonly OpenSpan[]): Promise<void> {
  const [first] = spans;
  const unknown = spans.filter(
    ({ need, reason, span }) => reason.kind === 'no-data' && isTraded(need.key) && hasPlaces(need.key.interval, span),
  );
  const answered = new Set(
    unknown.flatMap(({ need }) =>
      (run.notes.get(need.index) ?? [])
        .filter(({ kind, outcome }) => kind === 'range' && outcome !== 'failed')
        .map(({ source }) => source),
    ),
  );
  const source = run.sources.find((each): each is RangeSource => each.kind === 'range' && answered.has(each.name));
  if (first === undefined || source === undefined) return;
  const { key } = first.need;
  const holes = union(unknown.map(({ span }) => span)).sort((a, b) => Number(b.end - b.start - (a.end - a.start)));
  for (const hole of holes.slice(0, MAX_WITNESSED)) {
    const id = `${source.name} ${cacheFolder(key)} ${hole.start} ${hole.end}`;
    if (engine.asked.has('witnesses', id, engine.now())) continue;
    try {
      const evidence = await exchangeStoodStill(source, key, hole, engine.catalog, run.signal);
      if (evidence === undefined) engine.asked.remember('witnesses', id, engine.now(), engine.now() + HOUR);
      else for (const each of within(unknown, hole)) each.reason = { kind: 'exchange-outage', evidence };
    } catch (error) {
      throwIfAborted(run.signal);
      // Without a witness nothing can be shown, now or later.
      if (unknownSymbol(error) !== undefined) continue;
      const evidence = `whether the market stood still could not be asked: ${messageOf(error)}`;
      for (const each of within(unknown, hole)) each.reason = { kind: 'source-failed', evidence };
    }
  }
}

const within = (spans: readonly OpenSpan[], hole: TimeSpan): readonly OpenSpan[] =>
  spans.filter(({ span }) => contains(hole, span));

/** Bars of mark, index and premium go on while trading stands still. */
function isTraded(key: CacheKey): boolean {
  return key.interval !== undefined && key.dataNature === 'klines';
}
