import type { Answer } from '../contract/answer.ts';
import { EXPECTED_GAPS, type GapKind } from '../contract/coverage.ts';
import { DataSourceError } from '../contract/errors.ts';
import type { ParsedQuery } from '../query/query.ts';
import { incompleteMessage } from '../contract/incomplete-message.ts';

/**
 * Throws where rows are missing that could be had.
 * @throws {DataSourceError} `E_INCOMPLETE`, `E_UNKNOWN_SYMBOL`
 */
export function refuseIncomplete(
  query: ParsedQuery,
  { coverage, batch }: Answer,
  allow: readonly GapKind[],
  unknown: string | undefined,
): void {
  const allowed = new Set([...EXPECTED_GAPS, ...allow]);
  const refused = coverage.gaps.filter(({ kind }) => !allowed.has(kind));
  // A name that nobody knows is a slip, and no gap that could be allowed.
  const isUnknown = unknown !== undefined && batch.numRows === 0;
  if (refused.length === 0 && !isUnknown) return;
  const key = query.keys[0]!;
  const name = `${key.marketType} ${key.symbol}${key.interval === undefined ? '' : ` ${key.interval}`} ${key.dataNature}`;
  const [first] = refused;
  if (isUnknown) {
    throw new DataSourceError('E_UNKNOWN_SYMBOL', `${name}: ${unknown}.`, { symbol: key.symbol, evidence: unknown });
  }
  throw new DataSourceError('E_INCOMPLETE', incompleteMessage(name, first!, refused), { coverage });
}
