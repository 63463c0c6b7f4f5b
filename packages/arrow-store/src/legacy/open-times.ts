import { epochMicroseconds } from '@vision-cache/cache-keys';
import type { RawColumn, RawTable, TimeUnit } from '../containers/raw-table.ts';
import { damaged, refusal } from '../containers/refusal.ts';

/** Spellings of a column's name that differ in case, `_`, spaces and dots are one. */
export const squash = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Where old files keep the open time, most trusted first. Source: the Python project's own code over the years. */
const TIME_NAMES = ['opentime', 'klineopentime', 'opentimeus', 'opentimeidx', 'tempindex', 'indexlevel0'];

/** 2010-01-01 and 2100-01-01: what lies outside was read in a wrong unit, or damaged. Microseconds. */
const EARLIEST = 1_262_304_000_000_000;
const LATEST = 4_102_444_800_000_000;
const DAY = 86_400_000_000;

export interface OpenTimes {
  /** Name of the column, as the file spells it. */
  readonly column: string;
  /** What the column was. */
  readonly unit: TimeUnit | 'date' | 'text';
  /** Epoch microseconds of each row in file order: whole numbers below 2^53, which a Number holds exactly. */
  readonly values: Float64Array;
  /** The same as 64-bit integers, where the column holds them so. */
  readonly integers: BigInt64Array | undefined;
  /** Whether the column is one of calendar days, which cannot hold a time of day. */
  readonly daysOnly: boolean;
}

/**
 * Finds the column of open times, whatever it is called and wherever it stands, and reads it in whatever unit it is.
 * Row numbers under an index's name are passed over; two columns that both could be it must agree.
 * @throws {ArrowStoreError} `E_SCHEMA` if there is none, `E_LOGICAL` if it holds no times of this market's years.
 */
export function findOpenTimes(table: RawTable): OpenTimes {
  const squashed = table.names.map(squash);
  const indices = TIME_NAMES.flatMap((name) => squashed.flatMap((each, index) => (each === name ? [index] : [])));
  let found: OpenTimes | undefined;
  let failure: unknown;
  for (const index of indices) {
    let times: OpenTimes;
    try {
      times = readTimes(table.read(index), table.names[index]!);
    } catch (error) {
      failure ??= error;
      continue;
    }
    if (found === undefined) found = times;
    else if (!agree(found, times)) {
      // A column of days agrees with one of times whose day it has.
      const message = `The columns ${found.column} and ${times.column} hold different times.`;
      throw refusal('E_LOGICAL', 'times-disagree', message);
    } else if (found.daysOnly) found = times;
  }
  if (found !== undefined) return found;
  if (failure !== undefined) throw failure as Error;
  throw refusal('E_SCHEMA', 'no-time-column', `No column holds the open times; there are ${shown(table.names)}.`);
}

const shown = (names: readonly string[]): string =>
  JSON.stringify(names.slice(0, 20)).replaceAll(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    '?',
  );

function agree(one: OpenTimes, other: OpenTimes): boolean {
  const days = one.daysOnly || other.daysOnly;
  return one.values.every((time, row) => {
    const another = other.values[row]!;
    return time === another || (days && Math.floor(time / DAY) === Math.floor(another / DAY));
  });
}

function readTimes(column: RawColumn, name: string): OpenTimes {
  if (column.nulls !== undefined) throw refusal('E_LOGICAL', 'null', `A row has no ${name}.`);
  const read = timesOf(column);
  const bad = firstImpossible(read.values);
  if (bad !== -1) {
    throw refusal(
      'E_LOGICAL',
      'time-out-of-range',
      `The ${name} of row ${bad} is not a time since 2010: its unit or bytes are wrong.`,
    );
  }
  return { column: name, ...read };
}

/** The first row whose time is none, or -1. */
function firstImpossible(times: Float64Array): number {
  for (let row = 0; row < times.length; row++) {
    const time = times[row]!;
    if (!(time >= EARLIEST && time < LATEST && Math.floor(time) === time)) return row;
  }
  return -1;
}

function timesOf(column: RawColumn): Omit<OpenTimes, 'column'> {
  switch (column.kind) {
    case 'timestamp':
      return {
        unit: column.unit,
        values: microseconds(column.values, column.unit),
        integers: column.unit === 'us' ? column.values : undefined,
        daysOnly: false,
      };
    case 'date': {
      const values = microseconds(column.values, 'ms');
      return { unit: 'date', values, integers: undefined, daysOnly: values.every((time) => time % DAY === 0) };
    }
    case 'int': {
      const values = Float64Array.from(column.values, (value) => fromDigits(Number(value), value));
      return { unit: unitOf(Number(column.values[0] ?? 0n)), values, integers: undefined, daysOnly: false };
    }
    case 'float': {
      const values = Float64Array.from(column.values, (value) => fromDigits(value, undefined));
      return { unit: unitOf(column.values[0] ?? 0), values, integers: undefined, daysOnly: false };
    }
    case 'text': {
      const values = Float64Array.from(column.values, fromText);
      const daysOnly = column.values.every((text) => /^\d{4}-\d\d-\d\d$/.test(text));
      return { unit: 'text', values, integers: undefined, daysOnly };
    }
  }
}

/** The unit that a bare number must be in, by its size: 10, 13, 16 or 19 digits. */
function unitOf(value: number): TimeUnit {
  const size = Math.abs(value);
  return size < 1e11 ? 's' : size < 1e14 ? 'ms' : size < 1e17 ? 'us' : 'ns';
}

/** Each value by its own digits: a file of raw numbers may go over from milliseconds to microseconds in 2025. */
function fromDigits(value: number, exact: bigint | undefined): number {
  switch (unitOf(value)) {
    case 's':
      return value * 1e6;
    case 'ms':
      return value * 1000;
    case 'us':
      return value;
    case 'ns':
      if (exact !== undefined) return exact % 1000n === 0n ? Number(exact / 1000n) : NaN;
      return Math.round(value / 1000);
  }
}

function fromText(text: string): number {
  // Digits that went through a float or a decimal end in `.0`.
  const digits = /^(\d{10,19})(?:\.0+)?$/.exec(text)?.[1];
  if (digits !== undefined) return fromDigits(Number(digits), BigInt(digits));
  // As `%Z` and `%z` of Python write a zone.
  const iso = text
    .trim()
    .replace(/ ?(?:UTC|GMT|z)$/, 'Z')
    .replace(/ (?=[+-]\d\d:?\d\d$)/, '');
  try {
    return Number(epochMicroseconds(iso));
  } catch {
    return NaN; // Refused by the caller, with the row.
  }
}

/**
 * Epoch values of a unit as microseconds, through pairs of 32-bit words, so that no bigint is made for a row.
 * NaN where a nanosecond value is no whole number of microseconds.
 */
function microseconds(values: BigInt64Array, unit: TimeUnit): Float64Array {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const out = new Float64Array(values.length);
  const factor = unit === 's' ? 1e6 : unit === 'ms' ? 1e3 : 1;
  for (let row = 0; row < out.length; row++) {
    const low = words[row * 2]! >>> 0;
    const high = words[row * 2 + 1]!;
    if (unit !== 'ns') {
      out[row] = (high * 4_294_967_296 + low) * factor;
      continue;
    }
    // high * 2^32 + low = (quotient * 1000 + rest) * 2^32 + low, and rest * 2^32 + low fits a Number exactly.
    const quotient = Math.floor(high / 1000);
    const remainder = (high - quotient * 1000) * 4_294_967_296 + low;
    const part = Math.floor(remainder / 1000);
    out[row] = part * 1000 === remainder ? quotient * 4_294_967_296 + part : NaN;
  }
  return out;
}

/** Times of a column that is only evidence, such as close_time: undefined if it cannot be read. */
export function looseTimes(table: RawTable, name: string): Float64Array | undefined {
  const index = table.names.findIndex((each) => squash(each) === name);
  if (index === -1) return undefined;
  try {
    const column = table.read(index);
    if (column.kind === 'timestamp' && column.unit === 'ns') {
      return Float64Array.from(column.values, (value) => Number(value) / 1000);
    }
    // A right close in nanoseconds ends in 999: no whole number of microseconds, and evidence all the same.
    if (column.kind === 'int' && column.nulls === undefined) {
      return Float64Array.from(column.values, (value) => fromDigits(Number(value), undefined));
    }
    return column.kind === 'text' || column.nulls !== undefined ? undefined : timesOf(column).values;
  } catch {
    return undefined;
  }
}

/** Writes whole numbers below 2^53 into 64-bit integers, in pairs of words. */
export function toInt64(values: Float64Array, into: BigInt64Array, add = 0): void {
  const words = new Int32Array(into.buffer, into.byteOffset, into.length * 2);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]! + add;
    const high = Math.floor(value / 4_294_967_296);
    words[row * 2] = (value - high * 4_294_967_296) | 0;
    words[row * 2 + 1] = high;
  }
  if (values.length > into.length) throw damaged('it has more rows than it declares');
}
