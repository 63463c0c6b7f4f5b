import {
  barCount,
  cacheFolder,
  type CacheKey,
  type Dataset,
  intervalMicroseconds,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { throwIfAborted } from '../contract/errors.ts';
import type { RangeSource, SourceFacts } from '../contract/ports.ts';
import { marketHalt, type HaltWindow, haltWindows } from '../io/market-halt.ts';
import { readFacts } from '../io/cache-access.ts';
import { costOf, messageOf } from '../io/engine.ts';
import { saveRows } from '../io/save-rows.ts';
import { unknownSymbol } from '../io/unknown-symbol.ts';
import { explainedState, hasBars, isAtEdge, isExpected, isOfRange } from '../ledger/gap-reason.ts';
import { noteNotStored, record } from '../ledger/ledger.ts';
import { lifeOf } from '../ledger/life.ts';
import { absentFacts, askedOf, byMonth, type Holes, memoriesOf } from '../ledger/memories.ts';
import type { MissingPlace } from '../ledger/state-of.ts';
import { missingMonths } from '../ledger/missing-months.ts';
import { isToExplain, mayBeUnexplained } from '../ledger/unexplained.ts';
import { nobodyKnows } from '../ledger/unknown-name.ts';
import { PAUSE } from '../publication/pauses.ts';
import { emptyBatch } from '../rows/batch-rows.ts';
import { union } from '../spans/spans.ts';
import { lookAhead, lookBack, lookForEnd } from './look-around.ts';
import type { Run } from './run.ts';

const HOUR = 3_600_000_000n;
const DAY = 24n * HOUR;
/** Windows of holes that are compared with the witnesses in one request: each costs three requests. */
const MAX_WINDOWS = 20;
/** No market stood still for more days than that, nor for more bars that are longer. */
const FEW_BARS = 31;

/** Finds out why what was asked for is not there. */
export async function explain(run: Run): Promise<void> {
  await listForEdges(run);
  await lookAhead(run);
  await lookBack(run);
  await lookForEnd(run);
  if (nobodyKnows(run.ledger) === undefined) await askMarket(run);
}

/**
 * Before and after all that is known, only a listing tells whether there is more; and of a long time without rows,
 * whether the symbol was listed again after it.
 */
async function listForEdges(run: Run): Promise<void> {
  const { ledger } = run;
  const life = lifeOf(ledger);
  const missing: TimeSpan[] = [];
  for (const entry of ledger.entries) {
    if (!mayBeUnexplained(entry)) continue;
    for (const { value, ...piece } of explainedState(ledger, life, entry)?.pieces ?? []) {
      if (value.is !== 'missing' || value.place === undefined || !isToExplain(value.place)) continue;
      const { kind } = value.reason;
      if (kind !== 'not-cached' && kind !== 'exchange-outage' && isExpected(ledger, piece)) missing.push(piece);
    }
  }
  const isLong = ({ start, end }: TimeSpan): boolean => end - start >= PAUSE;
  if (!missing.some((piece) => isAtEdge(life, piece)) && !union(missing).some(isLong)) return;
  for (const source of ledger.sources) {
    if (source.kind === 'archive' && source.covers(ledger.entries[0]!.key)) await run.list(source);
  }
}

/**
 * Of what no source has: whether three liquid symbols have nothing there either. A source that fails proves nothing, and
 * what could not be looked at is asked again: a reason that is remembered would stand for good.
 */
async function askMarket(run: Run): Promise<void> {
  const { ledger } = run;
  const { interval } = ledger.query;
  if (!hasBars(ledger) || interval === undefined) return;
  const life = lifeOf(ledger);
  const holes: TimeSpan[] = [];
  const silences: TimeSpan[] = [];
  const answering = new Set<string>();
  for (const entry of ledger.entries) {
    if (!mayBeUnexplained(entry)) continue;
    for (const piece of explainedState(ledger, life, entry)?.pieces ?? []) {
      const { value } = piece;
      if (value.is === 'rows' || value.place === undefined) continue;
      if (!isToExplain(value.place) || !isExpected(ledger, piece)) continue;
      const { kind } = value.reason;
      if (kind === 'no-data') holes.push({ start: piece.start, end: piece.end });
      else if (kind === 'delisted' && !isRefused(value.place)) silences.push({ start: piece.start, end: piece.end });
      else continue;
      for (const { question } of [...value.place.before, ...value.place.answers]) {
        if (isOfRange(ledger, question.source)) answering.add(question.source);
      }
    }
  }
  const source = ledger.sources.find((each): each is RangeSource => each.kind === 'range' && answering.has(each.name));
  if (source === undefined) return;
  // That a symbol is silent for weeks is its end. Where that is a few long bars, all others may be silent as well.
  const isLong = (intervalMicroseconds(interval) ?? DAY) >= DAY;
  const few = union(silences).filter(({ start, end }) => isLong && barCount(interval, start, end) <= FEW_BARS);
  for (const window of haltWindows(few, interval, MAX_WINDOWS)) await lookAtWindow(run, source, window);
  const windows = haltWindows(holes, interval, MAX_WINDOWS);
  for (const window of windows.slice(0, MAX_WINDOWS)) await lookAtWindow(run, source, window);
  for (const { holes: left } of windows.slice(MAX_WINDOWS)) {
    const evidence = 'so many holes that a halt of the market was not looked for';
    record(ledger, ...left.map((span) => ({ type: 'halt-unknown', span, evidence }) as const));
  }
}

const isRefused = ({ before, answers }: MissingPlace): boolean =>
  [...before, ...answers].some(({ outcome }) => outcome === 'unknown-symbol');

async function lookAtWindow(run: Run, source: RangeSource, window: HaltWindow): Promise<void> {
  const { ledger, engine } = run;
  const key: CacheKey = ledger.entries[0]!.key;
  const id = `${source.name} ${cacheFolder(key)} ${window.holes.map(({ start, end }) => `${start} ${end}`).join()}`;
  if (engine.misses.evidenceOf('market', id, ledger.now) !== undefined) return;
  try {
    const onCost = (cost: { requests: number; bytes: number }): void => run.addRequests(source.name, cost);
    const found = await marketHalt(source, key, window, engine.catalog, {
      now: ledger.now,
      signal: run.signal,
      onCost,
    });
    record(ledger, ...found.map((halt) => ({ type: 'market-halt', ...halt }) as const));
    if (found.length === 0) engine.misses.remember('market', id, 'it was not halted', ledger.now, ledger.now + HOUR);
  } catch (error) {
    throwIfAborted(run.signal);
    run.addRequests(source.name, costOf(error));
    // Without a witness nothing can be shown, now or later.
    if (unknownSymbol(error) !== undefined) return;
    const evidence = `a halt of the market could not be looked for: ${messageOf(error)}`;
    record(ledger, ...window.holes.map((span) => ({ type: 'halt-unknown', span, evidence }) as const));
  }
}

/**
 * Stores what was found out, so that it is not asked for again. Of a name that nobody knows only what was answered is
 * stored: one that is refused may be a slip, and is refused again.
 */
export async function remember(run: Run, isStrict: boolean): Promise<void> {
  const { ledger, engine } = run;
  if (isStrict && nobodyKnows(ledger) !== undefined) {
    await rememberMonths(run, new Set());
    return;
  }
  const first = memoriesOf(ledger, lifeOf(ledger));
  const indexes = [...first.absences.flatMap((each) => each.indexes), ...first.holes.map(({ index }) => index)];
  if (indexes.length > 0) {
    // Others may have stored rows meanwhile: what is remembered is of what is there now.
    const keys = indexes.map((index) => ledger.entries[index]!.key);
    const now = await readFacts(engine.cache, keys, run.signal);
    indexes.forEach((index, at) => {
      const facts = now[at];
      if (facts !== undefined && facts.state !== 'absent')
        record(ledger, { type: 'saved', index, facts, conflicts: [] });
    });
  }
  const { absences, holes } = memoriesOf(ledger, lifeOf(ledger));
  const months = new Set<string>();
  for (const absence of byMonth(ledger, absences)) {
    throwIfAborted(run.signal);
    const facts = absentFacts(absence, ledger.now, spanOf(absence.key.date));
    try {
      await engine.cache.saveAbsent(absence.key, facts);
      if (absence.indexes.length > 1) months.add(absence.key.date);
    } catch (error) {
      const { symbol, date } = absence.key;
      noteNotStored(ledger, { what: 'absence', name: `${symbol} ${date}`, evidence: messageOf(error) });
    }
  }
  await rememberMonths(run, months);
  for (const each of holes) await saveHoles(run, each);
}

/** Months of which the archive has no file: without that their days would be looked for in it again. */
async function rememberMonths(run: Run, stored: ReadonlySet<string>): Promise<void> {
  const { ledger, engine } = run;
  for (const { key, facts } of missingMonths(ledger)) {
    if (stored.has(key.date)) continue;
    try {
      await engine.cache.saveAbsent(key, facts);
    } catch {
      // Only a request is lost when it cannot be remembered.
    }
  }
}

async function saveHoles(run: Run, { index, holes }: Holes): Promise<void> {
  const { ledger, engine } = run;
  const entry = ledger.entries[index]!;
  const dataset: Dataset = ledger.query.dataset;
  throwIfAborted(run.signal);
  const { facts } = entry;
  const source: SourceFacts =
    facts === undefined || facts.state === 'absent'
      ? {
          source: [...new Set(holes.flatMap(({ because }) => because.map(({ question }) => question.source)))].join(
            ', ',
          ),
        }
      : sourceFactsOf(facts);
  const saved = await saveRows(
    engine,
    {
      key: entry.key,
      batch: emptyBatch(dataset),
      facts: source,
      spans: holes.map(({ start, end }) => ({ start, end })),
      holes: holes.map(({ because, ...hole }) => ({ ...hole, asked: askedOf(because, entry.whole) })),
    },
    ledger.now,
  );
  if (saved.unsaved === undefined) {
    record(ledger, { type: 'saved', index, facts: saved.facts, conflicts: saved.conflicts });
  } else {
    const { symbol, date } = entry.key;
    const evidence = messageOf(saved.unsaved.error);
    noteNotStored(ledger, { what: 'reason', name: `${symbol} ${date}`, evidence });
  }
}

function sourceFactsOf(facts: SourceFacts): SourceFacts {
  const { source, sourceUrl, sourceSha256, sourceEtag, sourceLastModified, sourceDigest } = facts;
  return {
    source,
    ...(sourceUrl === undefined ? {} : { sourceUrl }),
    ...(sourceSha256 === undefined ? {} : { sourceSha256 }),
    ...(sourceEtag === undefined ? {} : { sourceEtag }),
    ...(sourceLastModified === undefined ? {} : { sourceLastModified }),
    ...(sourceDigest === undefined ? {} : { sourceDigest }),
  };
}
