/** The last time that a `Date` holds, epoch milliseconds: whoever tells until when could not tell a later one. */
const LATEST_TIME = 8_640_000_000_000_000;

/**
 * How long a `Retry-After` header asks to wait, in milliseconds: seconds, also with decimals, or an HTTP date.
 * Undefined if there is none, or none that makes sense.
 */
export function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, LATEST_TIME - now);
  // A date begins with a day's name; Date.parse would take "-5" or "1 2" for a year.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
