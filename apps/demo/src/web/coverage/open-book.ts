import { basisInterval } from '../../bars/level-of-detail.ts';
import type { Viewport } from '../../bars/viewport.ts';
import type { Series, Setup, StoredIntervals } from '../../contract/api.ts';
import { ask, query } from '../page/ask.ts';
import { CoverageBook } from './coverage-book.ts';

/**
 * What is known around a view of the entries that are read for a series: its own, or those of a finer interval that is held.
 * @param isWanted asked once the first answers are there
 * @returns undefined if it was not wanted any more
 */
export async function openBook(
  series: Series,
  view: Viewport,
  setup: Setup,
  isWanted: () => boolean,
): Promise<CoverageBook | undefined> {
  const { marketType, symbol, interval } = series;
  const span = view.to - view.from;
  const around = (book: CoverageBook): Promise<void> => book.refresh(view.from - span, view.to + span);
  // Most often what was chosen is what is held: its coverage is asked for at the same time.
  const likely = new CoverageBook(series, setup);
  const [stored] = await Promise.all([
    ask<StoredIntervals>(`/api/stored${query({ marketType, symbol })}`),
    around(likely),
  ]);
  if (!isWanted()) return undefined;
  const basis = basisInterval(interval, stored);
  if (basis === interval) return likely;
  const book = new CoverageBook({ ...series, interval: basis }, setup);
  await around(book);
  return book;
}
