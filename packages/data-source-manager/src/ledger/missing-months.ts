import { type CacheKey, spanOf } from '@vision-cache/cache-keys';
import type { AbsentFacts, Asked } from '../contract/ports.ts';
import { isNotYet } from '../publication/publishing-delays.ts';
import type { Ledger } from './ledger.ts';
import { objectOf } from './observation.ts';

const HOUR = 3_600_000_000n;

/** Months whose file was asked for in this request and is not there, as they are remembered. Pure. */
export function missingMonths({
  entries,
  now,
  monthOf,
}: Ledger): { readonly key: CacheKey; readonly facts: Omit<AbsentFacts, 'state'> }[] {
  const found = new Map<string, { key: CacheKey; facts: Omit<AbsentFacts, 'state'> }>();
  for (const { key, answers, month: known } of entries) {
    for (const answer of answers) {
      const { object, source } = answer.question;
      if (answer.type === 'failure' || answer.outcome !== 'not-published' || object === undefined) continue;
      const month = monthOf(key);
      if (month === undefined || objectOf(month) !== object) continue;
      const before = found.get(month.date)?.facts.asked ?? known?.asked ?? [];
      if (before.some((each) => each.source === source && each.object === object)) continue;
      const asked: Asked[] = [...before, { source, object, outcome: 'not-published' }];
      const sources = [...new Set(asked.map((each) => each.source))].join(', ');
      // What is remembered of the month says more than that a file of it is not there, and is believed no longer for it.
      const told = known === undefined ? tellMissing(month, answer.evidence, now) : withoutState(known);
      const facts = { ...told, source: sources, asked };
      found.set(month.date, { key: month, facts });
    }
  }
  return [...found.values()];
}

const withoutState = ({ state: _, ...facts }: AbsentFacts): Omit<AbsentFacts, 'state'> => facts;

function tellMissing({ date }: CacheKey, evidence: string, now: bigint) {
  const isToCome = isNotYet(spanOf(date), now);
  const kind = isToCome ? 'not-published-yet' : 'publisher-hole';
  return { kind, evidence, askedAt: now, believedUntil: now + (isToCome ? 6n * HOUR : 720n * HOUR) };
}
