import type { Answer, RequestOptions } from '../contract/answer.ts';
import { EXPECTED_GAPS, type GapKind } from '../contract/coverage.ts';
import { DataSourceError } from '../contract/errors.ts';
import type { ParsedQuery } from '../query/query.ts';
import { counted } from '../contract/counted.ts';
import { incompleteMessage } from '../contract/incomplete-message.ts';

/**
 * Throws if rows are missing that a source could have.
 * @throws {DataSourceError} `E_INCOMPLETE`, `E_UNKNOWN_SYMBOL`
 */
export function refuseIncomplete(
  query: ParsedQuery,
  { coverage, batch }: Answer,
  { allow = [], refuse = [] }: Pick<RequestOptions, 'allow' | 'refuse'>,
  unknown: string | undefined,
): void {
  const allowed = new Set<GapKind>([...EXPECTED_GAPS, ...allow].filter((kind) => !refuse.includes(kind)));
  const refused = coverage.gaps.filter(({ kind }) => !allowed.has(kind));
  // A name that no source knows is a typing error, not a gap that could be allowed.
  const isUnknown = unknown !== undefined && batch.numRows === 0;
  const ids = refuse.includes('short-file') ? coverage.missingIds : [];
  if (refused.length + ids.length === 0 && !isUnknown) return;
  const [key] = query.keys;
  const { marketType, dataNature } = query.dataset;
  const symbol = key?.symbol ?? '';
  const name = [marketType, symbol, query.interval ?? '', dataNature].filter((word) => word !== '').join(' ');
  const [first] = refused;
  if (isUnknown) {
    throw new DataSourceError('E_UNKNOWN_SYMBOL', `${name}: ${unknown}.`, { symbol, evidence: unknown });
  }
  const message =
    first === undefined
      ? `${name} is incomplete: ids ${ids[0]!.from} to ${ids[0]!.to} are missing, in ${counted(ids.length, 'run')} of ids.`
      : incompleteMessage(name, first, refused);
  throw new DataSourceError('E_INCOMPLETE', message, { coverage });
}
