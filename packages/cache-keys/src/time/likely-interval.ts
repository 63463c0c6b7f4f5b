import { type Interval, INTERVALS } from './interval.ts';

const SECONDS: ReadonlyMap<string, number> = new Map([
  ...['s', 'sec', 'second', 'seconds'].map((unit) => [unit, 1] as const),
  ...['m', 'min', 'minute', 'minutes', 't'].map((unit) => [unit, 60] as const),
  ...['h', 'hour', 'hours', 'hr'].map((unit) => [unit, 3600] as const),
  ...['d', 'day', 'days'].map((unit) => [unit, 86_400] as const),
  ...['w', 'week', 'weeks'].map((unit) => [unit, 604_800] as const),
]);
const MONTH = /^(?:mo|mon|month|months)$/;

/** The interval that a text of other software probably means: `1H`, `60m`, `1min`, `1 day`; undefined of any other. */
export function likelyInterval(text: unknown, among: readonly (Interval | undefined)[]): Interval | undefined {
  const match = typeof text === 'string' && text.length <= 20 ? /^\s*(\d{1,6})\s*([A-Za-z]+)\s*$/.exec(text) : null;
  if (match === null) return undefined;
  const [, count = '', unit = ''] = match;
  if (unit === 'M' || MONTH.test(unit.toLowerCase())) return count === '1' && among.includes('1mo') ? '1mo' : undefined;
  const seconds = Number(count) * (SECONDS.get(unit.toLowerCase()) ?? NaN);
  return INTERVALS.find((interval) => {
    const [length, of] = [parseInt(interval, 10), interval.replace(/\d+/, '')];
    return among.includes(interval) && of !== 'mo' && length * SECONDS.get(of)! === seconds;
  });
}
