import type { EntrySummary } from '../../contract/api.ts';
import type { Viewport } from '../../bars/viewport.ts';
import { hasRows } from '../coverage/coverage-book.ts';

/** Kinds of gaps whose bars can still come. */
const STILL_TO_COME: readonly string[] = ['not-published-yet', 'not-cached', 'source-failed'];

/**
 * Spans whose bars are not drawn yet and can be: not fetched, not loaded by the page, or not over.
 * @param entries in order
 * @param loaded dates that the page has loaded
 * @param last nothing after it is over; epoch milliseconds
 * @returns in order, without overlap
 */
export function pendingSpans(entries: readonly EntrySummary[], loaded: ReadonlySet<string>, last: number): Viewport[] {
  const spans: Viewport[] = [];
  const add = (from: number, to: number): void => {
    if (from < to) spans.push({ from, to });
  };
  for (const entry of entries) {
    if (entry.from >= last) break;
    const end = Math.min(entry.to, last);
    if (entry.state === 'unasked' || (hasRows(entry) && !loaded.has(entry.date))) add(entry.from, end);
    else {
      for (const { from, to, kind } of entry.gaps) if (STILL_TO_COME.includes(kind)) add(from, Math.min(to, last));
    }
  }
  add(last, Infinity);
  return spans;
}
