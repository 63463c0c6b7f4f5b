import { type CacheKey, type ColumnBatch, type Dataset, rowSpanWithin, spanOf } from '@vision-cache/cache-keys';
import { concatBatches, rowsWithin } from './batch-rows.ts';

const EVER = 2n ** 62n;

/** The first batch with the rows of the changed entries in place of its own. */
export function splicedRows(
  dataset: Dataset,
  batch: ColumnBatch,
  changed: ColumnBatch,
  keys: readonly CacheKey[],
  names: readonly string[] | undefined,
): ColumnBatch {
  const parts: ColumnBatch[] = [];
  let from = -EVER;
  for (const key of keys) {
    const { start, end } = rowSpanWithin(dataset, spanOf(key.date));
    if (start > from) parts.push(rowsWithin(dataset, batch, { start: from, end: start }));
    parts.push(rowsWithin(dataset, changed, { start: start > from ? start : from, end }));
    from = end;
  }
  parts.push(rowsWithin(dataset, batch, { start: from, end: EVER }));
  return concatBatches(dataset, parts, names);
}
