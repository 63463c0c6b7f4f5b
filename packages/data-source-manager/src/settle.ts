import { type CacheKey, cachePath, type Dataset, spanOf, type TimeSpan, type UtcMonth } from '@vision-cache/cache-keys';
import { emptyBatch } from './batch-rows.ts';
import type { GapReason } from './coverage.ts';
import type { Engine, Note, Run } from './engine.ts';
import { throwIfAborted } from './errors.ts';
import { explainGap } from './explain-gap.ts';
import { knownOutage } from './known-outages.ts';
import { isPublished, type Listing } from './listing.ts';
import type { Need } from './needs.ts';
import { isNotYet, monthKeyFor } from './plan-archives.ts';
import type { ArchiveSource, EntryFacts, Hole, RangeSource, SourceFacts } from './ports.ts';
import { saveRows } from './save-rows.ts';
import { length } from './spans.ts';
import { exchangeStoodStill } from './witnesses.ts';

const MINUTE = 60_000_000n;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;
/** So many holes of an entry are compared with the witnesses, the longest first: each costs three requests. */
const MAX_WITNESSED = 4;

/** Finds out why the rest is missing, and remembers it, so that it is not asked for again. */
export async function settle(engine: Engine, run: Run, needs: readonly Need[]): Promise<void> {
  const open = needs.filter((need) => (run.notes.get(need.index)?.length ?? 0) > 0 || need.why === 'hole');
  if (open.length === 0) return;
  const listing = await listingFor(engine, run, open);
  const months = new Set<UtcMonth>();
  for (const need of open) {
    throwIfAborted(run.signal);
    const facts = run.facts[need.index];
    if (facts === undefined || facts.state === 'absent') await settleEntry(engine, run, need, listing, months);
    else if (need.why !== 'degraded' && need.why !== 'refresh') await settleHoles(engine, run, need, facts, listing);
  }
}

/** An entry of which no source has a row. */
async function settleEntry(
  engine: Engine,
  run: Run,
  need: Need,
  listing: Listing | undefined,
  months: Set<UtcMonth>,
): Promise<void> {
  const { key, index } = need;
  const notes = run.notes.get(index) ?? [];
  const now = engine.now();
  const span = { start: need.spans[0]!.start, end: need.spans.at(-1)!.end };
  const outage = knownOutage(key, span) ?? (await witnessed(engine, run, need, [span], notes)).get(span);
  const reason = explainGap({ key, span, notes, listing, hasRows: false, outage, now });
  run.reasons.set(index, reason);
  const believedUntil = believed(reason, key, now);
  if (believedUntil === undefined) return;
  const asked = [...new Set([...need.asked, ...notes.map(({ source }) => source)])];
  const absent = { source: asked.join(', '), ...reason, askedAt: now, believedUntil };
  try {
    const month =
      reason.kind === 'not-listed-yet' || reason.kind === 'delisted'
        ? wholeMonth(engine, key, listing, now)
        : undefined;
    if (month !== undefined) {
      if (!months.has(month.date)) await engine.cache.saveAbsent(month, absent);
      months.add(month.date);
    } else if (length(need.spans) === length([spanOf(key.date)])) {
      await engine.cache.saveAbsent(key, absent);
    } else if (reason.kind !== 'not-published-yet') {
      // Only a part was asked for, and nothing is there: that much is known.
      const holes = need.spans.map((part) => ({ ...part, ...reason }));
      await saveHoles(engine, run, need, { source: asked.join(', ') }, holes);
    }
    run.facts[index] ??= { state: 'absent', ...absent };
  } catch (error) {
    run.warnings.push(`It could not be remembered that ${key.symbol} ${key.date} has no rows: ${String(error)}`);
  }
}

/** Holes in an entry that is otherwise there. */
async function settleHoles(
  engine: Engine,
  run: Run,
  need: Need,
  facts: EntryFacts,
  listing: Listing | undefined,
): Promise<void> {
  const { key, index } = need;
  const notes = run.notes.get(index) ?? [];
  const now = engine.now();
  const unknown = need.spans.filter((span) => knownOutage(key, span) === undefined);
  const shown = await witnessed(engine, run, need, unknown, notes);
  const holes: Hole[] = [];
  for (const span of need.spans) {
    const outage = knownOutage(key, span) ?? shown.get(span);
    const reason = explainGap({ key, span, notes, listing, hasRows: facts.rows > 0, outage, now });
    // What a source may still have is asked again, and what a day's archive is to bring as well.
    if (reason.kind === 'source-failed' || reason.kind === 'not-published-yet') {
      if (isAnswered(facts, span)) holes.push({ ...span, ...reason });
      run.reasons.set(index, reason);
    } else {
      holes.push({ ...span, ...reason });
    }
  }
  const failed = holes.some(({ kind }) => kind === 'source-failed' || kind === 'not-published-yet');
  if (failed) run.facts[index] = { ...facts, holes: replaced(facts.holes, holes) };
  const known = holes.filter(({ kind }) => kind !== 'source-failed' && kind !== 'not-published-yet');
  if (known.length > 0) await saveHoles(engine, run, need, sourceFactsOf(facts), known, failed ? holes : undefined);
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
  const landed = await saveRows(engine, { key: need.key, batch: emptyBatch(dataset), facts, spans, holes });
  const before = run.facts[need.index];
  const now =
    landed.unsaved === undefined
      ? landed.facts
      : before !== undefined && before.state !== 'absent'
        ? before
        : landed.facts;
  run.facts[need.index] = { ...now, holes: replaced(now.holes, shown) };
}

/** The holes with those that have been explained in place of the unexplained ones. */
function replaced(holes: readonly Hole[], explained: readonly Hole[]): Hole[] {
  const rest = holes.filter((hole) => !explained.some(({ start, end }) => start <= hole.start && hole.end <= end));
  return [...rest, ...explained].sort((a, b) => (a.start < b.start ? -1 : 1));
}

function isAnswered(facts: EntryFacts, span: TimeSpan): boolean {
  return facts.spans.some(({ start, end }) => start <= span.start && span.end <= end);
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
async function listingFor(engine: Engine, run: Run, needs: readonly Need[]): Promise<Listing | undefined> {
  const archive = run.sources.find(
    (source): source is ArchiveSource => source.kind === 'archive' && source.list !== undefined,
  );
  if (archive === undefined) return undefined;
  const now = engine.now();
  const isAsked = needs.some((need) => {
    if (isNotYet(need.key, now) || !archive.covers(need.key)) return false;
    const whole = spanOf(need.key.date);
    return need.spans.some(({ start, end }) => start === whole.start || end === whole.end || need.why === 'unknown');
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

/** Which of the holes three liquid symbols share. A source that fails proves nothing. */
async function witnessed(
  engine: Engine,
  run: Run,
  need: Need,
  holes: readonly TimeSpan[],
  notes: readonly Note[],
): Promise<Map<TimeSpan, string>> {
  const shown = new Map<TimeSpan, string>();
  const answered = new Set(
    notes.filter(({ kind, outcome }) => kind === 'range' && outcome !== 'failed').map(({ source }) => source),
  );
  const source = run.sources.find((each): each is RangeSource => each.kind === 'range' && answered.has(each.name));
  if (source === undefined || !isTraded(need.key)) return shown;
  const longest = [...holes].sort((a, b) => Number(b.end - b.start - (a.end - a.start))).slice(0, MAX_WITNESSED);
  for (const hole of longest) {
    const id = `${source.name} ${cachePath(need.key)} ${hole.start} ${hole.end}`;
    if (engine.asked.has('witnesses', id, engine.now())) continue;
    try {
      const evidence = await exchangeStoodStill(source, need.key, hole, engine.catalog, run.signal);
      if (evidence !== undefined) shown.set(hole, evidence);
      else engine.asked.remember('witnesses', id, engine.now() + HOUR);
    } catch {
      throwIfAborted(run.signal);
    }
  }
  return shown;
}

/** Bars of mark, index and premium go on while trading stands still. */
function isTraded(key: CacheKey): boolean {
  return key.interval !== undefined && key.dataNature === 'klines';
}
