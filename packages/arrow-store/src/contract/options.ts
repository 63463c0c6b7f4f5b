import { nearestName } from '@vision-cache/cache-keys';
import { ArrowStoreError, quote } from './errors.ts';

/** What a value may be: in words, and as a test. */
export interface OptionKind {
  readonly expected: string;
  is(this: void, value: unknown): boolean;
}

export const oneOf = (...values: readonly string[]): OptionKind => ({
  expected: values.map(quote).join(' or '),
  is: (value) => values.includes(value as string),
});
export const aFunction: OptionKind = { expected: 'a function', is: (value) => typeof value === 'function' };
export const aBoolean: OptionKind = { expected: 'true or false', is: (value) => typeof value === 'boolean' };
export const aText: OptionKind = { expected: 'a text', is: (value) => typeof value === 'string' };
export const aName: OptionKind = {
  expected: 'a text that is not empty',
  is: (value) => typeof value === 'string' && value.trim() !== '',
};
export const anObject: OptionKind = {
  expected: 'an object',
  is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
export const milliseconds: OptionKind = {
  expected: 'milliseconds, a number from 0 on',
  is: (value) => typeof value === 'number' && value >= 0, // NaN is neither
};
export const aSize: OptionKind = {
  expected: 'a number above 0',
  is: (value) => typeof value === 'number' && value > 0,
};
export const names: OptionKind = {
  expected: 'an array of names',
  is: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
};
/** Of any realm, and of any library that makes one. */
export const aSignal: OptionKind = {
  expected: 'an AbortSignal',
  is: (value) => anObject.is(value) && typeof (value as { aborted?: unknown }).aborted === 'boolean',
};
/** What it is exactly, who takes it says. */
export const anything: OptionKind = { expected: 'anything', is: () => true };

export type OptionKinds = Readonly<Record<string, OptionKind>>;

/**
 * The door for options, which the compiler checks and plain JavaScript does not: a name that there is not, and a value that
 * cannot be meant, are refused rather than passed over. What is undefined counts as not given.
 * @param of Whose options they are, for the message.
 * @throws {ArrowStoreError} `E_OPTION`
 */
export function checkOptions(given: unknown, kinds: OptionKinds, of: string): void {
  if (given === undefined) return;
  if (!anObject.is(given)) throw badOption(of, given, 'an object of options');
  for (const name of Object.keys(given as object)) {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw unknownOption(of, name, Object.keys(kinds));
    if (!kind.is(value)) throw badOption(`${of}: ${name}`, value, kind.expected, name);
  }
}

export function badOption(what: string, received: unknown, expected: string, option = what): ArrowStoreError {
  const shown = typeof received === 'string' ? quote(received) : describe(received);
  return new ArrowStoreError('E_OPTION', `${what} must be ${expected}, but is ${shown}.`, { option, received });
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return quote(String(value));
  return Array.isArray(value) ? 'an array' : 'an object';
}

function unknownOption(of: string, name: string, known: readonly string[]): ArrowStoreError {
  const near = nearestName(name, known);
  const help = near === undefined ? `There are ${known.join(', ')}.` : `Is ${near} meant?`;
  return new ArrowStoreError('E_OPTION', `${of} has no option ${quote(name)}. ${help}`, {
    option: name,
    received: name,
  });
}
