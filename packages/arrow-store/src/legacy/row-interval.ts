import { INTERVALS, type Interval, floorOpenTime, intervalMicroseconds, isoText } from '@vision-cache/cache-keys';
import { refusal } from '../containers/refusal.ts';

const DAY = 86_400_000_000;
/** How far a published close may lie from the bar's end: cut to seconds, or 998,001 µs too late. Microseconds. */
const CLOSE_TOLERANCE = 1_100_000;

/** What tells of which interval rows are, apart from the name of their file. */
export interface IntervalEvidence {
  /** Sorted and distinct open times, epoch microseconds. */
  readonly times: Float64Array;
  /** For each row in file order, close minus open; undefined if the file has no readable close. */
  readonly spans: () => Float64Array | undefined;
}

/**
 * The interval of the rows: the named one if they bear it out, or the one of several that they do.
 * The name may say a minute where hours lie (both are on the minute's grid), or have lost its case or the interval.
 * @throws {ArrowStoreError} `E_LOGICAL` if the rows contradict the name, or do not settle it.
 */
export function settleInterval(named: readonly Interval[], evidence: IntervalEvidence): Interval {
  if (named.length === 1 && isUnbroken(named[0]!, evidence.times)) return named[0]!;
  const candidates = named.length > 0 ? named : INTERVALS;
  const fitting = candidates.filter((interval) => onGrid(interval, evidence.times));
  if (fitting.length === 0) {
    const row = firstOff(candidates[0]!, evidence.times);
    const message = `A row opens at ${isoText(BigInt(evidence.times[row] ?? 0))}, which is off the grid of ${candidates.join(' or ')}.`;
    throw refusal('E_LOGICAL', 'off-grid', message);
  }
  const coarsest = INTERVALS.filter((interval) => onGrid(interval, evidence.times)).at(-1)!;
  if (evidence.times.length >= (named.length > 0 ? 2 : 3)) {
    const bySpacing = INTERVALS.filter((interval) => spaced(interval, evidence.times));
    const match = fitting.filter((interval) => bySpacing.includes(interval));
    if (match.length === 1) return match[0]!;
    // Three rows that are all on a coarser grid are rows of the coarser interval: a finer one has rows between.
    const enough = evidence.times.length >= 3;
    if (enough && match.length === 0 && named.length === 1 && !contradicts(named[0]!, coarsest)) return named[0]!;
  }
  const byClose = fitting.filter((interval) => closes(interval, evidence));
  if (byClose.length === 1) return byClose[0]!;
  if (named.length === 1) {
    const others = INTERVALS.filter((interval) => interval !== named[0] && closes(interval, evidence));
    const contradicted = evidence.times.length >= 3 || others.length > 0;
    if (!contradicted && byClose.length === 0) return named[0]!;
    const rows = others[0] ?? coarsest;
    throw refusal('E_LOGICAL', 'other-interval', `The name says ${named[0]!}, but the rows are bars of ${rows}.`);
  }
  if (fitting.length === 1 && named.length > 1) return fitting[0]!;
  const among = named.length === 0 ? 'The name holds no interval' : `The name may mean ${named.join(' or ')}`;
  throw refusal('E_LOGICAL', 'ambiguous-interval', `${among}, and the rows do not decide it.`);
}

/** The usual case, at the cost of one pass: bars of this interval that follow each other without a hole. */
function isUnbroken(interval: Interval, times: Float64Array): boolean {
  const length = Number(intervalMicroseconds(interval) ?? 0n);
  if (length === 0 || times.length < 2 || !onGrid(interval, times.subarray(0, 1))) return false;
  for (let row = 1; row < times.length; row++) if (times[row]! - times[row - 1]! !== length) return false;
  return true;
}

function onGrid(interval: Interval, times: Float64Array): boolean {
  return firstOff(interval, times) === -1;
}

function firstOff(interval: Interval, times: Float64Array): number {
  const length = intervalMicroseconds(interval);
  if (length === undefined) return times.findIndex((time) => Number(floorOpenTime(interval, BigInt(time))) !== time);
  const anchor = Number(floorOpenTime(interval, 0n));
  const step = Number(length);
  return times.findIndex((time) => (time - anchor) % step !== 0);
}

/** Whether two neighbours are exactly one bar apart. */
function spaced(interval: Interval, times: Float64Array): boolean {
  const length = intervalMicroseconds(interval);
  for (let row = 1; row < times.length; row++) {
    const step = times[row]! - times[row - 1]!;
    if (length === undefined ? step >= 28 * DAY && step <= 31 * DAY : step === Number(length)) {
      return !finer(interval, times);
    }
  }
  return false;
}

function finer(interval: Interval, times: Float64Array): boolean {
  const length = intervalMicroseconds(interval);
  const least = length === undefined ? 28 * DAY : Number(length);
  for (let row = 1; row < times.length; row++) if (times[row]! - times[row - 1]! < least) return true;
  return false;
}

/** Whether rows that all lie on the grid of `coarsest` cannot be of `named`. */
function contradicts(named: Interval, coarsest: Interval): boolean {
  return INTERVALS.indexOf(coarsest) > INTERVALS.indexOf(named);
}

/** Whether any row closes where a bar of this interval would. */
function closes(interval: Interval, { spans }: IntervalEvidence): boolean {
  const found = spans();
  if (found === undefined) return false;
  const length = intervalMicroseconds(interval);
  return found.some((span) => {
    if (length === undefined) return span > 28 * DAY - CLOSE_TOLERANCE && span < 31 * DAY + CLOSE_TOLERANCE;
    // A close that equals the open is no evidence of a second.
    return Math.abs(span - Number(length)) < CLOSE_TOLERANCE && span > 500_000;
  });
}
