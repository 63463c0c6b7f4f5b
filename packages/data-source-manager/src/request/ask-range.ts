import { cachePath, type ColumnBatch, type Dataset, type TimeSpan } from '@vision-cache/cache-keys';
import { assertInOrder } from '../rows/answered-rows.ts';
import { concatBatches, lowerBound, rowsBetween, rowsWithin, timesOf } from '../rows/batch-rows.ts';
import { tellFetch } from '../io/diagnostics.ts';
import { charge, type Engine, type Fetched, land, type Landed, messageOf, note, type Run } from './engine.ts';
import { knownOf, leaseOf } from '../io/cache-access.ts';
import { throwIfAborted } from '../contract/errors.ts';
import { stillNeeded, WORTH_A_LISTING } from './ask-archive.ts';
import { type Beyond, beyondArchive } from '../plan/beyond-archive.ts';
import { type Need, unexplainedHoles } from '../ledger/needs.ts';
import { mapConcurrent } from '../concurrency/ordered-prefetch.ts';
import { planRanges, rangeMayHave, type RangeTask } from '../plan/plan-ranges.ts';
import type { RangeSource, SourceAnswer } from '../contract/ports.ts';
import { holesOf, type RowsToSave, saveAllRows } from '../io/save-rows.ts';
import { clip, subtract } from '../spans/spans.ts';
import { unknownSymbol } from '../io/unknown-symbol.ts';

/** Asks a source of any span for what is needed, stores what comes by the day, and says what is still needed after it. */
export async function askRange(engine: Engine, run: Run, source: RangeSource, needs: readonly Need[]): Promise<Need[]> {
  const { interval } = run.query;
  const asking = needs.filter((need) => rangeMayHave(need, source));
  if (interval === undefined || asking.length === 0) return [...needs];
  const beyond = await beyondListed(engine, run, asking);
  const ask = (of: readonly Need[]): Promise<unknown> =>
    mapConcurrent(planRanges(of, interval), (task, signal) => perform(engine, run, source, task, signal), {
      ahead: engine.concurrency,
      signal: run.signal,
    });
  const later = new Set(beyond.flatMap(({ others }) => others));
  await ask(asking.filter((need) => !later.has(need)));
  for (const { probe, others } of beyond) {
    const facts = run.facts[probe.index];
    if (facts !== undefined && facts.state !== 'absent') await ask(others);
    else noteAsProbe(run, source, probe, others);
  }
  return needs.flatMap((need) => stillNeeded(run, need));
}

/** Entries that the archive says are not worth a request each: those it does not have, far from what it has. */
async function beyondListed(engine: Engine, run: Run, asking: readonly Need[]): Promise<readonly Beyond[]> {
  const archive = run.sources.find((source) => source.kind === 'archive' && source.list !== undefined);
  if (archive === undefined || run.refresh) return [];
  const unlisted = asking.filter(({ index, asked }) =>
    asked.includes(archive.name)
      ? true
      : run.notes.get(index)?.some(({ source, outcome }) => source === archive.name && outcome === 'missing'),
  );
  if (unlisted.length < WORTH_A_LISTING) return [];
  return beyondArchive(unlisted, await run.listing(archive), engine.now());
}

function noteAsProbe(run: Run, source: RangeSource, probe: Need, others: readonly Need[]): void {
  const said = run.notes
    .get(probe.index)
    ?.filter((each) => each.source === source.name)
    .at(-1);
  if (said === undefined) return;
  const text = said.outcome === 'failed' ? said.text : `nothing of ${probe.key.date}, next to what the archive has`;
  for (const { index } of others) note(run, index, { ...said, text });
}

async function perform(
  engine: Engine,
  run: Run,
  source: RangeSource,
  task: RangeTask,
  signal: AbortSignal,
): Promise<void> {
  const { start, end } = task.span;
  const id = `${source.name} ${cachePath(task.key)} ${start} ${end}${run.refresh ? ' again' : ''}`;
  const fetched = await engine.flights.do(id, (stop) => fetchSpan(engine, source, task, run.refresh, stop), signal);
  charge(run, source.name, fetched);
  if (fetched.status === 'ok') {
    const indexes = new Map(task.needs.map((need) => [cachePath(need.key), need.index]));
    land(run, (key) => indexes.get(cachePath(key)), fetched.landed, fetched.fromSource);
    run.progress(task.needs.length, fetched.rows, fetched.cost?.bytes ?? 0, source.name);
  }
  for (const need of task.needs) {
    if (fetched.status === 'failed') {
      note(run, need.index, { source: source.name, kind: 'range', outcome: 'failed', text: messageOf(fetched.error) });
    } else if (stillNeeded(run, need).length > 0) {
      const text = fetched.status === 'missing' ? fetched.evidence : 'answered without rows';
      note(run, need.index, {
        source: source.name,
        kind: 'range',
        outcome: fetched.status === 'missing' ? 'missing' : 'short',
        text,
      });
    }
  }
}

async function fetchSpan(
  engine: Engine,
  source: RangeSource,
  task: RangeTask,
  refresh: boolean,
  signal: AbortSignal,
): Promise<Fetched> {
  const { cache, catalog } = engine;
  // Of a span over many days the first stands for all: equal requests meet there, and nobody waits for two at once.
  const lease = await leaseOf(cache, task.needs[0]!.key, signal);
  try {
    const keys = task.needs.map(({ key }) => key);
    const known = await knownOf(cache, keys, signal);
    const there = task.needs.every((need, index) => {
      const facts = known[index];
      return (
        facts !== undefined &&
        facts.state !== 'absent' &&
        need.why !== 'degraded' &&
        subtract(clip(need.spans, task.span), facts.spans).length === 0 &&
        (need.why !== 'hole' || unexplainedHoles(facts, task.span).length === 0)
      );
    });
    if (there && !refresh) {
      const landed = keys.map((key, index): Landed => ({ key, facts: known[index] as Landed['facts'], conflicts: [] }));
      return { status: 'ok', landed, rows: 0, fromSource: false, cost: undefined };
    }
    const dataset: Dataset = catalog.datasetOf<Dataset>(task.key);
    let answer: SourceAnswer;
    try {
      answer = await tellFetch(source.name, task.key, async () => source.fetch(task.key, task.span, { signal }));
      if (answer.status === 'ok') assertInOrder(dataset, answer.batch);
    } catch (error) {
      throwIfAborted(signal);
      const unknown = unknownSymbol(error);
      return unknown === undefined ? { status: 'failed', error } : { status: 'missing', evidence: unknown };
    }
    if (answer.status === 'missing') return answer;
    const { batch, facts } = answer;
    const rows = task.needs.flatMap((need): RowsToSave[] => {
      const spans = clip(need.spans, task.span);
      const of = rowsOfSpans(dataset, batch, spans);
      // Nothing at all: whether that is an outage, a listing or a delisting is found out once for all such days.
      if (of.numRows === 0) return [];
      const holes = holesOf(dataset, of, need.key.interval, spans);
      return [{ key: need.key, batch: of, facts, spans: clip(spans, need.whole), holes }];
    });
    const landed = await saveAllRows(engine, rows, signal);
    return { status: 'ok', landed, rows: batch.numRows, fromSource: true, cost: answer.cost, answered: [task.span] };
  } finally {
    await lease.release();
  }
}

/** Rows of the source that were asked for: others, should it send any, are no answer to this question. */
function rowsOfSpans(dataset: Dataset, batch: ColumnBatch, spans: readonly TimeSpan[]): ColumnBatch {
  const parts = spans.map((span) => rowsWithin(dataset, batch, span)).filter(({ numRows }) => numRows > 0);
  if (parts.length > 0) return concatBatches(dataset, parts);
  const at = lowerBound(timesOf(dataset, batch), spans[0]?.start ?? 0n);
  return rowsBetween(dataset, batch, at, at);
}
