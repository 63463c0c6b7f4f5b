import {
  type Interval,
  type TimeSpan,
  barCount,
  ceilOpenTime,
  expectedOpenTimes,
  intervalMicroseconds,
  nextOpenTime,
} from '@vision-cache/cache-keys';
import type { Hole } from '../contract/entry-facts.ts';
import { hasStep } from './int64.ts';
import { reasonOf } from './hole-reason.ts';

/** Spans in order, with those that touch made one. */
export function uniteSpans(spans: readonly TimeSpan[]): TimeSpan[] {
  const sorted = spans.filter(({ start, end }) => start < end).sort((a, b) => (a.start < b.start ? -1 : 1));
  const united: { start: bigint; end: bigint }[] = [];
  for (const { start, end } of sorted) {
    const last = united[united.length - 1];
    if (last === undefined || start > last.end) united.push({ start, end });
    else if (end > last.end) last.end = end;
  }
  return united;
}

/** The parts of spans that lie within another one. */
export function clipSpans(spans: readonly TimeSpan[], { start, end }: TimeSpan): TimeSpan[] {
  return spans
    .map((span) => ({ start: span.start > start ? span.start : start, end: span.end < end ? span.end : end }))
    .filter((span) => span.start < span.end);
}

/** What is left of spans without the parts that others cover, in order. */
export function subtractSpans(spans: readonly TimeSpan[], others: readonly TimeSpan[]): TimeSpan[] {
  const taken = uniteSpans(others);
  return uniteSpans(spans).flatMap(({ start, end }) => {
    const rest: TimeSpan[] = [];
    let from = start;
    for (const other of taken) {
      if (other.end <= from || other.start >= end) continue;
      if (other.start > from) rest.push({ start: from, end: other.start });
      from = other.end;
    }
    return from < end ? [...rest, { start: from, end }] : rest;
  });
}

export function covers(spans: readonly TimeSpan[], whole: TimeSpan): boolean {
  return spans.some(({ start, end }) => start <= whole.start && end >= whole.end);
}

/** Runs of bars that follow each other on the grid, as spans. */
export function runsOf(openTimes: BigInt64Array, interval: Interval): TimeSpan[] {
  return uniteSpans(Array.from(openTimes, (start) => ({ start, end: nextOpenTime(interval, start) })));
}

/**
 * Where, within the spans, the grid expects bars and there are none; with the reason where one of the known holes
 * tells it. Bars off the grid are rows, but fill no place on it.
 */
export function findHoles(
  openTimes: BigInt64Array,
  interval: Interval,
  spans: readonly TimeSpan[],
  known: readonly Hole[],
): Hole[] {
  if (isUnbroken(openTimes, interval, spans)) return [];
  const holes: { start: bigint; end: bigint }[] = [];
  const reasons = known.map((hole) => JSON.stringify(reasonOf(hole), (_, value: unknown) => typeof value === 'bigint' ? String(value) : value)); // prettier-ignore
  const NONE = JSON.stringify({}); // as of a hole that nobody has explained
  let reason = NONE;
  let row = 0;
  for (const span of spans) {
    for (const open of expectedOpenTimes(interval, ceilOpenTime(interval, span.start), span.end)) {
      while (row < openTimes.length && openTimes[row]! < open) row++;
      if (openTimes[row] === open) continue;
      const place = known.findIndex(({ start, end }) => start <= open && open < end);
      const last = holes[holes.length - 1];
      const end = nextOpenTime(interval, open);
      const because = reasons[place] ?? NONE;
      if (last?.end === open && because === reason) last.end = end;
      else holes.push({ start: open, end, ...(place === -1 ? {} : reasonOf(known[place]!)) });
      reason = because;
    }
  }
  return holes;
}

/** Whether the bars are just those that the grid expects in one span, as on nearly every day. */
function isUnbroken(openTimes: BigInt64Array, interval: Interval, spans: readonly TimeSpan[]): boolean {
  const length = intervalMicroseconds(interval);
  const [span, another] = spans;
  if (span === undefined || another !== undefined || length === undefined) return false;
  if (openTimes.length === 0 || openTimes.length !== barCount(interval, span.start, span.end)) return false;
  if (openTimes[0] !== ceilOpenTime(interval, span.start)) return false;
  return hasStep(openTimes, length);
}
