import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  rowSpanWithin,
  spanOf,
  type TimeSpan,
  type UtcMonth,
} from '@vision-cache/cache-keys';
import type { Account, Answer, RequestOptions } from '../contract/answer.ts';
import { askArchive } from './ask-archive.ts';
import { askRange } from './ask-range.ts';
import { concatBatches, emptyBatch, rowsOfKey, rowsWithin } from '../rows/batch-rows.ts';
import { knownOf, unreadable } from '../io/cache-access.ts';
import { closedUntil } from '../query/closed-until.ts';
import type { ListingMemo } from '../io/collect-listing.ts';
import { type Coverage, coverageOf, EXPECTED_GAPS, gapKind } from '../ledger/coverage.ts';
import { type Engine, messageOf, type Run } from './engine.ts';
import { DataSourceError, throwIfAborted } from '../contract/errors.ts';
import { isBelieved, type Need, needsOf } from '../ledger/needs.ts';
import { keyAt } from '../plan/plan-archives.ts';
import { rangeMayHave } from '../plan/plan-ranges.ts';
import type { AbsentFacts, KnownFacts, Loaded, SourcePort } from '../contract/ports.ts';
import type { ParsedQuery } from '../query/query.ts';
import { checkOptions } from '../query/request-options.ts';
import { settle } from './settle.ts';
import { withReasons } from '../ledger/hole-reasons.ts';
import { withUnsaved } from '../rows/unsaved-rows.ts';

export interface RangeRequest {
  readonly query: ParsedQuery;
  readonly options: RequestOptions;
  /** In the order in which they are asked; none when the request must stay offline. */
  readonly sources: readonly SourcePort[];
  readonly listings: ListingMemo;
  /** Of the whole request that this is a part of. */
  readonly listingSpan?: TimeSpan | undefined;
}

/** Cache, then sources, then cache again; then the truth about what is there. */
export async function answerRange(engine: Engine, request: RangeRequest): Promise<Answer> {
  const { query, options } = request;
  checkOptions(query, options);
  throwIfAborted(options.signal);
  if (query.keys.length === 0) {
    const nothing = emptyBatch(query.dataset, options.columns);
    return finish(engine, request, nothing, [], undefined, 0, engine.now());
  }
  const first = await load(engine, query.keys, query.rowSpan, options);
  const now = engine.now();
  const refresh = options.mode === 'refresh';
  const facts = [...first.entries];
  if (!refresh && isWarm(facts)) return finish(engine, request, first.batch, facts, undefined, 0, now);

  const months =
    request.sources.length === 0 || refresh
      ? new Map<UtcMonth, AbsentFacts>()
      : await monthsKnown(engine, query, facts, options);
  const needs = needsOf(query, facts, { now, refresh });
  const run = startRun(engine, request, facts, months, needs.length);
  const misses = await fill(engine, run, needs);
  const batch = await reload(engine, run, first, options);
  return finish(engine, request, batch, run.facts, run, misses, now);
}

/** Everything is there and nothing is missing in it: no row and no span need be looked at. */
function isWarm(facts: readonly KnownFacts[]): boolean {
  return facts.every((known) => known?.state === 'complete' && known.holes.length === 0);
}

async function load(
  engine: Engine,
  keys: readonly CacheKey[],
  span: TimeSpan,
  options: RequestOptions & { readonly uncounted?: boolean },
): Promise<Loaded<Dataset>> {
  const { signal, columns, uncounted } = options;
  try {
    return await engine.cache.loadMany(keys, {
      start: span.start,
      end: span.end,
      ...(columns === undefined ? {} : { columns }),
      ...(signal === undefined ? {} : { signal }),
      ...(uncounted === undefined ? {} : { uncounted }),
    });
  } catch (cause) {
    throw unreadable('loadMany', cause, signal);
  }
}

/** Of days that the cache does not know, what it knows of their month; `facts` of days in a month without data are set. */
async function monthsKnown(
  engine: Engine,
  query: ParsedQuery,
  facts: KnownFacts[],
  options: RequestOptions,
): Promise<ReadonlyMap<UtcMonth, AbsentFacts>> {
  const { keys, dataset, interval } = query;
  const months = new Map<UtcMonth, AbsentFacts>();
  if (keys[0]?.packagingFrequency !== 'daily' || !dataset.published.monthly.includes(interval)) return months;
  const now = engine.now();
  // A day of which no more is known than a month is: what was believed of it has had its time.
  const isUnknown = (of: KnownFacts): boolean => of === undefined || (of.state === 'absent' && !isBelieved(of, now));
  const unknown = new Set(keys.filter((_, index) => isUnknown(facts[index])).map(({ date }) => date.slice(0, 7)));
  const monthKeys = [...unknown].map((month) => keyAt(keys[0]!, 'monthly', month, engine.catalog));
  if (monthKeys.length === 0) return months;
  const known = await knownOf(engine.cache, monthKeys, options.signal);
  known.forEach((of, index) => {
    if (of?.state === 'absent' && isBelieved(of, now)) months.set(monthKeys[index]!.date, of);
  });
  keys.forEach((key, index) => {
    const of = isUnknown(facts[index]) ? months.get(key.date.slice(0, 7)) : undefined;
    const kind = gapKind(of?.kind);
    if (kind === 'not-listed-yet' || kind === 'delisted') facts[index] = of;
  });
  return months;
}

function startRun(
  engine: Engine,
  request: RangeRequest,
  facts: KnownFacts[],
  months: ReadonlyMap<UtcMonth, AbsentFacts>,
  total: number,
): Run {
  const { query, options, listings } = request;
  const begun = engine.now();
  const listingSpan = request.listingSpan ?? query.span;
  const unlisted = new Map<string, string>();
  let done = 0;
  let rows = 0;
  let bytes = 0;
  return {
    query,
    sources: request.sources,
    signal: options.signal,
    refresh: options.mode === 'refresh',
    listingSpan,
    facts,
    changed: new Set(),
    fetched: new Set(),
    reasons: new Map(),
    unknownSymbol: undefined,
    unsaved: new Map(),
    conflicts: [],
    warnings: [],
    accounts: new Map(),
    notes: new Map(),
    months,
    unlisted,
    async listing(source) {
      const [key] = query.keys;
      if (source.kind !== 'archive' || source.list === undefined || key === undefined) return undefined;
      if (unlisted.has(source.name)) return undefined;
      try {
        return await listings.get(source, key, listingSpan, engine, options.signal);
      } catch (error) {
        throwIfAborted(options.signal);
        unlisted.set(source.name, messageOf(error));
        return undefined; // It spares requests and explains gaps: rows can be had without one.
      }
    },
    progress(landed, moreRows, moreBytes, source) {
      done = Math.min(total, done + landed);
      rows += moreRows;
      bytes += moreBytes;
      const elapsedMs = Number(engine.now() - begun) / 1000;
      const etaMs = done === 0 ? undefined : (elapsedMs / done) * (total - done);
      options.onProgress?.({ entries: { done, total }, rows, bytes, elapsedMs, etaMs, source });
    },
  };
}

/** Asks the sources in their order, each only for what those before it did not have; answers how many entries needed one. */
async function fill(engine: Engine, run: Run, needs: readonly Need[]): Promise<number> {
  let open = [...needs];
  const askable = needs.filter((need) =>
    run.sources.some((source) =>
      source.kind === 'range'
        ? rangeMayHave(need, source)
        : !need.asked.includes(source.name) && source.covers(need.key),
    ),
  );
  for (const source of run.sources) {
    if (open.length === 0) break;
    throwIfAborted(run.signal);
    open =
      source.kind === 'archive'
        ? await askArchive(engine, run, source, open)
        : await askRange(engine, run, source, open);
  }
  if (open.length > 0) await settle(engine, run, open);
  return askable.length;
}

/** The rows as the cache has them now; only what changed is read again. */
async function reload(engine: Engine, run: Run, first: Loaded<Dataset>, asked: RequestOptions): Promise<ColumnBatch> {
  const { query } = run;
  const options = { ...asked, uncounted: true };
  const { dataset, keys, rowSpan } = query;
  const changed = [...run.changed].filter((index) => run.facts[index] !== undefined).sort((a, b) => a - b);
  if (changed.length === 0) return first.batch;
  if (run.unsaved.size > 0) return reloadBesideMemory(engine, run, options);
  const hasTime = options.columns?.includes(dataset.timeColumn) ?? true;
  // Where rows come to be labelled by their start, two days share an instant, which cannot tell whose row it is.
  const isTold = hasTime && dataset.labelledByEndBefore === undefined;
  if (changed.length * 2 >= keys.length || !isTold) {
    const again = await load(engine, keys, rowSpan, options);
    takeAllFacts(run, again.entries);
    return again.batch;
  }
  const changedKeys = changed.map((index) => keys[index]!);
  const again = await load(engine, changedKeys, rowSpan, options);
  changed.forEach((index, at) => takeFacts(run, index, again.entries[at]));
  return splice(dataset, first.batch, again.batch, changedKeys, options.columns);
}

/** The rows of the cache and those that it could not take. They can be compared only with all of their columns. */
async function reloadBesideMemory(engine: Engine, run: Run, options: RequestOptions): Promise<ColumnBatch> {
  const { dataset, keys, rowSpan, interval } = run.query;
  const again = await load(engine, keys, rowSpan, { ...options, columns: undefined });
  takeAllFacts(run, again.entries);
  const unsaved = [...run.unsaved].sort(([a], [b]) => a - b);
  const merged = unsaved.map(([index, rows]) => {
    const key = keys[index]!;
    const cached = { batch: rowsOfKey(dataset, again.batch, key), facts: again.entries[index] };
    return rowsWithin(dataset, withUnsaved(dataset, key, interval, cached, rows), rowSpan);
  });
  const mergedKeys = unsaved.map(([index]) => keys[index]!);
  return splice(dataset, again.batch, concatBatches(dataset, merged), mergedKeys, options.columns);
}

/** Of entries that others have stored meanwhile, too: their rows have been read. */
function takeAllFacts(run: Run, entries: readonly KnownFacts[]): void {
  entries.forEach((again, index) => {
    const isStored = again !== undefined && again.state !== 'absent';
    const isChanged = run.changed.has(index) && run.facts[index] !== undefined;
    if (isStored || isChanged) takeFacts(run, index, again);
  });
}

/** The cache's facts are of the same moment as its rows; what this request found out about its holes is added. */
function takeFacts(run: Run, index: number, again: KnownFacts): void {
  if (run.unsaved.has(index)) return;
  if (again !== undefined && again.state !== 'absent') {
    const known = run.facts[index];
    const reasons = known === undefined || known.state === 'absent' ? [] : known.holes;
    run.facts[index] = { ...again, holes: withReasons(again.holes, reasons) };
    return;
  }
  run.facts[index] = undefined;
  run.reasons.set(index, { kind: 'source-failed', evidence: 'it was stored and could not be read again' });
}

/** The first batch with the rows of the changed entries in place of its own. */
function splice(
  dataset: Dataset,
  batch: ColumnBatch,
  changed: ColumnBatch,
  keys: readonly CacheKey[],
  names: readonly string[] | undefined,
): ColumnBatch {
  const parts: ColumnBatch[] = [];
  let from = -(2n ** 62n);
  for (const key of keys) {
    const { start, end } = rowSpanWithin(dataset, spanOf(key.date));
    if (start > from) parts.push(rowsWithin(dataset, batch, { start: from, end: start }));
    parts.push(rowsWithin(dataset, changed, { start: start > from ? start : from, end }));
    from = end;
  }
  parts.push(rowsWithin(dataset, batch, { start: from, end: 2n ** 62n }));
  return concatBatches(dataset, parts, names);
}

function finish(
  engine: Engine,
  request: RangeRequest,
  batch: ColumnBatch,
  facts: readonly KnownFacts[],
  run: Run | undefined,
  misses: number,
  now: bigint,
): Answer {
  const { query, options } = request;
  const { keys, span, interval } = query;
  const coverage = coverageOf({
    span,
    keys,
    wholes: query.wholes,
    facts,
    interval,
    now,
    fetched: run?.fetched,
    reasons: run?.reasons,
  });
  const answer: Answer = {
    batch,
    coverage,
    account: accountOf(query, facts, run, misses, now),
    conflicts: run?.conflicts ?? [],
    warnings: run?.warnings ?? [],
  };
  if (options.strict !== false) refuseIncomplete(query, answer, options, run?.unknownSymbol);
  return answer;
}

function accountOf(
  query: ParsedQuery,
  facts: readonly KnownFacts[],
  run: Run | undefined,
  misses: number,
  now: bigint,
): Account {
  const hitsByLayout = { new: 0, old: 0 };
  let absent = 0;
  const closed = closedUntil(query.interval, now, query.span, query.keys[0]?.packagingFrequency);
  facts.forEach((known, index) => {
    if (run?.fetched.has(index) === true || run?.notes.has(index) === true) return;
    if (known?.state === 'absent') absent++;
    else if (known !== undefined && query.wholes[index]!.start < closed) hitsByLayout[known.layout]++;
  });
  return {
    hits: hitsByLayout.new + hitsByLayout.old,
    misses,
    absent,
    hitsByLayout,
    sources: Object.fromEntries(run?.accounts ?? []),
  };
}

function refuseIncomplete(
  query: ParsedQuery,
  { coverage, batch }: Answer,
  options: RequestOptions,
  unknown: string | undefined,
): void {
  const allowed = new Set([...EXPECTED_GAPS, ...(options.allow ?? [])]);
  const refused = coverage.gaps.filter(({ kind }) => !allowed.has(kind));
  // A name that nobody knows is a slip, and no gap that could be allowed.
  const isUnknown = unknown !== undefined && batch.numRows === 0;
  if (refused.length === 0 && !isUnknown) return;
  const key = query.keys[0]!;
  const name = `${key.marketType} ${key.symbol}${key.interval === undefined ? '' : ` ${key.interval}`} ${key.dataNature}`;
  const [first] = refused;
  if (isUnknown) {
    throw new DataSourceError('E_UNKNOWN_SYMBOL', `${name}: ${unknown}.`, { symbol: key.symbol, evidence: unknown });
  }
  throw new DataSourceError('E_INCOMPLETE', incompleteMessage(name, refused, first!), { coverage });
}

function incompleteMessage(name: string, gaps: Coverage['gaps'], first: Coverage['gaps'][number]): string {
  const more = gaps.length === 1 ? '' : ` and ${gaps.length - 1} more gaps`;
  const from = new Date(Number(first.start / 1000n)).toISOString();
  const to = new Date(Number(first.end / 1000n)).toISOString();
  return (
    `${name} is incomplete: ${first.kind} from ${from} to ${to} (${first.evidence})${more}. ` +
    'What there is, is cached; strict: false answers with it.'
  );
}
