import { CacheKeyError, quote } from './errors.ts';

/**
 * An instant as callers may give it, always read as UTC:
 * ISO text (`2024-01-01`, `2024-01`, `2024-01-01T09:30`, `2024-01-01 09:30:00.123456Z`; without an offset it is UTC),
 * a `Date`, a luxon `DateTime` (anything with `toMillis()`), a number of epoch milliseconds, or a bigint of epoch
 * microseconds. A number of 1e14 or more is refused: it is microseconds or nanoseconds given by mistake.
 */
export type TimeInput = string | number | bigint | Date | { toMillis(): number };

/** A UTC day, `YYYY-MM-DD`. */
export type UtcDay = string;
/** A UTC month, `YYYY-MM`. */
export type UtcMonth = string;

export const MILLISECONDS_PER_DAY = 86_400_000;
export const MICROSECONDS_PER_DAY = 86_400_000_000n;

const ISO =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?)?$/;
/** 9999-12-31T23:59:59.999Z: later years do not fit into `YYYY-MM-DD`. */
const LAST_MILLISECOND = 253_402_300_799_999;
/** 0001-01-01T00:00:00Z. */
const FIRST_MILLISECOND = -62_135_596_800_000;

function refuse(input: unknown, why: string): never {
  throw new CacheKeyError('E_KEY_TIME', `${quote(input)} is not an instant: ${why}.`, { received: input });
}

function checkedMicroseconds(milliseconds: number, microseconds: number, input: unknown): bigint {
  if (!(milliseconds >= FIRST_MILLISECOND && milliseconds <= LAST_MILLISECOND)) {
    refuse(input, 'it lies outside the years 0001 to 9999');
  }
  return BigInt(milliseconds) * 1000n + BigInt(microseconds);
}

function fromText(text: string): bigint {
  const match = ISO.exec(text);
  if (!match) refuse(text, 'ISO 8601 text such as 2024-01-31 or 2024-01-31T09:30:00Z is expected');
  const [, year, month, day = '01', hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] = match;
  const midnight = dayStart(Number(year), Number(month), Number(day));
  if (midnight === undefined) refuse(text, 'there is no such day');
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) refuse(text, 'there is no such time of day');
  let milliseconds = midnight + (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000;
  if (offset !== 'Z') {
    const hours = Number(offset.slice(1, 3));
    const minutes = Number(offset.slice(-2));
    if (hours > 23 || minutes > 59) refuse(text, 'there is no such offset');
    milliseconds -= (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  }
  const digits = fraction.padEnd(6, '0');
  if (/[1-9]/.test(digits.slice(6))) refuse(text, 'it is finer than a microsecond');
  return checkedMicroseconds(milliseconds + Number(digits.slice(0, 3)), Number(digits.slice(3, 6)), text);
}

function fromNumber(milliseconds: number, input: unknown): bigint {
  if (!Number.isFinite(milliseconds)) refuse(input, 'it is not a finite number');
  if (Math.abs(milliseconds) >= 1e14) {
    refuse(input, 'a number is epoch milliseconds; give epoch microseconds as a bigint');
  }
  const whole = Math.floor(milliseconds);
  return checkedMicroseconds(whole, Math.floor((milliseconds - whole) * 1000), input);
}

/**
 * The instant as epoch microseconds, UTC.
 * @throws {CacheKeyError} `E_KEY_TIME` when it is no instant.
 */
export function epochMicroseconds(input: TimeInput): bigint {
  switch (typeof input) {
    case 'string':
      return fromText(input);
    case 'number':
      return fromNumber(input, input);
    case 'bigint':
      if (input < BigInt(FIRST_MILLISECOND) * 1000n || input > BigInt(LAST_MILLISECOND) * 1000n + 999n) {
        refuse(input, 'a bigint is epoch microseconds and lies in the years 0001 to 9999');
      }
      return input;
    default:
      break;
  }
  if (input instanceof Date) return fromNumber(input.getTime(), input);
  if (typeof input === 'object' && input !== null) {
    const moment = input as { toMillis?: unknown; getTime?: unknown };
    if (typeof moment.toMillis === 'function') return fromNumber(Number(moment.toMillis()), input);
    // A Date of another realm is no instance of this one's Date.
    if (typeof moment.getTime === 'function') return fromNumber(Number(moment.getTime()), input);
  }
  return refuse(input, 'text, a Date, a DateTime, a number of milliseconds or a bigint of microseconds is expected');
}

/** Milliseconds at 00:00 UTC of that calendar day, or undefined where the calendar has no such day. */
function dayStart(year: number, month: number, day: number): number | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (year >= 100) return Date.UTC(year, month - 1, day);
  return new Date(0).setUTCFullYear(year, month - 1, day); // Date.UTC reads 0 to 99 as 1900 to 1999
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function floorDiv(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

const millisecondsOf = (microseconds: bigint): number => Number(floorDiv(microseconds, 1000n));

/** The UTC day of an instant. */
export function utcDay(input: TimeInput): UtcDay {
  if (typeof input === 'string' && isUtcDay(input)) return input;
  return new Date(millisecondsOf(epochMicroseconds(input))).toISOString().slice(0, 10);
}

/** The UTC month of an instant. */
export function utcMonth(input: TimeInput): UtcMonth {
  if (typeof input === 'string' && isUtcMonth(input)) return input;
  return utcDay(input).slice(0, 7);
}

const ZERO = 48;
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Whether the text is a day of the calendar, spelled `YYYY-MM-DD`. */
export function isUtcDay(text: string): boolean {
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return false;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** Whether the text is a month of the calendar, spelled `YYYY-MM`. */
export function isUtcMonth(text: string): boolean {
  if (text.length !== 7 || text[4] !== '-') return false;
  const month = digits(text, 5, 7);
  return digits(text, 0, 4) >= 1 && month >= 1 && month <= 12;
}

/** A half-open span of time, `[start, end)`, epoch microseconds UTC. */
export interface TimeSpan {
  readonly start: bigint;
  readonly end: bigint;
}

/** The span of a UTC day (`YYYY-MM-DD`) or month (`YYYY-MM`). */
export function spanOf(dayOrMonth: UtcDay | UtcMonth): TimeSpan {
  const start = epochMicroseconds(dayOrMonth);
  if (isUtcDay(dayOrMonth)) return { start, end: start + MICROSECONDS_PER_DAY };
  if (!isUtcMonth(dayOrMonth)) refuse(dayOrMonth, 'a day or a month is expected');
  const year = Number(dayOrMonth.slice(0, 4));
  const month = Number(dayOrMonth.slice(5, 7));
  return { start, end: start + BigInt(daysInMonth(year, month)) * MICROSECONDS_PER_DAY };
}

/** The span between two instants; refused when it ends before it starts. */
export function timeSpan(start: TimeInput, end: TimeInput): TimeSpan {
  const span = { start: epochMicroseconds(start), end: epochMicroseconds(end) };
  if (span.end < span.start) {
    const shown = { start: isoText(span.start), end: isoText(span.end) };
    throw new CacheKeyError('E_KEY_RANGE', `The range ends (${shown.end}) before it starts (${shown.start}).`, shown);
  }
  return span;
}

/** Every UTC day that the half-open range touches, in order. */
export function daysBetween(start: TimeInput, end: TimeInput): UtcDay[] {
  const span = timeSpan(start, end);
  const days: UtcDay[] = [];
  const last = millisecondsOf(span.end - 1n);
  if (span.end === span.start) return days;
  for (
    let day = Math.floor(millisecondsOf(span.start) / MILLISECONDS_PER_DAY) * MILLISECONDS_PER_DAY;
    day <= last;
    day += MILLISECONDS_PER_DAY
  ) {
    days.push(new Date(day).toISOString().slice(0, 10));
  }
  return days;
}

/** Every UTC month that the half-open range touches, in order. */
export function monthsBetween(start: TimeInput, end: TimeInput): UtcMonth[] {
  const span = timeSpan(start, end);
  if (span.end === span.start) return [];
  const months: UtcMonth[] = [];
  const last = utcMonth(span.end - 1n);
  for (let month = utcMonth(span.start); month <= last; month = nextMonth(month)) months.push(month);
  return months;
}

function nextMonth(month: UtcMonth): UtcMonth {
  const index = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7));
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** Epoch microseconds as ISO text, with as many decimals of a second as are needed: none, three or six. */
export function isoText(microseconds: bigint): string {
  const milliseconds = millisecondsOf(microseconds);
  const rest = Number(microseconds - BigInt(milliseconds) * 1000n);
  const text = new Date(milliseconds).toISOString();
  if (rest !== 0) return `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

/**
 * A column of epoch microseconds as epoch milliseconds; parts of a millisecond are kept as decimals.
 * Reads the 64-bit integers as pairs of 32-bit ones, so that no bigint is made for a row.
 */
export function epochMilliseconds(
  microseconds: BigInt64Array,
  into: Float64Array = new Float64Array(microseconds.length),
): Float64Array {
  const words = new Int32Array(microseconds.buffer, microseconds.byteOffset, microseconds.length * 2);
  for (let row = 0; row < microseconds.length; row++) {
    const low = words[row * 2]! >>> 0;
    const high = words[row * 2 + 1]!;
    into[row] = (high * 4_294_967_296 + low) / 1000;
  }
  return into;
}
