import { nearestName } from '@vision-cache/cache-keys';
import { DataSourceError } from './errors.ts';

/** What a value may be: in words, and as a test. */
export interface OptionKind {
  readonly expected: string;
  is(this: void, value: unknown): boolean;
}

export type OptionKinds = Readonly<Record<string, OptionKind>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const hasMethod = (value: unknown, ...names: readonly string[]): boolean =>
  isObject(value) && names.some((name) => typeof value[name] === 'function');

export const aBoolean: OptionKind = { expected: 'true or false', is: (value) => typeof value === 'boolean' };
export const aFunction: OptionKind = { expected: 'a function', is: (value) => typeof value === 'function' };
export const aText: OptionKind = { expected: 'a text', is: (value) => typeof value === 'string' };
export const aCount: OptionKind = {
  expected: 'a whole number from 1 on',
  is: (value) => Number.isInteger(value) && (value as number) >= 1,
};
export const milliseconds: OptionKind = {
  expected: 'milliseconds, a number from 0 on',
  is: (value) => typeof value === 'number' && value >= 0,
};
export const names: OptionKind = {
  expected: 'an array of names',
  is: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
};
/** Of any realm, and of any library that makes one. */
export const aSignal: OptionKind = {
  expected: 'an AbortSignal',
  is: (value) => isObject(value) && typeof value['aborted'] === 'boolean',
};
/** An object that can do one of these things at least: which of them it needs, its type says. */
export const anObjectWith = (expected: string, ...methods: readonly string[]): OptionKind => ({
  expected,
  is: (value) => hasMethod(value, ...methods),
});
/** They are not looked at: whoever stays offline touches none. */
export const sources: OptionKind = {
  expected: 'an array of sources',
  is: (value) => Array.isArray(value) && value.every(isObject),
};

/**
 * The door for options, which the compiler checks and plain JavaScript does not: a name that there is not, and a value
 * that cannot be meant, are refused rather than passed over. What is undefined counts as not given.
 * @param of Whose options they are, for the message.
 * @param required An option that has to be there.
 * @throws {DataSourceError} `E_OPTION`
 */
export function checkOptionNames(given: unknown, kinds: OptionKinds, of: string, required?: string): void {
  if (given === undefined && required === undefined) return;
  if (!isObject(given)) throw badOption(of, given, 'an object of options');
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw unknownOption(of, name, Object.keys(kinds));
    if (!kind.is(value)) throw badOption(name, value, kind.expected);
  }
  if (required !== undefined && given[required] === undefined)
    throw badOption(required, undefined, kinds[required]!.expected);
}

function badOption(option: string, received: unknown, expected: string): DataSourceError<'E_OPTION'> {
  const message = `${option}: ${describe(received)} is not valid; ${expected} is expected.`;
  return new DataSourceError('E_OPTION', message, { option, received });
}

/** A value as a message names it. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

function unknownOption(of: string, name: string, known: readonly string[]): DataSourceError<'E_OPTION'> {
  const near = nearestName(name, known);
  const help = near === undefined ? `There are ${known.join(', ')}.` : `Is ${near} meant?`;
  const message = `${of} has no option ${JSON.stringify(name)}. ${help}`;
  return new DataSourceError('E_OPTION', message, { option: name, received: name });
}
