import { type CacheKey, type Dataset, type TimeSpan, nextOpenTime, spanOf } from '@vision-cache/cache-keys';
import type { Contribution, Hole, StoredFacts } from '../entry-facts.ts';
import { sourceOf } from '../format/metadata.ts';
import { type Origin, type Rows, firstRowAt, precedence, timesOf } from './rows.ts';
import { clipSpans, covers, findHoles, uniteSpans } from './spans.ts';

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

/** The facts of rows that are to be stored: who gave them, what they answer for, and what is missing. */
export function describeRows(
  key: CacheKey,
  dataset: Dataset,
  rows: Rows,
  answered: readonly TimeSpan[],
  known: readonly Hole[],
): StoredFacts {
  const whole = spanOf(key.date);
  const spans = uniteSpans(clipSpans(answered, whole));
  const times = timesOf(dataset, rows.columns);
  const { primary, contributions } = attribute(key, times, rows);
  const isDegraded = [primary, ...contributions].some(({ missingColumns }) => missingColumns.length > 0);
  const complete = covers(spans, whole) ? 'complete' : 'partial';
  return {
    state: isDegraded ? 'degraded' : complete,
    rows: rows.numRows,
    first: times[0],
    last: times[times.length - 1],
    spans,
    holes: key.interval === undefined ? withinSpans(known, spans) : findHoles(times, key.interval, spans, known),
    ...primary,
    contributions,
  };
}

/** The most trusted source of the rows, and which rows are of others. */
function attribute(key: CacheKey, times: BigInt64Array, rows: Rows) {
  if (rows.origins.length === 1) return { primary: rows.origins[0]!, contributions: [] };
  const texts = rows.origins.map((origin) => JSON.stringify(origin));
  const distinct = rows.origins.map((_, place) => texts.lastIndexOf(texts[place]!));
  const used = new Set(Array.from(rows.origin, (place) => distinct[place]!));
  if (used.size === 0) distinct.forEach((place) => used.add(place));
  const [first, ...others] = [...used].sort(
    (a, b) => precedence(rows.origins[b]!) - precedence(rows.origins[a]!) || b - a,
  );
  const contributions = rows.numRows === 0 ? [] : others.map((place): Contribution => {
    const spans: TimeSpan[] = [];
    for (let row = 0; row < rows.numRows; row++) {
      if (distinct[rows.origin[row]!] !== place) continue;
      const start = times[row]!;
      spans.push({ start, end: key.interval === undefined ? start + 1n : nextOpenTime(key.interval, start) });
    }
    return { ...rows.origins[place]!, spans: uniteSpans(spans) };
  }); // prettier-ignore
  return { primary: rows.origins[first!]!, contributions };
}

/** Holes without a grid are known only from what was said of them. */
function withinSpans(known: readonly Hole[], spans: readonly TimeSpan[]): Hole[] {
  const told = new Map<string, Hole>();
  for (const { start, end, kind, evidence } of known) {
    for (const span of clipSpans(spans, { start, end })) {
      const hole = {
        ...span,
        ...(kind === undefined ? {} : { kind }),
        ...(evidence === undefined ? {} : { evidence }),
      };
      told.set(`${span.start} ${span.end}`, told.get(`${span.start} ${span.end}`) ?? hole);
    }
  }
  return [...told.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
}
