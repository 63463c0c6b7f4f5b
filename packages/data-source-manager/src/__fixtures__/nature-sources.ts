import {
  BINANCE,
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  spanOf,
  storedColumns,
  type TimeSpan,
  visionObjectKey,
} from '@vision-cache/cache-keys';
import type { ArchiveSource, RangeSource, RowFindings, SourceAnswer } from '../contract/ports.ts';
import { type AnyColumn, batchOf, newColumn, rowsWithin } from '../rows/batch-rows.ts';

/** A row of any nature, by the columns that matter; the others are 0 or empty. */
export type Row = Readonly<Record<string, number | bigint | string>>;

/** Rows in the order in which they are given, as a batch of their dataset. */
function rowsOf(dataset: Dataset, rows: readonly Row[]): ColumnBatch {
  const columns: Record<string, AnyColumn> = {};
  for (const name of storedColumns(dataset)) {
    const column = newColumn(dataset, name, rows.length) as (number | bigint | string)[];
    rows.forEach((row, at) => {
      if (row[name] !== undefined) column[at] = row[name];
    });
    columns[name] = column as never;
  }
  return batchOf(dataset, rows.length, columns);
}

export interface NatureArchiveOptions {
  /** The rows of each file by its day or month; what is not there is not published. */
  readonly files: Readonly<Record<string, readonly Row[]>>;
  readonly quality?: Partial<RowFindings>;
}

/** An archive in memory of one nature. */
export class NatureArchive implements ArchiveSource {
  readonly kind = 'archive';
  readonly name = 'vision';
  readonly asked: string[] = [];
  readonly #options: NatureArchiveOptions;

  constructor(options: NatureArchiveOptions) {
    this.#options = options;
  }

  covers(): boolean {
    return true;
  }

  async fetch<D extends Dataset>(key: CacheKey<D>): Promise<SourceAnswer<D>> {
    this.asked.push(key.date);
    await Promise.resolve();
    const rows = this.#options.files[key.date];
    if (rows === undefined) return { status: 'missing', evidence: '404' };
    const batch = rowsOf(BINANCE.datasetOf<Dataset>(key), rows) as ColumnBatch<D>;
    const quality = { rows: rows.length, duplicates: 0, offGrid: 0, unsorted: 0, ...this.#options.quality };
    const facts = { source: 'vision', sourceUrl: `https://archive/${visionObjectKey(key)}` };
    return { status: 'ok', batch, facts, quality, cost: { requests: 2, bytes: 1000 } };
  }
}

/** A source of ranges in memory, which may answer for less than it is asked. */
export class NatureRange implements RangeSource {
  readonly kind = 'range';
  readonly name = 'rest';
  readonly asked: TimeSpan[] = [];
  readonly #rows: readonly Row[];
  readonly #answered: (span: TimeSpan) => TimeSpan | undefined;

  constructor(rows: readonly Row[], answered: (span: TimeSpan) => TimeSpan | undefined = () => undefined) {
    this.#rows = rows;
    this.#answered = answered;
  }

  covers(): boolean {
    return true;
  }

  async fetch<D extends Dataset>(key: CacheKey<D>, span: TimeSpan): Promise<SourceAnswer<D>> {
    this.asked.push({ start: span.start, end: span.end });
    await Promise.resolve();
    const dataset = BINANCE.datasetOf<Dataset>(key);
    const answered = this.#answered(span);
    const batch = rowsWithin(dataset, rowsOf(dataset, this.#rows), answered ?? span);
    const quality = { rows: batch.numRows, duplicates: 0, offGrid: 0, unsorted: 0 };
    const part = answered === undefined ? {} : { answered, evidence: 'a part of it only' };
    return { status: 'ok', batch: batch as ColumnBatch<D>, facts: { source: 'rest' }, quality, ...part };
  }
}

const MINUTE = 60_000_000n;

/** The metrics of a day, labelled by the end of their five minutes, as before 2026-06-25; `keep` by minute of the day. */
export function metricsOf(date: string, keep: (minute: number) => boolean = () => true): Row[] {
  const { start } = spanOf(date);
  return Array.from({ length: 288 }, (_, place) => place * 5)
    .filter(keep)
    .map((minute) => ({ create_time: start + BigInt(minute + 5) * MINUTE, sum_open_interest: minute }));
}

/** Aggregate trades, one a minute, with ids from `first` on. */
export function tradesOf(date: string, first: number, keep: (id: number) => boolean = () => true): Row[] {
  const { start } = spanOf(date);
  return Array.from({ length: 1440 }, (_, minute) => minute)
    .filter((minute) => keep(first + minute))
    .map((minute) => ({ agg_trade_id: BigInt(first + minute), transact_time: start + BigInt(minute) * MINUTE }));
}
