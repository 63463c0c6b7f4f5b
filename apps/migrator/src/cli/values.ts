import { MigratorError } from '../contract/migrator-error.ts';

/** What a command line says, option by option. */
export type Values = Readonly<Record<string, string | boolean | string[] | undefined>>;

export const usage = (message: string): MigratorError => new MigratorError('E_USAGE', message, { option: undefined });

/** The value of an option that takes one of a few words. @throws {MigratorError} `E_USAGE` */
export function oneOf<const T extends string>(values: Values, name: string, allowed: readonly T[]): T | undefined {
  const value = values[name];
  if (value === undefined || (allowed as readonly unknown[]).includes(value)) return value as T | undefined;
  throw usage(`--${name} is one of ${allowed.join(', ')}.`);
}
