/** A UTC day, `YYYY-MM-DD`. */
export type UtcDay = string;
/** A UTC month, `YYYY-MM`. */
export type UtcMonth = string;
/** A UTC day or month. */
export type UtcDate = string;

/** Days of a month (1 to 12) in the Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Epoch milliseconds at 00:00 UTC of that day, or undefined if the calendar of the years 1 to 9999 lacks it. */
export function dayStart(year: number, month: number, day: number): number | undefined {
  if (!isCalendarDay(year, month, day)) return undefined;
  if (year >= 100) return Date.UTC(year, month - 1, day);
  return new Date(0).setUTCFullYear(year, month - 1, day); // Date.UTC reads 0 to 99 as 1900 to 1999
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  return isCalendarMonth(year, month) && day >= 1 && day <= daysInMonth(year, month);
}

function isCalendarMonth(year: number, month: number): boolean {
  return year >= 1 && month >= 1 && month <= 12;
}

/** Whether the text is a day of the calendar, spelled `YYYY-MM-DD`. */
export function isUtcDay(text: string): boolean {
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return false;
  return isCalendarDay(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
}

/** Whether the text is a month of the calendar, spelled `YYYY-MM`. */
export function isUtcMonth(text: string): boolean {
  if (text.length !== 7 || text[4] !== '-') return false;
  return isCalendarMonth(digits(text, 0, 4), digits(text, 5, 7));
}

const ZERO = 48;

/** The number that the characters spell, or NaN; without a substring, because keys are made by the million. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return value;
}
