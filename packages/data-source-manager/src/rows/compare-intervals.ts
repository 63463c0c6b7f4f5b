import type { ColumnBatch, Dataset, Interval } from '@vision-cache/cache-keys';
import { columnsOf, timesOf } from './batch-rows.ts';
import { resample } from './resample.ts';

/** One number of a longer bar that its shorter bars do not give. */
export interface Difference {
  /** Open time, epoch microseconds UTC. */
  readonly time: bigint;
  readonly column: string;
  readonly coarse: number | bigint;
  readonly fine: number | bigint;
}

export interface CrossReport {
  /** Longer bars that were proved: every shorter bar of them is there. */
  readonly compared: number;
  readonly differences: readonly Difference[];
  /** Longer bars of which shorter ones are missing, so that nothing is proved. */
  readonly incomplete: number;
  /** Open times that only one of the two intervals has. */
  readonly onlyCoarse: readonly bigint[];
  readonly onlyFine: readonly bigint[];
}

const EXACT = ['open', 'high', 'low', 'close', 'count'];
const SUMS = ['volume', 'quote_volume', 'taker_buy_volume', 'taker_buy_quote_volume'];
/** Sums of doubles differ in their last digits from the sum that the exchange rounded once. */
const TOLERANCE = 1e-8;

/** Proves bars of one interval against finer ones of the same time. Pure. */
export function compareIntervals<D extends Dataset>(
  dataset: D,
  fine: { readonly interval: Interval; readonly batch: ColumnBatch<D> },
  coarse: { readonly interval: Interval; readonly batch: ColumnBatch<D> },
): CrossReport {
  const made = resample(dataset, fine.batch, { from: fine.interval, to: coarse.interval });
  const [a, b] = [columnsOf(made.batch), columnsOf(coarse.batch)];
  const [madeTimes, coarseTimes] = [timesOf(dataset, made.batch), timesOf(dataset, coarse.batch)];
  const report = {
    compared: 0,
    differences: [] as Difference[],
    incomplete: 0,
    onlyCoarse: [] as bigint[],
    onlyFine: [] as bigint[],
  };
  let i = 0;
  let j = 0;
  while (i < madeTimes.length || j < coarseTimes.length) {
    if (j >= coarseTimes.length || (i < madeTimes.length && madeTimes[i]! < coarseTimes[j]!)) {
      report.onlyFine.push(madeTimes[i++]!);
    } else if (i >= madeTimes.length || coarseTimes[j]! < madeTimes[i]!) {
      report.onlyCoarse.push(coarseTimes[j++]!);
    } else {
      if (made.incomplete[i] === 1) {
        report.incomplete++;
      } else {
        report.compared++;
        for (const column of [...EXACT, ...SUMS]) {
          const values = { coarse: b[column]?.[j] as number | bigint, fine: a[column]?.[i] as number | bigint };
          if (!agree(values.coarse, values.fine, SUMS.includes(column))) {
            report.differences.push({ time: madeTimes[i]!, column, ...values });
          }
        }
      }
      i++;
      j++;
    }
  }
  return report;
}

function agree(coarse: number | bigint, fine: number | bigint, isSum: boolean): boolean {
  if (coarse === fine) return true;
  if (typeof coarse !== 'number' || typeof fine !== 'number') return false;
  if (Number.isNaN(coarse) && Number.isNaN(fine)) return true;
  return isSum && Math.abs(coarse - fine) <= TOLERANCE * Math.max(1, Math.abs(coarse));
}
