import { ABSENT, recordPath } from '../disk/hidden.ts';
import { readRecord, writeRecord } from '../disk/records.ts';
import type { AbsentFacts } from '../contract/entry-facts.ts';
import { type AskedText, askedFrom, askedText } from '../format/asked.ts';
import { checkAbsentFacts } from './check-facts.ts';
import type { StoreContext } from './store-context.ts';

/**
 * What is remembered of an entry that a source does not have, also when it is no longer to be believed: who asks knows
 * what time it is.
 */
export function readAbsent(store: StoreContext, path: string): AbsentFacts | undefined {
  const record = readRecord(store.disk, recordPath(ABSENT, path));
  if (record?.path !== path) return undefined;
  const { source, kind, evidence, askedAt, believedUntil, asked } = record;
  try {
    return {
      state: 'absent',
      source: String(source),
      kind: String(kind),
      evidence: String(evidence),
      askedAt: BigInt(askedAt as string),
      believedUntil: BigInt(believedUntil as string),
      ...(Array.isArray(asked) ? { asked: (asked as readonly AskedText[]).map(askedFrom) } : {}),
    };
  } catch {
    return undefined; // Not ours, or damaged: then it is asked again.
  }
}

export async function saveAbsent(store: StoreContext, path: string, facts: Omit<AbsentFacts, 'state'>): Promise<void> {
  checkAbsentFacts(facts);
  await store.root.mark(store.durability);
  const { source, kind, evidence, askedAt, believedUntil, asked } = facts;
  const times = { askedAt: String(askedAt), believedUntil: String(believedUntil) };
  const record = { path, source, kind, evidence, ...times, ...(asked && { asked: asked.map(askedText) }) };
  await writeRecord(store.disk, recordPath(ABSENT, path), record, store.durability);
}
