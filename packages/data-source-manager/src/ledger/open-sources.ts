import type { TimeSpan } from '@vision-cache/cache-keys';
import type { SourcePort } from '../contract/ports.ts';
import { intersection } from '../spans/spans.ts';
import { archiveNeedOf } from './archive-needs.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { type Need, rangeNeedOf } from './needs.ts';

/** What of an entry a source has not been asked for. */
export function needOf(ledger: Ledger, entry: LedgerEntry, source: SourcePort): Need | undefined {
  return source.kind === 'archive' ? archiveNeedOf(ledger, entry, source) : rangeNeedOf(ledger, entry, source);
}

export function isNeededBy(ledger: Ledger, entry: LedgerEntry, source: SourcePort): boolean {
  return needOf(ledger, entry, source) !== undefined;
}

/** Names the sources that are still to be asked for a place of an entry; what they need is worked out once, if at all. */
export function openness(ledger: Ledger, entry: LedgerEntry): (piece: TimeSpan) => readonly string[] {
  let needs: readonly { readonly name: string; readonly spans: readonly TimeSpan[] }[] | undefined;
  return (piece) => {
    needs ??= ledger.sources.map((source) => ({
      name: source.name,
      spans: needOf(ledger, entry, source)?.spans ?? [],
    }));
    return needs
      .filter(({ spans }) => spans.some((span) => intersection(span, piece) !== undefined))
      .map(({ name }) => name);
  };
}
