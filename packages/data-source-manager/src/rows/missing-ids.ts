import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  edgeRows,
  expectationOf,
  type MissingIds,
  missingRows,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { KnownFacts } from '../contract/ports.ts';
import { rowsWithin } from './batch-rows.ts';

/** Whether a dataset's ids step by one, so that one may be missing. */
export function hasContiguousIds(dataset: Dataset): boolean {
  return expectationOf(dataset).rule === 'ids';
}

/** Each missing id once, in their order; of two that overlap the first one told keeps its neighbours. */
export function joinedIds(told: readonly MissingIds[]): readonly MissingIds[] {
  if (told.length < 2) return told;
  const sorted = [...told].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.to > b.to ? -1 : 1));
  const joined: MissingIds[] = [];
  for (const each of sorted) {
    const last = joined.at(-1);
    if (last === undefined || each.from > last.to) joined.push(each);
    else if (each.to > last.to) {
      const { before: _, ...rest } = last;
      joined[joined.length - 1] = {
        ...rest,
        to: each.to,
        ...(each.before === undefined ? {} : { before: each.before }),
      };
    }
  }
  return joined;
}

/** The rows of a neighbouring day, as far as the cache has them. */
export interface NeighbourRows {
  readonly before?: ColumnBatch | undefined;
  readonly after?: ColumnBatch | undefined;
}

/**
 * The ids that are missing within the parts of a range that have rows: between its rows, across midnight as well, and
 * what is known of each entry where the range cuts it. Pure.
 * @param runs the parts with rows, in order
 */
export function missingIdsOf(
  dataset: Dataset,
  batch: ColumnBatch,
  runs: readonly TimeSpan[],
  entries: readonly { readonly key: CacheKey; readonly facts: KnownFacts }[],
  { before, after }: NeighbourRows = {},
): readonly MissingIds[] {
  const found: MissingIds[] = [];
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return found;
  for (const run of runs) {
    const rows = rowsWithin(dataset, batch, run);
    const edges = {
      before: run === first && before !== undefined ? edgeRows(dataset, before)?.last : undefined,
      after: run === last && after !== undefined ? edgeRows(dataset, after)?.first : undefined,
    };
    found.push(...missingRows(dataset, rows, run, edges).ids);
  }
  for (const { facts } of entries) {
    if (facts === undefined || facts.state === 'absent') continue;
    found.push(...(facts.missingIds ?? []).filter((each) => runs.some((run) => isIdGapWithin(each, run))));
  }
  return joinedIds(found);
}

/** Whether ids are missing between rows of a span, as far as the rows around them are known. */
export function isIdGapWithin({ after, before }: MissingIds, { start, end }: TimeSpan): boolean {
  return (before === undefined || before > start) && (after === undefined || after < end);
}
