import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT_MARKER, rootCatalog } from '@vision-cache/arrow-store';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { stateError } from './open-migration.ts';

/**
 * New entries are written by the day: a cache that keeps some intervals by the month refuses them. Changes nothing.
 * @throws {MigratorError} `E_STATE`
 */
export function assertByDay(to: string): void {
  if (!existsSync(join(to, ROOT_MARKER))) return;
  const { monthly } = rootCatalog(to);
  if (monthly.length === 0) return;
  const message =
    `The cache at ${escapeTerminal(to)} keeps ${escapeTerminal(monthly.join(', '))} by the month, and apply writes by the day: ` +
    'plan with another --to, or repack this one by the day first (`vision-cache repack --daily`).';
  throw stateError('none', message);
}
