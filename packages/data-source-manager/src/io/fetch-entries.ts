import {
  type CacheKey,
  cachePath,
  type Dataset,
  floorOpenTime,
  type Interval,
  nextOpenTime,
  rowSpanOf,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { OFF_GRID } from '../contract/coverage.ts';
import { throwIfAborted } from '../contract/errors.ts';
import type {
  ArchiveSource,
  Asked,
  Conflict,
  FetchCost,
  Hole,
  KnownFacts,
  RangeSource,
  SourceAnswer,
} from '../contract/ports.ts';
import type { Need } from '../ledger/needs.ts';
import { objectOf } from '../ledger/observation.ts';
import { isUrlOf } from '../publication/is-url-of.ts';
import { closedUntil } from '../query/closed-until.ts';
import { assertInOrder, finishedRows } from '../rows/answered-rows.ts';
import { concatBatches, rowsOfKey, rowsWithin, timesOf } from '../rows/batch-rows.ts';
import { clip, contains, intersection, subtract, union, upTo } from '../spans/spans.ts';
import { acquireLease, readFacts } from './cache-access.ts';
import { publishFetch } from './diagnostics.ts';
import { costOf, type Engine, type FetchOutcome, type SavedEntry } from './engine.ts';
import { qualityOf } from '../rows/quality.ts';
import { holesOf, idHolesOf, idHolesWithin, idsOf, type RowsToSave, saveAllRows } from './save-rows.ts';
import { unknownSymbol } from './unknown-symbol.ts';

/** One object of an archive to ask for, and the needs that it may satisfy. */
export interface ObjectTask {
  readonly key: CacheKey;
  readonly needs: readonly Need[];
}

/** One span to ask a source of ranges for, and the needs that it may satisfy. */
export interface SpanTask extends ObjectTask {
  readonly span: TimeSpan;
}

export interface FetchSettings {
  readonly isRefresh: boolean;
  /** The instant of the request, epoch microseconds UTC. */
  readonly now: bigint;
  readonly signal: AbortSignal;
}

const ONE_REQUEST: FetchCost = { requests: 1, bytes: 0 };

/** Fetches an object and stores its days: lease, look, fetch, look again, save. */
export async function fetchObject(
  engine: Engine,
  archive: ArchiveSource,
  task: ObjectTask,
  { isRefresh, now, signal }: FetchSettings,
): Promise<FetchOutcome> {
  const { cache, catalog } = engine;
  const dataset: Dataset = catalog.datasetOf<Dataset>(task.key);
  const object = objectOf(task.key);
  const asked: Asked = { source: archive.name, object, outcome: 'no-rows' };
  const isMonth = task.key.packagingFrequency === 'monthly';
  const homes = homesOf(engine, task);
  const wanted = new Map(task.needs.map((need) => [need.key.date, need]));
  const lease = await acquireLease(cache, task.key, signal);
  try {
    const known = await readFacts(cache, homes, signal);
    const isThere = homes.every((home, index) => {
      const need = wanted.get(home.date);
      return need === undefined || isAnswered(known[index], need.spans, asked, now);
    });
    if (isThere && !isRefresh) return { status: 'there', entries: asSaved(homes, known) };
    const answer = await ask(archive.name, task.key, () => archive.fetch(task.key, { signal }), dataset, signal);
    if (answer.status === 'failed') return answer;
    if (answer.status === 'missing') {
      return { ...answer, outcome: 'not-published', cost: answer.cost ?? ONE_REQUEST };
    }
    const batch = finishedRows(dataset, answer.batch, task.key.interval, now);
    // Others may have stored a day of its own meanwhile: decided by what is there now, and not by what was there.
    const current = isMonth && homes.length > 1 ? await readFacts(cache, homes, signal) : known;
    const parts = homes.map((home) => rowsOfKey(dataset, batch, home));
    const rows = homes.flatMap((home, index): RowsToSave[] => {
      // A day that its own file gave is kept as it is: where the two disagree, the daily file is right
      // (binance-public-data#475: in 398 of 398 rows it equalled REST).
      if (homes.length > 1 && isOfArchive(archive.name, current[index])) {
        // A refresh takes what this file gave before, from whatever host, and what is wanted and names no file.
        const url = urlOf(current[index]);
        const isOfFile =
          url === undefined ? wanted.has(home.date) : url === answer.facts.sourceUrl || isUrlOf(url, task.key);
        if (!isRefresh || !isOfFile) return [];
      }
      const of = parts[index]!;
      // A month's file without a row of a day says nothing of that day: its own file is asked for.
      if (homes.length > 1 && of.numRows === 0) return [];
      const period = home.packagingFrequency === task.key.packagingFrequency || homes.length > 1 ? home : task.key;
      // The week that a month ends in may close in the next one: until then the month is not whole.
      const closed = closedUntil(home.interval, now, spanOf(period.date), task.key.packagingFrequency);
      const spans = home.interval === undefined ? [spanOf(period.date)] : clip([spanOf(period.date)], upTo(closed));
      const idHoles = idHolesOf(dataset, home, parts, index);
      const holes = withAsked([...holesOf(dataset, of, home.interval, spans), ...idHoles], current[index], asked);
      return [
        {
          key: home,
          batch: of,
          facts: answer.facts,
          spans,
          holes,
          missingIds: idsOf(dataset, of, home.interval, spans),
        },
      ];
    });
    // What is counted is of the file; of a month's it stands with the first day that is stored of it.
    const quality = qualityOf(answer.quality);
    const [firstRows] = rows;
    if (firstRows !== undefined) rows[0] = { ...firstRows, quality };
    const saved = await saveAllRows(engine, rows, now, signal);
    const byPath = new Map(saved.map((entry) => [cachePath(entry.key), entry]));
    const entries = asSaved(homes, current).map((entry) => byPath.get(cachePath(entry.key)) ?? entry);
    const stored = rows.flatMap(storedSpans);
    const told = withinFile(dataset, entries, answer);
    return { status: 'ok', entries: told, ...extent(dataset, answer), stored, cost: answer.cost ?? ONE_REQUEST };
  } finally {
    await lease.release();
  }
}

/** The entries that hold an object's rows. */
function homesOf({ catalog }: Engine, { key }: ObjectTask): readonly CacheKey[] {
  return catalog.homeKeys(key);
}

/** Fetches a span and stores it by the entry: lease, look, fetch, save. */
export async function fetchSpan(
  engine: Engine,
  source: RangeSource,
  task: SpanTask,
  { isRefresh, now, signal }: FetchSettings,
): Promise<FetchOutcome> {
  const { cache, catalog } = engine;
  const dataset: Dataset = catalog.datasetOf<Dataset>(task.key);
  // Of a span over many days the first stands for all: equal requests meet there, and nobody waits for two at once.
  const lease = await acquireLease(cache, task.needs[0]!.key, signal);
  try {
    const keys = task.needs.map(({ key }) => key);
    const known = await readFacts(cache, keys, signal);
    const isThere = task.needs.every(({ spans }, index) =>
      clip(spans, task.span).every((span) => isAnswered(known[index], [span], askedFor(source.name, span), now)),
    );
    if (isThere && !isRefresh) return { status: 'there', entries: asSaved(keys, known) };
    const answer = await ask(
      source.name,
      task.key,
      () => source.fetch(task.key, task.span, { signal }),
      dataset,
      signal,
    );
    if (answer.status === 'failed') {
      const unknown = unknownSymbol(answer.error);
      return unknown === undefined
        ? answer
        : { status: 'missing', outcome: 'unknown-symbol', evidence: unknown, cost: answer.cost };
    }
    if (answer.status === 'missing') return { ...answer, outcome: 'no-rows', cost: answer.cost ?? ONE_REQUEST };
    const batch = finishedRows(dataset, answer.batch, task.key.interval, now);
    const answered = intersection(answer.answered ?? task.span, task.span);
    const partsOf = (need: Need): readonly TimeSpan[] =>
      answered === undefined ? [] : clip(clip(need.spans, answered), need.whole);
    const idHoles = idHolesWithin(dataset, batch, union(task.needs.flatMap(partsOf)));
    const rows = task.needs.flatMap((need, index): RowsToSave[] => {
      const parts = partsOf(need);
      const each = parts.map((span) => rowsWithin(dataset, batch, span)).filter(({ numRows }) => numRows > 0);
      // Nothing at all: whether that is an outage, a listing or a delisting is found out once for all such days.
      if (each.length === 0) return [];
      const of = concatBatches(dataset, each);
      const spans = answeredSpans(timesOf(dataset, of), need.key.interval, parts, now);
      const lacking = [...holesOf(dataset, of, need.key.interval, spans), ...clipHoles(idHoles, spans)];
      const holes = lacking.flatMap((hole) =>
        // A bar that has just closed may still come, and is asked for again.
        hole.end + LATE_BY > now
          ? [hole]
          : withAsked([hole], known[index], askedFor(source.name, hole)).map((asked) => untilExplained(asked, now)),
      );
      const missingIds = idsOf(dataset, of, need.key.interval, spans);
      return [{ key: need.key, batch: of, facts: answer.facts, spans, holes, missingIds }];
    });
    const [firstRows] = rows;
    if (firstRows !== undefined) rows[0] = { ...firstRows, quality: qualityOf(answer.quality) };
    const entries = withinFile(dataset, await saveAllRows(engine, rows, now, signal), answer);
    const stored = rows.flatMap(storedSpans);
    const rest = restOf(task.span, answer);
    const cost = answer.cost ?? ONE_REQUEST;
    return { status: 'ok', entries, ...extent(dataset, answer), stored, ...rest, cost };
  } finally {
    await lease.release();
  }
}

/** The entries with the conflicts that the answer has within itself. */
function withinFile(dataset: Dataset, entries: SavedEntry[], { quality, facts: { source } }: Answered): SavedEntry[] {
  const { conflicting = [] } = quality;
  if (conflicting.length === 0) return entries;
  return entries.map((entry) => {
    const { start, end } = rowSpanOf(dataset, entry.key.date);
    const own = conflicting
      .filter(({ time }) => time >= start && time < end)
      .map((each): Conflict => ({ ...each, keptSource: source, droppedSource: source }));
    return own.length === 0 ? entry : { ...entry, conflicts: [...entry.conflicts, ...own] };
  });
}

/** What of a span a source did not answer for: what it does not have, and what it left out. */
function restOf(span: TimeSpan, { answered, evidence = 'it answered only for a part' }: Answered) {
  if (answered === undefined) return {};
  const before = { start: span.start, end: answered.start < span.end ? answered.start : span.end };
  const behind = { start: answered.end > span.start ? answered.end : span.start, end: span.end };
  return {
    ...(before.start < before.end ? { unheld: { span: before, evidence } } : {}),
    ...(behind.start < behind.end && answered.start < span.end ? { leftOut: { span: behind, evidence } } : {}),
  };
}

type Answered = Extract<SourceAnswer, { status: 'ok' }>;

/** What happens is told at once, and yet of the last minute more may come. */
const RECENT = 60_000_000n;
/** For which spans rows came: where they lack some, those that are there were there before. */
function storedSpans({ key, batch, holes, spans = [spanOf(key.date)] }: RowsToSave): TimeSpan[] {
  if (batch.numRows === 0) return [];
  const missing = holes.filter(({ kind }) => kind !== OFF_GRID);
  return subtract(spans, missing);
}

const LATE_BY = 15n * 60_000_000n;

/** The spans without what follows the last row, as far as bars of it may still come. */
function answeredSpans(
  times: BigInt64Array,
  interval: Interval | undefined,
  spans: readonly TimeSpan[],
  now: bigint,
): readonly TimeSpan[] {
  const last = times.at(-1);
  if (last === undefined) return spans;
  if (interval === undefined) {
    const recent = now - RECENT;
    return clip(spans, upTo(last >= recent ? last + 1n : recent));
  }
  const next = nextOpenTime(interval, floorOpenTime(interval, last));
  const late = floorOpenTime(interval, now - LATE_BY);
  return clip(spans, upTo(next > late ? next : late));
}

const clipHoles = (holes: readonly Hole[], spans: readonly TimeSpan[]): Hole[] =>
  holes.flatMap((hole) => clip(spans, hole).map((part) => ({ ...hole, ...part })));

const askedFor = (source: string, span: TimeSpan): Asked => ({
  source,
  span: { start: span.start, end: span.end },
  outcome: 'no-rows',
});

/** A request that is ended before it has explained a hole leaves it to the next one, but not for good. */
const untilExplained = (hole: Hole, now: bigint): Hole =>
  hole.kind === undefined ? { ...hole, believedUntil: now + LATE_BY } : hole;

/** Who else was asked for a hole is kept. */
function withAsked(holes: ReturnType<typeof holesOf>, known: KnownFacts, asked: Asked): ReturnType<typeof holesOf> {
  const holesBefore = known === undefined || known.state === 'absent' ? [] : known.holes;
  const before = holesBefore.filter(({ believedUntil }) => believedUntil === undefined);
  const isOther = (each: Asked): boolean => each.source !== asked.source || each.object !== asked.object;
  return holes.flatMap((hole): Hole[] => {
    const alone = subtract([hole], before).map((part) => ({ ...hole, ...part, asked: [asked] }));
    // Of its parts others may have been asked.
    const shared = before.flatMap((each): Hole[] => {
      const part = intersection(each, hole);
      return part === undefined ? [] : [{ ...hole, ...part, asked: [...(each.asked ?? []).filter(isOther), asked] }];
    });
    return [...alone, ...shared].sort((a, b) => (a.start < b.start ? -1 : 1));
  });
}

/** Whether the spans of an entry are there, or the question about them has been answered. */
function isAnswered(known: KnownFacts, spans: readonly TimeSpan[], question: Asked, now: bigint): boolean {
  if (known === undefined || known.state === 'absent' || known.state === 'degraded') return false;
  if (subtract(spans, known.spans).length > 0) return false;
  const holes = known.holes.filter((hole) => spans.some((span) => hole.start < span.end && span.start < hole.end));
  return holes.every(
    (hole) =>
      hole.kind === OFF_GRID ||
      ((hole.believedUntil === undefined || now < hole.believedUntil) &&
        (hole.kind === 'exchange-outage' || hole.asked?.some((asked) => isSameQuestion(asked, question)) === true)),
  );
}

function isSameQuestion(asked: Asked, { source, object, span }: Asked): boolean {
  if (asked.source !== source) return false;
  if (object !== undefined) return asked.object === object;
  return asked.span !== undefined && span !== undefined && contains(asked.span, span);
}

/** Whether a day is an archive's already. */
const isOfArchive = (archive: string, known: KnownFacts): boolean =>
  known?.state === 'complete' && known.source === archive;

const urlOf = (known: KnownFacts): string | undefined =>
  known === undefined || known.state === 'absent' ? undefined : known.sourceUrl;

const asSaved = (keys: readonly CacheKey[], known: readonly KnownFacts[]): SavedEntry[] =>
  keys.map((key, index) => ({ key, facts: known[index], conflicts: [], isNew: false }));

type Asking = SourceAnswer | { readonly status: 'failed'; readonly error: unknown; readonly cost: FetchCost };

async function ask(
  source: string,
  key: CacheKey,
  fetch: () => Promise<SourceAnswer>,
  dataset: Dataset,
  signal: AbortSignal,
): Promise<Asking> {
  try {
    const answer = await publishFetch(source, key, fetch);
    if (answer.status === 'ok') assertInOrder(dataset, answer.batch);
    return answer;
  } catch (error) {
    throwIfAborted(signal);
    return { status: 'failed', error, cost: costOf(error) };
  }
}

function extent(dataset: Dataset, { batch }: Extract<SourceAnswer, { status: 'ok' }>) {
  const times = timesOf(dataset, batch);
  return { rows: batch.numRows, first: times[0], last: times.at(-1) };
}
