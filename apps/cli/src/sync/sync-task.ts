import {
  type Catalog,
  epochMicroseconds,
  isoText,
  type TimeInput,
  type TimeSpan,
  monthsBetween,
  spanOf,
  utcMonth,
} from '@vision-cache/cache-keys';
import type { Activity, Answer, DataSourceManager, Gap, Progress } from '@vision-cache/data-source-manager';
import { datasetOf, type Series, seriesName } from '../series/series-name.ts';
import { codeOf } from '../text/tell-error.ts';
import { gapRow, type GapRow } from '../rows/gap-row.ts';
import { missingIdsRow } from '../rows/missing-id-rows.ts';
import { isOfShard, type Shard } from './shard.ts';

/** One series and the spans of it that this run is to bring. */
export interface SyncTask {
  readonly series: Series;
  readonly name: string;
  readonly spans: readonly TimeSpan[];
  /** Days or months in the spans. */
  readonly entries: number;
}

/** What became of a series. */
export interface SyncRow {
  readonly series: string;
  readonly asked: { readonly from: string; readonly to: string };
  /** Days or months that had to be fetched, with what came over the network for them. */
  readonly stored: {
    readonly entries: number;
    readonly rows: number;
    readonly requests: number;
    readonly bytes: number;
  };
  readonly gaps: readonly GapRow[];
  readonly warnings: readonly string[];
  readonly seconds: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The spans of a series within `[from, to)`; of a shard, the months of it that are the shard's. */
export function taskOf(
  series: Series,
  from: TimeInput,
  to: TimeInput,
  catalog: Catalog,
  shard: Shard | undefined,
): SyncTask {
  const span = { start: epochMicroseconds(from), end: epochMicroseconds(to) };
  const name = seriesName(series);
  const spans =
    shard === undefined ? yearsOf(span) : monthsOf(span).filter(({ start }) => isOfShard(name, utcMonth(start), shard));
  const entries = spans.reduce((sum, each) => sum + catalog.keysBetween({ ...series, ...each }).length, 0);
  return { series, name, spans, entries };
}

const within = (part: TimeSpan, { start, end }: TimeSpan): TimeSpan => ({
  start: part.start > start ? part.start : start,
  end: part.end < end ? part.end : end,
});

const monthsOf = (span: TimeSpan): TimeSpan[] =>
  monthsBetween(span.start, span.end).map((month) => within(spanOf(month), span));

/** A range is answered a year at a time: eight downloads at once, and memory for one column of a year. */
function yearsOf(span: TimeSpan): TimeSpan[] {
  const years: TimeSpan[] = [];
  for (const month of monthsOf(span)) {
    const last = years.at(-1);
    if (last !== undefined && utcMonth(last.start).slice(0, 4) === utcMonth(month.start).slice(0, 4))
      years[years.length - 1] = { start: last.start, end: month.end };
    else years.push(month);
  }
  return years;
}

export interface SyncHooks {
  readonly signal: AbortSignal;
  /** Asked of a series of which there are no rows at all. */
  readonly isPublished: (series: Series) => Promise<boolean>;
  /** Entries and bytes since the last call. */
  readonly advance: (entries: number, bytes: number) => void;
}

/** Fetches what is missing of one series. What goes wrong with it is in its row; only a stop is thrown. */
export async function syncTask(
  manager: DataSourceManager,
  catalog: Catalog,
  task: SyncTask,
  hooks: SyncHooks,
): Promise<SyncRow> {
  const started = performance.now();
  const stored = { entries: 0, rows: 0, requests: 0, bytes: 0 };
  const gaps: Gap[] = [];
  /** By their text: what is missing from day to day is told by both days. */
  const ids = new Map<string, GapRow>();
  const warnings = new Set<string>();
  const { series, spans } = task;
  const { timeColumn } = datasetOf(series, catalog);
  let error: SyncRow['error'];
  let told = 0;
  let found = 0;
  try {
    for (const span of spans) {
      const expected = catalog.keysBetween({ ...series, ...span }).length;
      const before = told;
      for await (const answer of answersOf(manager, catalog, series, span, hooks, (entries) => (told += entries))) {
        addActivity(stored, answer.activity);
        stored.rows += fetchedRows(answer, timeColumn);
        found += answer.batch.numRows;
        gaps.push(...answer.coverage.gaps);
        for (const each of answer.coverage.missingIds) {
          const row = missingIdsRow(each, span);
          ids.set(row.evidence, row);
        }
        for (const warning of answer.warnings) warnings.add(warning);
      }
      hooks.advance(before + expected - told, 0);
      told = before + expected;
    }
    // Whoever failed may have some of it.
    const isKnown = found > 0 || gaps.some(({ kind }) => kind === 'source-failed');
    if (!isKnown && !(await hooks.isPublished(series)))
      error = { code: 'E_UNKNOWN_SYMBOL', message: 'The archive has nothing for it, and REST has no rows.' };
  } catch (thrown) {
    if (hooks.signal.aborted) throw thrown;
    error = {
      code: codeOf(thrown) ?? 'E_UNEXPECTED',
      message: thrown instanceof Error ? thrown.message : String(thrown),
    };
    hooks.advance(task.entries - told, 0);
  }
  const seconds = Math.round(performance.now() - started) / 1000;
  return {
    series: task.name,
    asked: { from: isoText(spans[0]?.start ?? 0n), to: isoText(spans.at(-1)?.end ?? 0n) },
    stored,
    gaps: [...joined(gaps).map(gapRow), ...ids.values()],
    warnings: [...warnings],
    seconds,
    ...(error === undefined ? {} : { error }),
  };
}

/** Bars of a minute and longer by the span; seconds and natures without an interval by the day, for a year does not fit into memory. */
async function* answersOf(
  manager: DataSourceManager,
  catalog: Catalog,
  series: Series,
  span: TimeSpan,
  { signal, advance }: SyncHooks,
  told: (entries: number) => void,
) {
  const { exchange, marketType, dataNature, symbol, interval } = series;
  const query = { exchange, marketType, dataNature, symbol, interval, ...span };
  const columns = [datasetOf(series, catalog).timeColumn];
  let [done, bytes] = [0, 0];
  const onProgress = (now: Progress): void => {
    advance(now.entries.done - done, now.bytes - bytes);
    told(now.entries.done - done);
    [done, bytes] = [now.entries.done, now.bytes];
  };
  if (interval !== undefined && interval !== '1s')
    yield await manager.get(query, { strict: false, signal, columns, onProgress });
  else yield* manager.segments(query, { strict: false, signal, columns, ahead: 4 });
}

function addActivity(sum: { entries: number; requests: number; bytes: number }, { misses, sources }: Activity): void {
  sum.entries += misses;
  for (const { requests, bytes } of Object.values(sources)) {
    sum.requests += requests;
    sum.bytes += bytes;
  }
}

/** Rows of the answer that were not in the cache before; one that several sources sent is one. */
function fetchedRows({ batch, coverage }: Answer, timeColumn: string): number {
  if (coverage.spans.every(({ via }) => via === 'fetch')) return batch.numRows;
  const times = (batch.columns as Readonly<Record<string, ArrayLike<bigint>>>)[timeColumn]!;
  let place = 0;
  let rows = 0;
  for (const { start, end, via } of coverage.spans) {
    while (place < times.length && times[place]! < start) place++;
    const from = place;
    while (place < times.length && times[place]! < end) place++;
    if (via === 'fetch') rows += place - from;
  }
  return rows;
}

/** Gaps that go on from one span into the next are one. */
function joined(gaps: readonly Gap[]): Gap[] {
  const one: Gap[] = [];
  for (const gap of gaps) {
    const last = one.at(-1);
    if (last?.end === gap.start && last.kind === gap.kind && last.evidence === gap.evidence)
      one[one.length - 1] = { ...last, end: gap.end };
    else one.push(gap);
  }
  return one;
}
