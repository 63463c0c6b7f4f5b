import { bytesText, secondsText } from '@vision-cache/migrator/units';
import { barsPerDay, type Catalog, type Dataset, spanOf, storedColumns } from '@vision-cache/cache-keys';
import type { DataSourceManager } from '@vision-cache/data-source-manager';
import { concurrently } from './concurrently.ts';
import { datasetOf } from '../series/series-name.ts';
import { tableLines } from '../text/table.ts';
import type { SyncTask } from './sync-task.ts';

/** What bringing a series would take. */
export interface PlanRow {
  readonly series: string;
  /** Days or months that are not there. */
  readonly entries: number;
  readonly requests: number;
  /** Over the network: of archives, as they are listed, or estimated. */
  readonly bytes: number;
  /** In the cache, estimated. */
  readonly diskBytes: number;
  /** Estimated. */
  readonly seconds: number;
}

/** Bytes of a file beside its columns: schema, facts, footer; a block of the file system holds at least this. */
const BYTES_OF_FILE = 4096;
/** Of natures without a grid, a zip's bytes in columns. */
const UNZIPPED = 6;
/** A home's connection: eight requests of a tenth of a second at once, 5 MB/s. */
const REQUESTS_PER_SECOND = 80;
const BYTES_PER_SECOND = 5e6;

/** What each series would take, without fetching anything; the archive's listing is asked for. */
export async function* planTasks(
  manager: DataSourceManager,
  catalog: Catalog,
  tasks: readonly SyncTask[],
  signal: AbortSignal,
): AsyncGenerator<PlanRow> {
  yield* concurrently(tasks, 4, async ({ series, name, spans }) => {
    const dataset = datasetOf(series, catalog);
    const row = { series: name, entries: 0, requests: 0, bytes: 0, diskBytes: 0 };
    for (const span of spans) {
      const { exchange, marketType, dataNature, symbol, interval } = series;
      const plan = await manager.plan({ exchange, marketType, dataNature, symbol, interval, ...span }, { signal });
      row.requests += plan.requests;
      row.bytes += plan.bytes;
      for (const step of plan.steps) {
        if (step.from === 'cache') continue;
        const entries =
          step.from === 'archive'
            ? step.entries
            : catalog.keysBetween({ ...series, start: step.start, end: step.end }).length;
        row.entries += entries;
        row.diskBytes += entries * BYTES_OF_FILE;
        row.diskBytes += rowBytes(dataset) * barsWithin(series.interval, step.start, step.end);
        if (step.from === 'archive' && series.interval === undefined) row.diskBytes += step.bytes * UNZIPPED;
      }
    }
    return {
      ...row,
      diskBytes: Math.round(row.diskBytes),
      seconds: Math.ceil(row.requests / REQUESTS_PER_SECOND + row.bytes / BYTES_PER_SECOND),
    };
  });
}

const rowBytes = (dataset: Dataset): number => storedColumns(dataset).length * 8;

function barsWithin(interval: SyncTask['series']['interval'], start: bigint, end: bigint): number {
  if (interval === undefined) return 0;
  const days = Number(end - start) / 86_400e6;
  return days * (barsPerDay(interval) ?? 1);
}

/** The plan as a table, with its sum. */
export function planLines(rows: readonly PlanRow[]): string[] {
  const sum = (of: (row: PlanRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const cells = (name: string, of: readonly PlanRow[]) => {
    const total = (part: (row: PlanRow) => number): number => of.reduce((whole, row) => whole + part(row), 0);
    return [
      name,
      total((row) => row.entries),
      total((row) => row.requests),
      bytesText(total((row) => row.bytes)),
      bytesText(total((row) => row.diskBytes)),
    ];
  };
  const most = rows.filter((row) => row.requests > 0).slice(0, 40);
  const lines = tableLines(
    ['series', 'missing', 'requests', 'download', 'on disk'],
    [...most.map((row) => cells(row.series, [row])), cells(`all ${String(rows.length)}`, rows)],
  );
  return [
    ...lines,
    `It takes ${secondsText(sum((row) => row.seconds))} on an ordinary connection. This was a dry run: nothing was fetched.`,
  ];
}

/** A file of fewer rows costs more for being a file than for its rows. */
const FEW_ROWS = 32;
const MANY_FILES = 10_000;

/** A warning where the tasks would make very many files of very few rows; undefined if they do not. */
export function manySmallFiles(tasks: readonly SyncTask[]): string | undefined {
  const small = tasks.filter(({ series: { interval, packagingFrequency } }) => {
    const bars = interval === undefined ? undefined : barsPerDay(interval);
    return packagingFrequency === 'daily' && bars !== undefined && bars < FEW_ROWS;
  });
  const files = small.reduce((total, { entries }) => total + entries, 0);
  if (files <= MANY_FILES) return undefined;
  const intervals = [...new Set(small.map(({ series }) => series.interval!))].join(',');
  return (
    `This will make up to ${files.toLocaleString('en-US')} files of fewer than ${String(FEW_ROWS)} rows. Kept by the month it would be a thirtieth: ` +
    `"vision-cache init --monthly ${intervals}" for a new cache, "vision-cache repack" for this one.`
  );
}

/** The first instant of the newest stretch of days that no month without any interrupts: where an update goes on from. */
export function updateFrom(dates: readonly string[]): bigint {
  let from = spanOf(dates.at(-1)!).start;
  for (let place = dates.length - 2; place >= 0; place--) {
    const { start, end } = spanOf(dates[place]!);
    if (from - end > LONG_PAUSE) break;
    from = start;
  }
  return from;
}

const LONG_PAUSE = 31n * 86_400_000_000n;
