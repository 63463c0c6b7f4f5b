import { quote, VisionClientError } from '../contract/errors.ts';

/** Options that every client of this package takes. */
export const HTTP_OPTION_NAMES: readonly string[] = [
  'fetch',
  'concurrency',
  'retry',
  'timeouts',
  'redirectHosts',
  'now',
  'sleep',
  'random',
];

/** What plain JavaScript hands in may be anything. */
export function refuseOption(option: string, received: unknown, expected: string): never {
  const message = `${option} is ${quote(received)}; ${expected} is expected.`;
  throw new VisionClientError('E_OPTION', message, { option, received });
}

/**
 * Refuses options that are no object, and names that are none: a misspelled one would silently be its default.
 * @param of what the options are called in a message: `timeouts`, or nothing for those of the client itself
 */
export function refuseUnknownNames(given: unknown, allowed: readonly string[], of = ''): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuseOption(of === '' ? 'options' : of, given, 'an object');
  }
  for (const name of Object.keys(given)) {
    if (allowed.includes(name)) continue;
    const option = of === '' ? name : `${of}.${name}`;
    const likely = allowed.find((each) => isAlike(each, name));
    const hint = likely === undefined ? `one of ${allowed.join(', ')}` : `${quote(likely)}, perhaps,`;
    const message = `${quote(option)} is not an option; ${hint} is expected.`;
    throw new VisionClientError('E_OPTION', message, { option, received: (given as Record<string, unknown>)[name] });
  }
}

/** Whether one name begins like the other, or has its letters but for two. */
function isAlike(known: string, given: string): boolean {
  const [a, b] = [known.toLowerCase(), given.toLowerCase()];
  if (b.length >= 3 && (a.startsWith(b) || b.startsWith(a))) return true;
  const rest = Array.from(a);
  for (const letter of b) {
    const at = rest.indexOf(letter);
    if (at !== -1) rest.splice(at, 1);
  }
  return Math.abs(a.length - b.length) <= 2 && rest.length <= 2;
}

export function refuseNoFunction(option: string, given: unknown): void {
  if (given !== undefined && typeof given !== 'function') refuseOption(option, given, 'a function');
}

/** An address that can be asked: `https://…` or `http://…`. */
export function refuseNoUrl(option: string, given: unknown): void {
  if (typeof given === 'string' && /^https?:\/\//i.test(given) && URL.canParse(given)) return;
  refuseOption(option, given, 'a URL that begins with https:// or http://');
}

export function refuseNoneOf(option: string, given: unknown, allowed: readonly string[]): void {
  if (given !== undefined && !(allowed as readonly unknown[]).includes(given)) {
    refuseOption(option, given, allowed.map((each) => quote(each)).join(' or '));
  }
}
