import {
  barCount,
  ceilOpenTime,
  floorOpenTime,
  type Interval,
  INTERVALS,
  type TimeSpan,
} from '@vision-cache/cache-keys';

/** Rows of the smallest page of a source of ranges. */
const PAGE = 499;
const LONG_BARS: readonly Interval[] = ['1mo', '1d', '1h'];

/**
 * A span in which bars of a series would be if it had any, in pages of one request each: the longest bars first, without
 * rest and without overlap. Pure.
 */
export function stepsBack(
  interval: Interval,
  { start: first, end: instant }: TimeSpan,
): readonly { readonly interval: Interval; readonly span: TimeSpan }[] {
  const own = INTERVALS.indexOf(interval);
  const longer = LONG_BARS.filter((each) => INTERVALS.indexOf(each) > own);
  const steps: { interval: Interval; span: TimeSpan }[] = [];
  let start = first;
  for (const each of [...longer, interval]) {
    const end = each === interval ? instant : floorOpenTime(each, instant);
    if (start >= end) continue;
    steps.push({ interval: each, span: { start, end } });
    start = end;
  }
  return steps;
}

/**
 * A span in bars of a series, or in longer ones where those are too many for a page: whole bars within it. Undefined
 * where there are none. Pure.
 */
export function onePage(
  interval: Interval,
  { start, end }: TimeSpan,
): { interval: Interval; span: TimeSpan } | undefined {
  if (start >= end) return undefined;
  const own = INTERVALS.indexOf(interval);
  const longer = [...LONG_BARS].reverse().filter((each) => INTERVALS.indexOf(each) > own);
  const fitting = [interval, ...longer].find((each) => barCount(each, start, end) <= PAGE) ?? '1mo';
  const span = { start: ceilOpenTime(fitting, start), end: floorOpenTime(fitting, end) };
  return span.start < span.end ? { interval: fitting, span } : undefined;
}
