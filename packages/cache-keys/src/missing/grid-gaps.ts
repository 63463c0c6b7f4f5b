import type { Dataset } from '../datasets/dataset.ts';
import { ceilOpenTime, floorOpenTime, type Interval, intervalMicroseconds, nextOpenTime } from '../time/interval.ts';
import { spanOf, type TimeSpan } from '../time/utc-date.ts';

/**
 * The places of a grid without a row, as spans from the first missing place to the end of the last.
 * @param opensThere a bar stands for the place in which it opens; other rows for the place that they are nearest to
 */
export function gridGaps(
  dataset: Dataset,
  times: BigInt64Array,
  span: TimeSpan,
  every: Interval,
  opensThere: boolean,
): TimeSpan[] {
  const day = dataset.labelledByEndBefore;
  const turn = day === undefined ? undefined : spanOf(day).start;
  if (turn === undefined || span.start >= turn) return gapsOf(times, span, every, opensThere ? 'opens' : 'near');
  if (span.end <= turn) return gapsOf(times, span, every, 'ends');
  return joined(
    gapsOf(times, { start: span.start, end: turn }, every, 'ends'),
    gapsOf(times, { start: turn, end: span.end }, every, 'near'),
  );
}

/** What a row's time says of its place: that it opens in it, is nearest to its start, or nearest to its end. */
type Label = 'opens' | 'near' | 'ends';

function gapsOf(times: BigInt64Array, span: TimeSpan, every: Interval, label: Label): TimeSpan[] {
  const step = intervalMicroseconds(every);
  return step === undefined ? unevenGaps(times, span, every) : evenGaps(times, span, every, step, label);
}

/**
 * Times are read as pairs of 32-bit words: microseconds are exact in a float64 until the year 2255, and no bigint is
 * made for a row.
 */
function evenGaps(times: BigInt64Array, span: TimeSpan, every: Interval, step: bigint, label: Label): TimeSpan[] {
  const words = new Int32Array(times.buffer, times.byteOffset, times.length * 2);
  const first = Number(ceilOpenTime(every, span.start));
  const length = Number(step);
  // A row that bears the end of its place is there only when the place is over.
  const end = label === 'ends' ? Number(span.end) - length + 1 : Number(span.end);
  const shift = label === 'opens' ? 0 : label === 'near' ? Math.floor(length / 2) : Math.floor(length / 2) - length;
  const gaps: TimeSpan[] = [];
  const missing = (from: number, to: number): void => {
    const until = BigInt(to);
    gaps.push({ start: BigInt(from), end: until < span.end ? until : span.end });
  };
  let expected = first;
  for (let row = 0; row < times.length && expected < end; row++) {
    const at = words[row * 2 + 1]! * 4_294_967_296 + (words[row * 2]! >>> 0) + shift;
    if (at < expected) continue;
    const place = at - ((at - first) % length);
    if (place >= end) break;
    if (place > expected) missing(expected, place);
    expected = place + length;
  }
  if (expected < end) missing(expected, expected + Math.ceil((end - expected) / length) * length);
  return gaps;
}

/** Months, which differ in length. */
function unevenGaps(times: BigInt64Array, span: TimeSpan, every: Interval): TimeSpan[] {
  const places = new Set(Array.from(times, (time) => floorOpenTime(every, time)));
  const gaps: { start: bigint; end: bigint }[] = [];
  for (let place = ceilOpenTime(every, span.start); place < span.end; place = nextOpenTime(every, place)) {
    if (places.has(place)) continue;
    const next = nextOpenTime(every, place);
    const end = next < span.end ? next : span.end;
    const last = gaps.at(-1);
    if (last?.end === place) last.end = end;
    else gaps.push({ start: place, end });
  }
  return gaps;
}

function joined(before: readonly TimeSpan[], after: readonly TimeSpan[]): TimeSpan[] {
  const last = before.at(-1);
  const next = after[0];
  if (last === undefined || next?.start !== last.end) return [...before, ...after];
  return [...before.slice(0, -1), { start: last.start, end: next.end }, ...after.slice(1)];
}
