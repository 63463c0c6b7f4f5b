import { KNOWN_OUTAGES } from '@vision-cache/data-source-manager';
import type { Irregularity } from '@vision-cache/vision-client/testing';
import { expect } from '@jest/globals';
import { openSetup } from './compose.ts';

const SECOND = 1_000_000n;
export const DAY = 86_400;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT'];

/** A day of BTCUSDT on which bars are missing. */
export interface Scenario {
  readonly date: string;
  /** Seconds of the day without a bar. */
  readonly missing: number;
  readonly kinds: readonly string[];
  readonly irregularities: readonly Irregularity[];
  readonly listed?: string;
  /** Requests of the first answer; the second one never makes any. */
  readonly rest: number;
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** Days on which the whole market stood still for a while, to the second. */
function outageDays(): Scenario[] {
  const days = new Map<string, { from: number; to: number }[]>();
  for (const { from, to } of KNOWN_OUTAGES) {
    for (let day = Date.parse(from.slice(0, 10)) / 1000; day < Date.parse(to) / 1000; day += DAY) {
      const date = iso(day).slice(0, 10);
      const part = { from: Math.max(Date.parse(from) / 1000, day), to: Math.min(Date.parse(to) / 1000, day + DAY) };
      // Known in whole minutes only: 217 seconds of these 300 are missing.
      if (date === '2019-11-13' && part.to - part.from === 300)
        Object.assign(part, { from: part.from + 41, to: part.from + 258 });
      days.set(date, [...(days.get(date) ?? []), part]);
    }
  }
  return [...days].map(([date, parts]) => ({
    date,
    missing: parts.reduce((sum, { from, to }) => sum + to - from, 0),
    kinds: parts.map(() => 'exchange-outage'),
    irregularities: [
      ...parts.map(({ from, to }): Irregularity => ({ name: 'outage', start: iso(from), end: iso(to) })),
      { name: 'duplicates', date },
    ],
    rest: 0,
  }));
}

/** The 37 irregular days among 2,780 daily 1s files of BTCUSDT, 2017-08-17 to 2025-03-27. */
export const SCENARIOS: readonly Scenario[] = [
  // The first day of BTCUSDT.
  {
    date: '2017-08-17',
    missing: 14_428,
    kinds: ['not-listed-yet'],
    irregularities: [],
    listed: '2017-08-17T04:00:28Z',
    rest: 15,
  },
  ...outageDays(),
  // 41 seconds that only this symbol lacks.
  {
    date: '2021-12-24',
    missing: 41,
    kinds: ['no-data'],
    irregularities: [
      { name: 'outage', symbol: 'BTCUSDT', start: '2021-12-24T07:00:00Z', end: '2021-12-24T07:00:41Z' },
      { name: 'duplicates', date: '2021-12-24' },
    ],
    rest: 2, // the hole itself, and one witness that was traded all the while
  },
  // The archive ends at 18:50:05; REST has the rest of the day.
  {
    date: '2024-11-19',
    missing: 0,
    kinds: [],
    irregularities: [{ name: 'short-archive', date: '2024-11-19', keep: 67_806 / DAY }],
    rest: 19,
  },
];

/** Loads the day twice: every gap is found to the second and named, and nothing is asked for again. */
export async function play({ date, missing, kinds, irregularities, listed, rest }: Scenario): Promise<void> {
  const day = Date.parse(date) / 1000;
  const setup = await openSetup({
    now: iso(day + 30 * DAY),
    archive: {
      symbols: SYMBOLS.map((symbol) => ({ symbol, listed: listed ?? iso(day - 2 * DAY) })),
      publishedUntil: iso(day + 2 * DAY),
      irregularities,
    },
  });
  try {
    const query = { symbol: 'BTCUSDT', interval: '1s', start: date, end: iso(day + DAY) } as const;
    const { batch, coverage } = await setup.manager.getKlines(query, { strict: false });
    const seconds = coverage.gaps.reduce((sum, { start, end }) => sum + Number((end - start) / SECOND), 0);
    expect(seconds).toBe(missing);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(kinds);
    expect(batch.numRows).toBe(DAY - missing);
    expect(new Set(batch.columns.open_time).size).toBe(batch.numRows);
    expect(setup.requests()).toMatchObject({ zips: 1, checksums: 1, rest });

    setup.server.forget();
    const again = await setup.manager.getKlines(query, { strict: false });
    expect(setup.server.requests).toEqual([]);
    expect(again.coverage.gaps).toEqual(coverage.gaps);
    expect(again.batch.numRows).toBe(batch.numRows);
  } finally {
    await setup.close();
  }
}
