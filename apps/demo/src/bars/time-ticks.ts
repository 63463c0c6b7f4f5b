import type { Viewport } from './viewport.ts';

/** A mark of the time axis. */
export interface Tick {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly text: string;
  /** Whether a month or a year begins there. */
  readonly strong: boolean;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30.4 * DAY;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Steps within a day: each divides it. */
const CLOCK_STEPS = [1, 5, 15, 30].map((seconds) => seconds * SECOND).concat([1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE), [1, 2, 3, 4, 6, 12].map((hours) => hours * HOUR)); // prettier-ignore
/** Days of a month that have a mark, from the densest on. */
const DAYS_MARKED: readonly (readonly [stepMilliseconds: number, days: readonly number[]])[] = [
  [DAY, Array.from({ length: 31 }, (_, day) => day + 1)],
  [2 * DAY, Array.from({ length: 15 }, (_, pair) => 2 * pair + 1)],
  [5 * DAY, [1, 6, 11, 16, 21, 26]],
  [10 * DAY, [1, 11, 21]],
];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60];

/**
 * Marks of the time axis on the clock of a zone: midnights fall on the zone's midnights on both sides of a change of
 * its clocks.
 * @param view epoch milliseconds
 * @param spacing the shortest time between two marks, milliseconds
 * @param offset milliseconds to add to UTC for the zone's clock at an instant
 */
export function timeTicks(view: Viewport, spacing: number, offset: (at: number) => number): Tick[] {
  const first = view.from + offset(view.from);
  const last = view.to + offset(view.to);
  const ticks: Tick[] = [];
  for (const wall of wallTimes(first, last, spacing)) {
    const guess = wall - offset(wall);
    const at = wall - offset(guess);
    if (at < view.from || at > view.to || at <= (ticks.at(-1)?.at ?? -Infinity)) continue;
    ticks.push({ at, ...labelOf(wall, spacing) });
  }
  return ticks;
}

/** Times of the clock that have a mark, as if it were UTC's. */
function* wallTimes(first: number, last: number, spacing: number): Iterable<number> {
  const step = CLOCK_STEPS.find((each) => each >= spacing);
  if (step !== undefined) {
    for (let wall = Math.ceil(first / step) * step; wall <= last; wall += step) yield wall;
    return;
  }
  const days = DAYS_MARKED.find(([each]) => each >= spacing)?.[1] ?? [1];
  const months = spacing <= 10 * DAY ? 1 : (MONTH_STEPS.find((each) => each * MONTH >= spacing) ?? 120);
  const start = new Date(first);
  // Months are counted from the year 0, so that the marks stay where they are when the view moves.
  const month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  for (let at = month; utcDate(at, 1) <= last; at += months) {
    for (const day of days) {
      const wall = utcDate(at, day);
      if (wall > last) return;
      // The 31st of a month of 30 days is another month's first.
      if (wall >= first && new Date(wall).getUTCDate() === day) yield wall;
    }
  }
}

function utcDate(month: number, day: number): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, day);
}

function labelOf(wall: number, spacing: number): Pick<Tick, 'text' | 'strong'> {
  const date = new Date(wall);
  const name = MONTHS[date.getUTCMonth()]!;
  if (wall % DAY !== 0) {
    return { text: date.toISOString().slice(11, spacing <= 30 * SECOND ? 19 : 16), strong: false };
  }
  if (date.getUTCDate() !== 1) return { text: `${String(date.getUTCDate())} ${name}`, strong: false };
  return { text: date.getUTCMonth() === 0 ? String(date.getUTCFullYear()) : name, strong: true };
}
