import type { AnyCache } from '../contract/any-cache.ts';
import { writeParquet } from '@vision-cache/arrow-store/parquet';
import {
  barsPerDay,
  type Catalog,
  type Dataset,
  type Interval,
  isoText,
  spanOf,
  storedColumns,
  type TimeSpan,
  utcDay,
  utcMonth,
  visionObjectKey,
} from '@vision-cache/cache-keys';
import { coverageOf, knownFacts, resample } from '@vision-cache/data-source-manager';
import { join } from 'node:path';
import type { CachedSeries } from '../series/cached-series.ts';
import { datasetOf } from '../series/series-name.ts';
import { keysWithin, readRows, type Rows } from '../rows/read-rows.ts';
import { gapRow, type GapRow } from '../rows/gap-row.ts';
import { missingIdRows } from '../rows/missing-id-rows.ts';
import { UsageError } from '../contract/usage-error.ts';
import { writeCsv } from './write-csv.ts';
import { writeFeather } from './write-feather.ts';

export const FORMATS = ['parquet', 'csv', 'feather'] as const;
export const PERIODS = ['day', 'month', 'year', 'series'] as const;

export interface ExportOptions {
  readonly to: string;
  readonly format: (typeof FORMATS)[number];
  readonly by: (typeof PERIODS)[number];
  readonly hive: boolean;
  readonly columns: readonly string[] | undefined;
  readonly resampleTo: Interval | undefined;
  readonly from: string | undefined;
  readonly until: string | undefined;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** A file that was written. */
export interface ExportRow {
  readonly file: string;
  readonly series: string;
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly bytes: number;
  /** Rows that are missing within the file's span: told, never filled. */
  readonly gaps: readonly GapRow[];
}

/** Writes the files of a series, one after the other, each a day or month at a time. */
export async function* exportSeries(
  cache: AnyCache,
  catalog: Catalog,
  series: CachedSeries,
  options: ExportOptions,
): AsyncGenerator<ExportRow> {
  const dataset = datasetOf(series, catalog);
  const { keys, span } = keysWithin(catalog, series, { from: options.from, to: options.until });
  if (keys.length === 0) return;
  checkResampling(series, options);
  // A day that has begun ends where it was last asked for.
  const [last] = await cache.coverage(keys.slice(-1));
  const open = last === undefined || last.state === 'absent' ? undefined : last.spans.at(-1)?.end;
  const range = within(span, {
    start: spanOf(keys[0]!.date).start,
    end: options.until === undefined && open !== undefined ? open : spanOf(keys.at(-1)!.date).end,
  });
  for (const part of periodsOf(range, options.by, series)) {
    options.signal.throwIfAborted();
    const path = join(options.to, nameOf(series, part, options, catalog));
    const rows = stoppable(rowsOf(cache, catalog, series, dataset, part, options), options.signal);
    const interval = options.resampleTo ?? series.interval;
    const columns = options.columns ?? storedColumns(dataset);
    const written = await WRITERS[options.format](path, rows, dataset, columns, series, interval);
    if (written.rows === 0) continue;
    const shown = isoText(part.end);
    const gaps = await gapsOf(cache, catalog, series, part, options.now);
    yield { file: path, series: series.name, from: isoText(part.start), to: shown, ...written, gaps };
  }
}

type Written = { readonly rows: number; readonly bytes: number };
type WriteRows = (
  path: string,
  rows: AsyncIterable<Rows>,
  dataset: Dataset,
  columns: readonly string[],
  series: CachedSeries,
  interval: Interval | undefined,
) => Promise<Written>;

const WRITERS: Readonly<Record<ExportOptions['format'], WriteRows>> = {
  parquet: async (path, rows, dataset, columns, { name }, interval) => {
    const metadata = {
      'vision-cache.series': name,
      ...(interval === undefined ? {} : { 'vision-cache.interval': interval }),
    };
    const { rows: number, bytes } = await writeParquet(path, rows, dataset, { columns, metadata });
    return { rows: number, bytes };
  },
  csv: writeCsv,
  feather: writeFeather,
};

async function* stoppable(rows: AsyncIterable<Rows>, signal: AbortSignal): AsyncGenerator<Rows> {
  for await (const each of rows) {
    signal.throwIfAborted();
    yield each;
  }
}

/** The rows of a part, as they are or as longer bars. */
async function* rowsOf(
  cache: AnyCache,
  catalog: Catalog,
  series: CachedSeries,
  dataset: Dataset,
  part: TimeSpan,
  { columns, resampleTo: to }: ExportOptions,
): AsyncGenerator<Rows> {
  const range = { from: isoText(part.start), to: isoText(part.end) };
  if (to === undefined) {
    yield* readRows(cache, catalog, series, { ...range, columns });
    return;
  }
  const from = series.interval!;
  const whole: Rows[] = [];
  for await (const rows of readRows(cache, catalog, series, { ...range, columns: undefined })) {
    // A bar of a day or less lies within its day; a longer one may not.
    if (barsPerDay(to) === undefined) whole.push(rows);
    else yield resampled(dataset, rows, from, to);
  }
  if (whole.length > 0) yield resampled(dataset, joined(whole), from, to);
}

function resampled(dataset: Dataset, rows: Rows, from: Interval, to: Interval): Rows {
  return resample(dataset, { dataset: dataset.id, ...rows }, { from, to }).batch;
}

function joined(parts: readonly Rows[]): Rows {
  const numRows = parts.reduce((sum, part) => sum + part.numRows, 0);
  const columns = Object.keys(parts[0]!.columns).map((name) => {
    const like = parts[0]!.columns[name]! as BigInt64Array;
    const whole = new (like.constructor as new (length: number) => BigInt64Array)(numRows);
    let at = 0;
    for (const part of parts) {
      whole.set(part.columns[name]! as BigInt64Array, at);
      at += part.numRows;
    }
    return [name, whole] as const;
  });
  return { numRows, columns: Object.fromEntries(columns) };
}

function checkResampling({ interval, name }: CachedSeries, { resampleTo, by }: ExportOptions): void {
  if (resampleTo === undefined) return;
  if (interval === undefined) throw new UsageError(`${name} has no bars to resample.`);
  if (barsPerDay(resampleTo) === undefined && by !== 'series')
    throw new UsageError(
      `Bars of ${resampleTo} cross the ends of files: leave out --by, or choose an interval of a day or less.`,
    );
}

async function gapsOf(
  cache: AnyCache,
  catalog: Catalog,
  series: CachedSeries,
  span: TimeSpan,
  now: number,
): Promise<GapRow[]> {
  const { exchange, marketType, dataNature, packagingFrequency, symbol, interval } = series;
  const keys = catalog.keysBetween({ exchange, marketType, dataNature, packagingFrequency, symbol, interval, ...span });
  const asOf = BigInt(now) * 1000n;
  const facts = await knownFacts(cache, catalog, keys, asOf);
  const { gaps } = coverageOf({ span, keys, facts, interval, now: asOf });
  return [...gaps.map(gapRow), ...(await missingIdRows(cache, catalog, series, span))];
}

const within = (a: TimeSpan, b: TimeSpan): TimeSpan => ({
  start: a.start > b.start ? a.start : b.start,
  end: a.end < b.end ? a.end : b.end,
});

/** A range in parts of a day, month or year of UTC. */
function periodsOf(range: TimeSpan, by: ExportOptions['by'], { dates }: CachedSeries): TimeSpan[] {
  if (by === 'series') return [range];
  const spans = new Map<string, TimeSpan>();
  for (const date of dates) {
    const part = within(range, spanOf(date));
    if (part.start >= part.end) continue;
    if (by === 'day' && date.length === 7)
      throw new UsageError('Series kept by the month can be exported --by month, year or series.');
    const name = by === 'day' ? date : date.slice(0, by === 'month' ? 7 : 4);
    const before = spans.get(name);
    spans.set(name, before === undefined ? part : { start: before.start, end: part.end });
  }
  return [...spans.values()];
}

const ENDINGS = { parquet: '.parquet', csv: '.csv', feather: '.feather' } as const;

/**
 * A file's name below the folder: `BTCUSDT-1m-2024-01.parquet`; with hive `symbol=BTCUSDT/…/year=2024/month=01/data.parquet`;
 * CSV by the day or month as the archive names it, so that it can be imported again.
 */
function nameOf(
  series: CachedSeries,
  { start }: TimeSpan,
  { format, by, hive, resampleTo }: ExportOptions,
  catalog: Catalog,
): string {
  const day = utcDay(start);
  const parts = { day, month: utcMonth(start), year: day.slice(0, 4), series: '' } as const;
  if (hive) {
    const { marketType: market, dataNature: nature, symbol, interval } = series;
    const folders: [string, string][] = [
      ['market', market],
      ['nature', nature],
      ['symbol', symbol],
    ];
    if (interval !== undefined) folders.push(['interval', resampleTo ?? interval]);
    if (by !== 'series') folders.push(['year', parts.year]);
    if (by === 'month' || by === 'day') folders.push(['month', parts.month.slice(5)]);
    if (by === 'day') folders.push(['day', day.slice(8)]);
    return [...folders.map(([name, value]) => `${name}=${value}`), `data${ENDINGS[format]}`].join('/');
  }
  if (
    format === 'csv' &&
    (by === 'day' || by === 'month') &&
    resampleTo === undefined &&
    series.exchange === 'binance'
  ) {
    const { published } = datasetOf(series, catalog);
    const packagingFrequency = by === 'day' ? 'daily' : 'monthly';
    if (published[packagingFrequency].includes(series.interval)) {
      const { exchange, marketType, dataNature, symbol, interval } = series;
      const key = catalog.cacheKey({
        exchange,
        marketType,
        dataNature,
        packagingFrequency,
        symbol,
        interval,
        date: start,
      });
      return visionObjectKey(key).replace(/\.zip$/, ENDINGS.csv);
    }
  }
  const stem = series.name.replaceAll('/', '-') + (resampleTo === undefined ? '' : `-as-${resampleTo}`);
  return `${stem}${parts[by] === '' ? '' : `-${parts[by]}`}${ENDINGS[format]}`;
}
