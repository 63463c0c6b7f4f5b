import {
  type CacheKey,
  type Catalog,
  type ColumnBatch,
  type Dataset,
  type Interval,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { rowsOfKey } from './batch-rows.ts';
import { OFF_GRID } from '../contract/coverage.ts';
import { mergeBatches } from './merge-batches.ts';
import { joinedIds } from './missing-ids.ts';
import type { EntryFacts, Hole, KnownFacts } from '../contract/ports.ts';
import { contains, subtract, union } from '../spans/spans.ts';

/** How much a source is trusted, by its name; see `Catalog.sourceRank`. */
export type SourceRank = Catalog['sourceRank'];

/** The trust in sources by a list of their names, the most trusted first; `*` stands for all that it does not name. */
export const rankBy =
  (names: readonly string[]): SourceRank =>
  (source) => {
    const place = names.includes(source) ? names.indexOf(source) : names.indexOf('*');
    return place === -1 ? 0 : names.length - place;
  };

/** Rows that the cache could not take, and what they answer for. */
export interface UnsavedRows {
  readonly batch: ColumnBatch;
  readonly facts: EntryFacts;
}

/**
 * What is known of an entry whose rows are partly in the cache and partly in memory only: what both answer for. What the
 * one misses and the other has is no hole.
 */
export function uniteFacts(key: CacheKey, before: KnownFacts, added: EntryFacts, rank: SourceRank): EntryFacts {
  if (before === undefined || before.state === 'absent') return added;
  const spans = union([...before.spans, ...added.spans]);
  const isWhole = spans.some((span) => contains(span, spanOf(key.date)));
  const isBetter = added.rows > 0 && precedence(added, rank) >= precedence(before, rank);
  const isDegraded = before.state === 'degraded' && added.state !== 'complete';
  return {
    ...(isBetter ? added : before),
    layout: added.layout,
    state: isDegraded ? 'degraded' : isWhole ? 'complete' : 'partial',
    rows: before.rows + added.rows,
    spans,
    holes: unitedHoles(before, added),
    ...unitedIds(before, added),
  };
}

/** Ids that both lack, or that lie where the other has no rows: an answer of other rows may have filled them. */
function unitedIds(before: EntryFacts, added: EntryFacts): Pick<EntryFacts, 'missingIds'> {
  const all = [...(before.missingIds ?? []), ...(added.missingIds ?? [])];
  const missingIds = joinedIds(all);
  return missingIds.length === 0 ? {} : { missingIds };
}

/** Places with a bar off the grid, what neither has, and what one lacks where the other was not asked. */
function unitedHoles(before: EntryFacts, added: EntryFacts): Hole[] {
  const offGrid = [...before.holes, ...added.holes].filter(({ kind }) => kind === OFF_GRID);
  const holes: Hole[] = [...offGrid];
  const open = (of: EntryFacts, other: EntryFacts): Hole[] =>
    of.holes
      .filter(({ kind }) => kind !== OFF_GRID)
      .flatMap((hole) => subtract([hole], subtract(other.spans, other.holes)).map((part) => ({ ...hole, ...part })));
  const missing = [...open(added, before), ...open(before, added)];
  // An explanation says more than a hole that nobody has explained.
  for (const hole of [...missing.filter(({ kind }) => kind !== undefined), ...missing]) {
    holes.push(...subtract([hole], holes).map((part: TimeSpan) => ({ ...hole, ...part })));
  }
  return holes.sort((a, b) => (a.start < b.start ? -1 : 1));
}

/** The rows of one entry: the cache's and those in memory, by the precedence that the cache would have used. */
export function withUnsaved(
  dataset: Dataset,
  key: CacheKey,
  interval: Interval | undefined,
  cached: { readonly batch: ColumnBatch; readonly facts: KnownFacts },
  unsaved: readonly UnsavedRows[],
  rank: SourceRank,
): ColumnBatch {
  const { facts } = cached;
  const sides = [
    ...(facts === undefined || facts.state === 'absent' ? [] : [{ batch: cached.batch, facts }]),
    ...unsaved.map((each) => ({ batch: rowsOfKey(dataset, each.batch, key), facts: each.facts })),
  ];
  // Of equal rank the later one is kept.
  const ordered = sides.reverse().sort((a, b) => precedence(b.facts, rank) - precedence(a.facts, rank));
  const inputs = ordered.map(({ batch, facts: { source } }) => ({ batch, source }));
  return mergeBatches(dataset, inputs, interval).batch;
}

/** Whole rows before degraded ones, and those by how much their source is trusted: ranks are above 0. */
function precedence({ source, state }: Pick<EntryFacts, 'source' | 'state'>, rank: SourceRank): number {
  return state === 'degraded' ? -1 : rank(source);
}
