import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  expectationColumns,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { Answer, RequestOptions } from '../contract/answer.ts';
import type { Coverage } from '../contract/coverage.ts';
import { withJson } from '../contract/coverage-json.ts';
import { throwIfAborted } from '../contract/errors.ts';
import type { Loaded, SourcePort } from '../contract/ports.ts';
import type { ListingMemo } from '../io/collect-listing.ts';
import type { Engine } from '../io/engine.ts';
import { loadRows, readMonths } from '../io/read-cache.ts';
import { readNeighbours } from '../io/read-neighbours.ts';
import { activityOf, missesOf } from '../ledger/activity.ts';
import { coverageOfLedger, withJoinedGaps } from '../ledger/coverage-of.ts';
import { refuseIncomplete } from '../ledger/incomplete.ts';
import { type Ledger, record, startLedger } from '../ledger/ledger.ts';
import { isNeededBy } from '../ledger/open-sources.ts';
import { hasUnexplainedHole, isSettled } from '../ledger/unexplained.ts';
import { nobodyKnows } from '../ledger/unknown-name.ts';
import type { ParsedQuery } from '../query/query.ts';
import { checkOptions } from '../query/request-options.ts';
import { concatBatches, emptyBatch, project, rowsOfKey, rowsWithin } from '../rows/batch-rows.ts';
import { hasContiguousIds, missingIdsOf } from '../rows/missing-ids.ts';
import { splicedRows } from '../rows/spliced-rows.ts';
import { withUnsaved } from '../rows/unsaved-rows.ts';
import { union } from '../spans/spans.ts';
import { isSimple } from '../ledger/state-of.ts';
import { askArchive } from './ask-archive.ts';
import { askRange } from './ask-range.ts';
import { explain, remember } from './explain.ts';
import { Run } from './run.ts';
import { qualityOfLedger, warningsOf } from './told-once.ts';

export interface RangeRequest {
  readonly query: ParsedQuery;
  readonly options: RequestOptions;
  /** In the order in which they are asked; none when the request must stay offline. */
  readonly sources: readonly SourcePort[];
  /** All of the manager's. */
  readonly known: readonly SourcePort[];
  readonly listings: ListingMemo;
  /** Of the whole request that this is a part of. */
  readonly listingSpan?: TimeSpan | undefined;
}

/** Cache, then sources, then cache again; then the truth about what is there. */
export async function answerRange(engine: Engine, request: RangeRequest): Promise<Answer> {
  const { query, sources, known } = request;
  const options = withIdColumns(query.dataset, request.options);
  checkOptions(query, options);
  throwIfAborted(options.signal);
  const now = engine.now();
  const { catalog, rank } = engine;
  const input = { query, catalog, now, rank, sources, known, isRefresh: options.mode === 'refresh' };
  if (query.keys.length === 0) {
    return answerOf(engine, request, startLedger({ ...input, facts: [] }), emptyBatch(query.dataset, options.columns));
  }
  const first = await loadRows(engine.cache, query.keys, query.rowSpan, options);
  const isWarm = first.entries.every((facts) => facts !== undefined && facts.state !== 'absent' && isSimple(facts));
  if (isWarm && !input.isRefresh) {
    return answerOf(
      engine,
      request,
      startLedger({ ...input, facts: first.entries, damaged: first.damaged }),
      first.batch,
    );
  }
  const months = await readMonths(engine, query, first.entries, now, options.signal);
  const ledger = startLedger({ ...input, facts: first.entries, months, damaged: first.damaged });
  const misses = missesOf(ledger);
  const run = new Run({
    engine,
    ledger,
    listings: request.listings,
    listingSpan: request.listingSpan ?? query.span,
    signal: options.signal,
    onProgress: options.onProgress,
    total: misses.size,
  });
  // Explains what an earlier request found but could not explain, without asking the sources again.
  const isOpen = sources.length > 0 && ledger.entries.some(hasUnexplainedHole);
  if (misses.size > 0 || isOpen) await fill(run, options.strict !== false);
  const batch = await reload(engine, ledger, first, options);
  return answerOf(engine, request, ledger, batch, { misses, run });
}

/** Also the columns that tell which ids are missing. */
function withIdColumns(dataset: Dataset, options: RequestOptions): RequestOptions {
  const { columns } = options;
  if (columns === undefined || !hasContiguousIds(dataset)) return options;
  return { ...options, columns: [...new Set([...columns, ...expectationColumns(dataset)])] };
}

/** Asks the sources in their order, each only for what those before it did not have, and explains the rest. */
async function fill(run: Run, isStrict: boolean): Promise<void> {
  const { sources, entries } = run.ledger;
  for (const source of sources) await ask(run, source);
  // An archive that failed was not asked for all: once more for what no other source has.
  const hasFailed = entries.some(({ answers }) => answers.some(({ type }) => type === 'failure'));
  if (hasFailed) for (const source of sources) if (source.kind === 'archive') await ask(run, source);
  throwIfAborted(run.signal);
  if (run.ledger.entries.every(isSettled)) return;
  await explain(run);
  await remember(run, isStrict);
}

async function ask(run: Run, source: SourcePort): Promise<void> {
  throwIfAborted(run.signal);
  if (!run.ledger.entries.some((entry) => isNeededBy(run.ledger, entry, source))) return;
  await (source.kind === 'archive' ? askArchive(run, source) : askRange(run, source));
}

/** The rows as the cache has them now; only what changed is read again. */
async function reload(
  engine: Engine,
  ledger: Ledger,
  first: Loaded<Dataset>,
  asked: RequestOptions,
): Promise<ColumnBatch> {
  const { dataset, keys, rowSpan } = ledger.query;
  const options = { ...asked, uncounted: true };
  const changed = ledger.entries.filter(({ isChanged }) => isChanged);
  if (changed.length === 0) return first.batch;
  if (changed.some(({ unsaved }) => unsaved.length > 0)) return reloadBesideMemory(engine, ledger, options);
  const hasTime = options.columns?.includes(dataset.timeColumn) ?? true;
  // Where rows come to be labelled by their start, two days share an instant, which cannot tell whose row it is.
  const isTold = hasTime && dataset.labelledByEndBefore === undefined;
  if (changed.length * 2 >= keys.length || !isTold) {
    const again = await loadRows(engine.cache, keys, rowSpan, options);
    takeFacts(
      ledger,
      ledger.entries.map(({ index }) => index),
      again,
    );
    return again.batch;
  }
  const changedKeys = changed.map(({ key }) => key);
  const again = await loadRows(engine.cache, changedKeys, rowSpan, options);
  takeFacts(
    ledger,
    changed.map(({ index }) => index),
    again,
  );
  return splicedRows(dataset, first.batch, again.batch, changedKeys, options.columns);
}

/** The rows of the cache and those that it could not take. They can be compared only with all of their columns. */
async function reloadBesideMemory(engine: Engine, ledger: Ledger, options: RequestOptions): Promise<ColumnBatch> {
  const { dataset, keys, rowSpan, interval } = ledger.query;
  const again = await loadRows(engine.cache, keys, rowSpan, { ...options, columns: undefined });
  takeFacts(
    ledger,
    ledger.entries.map(({ index }) => index),
    again,
  );
  const unsaved = ledger.entries.filter((entry) => entry.unsaved.length > 0);
  const merged = unsaved.map(({ key, index, unsaved: rows }) => {
    const cached = { batch: rowsOfKey(dataset, again.batch, key), facts: again.entries[index] };
    return rowsWithin(dataset, withUnsaved(dataset, key, interval, cached, rows, ledger.rank), rowSpan);
  });
  const mergedKeys: readonly CacheKey[] = unsaved.map(({ key }) => key);
  return splicedRows(dataset, again.batch, concatBatches(dataset, merged), mergedKeys, options.columns);
}

/** Facts and rows are of one moment. */
function takeFacts(ledger: Ledger, indexes: readonly number[], { entries }: Loaded<Dataset>): void {
  indexes.forEach((index, at) => {
    const facts = entries[at];
    const { unsaved, isChanged, whole } = ledger.entries[index]!;
    const isStored = facts !== undefined && facts.state !== 'absent';
    if (isStored || (isChanged && unsaved.length === 0)) {
      record(ledger, { type: 'saved', index, facts: isStored ? facts : undefined, conflicts: [] });
    }
    if (isStored || !isChanged || unsaved.length > 0) return;
    const question = { source: 'the cache', kind: 'cache', span: whole } as const;
    record(ledger, { type: 'failure', question, evidence: 'it was stored and could not be read again' });
  });
}

/** Rows tell that somebody knows the name. */
const isFull = ({ batch }: Answer): boolean => batch.numRows > 0;

async function answerOf(
  engine: Engine,
  { query, options }: RangeRequest,
  ledger: Ledger,
  batch: ColumnBatch,
  done?: { readonly misses: ReadonlySet<number>; readonly run: Run },
): Promise<Answer> {
  const coverage = await withMissingIds(
    engine,
    ledger,
    batch,
    withJoinedGaps(coverageOfLedger(ledger)),
    options.signal,
  );
  const quality = qualityOfLedger(ledger);
  const { columns } = options;
  const answer: Answer = {
    batch: columns === undefined || !hasContiguousIds(query.dataset) ? batch : project(query.dataset, batch, columns),
    coverage: withJson(coverage),
    activity: activityOf(ledger, done?.misses ?? new Set(), done?.run.costs ?? new Map()),
    conflicts: ledger.conflicts,
    quality,
    warnings: warningsOf(ledger, coverage, quality),
  };
  if (options.strict !== false) {
    refuseIncomplete(query, answer, options, done === undefined || isFull(answer) ? undefined : nobodyKnows(ledger));
  }
  return answer;
}

/** What is missing of the ids, by the rows of the answer, those around it, and what is known of its entries. */
async function withMissingIds(
  engine: Engine,
  { query, entries }: Ledger,
  batch: ColumnBatch,
  coverage: Coverage,
  signal: AbortSignal | undefined,
): Promise<Coverage> {
  if (!hasContiguousIds(query.dataset) || batch.numRows === 0) return coverage;
  const runs = union(coverage.spans);
  const neighbours = await readNeighbours(engine, query, runs, signal);
  const missingIds = missingIdsOf(query.dataset, batch, runs, entries, neighbours);
  return { ...coverage, complete: coverage.gaps.length + missingIds.length === 0, missingIds };
}
