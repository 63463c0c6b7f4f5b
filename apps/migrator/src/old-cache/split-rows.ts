import {
  BINANCE,
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  type Interval,
  type TimeSpan,
  barCount,
  nextOpenTime,
  spanOf,
  storedColumns,
  utcDay,
  utcMonth,
} from '@vision-cache/cache-keys';

/** Rows of one new entry, with the key under which they belong. */
export interface TargetRows {
  readonly key: CacheKey;
  readonly batch: ColumnBatch;
  /** The spans that the rows answer for: where bars follow each other without a hole. */
  readonly spans: readonly TimeSpan[];
  /** Whether every bar of the day or month is there. */
  readonly isWhole: boolean;
}

/** Cuts sorted bars into the entries that are their home: days, or months for bars longer than a day. */
export function splitRows(
  batch: ColumnBatch,
  of: { dataset: Dataset; symbol: string; interval: Interval },
): TargetRows[] {
  const { dataset, symbol, interval } = of;
  const times = batch.columns[dataset.timeColumn] as BigInt64Array;
  const packagingFrequency = BINANCE.homeFrequency(dataset, interval);
  const targets: TargetRows[] = [];
  for (let start = 0; start < batch.numRows;) {
    const date = packagingFrequency === 'daily' ? utcDay(times[start]!) : utcMonth(times[start]!);
    const { end: boundary } = spanOf(date);
    const end = firstAtOrAfter(times, boundary, start);
    const { exchange, marketType, dataNature } = dataset;
    const input = { exchange, marketType, dataNature, packagingFrequency, symbol, interval, date };
    const key = BINANCE.cacheKey<{ interval: string; symbol: string; date: string }>(input);
    const part = start === 0 && end === batch.numRows ? batch : slice(batch, dataset, start, end);
    const whole = spanOf(date);
    // A month's bars leave the days before its first one open, and are whole all the same.
    const isWhole = barCount(interval, whole.start, whole.end) === end - start;
    targets.push({
      key,
      batch: part,
      spans: isWhole ? [whole] : unbrokenSpans(times.subarray(start, end), interval),
      isWhole,
    });
    start = end;
  }
  return targets;
}

function firstAtOrAfter(times: BigInt64Array, instant: bigint, from: number): number {
  let low = from;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function slice(batch: ColumnBatch, dataset: Dataset, start: number, end: number): ColumnBatch {
  const columns = Object.fromEntries(
    storedColumns(dataset).map((name) => {
      const column = batch.columns[name] as Float64Array | BigInt64Array;
      return [name, column.slice(start, end)];
    }),
  );
  return { dataset: batch.dataset, numRows: end - start, columns };
}

/** Runs of bars that follow each other, each from its first open to the end of its last bar. */
export function unbrokenSpans(times: BigInt64Array, interval: Interval): TimeSpan[] {
  const spans: { start: bigint; end: bigint }[] = [];
  for (const time of times) {
    const last = spans.at(-1);
    const end = nextOpenTime(interval, time);
    if (last !== undefined && last.end === time) last.end = end;
    else spans.push({ start: time, end });
  }
  return spans;
}
