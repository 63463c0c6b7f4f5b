import { dayStart } from './calendar.ts';
import { CacheKeyError, isCacheKeyError, quote } from '../contract/errors.ts';

/**
 * An instant as callers may give it, always read as UTC:
 * ISO text (`2024-01-01`, `2024-01`, `2024-01-01T09:30`, `2024-01-01 09:30:00.123456Z`; without an offset it is UTC),
 * a `Date`, a luxon `DateTime` (anything with `toMillis()`), a number of epoch milliseconds, or a bigint of epoch
 * microseconds. A number or bigint before 2009 is refused, but for 0: it is seconds, or milliseconds as a bigint, given
 * by mistake. So is a number of 1e14 or more, which is microseconds or nanoseconds. Dates before 2009 go as text.
 */
export type TimeInput = string | number | bigint | Date | { toMillis(): number };

const ISO =
  /^(\d{4})-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z)|([+-])(\d\d)(?::?(\d\d))?)?)?)?$/;
/** 9999-12-31T23:59:59.999999Z: later years do not fit into `YYYY-MM-DD`. */
const LAST_MICROSECOND = 253_402_300_799_999_999n;
/** 0001-01-01T00:00:00Z. */
const FIRST_MICROSECOND = -62_135_596_800_000_000n;
/** Larger numbers are no milliseconds of our time: 1e14 is the year 5138, and as microseconds 1973. */
const TOO_LARGE_FOR_MILLISECONDS = 1e14;
/** The furthest from 1970 that a Date goes. */
const LAST_DATE_MILLISECOND = 8.64e15;

/** 2009-01-01T00:00:00Z: no exchange of this market is older, and smaller numbers are of another unit. */
const OLDEST_MILLISECOND = 1_230_768_000_000;

/**
 * Refuses to read the input as an instant.
 * @param name what the caller calls it: `start`, `end`
 */
export function refuseTime(input: unknown, why: string, name?: string): never {
  const subject = name === undefined ? quote(input) : `${name}: ${quote(input)}`;
  throw new CacheKeyError('E_KEY_TIME', `${subject} is not an instant: ${why}.`, {
    received: input,
    ...(name === undefined ? {} : { argument: name }),
  });
}

/**
 * The instant as epoch microseconds, UTC. Of a number's fraction of a millisecond the nearest microsecond is taken.
 * @param name what the caller calls it, for the message: `start`, `end`
 * @throws {CacheKeyError} `E_KEY_TIME` when it is no instant.
 */
export function epochMicroseconds(input: TimeInput, name?: string): bigint {
  const instant = name === undefined ? instantOf(input) : named(input, name);
  if (typeof input === 'number' || typeof input === 'bigint') refuseOtherUnit(input, name);
  return instant;
}

function named(input: TimeInput, name: string): bigint {
  try {
    return instantOf(input);
  } catch (cause) {
    if (!isCacheKeyError(cause)) throw cause;
    throw new CacheKeyError('E_KEY_TIME', `${name}: ${cause.message}`, { received: input, argument: name }, { cause });
  }
}

/** The factors by which other units count, with the names of what they are in number and bigint. */
const UNITS: readonly (readonly [perMicrosecond: number, name: string])[] = [
  [1_000_000, 'seconds'],
  [1000, 'milliseconds'],
  [1, 'microseconds'],
  [0.001, 'nanoseconds'],
];
const LATEST_MICROSECOND = 4_102_444_800_000_000; // 2100

/** A number that lands before 2009 is of another unit; what it would be in that unit is said. */
function refuseOtherUnit(input: number | bigint, name: string | undefined): void {
  const value = Number(input);
  const own = typeof input === 'number' ? 'milliseconds' : 'microseconds';
  const oldest = typeof input === 'number' ? OLDEST_MILLISECOND : OLDEST_MILLISECOND * 1000;
  if (value === 0 || !(value < oldest) || !Number.isFinite(value)) return;
  const probable = UNITS.find(
    ([factor, unit]) =>
      unit !== own && value * factor >= OLDEST_MILLISECOND * 1000 && value * factor < LATEST_MICROSECOND,
  );
  const is = `as epoch ${own} it is before 2009`;
  if (probable === undefined) refuseTime(input, `${is}; give an older date as text`, name);
  const [factor, unit] = probable;
  const meant = new Date((value * factor) / 1000).toISOString();
  const hint = typeof input === 'number' ? 'a number is epoch milliseconds' : 'a bigint is epoch microseconds';
  refuseTime(input, `${is}; it is probably ${unit} (${meant}), and ${hint}`, name);
}

/** As `epochMicroseconds`, of a number or bigint of any size: of what is known to be of the right unit. */
export function instantOf(input: TimeInput): bigint {
  switch (typeof input) {
    case 'string':
      return fromText(input);
    case 'number':
      if (Math.abs(input) >= TOO_LARGE_FOR_MILLISECONDS && Number.isFinite(input)) {
        refuseTime(input, 'a number is epoch milliseconds; give epoch microseconds as a bigint');
      }
      return fromMilliseconds(input, input);
    case 'bigint':
      return withinCalendar(input, input);
    default:
      return fromMilliseconds(milliseconds(input), input);
  }
}

function fromText(text: string): bigint {
  const match = ISO.exec(text);
  if (!match) refuseTime(text, 'ISO 8601 text such as 2024-01-31 or 2024-01-31T09:30:00Z is expected');
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part: string | undefined) => (part === undefined ? undefined : Number(part)));
  const midnight = dayStart(year, month, day);
  if (midnight === undefined) refuseTime(text, 'there is no such day');
  if (hour > 23 || minute > 59 || second > 59) refuseTime(text, 'there is no such time of day');

  const [fraction = '', , sign, offsetHours = '00', offsetMinutes = '00'] = match.slice(7);
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) refuseTime(text, 'there is no such offset');
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -60 : 60);

  const decimals = fraction.padEnd(6, '0');
  if (/[1-9]/.test(decimals.slice(6))) refuseTime(text, 'it is finer than a microsecond');
  const seconds = midnight / 1000 + (hour * 60 + minute) * 60 + second - offset;
  return withinCalendar(BigInt(seconds) * 1_000_000n + BigInt(decimals.slice(0, 6)), text);
}

function fromMilliseconds(value: number, input: unknown): bigint {
  if (!Number.isFinite(value)) refuseTime(input, 'it is not a finite number');
  const whole = Math.floor(value);
  return withinCalendar(BigInt(whole) * 1000n + BigInt(Math.round((value - whole) * 1000)), input);
}

function withinCalendar(microseconds: bigint, input: unknown): bigint {
  if (microseconds < FIRST_MICROSECOND || microseconds > LAST_MICROSECOND) {
    refuseTime(input, 'it is outside the years 0001 to 9999');
  }
  return microseconds;
}

/** Epoch milliseconds of a DateTime, or of a Date, which may be one of another realm. */
function milliseconds(input: unknown): number {
  const moment = Object(input) as { toMillis?: () => number; getTime?: () => number };
  if (typeof moment.toMillis === 'function') return moment.toMillis();
  if (typeof moment.getTime === 'function') return moment.getTime();
  return refuseTime(
    input,
    'text, a Date, a DateTime, a number of milliseconds or a bigint of microseconds is expected',
  );
}

/** Whole epoch milliseconds at or before an instant given in microseconds. */
export function floorMilliseconds(microseconds: bigint): number {
  const quotient = microseconds / 1000n;
  return Number(microseconds % 1000n < 0n ? quotient - 1n : quotient);
}

/**
 * Epoch microseconds as ISO text, with as many decimals of a second as are needed: none, three or six.
 * What no Date can hold, as only damaged data has it, is shown as a number.
 */
export function isoText(microseconds: bigint): string {
  const whole = floorMilliseconds(microseconds);
  if (Math.abs(whole) > LAST_DATE_MILLISECOND) return `${microseconds} us`;
  const rest = Number(microseconds - BigInt(whole) * 1000n);
  const text = new Date(whole).toISOString();
  if (rest !== 0) return `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

/**
 * A column of epoch microseconds as epoch milliseconds; parts of a millisecond are kept as decimals, exactly enough
 * that `epochMicroseconds` of each gives the microseconds back (until the year 2248).
 * Reads the 64-bit integers as pairs of 32-bit ones, low half first, so that no bigint is made for a row.
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
