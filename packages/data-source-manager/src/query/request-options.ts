import { storedColumns } from '@vision-cache/cache-keys';
import type { Mode, RequestOptions } from '../contract/answer.ts';
import { GAP_KINDS } from '../contract/coverage.ts';
import { describe } from '../contract/option-kinds.ts';
import { DataSourceError, type DataSourceErrorDetails } from '../contract/errors.ts';
import type { ParsedQuery } from './query.ts';

const MODES: Readonly<Record<Mode, true>> = { fill: true, offline: true, refresh: true };

/**
 * Refuses what a caller without a compiler may have misspelt: `mode: 'ofline'` must not call out, and a kind of gap
 * that does not exist must not seem to be allowed.
 * @throws {DataSourceError} `E_OPTION`
 */
export function checkOptions(query: ParsedQuery, options: RequestOptions): void {
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

export function checkMode(mode: Mode | undefined): void {
  if (mode !== undefined && !Object.hasOwn(MODES, mode)) {
    refuseOption('mode', mode, `one of ${Object.keys(MODES).join(', ')}`);
  }
}

export function checkWindow(window: string): void {
  if (window !== 'day' && window !== 'month') refuseOption('window', window, 'day or month');
}

export function checkOrder(order: string): void {
  if (order !== 'sort' && order !== 'refuse') refuseOption('order', order, 'sort or refuse');
}

function refuseOption(option: string, received: unknown, expected: string): never {
  const details: DataSourceErrorDetails['E_OPTION'] = { option, received };
  const message = `${option}: ${describe(received)} is not valid; ${expected} is expected.`;
  throw new DataSourceError('E_OPTION', message, details);
}
