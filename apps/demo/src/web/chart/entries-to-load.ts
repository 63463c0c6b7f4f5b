import type { Interval } from '@vision-cache/cache-keys';
import type { EntrySummary } from '../../contract/api.ts';
import { barMilliseconds } from '../../bars/level-of-detail.ts';
import type { Viewport } from '../../bars/viewport.ts';
import { type CoverageBook, hasRows } from '../coverage/coverage-book.ts';

/** More bars than this are not loaded for one view: about four years of minutes. */
export const MOST_BARS_IN_VIEW = 2_200_000;

export interface EntriesToLoad {
  readonly inView: readonly EntrySummary[];
  /** Dates of entries that have rows and are not loaded, those in the middle of the view first. */
  readonly wanted: readonly string[];
  /** How many of them are in view. */
  readonly loading: number;
}

/** What is to be loaded for a view, and for as much before and after it. */
export function entriesToLoad(book: CoverageBook, view: Viewport, loaded: ReadonlySet<string>): EntriesToLoad {
  const { from, to } = view;
  const span = to - from;
  // Years of minutes fill the memory by themselves: nothing beside them is loaded ahead.
  const margin = span / barMilliseconds(book.series.interval) > MOST_BARS_IN_VIEW / 3 ? 0 : span;
  const isMissing = (entry: EntrySummary): boolean => hasRows(entry) && !loaded.has(entry.date);
  const middle = (from + to) / 2;
  const distance = (entry: EntrySummary): number => Math.abs((entry.from + entry.to) / 2 - middle);
  const wanted = book.between(from - margin, to + margin).filter(isMissing);
  const inView = book.between(from, to);
  return {
    inView,
    wanted: wanted.sort((a, b) => distance(a) - distance(b)).map(({ date }) => date),
    loading: inView.filter(isMissing).length,
  };
}

/** Whether bars of a partial entry have closed since it was fetched. */
export function hasClosedSince({ state, from, to, rows = 0 }: EntrySummary, interval: Interval, last: number): boolean {
  return state === 'partial' && rows < Math.floor((Math.min(last, to) - from) / barMilliseconds(interval));
}
