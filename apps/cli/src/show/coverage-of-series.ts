import type { AnyCache } from '../contract/any-cache.ts';
import {
  type CacheKey,
  type Catalog,
  epochMicroseconds,
  isoText,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { coverageOf, knownFacts } from '@vision-cache/data-source-manager';
import type { CachedSeries } from '../series/cached-series.ts';
import { partsOf } from '../series/series-name.ts';
import { gapRow, type GapRow } from '../rows/gap-row.ts';
import { missingIdRows } from '../rows/missing-id-rows.ts';
import { counted, instantText } from '../text/table.ts';

/** How much of a day or month is there. */
export type CellState = 'whole' | 'part' | 'absent' | 'unknown';

export interface CalendarCell {
  readonly date: string;
  readonly state: CellState;
}

export interface SeriesCoverage {
  readonly series: string;
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly complete: boolean;
  readonly spans: readonly { readonly from: string; readonly to: string; readonly source: string }[];
  readonly gaps: readonly GapRow[];
  readonly days: readonly CalendarCell[];
}

/**
 * What the cache has of a series from its first entry to its last, without asking anybody. Rows are read only where ids
 * step by one, and one may be missing.
 */
export async function coverageOfSeries(
  cache: AnyCache,
  catalog: Catalog,
  series: CachedSeries,
  now: number,
): Promise<SeriesCoverage> {
  const whole = { start: spanOf(series.dates[0]!).start, end: spanOf(series.dates.at(-1)!).end };
  const keys: readonly CacheKey[] = catalog.keysBetween({ ...partsOf(series), ...whole });
  const asOf = BigInt(now) * 1000n;
  const facts = await knownFacts(cache, catalog, keys, asOf);
  // A day that has begun ends where it was last asked for.
  const last = facts.at(-1);
  const open = last === undefined || last.state === 'absent' ? undefined : last.spans.at(-1)?.end;
  const span = { start: whole.start, end: open ?? whole.end };
  const { interval } = series;
  const coverage = coverageOf({ span, keys, facts, interval, now: asOf });
  const gaps = [...coverage.gaps.map(gapRow), ...(await missingIdRows(cache, catalog, series, span))];
  return {
    series: series.name,
    from: isoText(span.start),
    to: isoText(span.end),
    rows: facts.reduce((sum, known) => sum + (known === undefined || known.state === 'absent' ? 0 : known.rows), 0),
    complete: coverage.complete && gaps.length === 0,
    spans: coverage.spans.map(({ start, end, source }) => ({ from: isoText(start), to: isoText(end), source })),
    gaps,
    days: keys.map(({ date }, index) => ({ date, state: stateOf(facts[index], spanOf(date), gaps) })),
  };
}

function stateOf(known: { readonly state: string } | undefined, day: TimeSpan, gaps: readonly GapRow[]): CellState {
  if (known === undefined) return 'unknown';
  if (known.state === 'absent') return 'absent';
  const isWithin = ({ from, to }: GapRow): boolean =>
    epochMicroseconds(from) < day.end && epochMicroseconds(to) > day.start;
  return known.state !== 'complete' || gaps.some(isWithin) ? 'part' : 'whole';
}

const MARKS: Readonly<Record<CellState, string>> = { whole: '█', part: '▒', absent: '-', unknown: '·' };

/** The calendar as text: a line a month with a mark a day, or a line a year with a mark a month. */
export function calendarLines({ series, from, to, rows, days, gaps }: SeriesCoverage): string[] {
  const isDaily = days[0]?.date.length === 10;
  const lineOf = (date: string): string => date.slice(0, isDaily ? 7 : 4);
  const marks = new Map<string, string[]>();
  for (const { date, state } of days) {
    const place = Number(date.slice(isDaily ? 8 : 5)) - 1;
    const line = marks.get(lineOf(date)) ?? [];
    marks.set(lineOf(date), line);
    line[place] = MARKS[state];
  }
  const scale = isDaily ? '1        10        20        30' : '1       9';
  return [
    `${series}  ${instantText(from)} to ${instantText(to)}, ${rows.toLocaleString('en-US')} rows`,
    '',
    `${' '.repeat(isDaily ? 9 : 6)}${scale}`,
    ...[...marks].map(
      ([line, cells]) => `${line}  ${Array.from(cells, (mark) => (mark as string | undefined) ?? ' ').join('')}`,
    ),
    '',
    `${MARKS.whole} complete  ${MARKS.part} partial  ${MARKS.absent} no data exists  ${MARKS.unknown} not fetched`,
    ...(gaps.length === 0 ? [] : ['', `${counted(gaps.length, 'gap')}:`]),
    ...gaps.map((gap) => `  ${instantText(gap.from)} to ${instantText(gap.to)}  ${gap.kind}: ${gap.evidence}`),
  ];
}
