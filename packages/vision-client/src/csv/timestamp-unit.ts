/**
 * The unit of a time, milliseconds or microseconds, by its size; undefined for seconds, nanoseconds and anything else. The
 * archive writes milliseconds, and of spot from 2025-01-01 on microseconds.
 * Milliseconds below 1e14 reach from 1973 to 5138, microseconds from 1e14 to 1e17 likewise: they do not meet.
 */
export function timestampUnit(time: number): 'ms' | 'us' | undefined {
  if (time >= 1e11 && time < 1e14) return 'ms';
  if (time >= 1e14 && time < 1e17) return 'us';
  return undefined;
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?)?$/;

/** `YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS[.ffffff]`, which is UTC, as epoch microseconds; undefined if it is none. */
export function dateTimeMicroseconds(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = ''] = match;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // Date.UTC takes 30 February for 1 March, and the years 0 to 99 for 1900 to 1999.
  if (new Date(midnight).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return midnight * 1000 + seconds * 1_000_000 + Number(fraction.padEnd(6, '0'));
}
