import { type CacheKey, cachePath, type Dataset, spanOf, type UtcMonth } from '@vision-cache/cache-keys';
import { assertInOrder, finishedRows } from '../rows/answered-rows.ts';
import { rowsOfKey } from '../rows/batch-rows.ts';
import { closedUntil } from '../query/closed-until.ts';
import { tellFetch } from '../io/diagnostics.ts';
import { charge, type Engine, type Fetched, land, type Landed, messageOf, note, type Run } from './engine.ts';
import { knownOf, leaseOf } from '../io/cache-access.ts';
import { throwIfAborted } from '../contract/errors.ts';
import { isPublished, type Listing } from '../publication/listing.ts';
import { type Need, unexplainedHoles } from '../ledger/needs.ts';
import { mapConcurrent } from '../concurrency/ordered-prefetch.ts';
import { archiveMayHave, type ArchiveTask, isNotYet, monthKeyFor, planArchives } from '../plan/plan-archives.ts';
import type { ArchiveSource, EntryFacts, KnownFacts, SourceAnswer } from '../contract/ports.ts';
import { holesOf, type RowsToSave, saveAllRows } from '../io/save-rows.ts';
import { clip, subtract, upTo } from '../spans/spans.ts';

const HOUR = 3_600_000_000n;
const DAY = 24n * HOUR;
/** So many objects make two requests for a listing worth their while: it spares the 404s. */
export const WORTH_A_LISTING = 8;

/** Asks an archive for what is needed, stores what comes day by day, and says what is still needed after it. */
export async function askArchive(
  engine: Engine,
  run: Run,
  archive: ArchiveSource,
  needs: readonly Need[],
): Promise<Need[]> {
  const now = engine.now();
  const open = needs.map((need) => {
    if (run.refresh || need.asked.includes(archive.name)) return need;
    if (!engine.asked.has(archive.name, cachePath(need.key), now)) return need;
    const text = 'it did not have it a moment ago';
    note(run, need.index, { source: archive.name, kind: 'archive', outcome: 'missing', text });
    return { ...need, asked: [...need.asked, archive.name] };
  });
  const asking = open.filter((need) => archiveMayHave(need, archive, now));
  if (asking.length === 0) return open;

  const absentMonths: ReadonlySet<UtcMonth> = new Set(run.months.keys());
  const plan = (listing: Listing | undefined): ArchiveTask[] =>
    planArchives({ needs: asking, archive, catalog: engine.catalog, listing, now, absentMonths });
  let tasks = plan(undefined);
  let listing: Listing | undefined;
  if (tasks.length >= WORTH_A_LISTING) {
    listing = await run.listing(archive);
    if (listing !== undefined) {
      tasks = plan(listing);
      noteUnlisted(run, archive, asking, tasks, listing);
    }
  }

  const planned = new Set(tasks.flatMap((task) => task.needs));
  const again = [...asking.filter((need) => !planned.has(need)), ...(await perform(engine, run, archive, tasks))];
  // What a month's file lacked is asked for by the day; what had no file of its own may be in its month's.
  const retry = { engine, run, archive, again, tasks, absentMonths, now };
  let retried = retries({ ...retry, listing });
  if (listing === undefined && retried.length >= WORTH_A_LISTING) {
    listing = await run.listing(archive);
    if (listing !== undefined) {
      retried = retries({ ...retry, listing });
      noteUnlisted(run, archive, again, retried, listing);
    }
  }
  await perform(engine, run, archive, retried);
  return open.flatMap((need) => stillNeeded(run, need));
}

async function perform(
  engine: Engine,
  run: Run,
  archive: ArchiveSource,
  tasks: readonly ArchiveTask[],
): Promise<Need[]> {
  const results = await mapConcurrent(
    tasks,
    async (task, signal) => {
      const id = `${archive.name} ${run.refresh ? 'again ' : ''}${cachePath(task.key)}`;
      const fetched = await engine.flights.do(
        id,
        (stop) => fetchObject(engine, archive, task, run.refresh, stop),
        signal,
      );
      return takeOver(engine, run, archive, task, fetched);
    },
    { ahead: engine.concurrency, signal: run.signal },
  );
  return results.flat();
}

interface RetryInput {
  readonly engine: Engine;
  readonly run: Run;
  readonly archive: ArchiveSource;
  readonly again: readonly Need[];
  readonly tasks: readonly ArchiveTask[];
  readonly absentMonths: ReadonlySet<UtcMonth>;
  readonly listing: Listing | undefined;
  readonly now: bigint;
}

/** What the first tasks did not bring, to be tried in the archive's other packaging. */
function retries({ engine, run, archive, again, tasks, absentMonths, listing, now }: RetryInput): ArchiveTask[] {
  const tried = new Set(tasks.map(({ key }) => cachePath(key)));
  const months = new Map<string, { key: CacheKey; needs: Need[] }>();
  const retry: ArchiveTask[] = [];
  for (const need of again) {
    if (!tried.has(cachePath(need.key)) && isPublished(listing, need.key) !== false) {
      retry.push({ packaging: need.key.packagingFrequency, key: need.key, needs: [need] });
      continue;
    }
    const month = monthKeyFor(need.key, engine.catalog);
    const failed = run.notes
      .get(need.index)
      ?.some(({ source, outcome }) => source === archive.name && outcome === 'failed');
    if (month === undefined || failed === true || !archive.covers(month) || tried.has(cachePath(month))) continue;
    // Two weeks after its end a month is expected even where it is not listed, unless it is known not to be there.
    const mayBe = isPublished(listing, month) ?? spanOf(month.date).end + 14n * DAY <= now;
    if (!mayBe || absentMonths.has(month.date)) continue;
    const of = months.get(month.date);
    if (of === undefined) months.set(month.date, { key: month, needs: [need] });
    else of.needs.push(need);
  }
  for (const { key, needs } of months.values()) retry.push({ packaging: 'monthly', key, needs });
  return retry;
}

/** Takes a task's outcome into the run; answers the needs that are worth asking for in another packaging. */
async function takeOver(
  engine: Engine,
  run: Run,
  archive: ArchiveSource,
  task: ArchiveTask,
  fetched: Fetched,
): Promise<Need[]> {
  charge(run, archive.name, fetched);
  const now = engine.now();
  if (fetched.status === 'ok') {
    const indexes = new Map(task.needs.map((need) => [cachePath(need.key), need.index]));
    const byPath =
      run.query.keys.length === task.needs.length
        ? undefined
        : new Map(run.query.keys.map((key, index) => [key.date, index]));
    land(run, (key) => indexes.get(cachePath(key)) ?? byPath?.get(key.date), fetched.landed, fetched.fromSource);
    run.progress(task.needs.length, fetched.rows, fetched.cost?.bytes ?? 0, archive.name);
    if (task.packaging === 'daily' || task.key === task.needs[0]?.key) return [];
    const lacking = task.needs.filter((need) => stillNeeded(run, need).length > 0);
    for (const { index } of lacking) {
      const text = `the file of ${task.key.date} lacks it`;
      note(run, index, { source: archive.name, kind: 'archive', outcome: 'missing', text });
    }
    return lacking;
  }
  for (const need of task.needs) {
    const failed = fetched.status === 'failed';
    const text = failed ? messageOf(fetched.error) : fetched.evidence;
    note(run, need.index, { source: archive.name, kind: 'archive', outcome: failed ? 'failed' : 'missing', text });
    if (!failed && task.packaging === need.key.packagingFrequency) {
      engine.asked.remember(archive.name, cachePath(need.key), now, now + HOUR / 4n);
    }
  }
  if (fetched.status === 'missing' && task.packaging === 'monthly' && task.key !== task.needs[0]?.key) {
    await rememberMissingMonth(engine, archive, task.key, fetched.evidence, now);
  }
  return [...task.needs];
}

async function rememberMissingMonth(
  engine: Engine,
  archive: ArchiveSource,
  key: CacheKey,
  evidence: string,
  now: bigint,
): Promise<void> {
  const kind = isNotYet(key, now) ? 'not-published-yet' : 'publisher-hole';
  const believedUntil = now + (kind === 'publisher-hole' ? 30n * DAY : 6n * HOUR);
  try {
    await engine.cache.saveAbsent(key, { source: archive.name, kind, evidence, askedAt: now, believedUntil });
  } catch {
    // Only a request is lost when it cannot be remembered.
  }
}

function noteUnlisted(
  run: Run,
  archive: ArchiveSource,
  needs: readonly Need[],
  tasks: readonly ArchiveTask[],
  listing: Listing,
): void {
  const planned = new Set(tasks.flatMap((task) => task.needs.map(({ index }) => index)));
  for (const need of needs) {
    if (planned.has(need.index) || isPublished(listing, need.key) !== false) continue;
    note(run, need.index, { source: archive.name, kind: 'archive', outcome: 'missing', text: 'not in the listing' });
  }
}

/** What of a need the entry still lacks. */
export function stillNeeded(run: Run, need: Need): Need[] {
  const facts = run.facts[need.index];
  if (facts === undefined || facts.state === 'absent') return [need];
  const wanted = { start: need.spans[0]!.start, end: need.spans.at(-1)!.end };
  if (!run.fetched.has(need.index) && (need.why === 'degraded' || need.why === 'refresh')) return [need];
  const missing = need.spans.flatMap((span) => subtract([span], facts.spans));
  const holes = unexplainedHoles(facts, wanted);
  const spans = subtract([...missing, ...holes], []);
  if (spans.length === 0) return [];
  return [{ ...need, spans, why: missing.length === 0 ? 'hole' : need.why }];
}

/**
 * Fetches one object and stores its days. Under the lease the cache is asked first: another process may have been
 * faster.
 */
async function fetchObject(
  engine: Engine,
  archive: ArchiveSource,
  task: ArchiveTask,
  refresh: boolean,
  signal: AbortSignal,
): Promise<Fetched> {
  const { cache, catalog } = engine;
  const lease = await leaseOf(cache, task.key, signal);
  try {
    const homes =
      task.packaging === task.needs[0]?.key.packagingFrequency ? [task.needs[0].key] : catalog.homeKeys(task.key);
    const known = await knownOf(cache, homes, signal);
    const wanted = new Set(task.needs.map(({ key }) => key.date));
    const there = homes.map((home, index) => (isWhole(known[index]) ? landedAs(home, known[index]) : undefined));
    if (!refresh && homes.every((home, index) => !wanted.has(home.date) || there[index] !== undefined)) {
      const landed = there.filter((each) => each !== undefined);
      return { status: 'ok', landed, rows: 0, fromSource: false, cost: undefined };
    }
    const dataset: Dataset = catalog.datasetOf<Dataset>(task.key);
    const asOf = engine.now();
    let answer: SourceAnswer;
    try {
      answer = await tellFetch(archive.name, task.key, async () => archive.fetch(task.key, { signal }));
      if (answer.status === 'ok') assertInOrder(dataset, answer.batch);
    } catch (error) {
      throwIfAborted(signal);
      return { status: 'failed', error };
    }
    if (answer.status === 'missing') return answer;
    const { facts } = answer;
    const closed = closedUntil(task.key.interval, asOf, spanOf(task.key.date), task.key.packagingFrequency);
    const batch = finishedRows(dataset, answer.batch, task.key.interval, asOf);
    // A day that its own file gave is kept as it is: where the two disagree, the daily file is right
    // (binance-public-data#475: in 398 of 398 rows it equalled REST).
    const isMonth = homes.length > 1;
    const days = homes.filter(
      (_, index) => !(isMonth ? isOf(archive, known[index]) : !refresh && there[index] !== undefined),
    );
    const rows = days.flatMap((home): RowsToSave[] => {
      const of = rowsOfKey(dataset, batch, home);
      // A month's file without a row of a day says nothing of that day: its own file is asked for.
      if (isMonth && of.numRows === 0) return [];
      // The week that a month ends in may close in the next one: until then the month is not whole.
      const spans = home.interval === undefined ? [spanOf(home.date)] : clip([spanOf(home.date)], upTo(closed));
      return [{ key: home, batch: of, facts, spans, holes: holesOf(dataset, of, home.interval, spans) }];
    });
    const landed = await saveAllRows(engine, rows, signal);
    return { status: 'ok', landed, rows: batch.numRows, fromSource: true, cost: answer.cost };
  } finally {
    await lease.release();
  }
}

function isWhole(facts: KnownFacts): facts is EntryFacts {
  return facts?.state === 'complete' && unexplainedHoles(facts, { start: -(2n ** 62n), end: 2n ** 62n }).length === 0;
}

function isOf(archive: ArchiveSource, facts: KnownFacts): boolean {
  return facts?.state === 'complete' && facts.source === archive.name;
}

function landedAs(key: CacheKey, facts: EntryFacts): Landed {
  return { key, facts, conflicts: [] };
}
