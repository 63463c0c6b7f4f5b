import type { TimeSpan } from '@vision-cache/cache-keys';
import type { SourcePort } from '../contract/ports.ts';
import { intersection } from '../spans/spans.ts';
import { archiveNeedOf } from './archive-needs.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { type Need, rangeNeedOf } from './needs.ts';

/** What of an entry a source has not been asked for. */
export function needOf(ledger: Ledger, entry: LedgerEntry, source: SourcePort): Need | undefined {
  return source.kind === 'archive'
    ? archiveNeedOf(ledger, entry, source, ledger.catalog)
    : rangeNeedOf(ledger, entry, source);
}

export function isNeededBy(ledger: Ledger, entry: LedgerEntry, source: SourcePort): boolean {
  return needOf(ledger, entry, source) !== undefined;
}

/** Whether any source is still to be asked for a place. */
export function isOpen(ledger: Ledger, entry: LedgerEntry, piece: TimeSpan): boolean {
  return ledger.sources.some((source) =>
    needOf(ledger, entry, source)?.spans.some((span) => intersection(span, piece) !== undefined),
  );
}
