import { type ColumnBatch, type Dataset, floorOpenTime, type Interval, isoText } from '@vision-cache/cache-keys';
import { rowsWithin, timesOf } from './batch-rows.ts';
import { upTo } from '../spans/spans.ts';

/** A source answered rows that are not in the order of time: its answer counts as failed. */
class RowsOutOfOrder extends Error {
  override readonly name = 'RowsOutOfOrder';
}

/**
 * Refuses rows that are not in the order of time: the days of a batch are found by halving, and rows out of place would
 * be lost.
 * @throws {RowsOutOfOrder}
 */
export function assertInOrder(dataset: Dataset, batch: ColumnBatch): void {
  const times = timesOf(dataset, batch);
  for (let row = 1; row < times.length; row++) {
    if (times[row]! >= times[row - 1]!) continue;
    throw new RowsOutOfOrder(
      `the rows are not in time order: ${isoText(times[row]!)} is after ${isoText(times[row - 1]!)}`,
    );
  }
}

/** The rows without bars that had not closed when they were asked for. */
export function finishedRows(
  dataset: Dataset,
  batch: ColumnBatch,
  interval: Interval | undefined,
  asOf: bigint,
): ColumnBatch {
  return interval === undefined ? batch : rowsWithin(dataset, batch, upTo(floorOpenTime(interval, asOf)));
}
