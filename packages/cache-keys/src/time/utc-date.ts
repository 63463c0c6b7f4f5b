import { type UtcDate, type UtcDay, type UtcMonth, dayStart, daysInMonth, isUtcDay, isUtcMonth } from './calendar.ts';
import { CacheKeyError } from '../contract/errors.ts';
import { type TimeInput, epochMicroseconds, floorMilliseconds, instantOf, isoText, refuseTime } from './time-input.ts';

const MILLISECONDS_PER_DAY = 86_400_000;
const MICROSECONDS_PER_DAY = 86_400_000_000n;

/** A half-open span of time, `[start, end)`, epoch microseconds UTC. */
export interface TimeSpan {
  readonly start: bigint;
  readonly end: bigint;
}

/** The UTC day of an instant. */
export function utcDay(input: TimeInput): UtcDay {
  if (typeof input === 'string' && isUtcDay(input)) return input;
  // The calendar goes on for ever: a number is taken as it is.
  return dayOf(floorMilliseconds(instantOf(input)));
}

/** The UTC month of epoch microseconds, whatever their size. */
export const monthAt = (microseconds: bigint): UtcMonth => dayOf(floorMilliseconds(microseconds)).slice(0, 7);

/** The UTC month of an instant. */
export function utcMonth(input: TimeInput): UtcMonth {
  if (typeof input === 'string' && isUtcMonth(input)) return input;
  return utcDay(input).slice(0, 7);
}

const dayOf = (milliseconds: number): UtcDay => new Date(milliseconds).toISOString().slice(0, 10);

/** The span of a UTC day (`YYYY-MM-DD`) or month (`YYYY-MM`). */
export function spanOf(dayOrMonth: UtcDate): TimeSpan {
  const isText = typeof dayOrMonth === 'string';
  const isDay = isText && isUtcDay(dayOrMonth);
  if (!isDay && !(isText && isUtcMonth(dayOrMonth))) {
    epochMicroseconds(dayOrMonth); // says what is wrong with what is no time at all
    refuseTime(dayOrMonth, 'a day or a month is expected');
  }
  // Read from its digits: each file that is read or written asks for this several times.
  const year = Number(dayOrMonth.slice(0, 4));
  const month = Number(dayOrMonth.slice(5, 7));
  const start = BigInt(dayStart(year, month, isDay ? Number(dayOrMonth.slice(8)) : 1)!) * 1000n;
  const days = isDay ? 1 : daysInMonth(year, month);
  return { start, end: start + BigInt(days) * MICROSECONDS_PER_DAY };
}

/**
 * The span between two instants.
 * @throws {CacheKeyError} `E_KEY_RANGE` when it ends before it starts.
 */
export function timeSpan(start: TimeInput, end: TimeInput): TimeSpan {
  return ordered({ start: epochMicroseconds(start, 'start'), end: epochMicroseconds(end, 'end') });
}

/** As `timeSpan`, of numbers of any size: the calendar and its grids go on for ever. */
export function spanBetween(start: TimeInput, end: TimeInput): TimeSpan {
  return ordered({ start: instantOf(start), end: instantOf(end) });
}

function ordered(span: TimeSpan): TimeSpan {
  if (span.end < span.start) {
    const shown = { start: isoText(span.start), end: isoText(span.end) };
    throw new CacheKeyError('E_KEY_RANGE', `The range ends (${shown.end}) before it starts (${shown.start}).`, shown);
  }
  return span;
}

/** Every UTC day that the half-open range touches, in order. */
export function daysBetween(start: TimeInput, end: TimeInput): UtcDay[] {
  return daysOf(spanBetween(start, end));
}

/** Every UTC day that a span touches, in order. */
export function daysOf({ start, end }: TimeSpan): UtcDay[] {
  if (start === end) return [];
  const first = Math.floor(floorMilliseconds(start) / MILLISECONDS_PER_DAY);
  const last = Math.floor(floorMilliseconds(end - 1n) / MILLISECONDS_PER_DAY);
  const days: UtcDay[] = [];
  // A month's text is made once, not once for each of its days.
  for (let day = first; day <= last;) {
    const text = dayOf(day * MILLISECONDS_PER_DAY);
    const month = text.slice(0, -2);
    const inMonth = daysInMonth(Number(month.slice(0, -4)), Number(month.slice(-3, -1)));
    for (let of = Number(text.slice(-2)); of <= inMonth && day <= last; of++, day++) days.push(month + TWO_DIGITS[of]!);
  }
  return days;
}

const TWO_DIGITS = Array.from({ length: 32 }, (_, number) => String(number).padStart(2, '0'));

/** Every UTC month that the half-open range touches, in order. */
export function monthsBetween(start: TimeInput, end: TimeInput): UtcMonth[] {
  const span = spanBetween(start, end);
  if (span.end === span.start) return [];
  const first = monthNumber(utcMonth(span.start));
  const last = monthNumber(utcMonth(span.end - 1n));
  return Array.from({ length: last - first + 1 }, (_, month) => monthOf(first + month));
}

const monthNumber = (month: UtcMonth): number => Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;

function monthOf(number: number): UtcMonth {
  const year = String(Math.floor(number / 12)).padStart(4, '0');
  return `${year}-${String((number % 12) + 1).padStart(2, '0')}`;
}
