import { storedColumns } from '@vision-cache/cache-keys';
import type { Mode, RequestOptions } from '../contract/answer.ts';
import { GAP_KINDS } from '../contract/coverage.ts';
import { DataSourceError, type DataSourceErrorDetails } from '../contract/errors.ts';
import type { ParsedQuery } from './query.ts';

const REQUEST = ['signal', 'columns', 'mode', 'strict', 'allow', 'refuse', 'onProgress'] as const;
const MANAGER = ['cache', 'sources', 'concurrency', 'now', 'catalog', 'rank', 'revisions'] as const;

const MODES: Readonly<Record<Mode, true>> = { fill: true, offline: true, refresh: true };

/**
 * Refuses what a caller without a compiler may have misspelt: `mode: 'ofline'` must not call out, and a kind of gap
 * that does not exist must not seem to be allowed.
 * @throws {DataSourceError} `E_OPTION`
 */
export function checkOptions(query: ParsedQuery, options: RequestOptions): void {
  checkNames('A request', options, REQUEST);
  checkMode(options.mode);
  for (const kind of options.allow ?? []) {
    if (!GAP_KINDS.includes(kind)) refuseOption('allow', kind, `one of ${GAP_KINDS.join(', ')}`);
  }
  for (const kind of options.refuse ?? []) {
    if (!GAP_KINDS.includes(kind)) refuseOption('refuse', kind, `one of ${GAP_KINDS.join(', ')}`);
  }
  const columns = storedColumns(query.dataset);
  for (const column of options.columns ?? []) {
    if (!columns.includes(column)) refuseOption('columns', column, `one of ${columns.join(', ')}`);
  }
}

/**
 * Refuses what plain JavaScript may hand to a manager: names that are no options, and sources or a cache that can be none.
 * @throws {DataSourceError} `E_OPTION`
 */
export function checkManagerOptions(options: unknown): void {
  if (!isObject(options)) refuseOption('options', options, 'an object with a cache');
  checkNames('A manager', options, MANAGER);
  const { cache, sources, now } = options as Readonly<Record<string, unknown>>;
  if (!isObject(cache)) refuseOption('cache', cache, 'a cache');
  if (sources !== undefined && !(Array.isArray(sources) && sources.every(isObject))) {
    refuseOption('sources', sources, 'an array of sources');
  }
  if (now !== undefined && typeof now !== 'function') refuseOption('now', now, 'a function');
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What is undefined counts as not given. @throws {DataSourceError} `E_OPTION` for a name that is no option */
function checkNames(of: string, given: object, known: readonly string[]): void {
  const entries = Object.entries(given) as [string, unknown][];
  const unknown = entries.find(([name, value]) => value !== undefined && !known.includes(name));
  if (unknown === undefined) return;
  const [name, received] = unknown;
  const message = `${of} has no option ${JSON.stringify(name)}; there are ${known.join(', ')}.`;
  throw new DataSourceError('E_OPTION', message, { option: name, received });
}

export function checkMode(mode: Mode | undefined): void {
  if (mode !== undefined && !Object.hasOwn(MODES, mode)) {
    refuseOption('mode', mode, `one of ${Object.keys(MODES).join(', ')}`);
  }
}

export function checkWindow(window: string): void {
  if (window !== 'day' && window !== 'month') refuseOption('window', window, 'day or month');
}

/** @throws {DataSourceError} `E_OPTION` where it is no whole number from 1 on */
export function checkCount(option: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) refuseOption(option, value, 'a whole number from 1 on');
  return value;
}

function refuseOption(option: string, received: unknown, expected: string): never {
  const details: DataSourceErrorDetails['E_OPTION'] = { option, received };
  const shown = typeof received === 'string' ? JSON.stringify(received) : isObject(received) ? 'an object' : String(received); // prettier-ignore
  throw new DataSourceError('E_OPTION', `${option}: ${shown} is not valid; ${expected} is expected.`, details);
}
