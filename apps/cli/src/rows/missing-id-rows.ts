import {
  type Catalog,
  type EdgeRow,
  edgeRows,
  expectationColumns,
  expectationOf,
  isoText,
  type MissingIds,
  missingRows,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { AnyCache } from '../contract/any-cache.ts';
import type { CachedSeries } from '../series/cached-series.ts';
import { datasetOf } from '../series/series-name.ts';
import type { GapRow } from './gap-row.ts';
import { keysWithin } from './read-rows.ts';

/**
 * Ids that are missing as gaps are told: between the two rows that stand around them.
 * @param span what bounds them where a row around them is not known; epoch microseconds, UTC
 */
export function missingIdsRow({ from, to, after, before }: MissingIds, { start, end }: TimeSpan): GapRow {
  const number = to - from + 1n;
  return {
    from: isoText(after ?? start),
    to: isoText(before ?? end),
    kind: 'missing-ids',
    evidence: number === 1n ? `the id ${from}` : `${number} ids, ${from} to ${to}`,
  };
}

/**
 * The ids that are missing of what the cache has of a span, of natures whose ids step by one: within its days and from
 * one day to the next. Two columns are read of each day; of other natures nothing is.
 */
export async function missingIdRows(
  cache: AnyCache,
  catalog: Catalog,
  series: CachedSeries,
  span: TimeSpan,
): Promise<GapRow[]> {
  const dataset = datasetOf(series, catalog);
  if (expectationOf(dataset).rule !== 'ids') return [];
  const { keys } = keysWithin(catalog, series, { from: isoText(span.start), to: isoText(span.end) });
  const columns = expectationColumns(dataset);
  const found: GapRow[] = [];
  let last: { readonly end: bigint; readonly row: EdgeRow | undefined } | undefined;
  for (const key of keys) {
    const day = spanOf(key.date);
    const part = {
      start: day.start > span.start ? day.start : span.start,
      end: day.end < span.end ? day.end : span.end,
    };
    const rows = await cache.load(key, { ...part, columns });
    if (rows === undefined || rows.numRows === 0) continue;
    // Over a day that is not there ids jump for that; the day itself is the gap.
    const before = last?.end === day.start ? last.row : undefined;
    found.push(...missingRows(dataset, rows, part, { before }).ids.map((ids) => missingIdsRow(ids, part)));
    last = { end: day.end, row: edgeRows(dataset, rows)?.last };
  }
  return found;
}
