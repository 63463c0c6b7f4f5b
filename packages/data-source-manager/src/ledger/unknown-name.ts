import { type Dataset, hasEndedBefore } from '@vision-cache/cache-keys';
import { listedRange } from '../publication/listing.ts';
import { isOfRange } from './gap-reason.ts';
import type { Ledger } from './ledger.ts';
import { lifeOf } from './life.ts';

/** That no source has ever had anything of the symbol, where everybody who was asked said so. Pure. */
export function nobodyKnows(ledger: Ledger): string | undefined {
  const { entries, listed, unlisted } = ledger;
  // A nature that has ended is known, and says nothing of its symbols.
  const { lifetime }: Dataset = ledger.query.dataset;
  if (entries.every(({ key }) => hasEndedBefore(lifetime, key.date))) return undefined;
  if (listed.size === 0 || unlisted.length > 0) return undefined;
  if ([...listed.values()].some(({ listing }) => listedRange(listing) !== undefined)) return undefined;
  if (lifeOf(ledger).first !== undefined) return undefined;
  const answers = entries.flatMap((entry) => entry.answers);
  // Who answers for a name knows it, also where it has no rows.
  const isKnown = answers.some(
    (answer) =>
      isOfRange(ledger, answer.question.source) && (answer.type === 'failure' || answer.outcome !== 'unknown-symbol'),
  );
  const isRemembered = entries.some(
    ({ facts, month }) => facts !== undefined || month?.asked?.some(({ span }) => span !== undefined) === true,
  );
  if (isKnown || isRemembered) return undefined;
  return 'nothing of this symbol and interval is listed, and no source has rows of it';
}
