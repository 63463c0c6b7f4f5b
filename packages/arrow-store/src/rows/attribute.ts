import {
  type CacheKey,
  type Dataset,
  firstRowAt,
  type MissingIds,
  nextOpenTime,
  rowSpanOf,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { Contribution, StoredFacts } from '../contract/entry-facts.ts';
import { sourceOf } from '../format/metadata.ts';
import { stillMissing } from './missing-ids.ts';
import { type Quality } from './quality.ts';
import { type Origin, type Rows, type SourceRank, precedence, timesOf } from './rows.ts';
import { clipSpans, covers, findHoles, uniteSpans } from './spans.ts';
import { type Told, toldHoles } from './told-holes.ts';

/** Rows with the origins that an entry's facts name: the first source, and the contributions where they apply. */
export function withOrigins(dataset: Dataset, columns: Rows['columns'], facts: StoredFacts): Rows {
  const origins = [facts, ...facts.contributions].map(originOf);
  const times = timesOf(dataset, columns);
  const origin = new Uint32Array(facts.rows);
  facts.contributions.forEach(({ spans }, index) => {
    for (const { start, end } of spans) origin.fill(index + 1, firstRowAt(times, start), firstRowAt(times, end));
  });
  return { numRows: facts.rows, columns, origin, origins };
}

export const originOf = (facts: Origin): Origin => ({ ...sourceOf(facts), missingColumns: facts.missingColumns });

/** What one answer, or the file that is there, says beside its rows. */
export interface Said extends Told {
  readonly missingIds?: readonly MissingIds[] | undefined;
}

export const saidOf = (
  { holes = [], missingIds }: { readonly holes?: Told['holes']; readonly missingIds?: readonly MissingIds[] },
  spans: readonly TimeSpan[],
): Said => ({ spans, holes, missingIds });

/**
 * The facts of rows that are to be stored: who gave them, what they answer for, and what is missing.
 * @param said what was said of them, the latest first
 */
export function describeRows(
  key: CacheKey,
  dataset: Dataset,
  rows: Rows,
  said: readonly Said[],
  rank: SourceRank,
  quality?: Quality,
): StoredFacts {
  const whole = spanOf(key.date);
  const spans = uniteSpans(clipSpans(said.flatMap((each) => each.spans), whole)); // prettier-ignore
  const times = timesOf(dataset, rows.columns);
  const { primary, contributions } = attribute(key, times, rows, rank);
  const isDegraded = [primary, ...contributions].some(({ missingColumns }) => missingColumns.length > 0);
  const missingIds = stillMissing(dataset, rows, said.map((each) => each.missingIds)); // prettier-ignore
  const complete = covers(spans, whole) ? 'complete' : 'partial';
  return {
    state: isDegraded ? 'degraded' : complete,
    rows: rows.numRows,
    first: times[0],
    last: times[times.length - 1],
    spans,
    holes:
      key.interval === undefined
        ? toldHoles(placesOf(dataset, key.date, times), spans, said)
        : findHoles(times, key.interval, spans, said.flatMap(({ holes }) => holes)), // prettier-ignore
    ...primary,
    contributions,
    ...(missingIds.length === 0 ? {} : { missingIds }),
    ...(quality === undefined || Object.keys(quality).length === 0 ? {} : { quality }),
  };
}

/** Instants within what the rows tell of: just before their times where rows bear the end of it. */
function placesOf(dataset: Dataset, date: string, times: BigInt64Array): BigInt64Array {
  const bearsEnd = rowSpanOf(dataset, date).end > spanOf(date).end;
  return bearsEnd ? times.map((time) => time - 1n) : times;
}

/** The most trusted source of the rows, and which rows are of others. */
function attribute(key: CacheKey, times: BigInt64Array, rows: Rows, rank: SourceRank) {
  if (rows.origins.length === 1) return { primary: rows.origins[0]!, contributions: [] };
  const texts = rows.origins.map((origin) => JSON.stringify(origin));
  const distinct = rows.origins.map((_, place) => texts.lastIndexOf(texts[place]!));
  const used = new Set(Array.from(rows.origin, (place) => distinct[place]!));
  if (used.size === 0) distinct.forEach((place) => used.add(place));
  const [first, ...others] = [...used].sort(
    (a, b) => precedence(rows.origins[b]!, rank) - precedence(rows.origins[a]!, rank) || b - a,
  );
  // Without a grid a row stands for the time to the next one: runs of rows are one span, and not one for each.
  const { end } = spanOf(key.date);
  const untilNext = (row: number): bigint => {
    const [start, next] = [times[row]!, times[row + 1] ?? end];
    return next > start ? next : start + 1n;
  };
  const contributions = rows.numRows === 0 ? [] : others.map((place): Contribution => {
    const spans: TimeSpan[] = [];
    for (let row = 0; row < rows.numRows; row++) {
      if (distinct[rows.origin[row]!] !== place) continue;
      const start = times[row]!;
      spans.push({ start, end: key.interval === undefined ? untilNext(row) : nextOpenTime(key.interval, start) });
    }
    return { ...rows.origins[place]!, spans: uniteSpans(spans) };
  }); // prettier-ignore
  return { primary: rows.origins[first!]!, contributions };
}
