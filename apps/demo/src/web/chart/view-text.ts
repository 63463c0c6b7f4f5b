import type { Interval } from '@vision-cache/cache-keys';
import type { EntrySummary, Gap } from '../../contract/api.ts';
import type { BarCount } from '../../bars/count-bars.ts';
import type { Viewport } from '../../bars/viewport.ts';
import { counted, spanText } from '../page/numbers.ts';
import { kindName } from '../page/palette.ts';

/** What is in view, in numbers. */
export interface InView extends BarCount {
  readonly chosen: Interval;
  /** What is read for it. */
  readonly basis: Interval;
  /** What is drawn of it, and how many candles that makes. */
  readonly drawn: Interval;
  readonly candles: number;
  readonly gaps: readonly Gap[];
  /** Days (or months) in view that the page is loading. */
  readonly loading: number;
  readonly unit: string;
}

/** The gaps of entries as far as they lie in view. A gap that goes on in the next entry is one. */
export function gapsInView(entries: readonly EntrySummary[], { from, to }: Viewport, last: number): Gap[] {
  const found: Gap[] = [];
  const end = Math.min(to, last);
  for (const gap of entries.flatMap(({ gaps }) => gaps)) {
    const clipped = { ...gap, from: Math.max(gap.from, from), to: Math.min(gap.to, end) };
    if (clipped.from >= clipped.to) continue;
    const before = found.at(-1);
    if (before?.to === clipped.from && before.kind === gap.kind && before.evidence === gap.evidence)
      found[found.length - 1] = { ...before, to: clipped.to };
    else found.push(clipped);
  }
  return found;
}

/** The gaps that a span touches, whole. */
export function gapsTouching(entries: readonly EntrySummary[], { from, to }: Viewport, last: number): Gap[] {
  const whole = gapsInView(entries, { from: -Infinity, to: Infinity }, last);
  return whole.filter((gap) => gap.from < to && gap.to > from);
}

/** `17,070 bars, 1 gap, drawn at 1h (285 candles)`. */
export function countText({ bars, rows, chosen, basis, drawn, candles, gaps, loading, unit }: InView): string {
  return [
    counted(bars, 'bar'),
    gaps.length === 0 ? undefined : counted(gaps.length, 'gap'),
    basis === chosen ? undefined : `resampled from ${basis} (${counted(rows, 'row')})`,
    drawn === chosen ? undefined : `drawn at ${drawn} (${counted(candles, 'candle')})`,
    loading === 0 ? undefined : `loading ${counted(loading, unit)}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** What is missing in view although its days are in the cache; undefined if nothing is. */
export function gapSentence(gaps: readonly Gap[], bars: number): string | undefined {
  const [first] = gaps;
  if (first === undefined) return undefined;
  const length = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  const kinds = [...new Set(gaps.map(({ kind }) => kindName(kind)))].join(', ');
  const why = gaps.length === 1 && first.evidence !== undefined ? ` (${first.evidence})` : '';
  const what = `${counted(gaps.length, 'gap')} of ${spanText(length)}${gaps.length === 1 ? '' : ' together'}`;
  return bars === 0
    ? `There is no bar in view: ${kinds}${why}.`
    : `Everything in view is in the cache, but for ${what}: ${kinds}${why}.`;
}
