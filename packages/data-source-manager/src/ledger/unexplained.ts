import type { LedgerEntry } from './ledger.ts';
import { isSimple, type MissingPlace } from './state-of.ts';

/** Whether it is known that a place has no rows and nobody has said why: in this request, or before it failed or ended. */
export function isToExplain({ told, before, answers, failures }: MissingPlace): boolean {
  return failures.length === 0 && (answers.length > 0 || (told === undefined && before.length > 0));
}

/** Whether an entry may have such a place. */
export function mayBeUnexplained({ answers, facts }: LedgerEntry): boolean {
  return answers.length > 0 || hasUnexplainedHole({ facts });
}

/** Whether all of an entry is there, and all objects that were asked for it were: then there is nothing to be told of it. */
export function isSettled({ facts, answers }: LedgerEntry): boolean {
  const isThere = facts !== undefined && facts.state !== 'absent' && isSimple(facts);
  return isThere && answers.every((answer) => answer.type === 'no-rows' && answer.outcome !== 'not-published');
}

/** Whether the cache has a hole that somebody was asked for and that has no reason. */
export function hasUnexplainedHole({ facts }: Pick<LedgerEntry, 'facts'>): boolean {
  if (facts === undefined || facts.state === 'absent') return false;
  return facts.holes.some(({ kind, asked }) => kind === undefined && asked !== undefined);
}
