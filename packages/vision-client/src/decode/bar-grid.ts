import {
  barCount,
  ceilOpenTime,
  floorOpenTime,
  type Interval,
  nextOpenTime,
  type TimeSpan,
} from '@vision-cache/cache-keys';

export interface GridFindings {
  readonly offGrid: number;
  readonly expectedRows: number;
  readonly missingRows: number;
  readonly missing: readonly TimeSpan[];
  readonly endsEarly: boolean;
}

/**
 * Compares bars with the unbroken grid of a span. A bar of the grid is there when a row opens within it, so that a row
 * off the grid stands for the bar in which it opens.
 * @param times open times in microseconds, in order
 */
export function compareWithGrid(
  times: Float64Array,
  interval: Interval,
  span: TimeSpan,
  barMicroseconds: number,
): GridFindings {
  const expectedRows = barCount(interval, span.start, span.end);
  const first = ceilOpenTime(interval, span.start);
  if (isUnbroken(times, Number(first), barMicroseconds) && times.length === expectedRows) {
    return { offGrid: 0, expectedRows, missingRows: 0, missing: [], endsEarly: false };
  }
  const missing: { start: bigint; end: bigint }[] = [];
  let offGrid = 0;
  let missingRows = 0;
  // The open time of the next bar that is not accounted for.
  let open = first;
  const skipTo = (until: bigint): void => {
    if (open >= until) return;
    missing.push({ start: open, end: until });
    missingRows += barCount(interval, open, until);
  };
  let expected = Number(open);
  for (const time of times) {
    if (time === expected) {
      // The common case makes no bigint of the row.
      expected = barMicroseconds > 0 ? expected + barMicroseconds : Number(nextOpenTime(interval, BigInt(time)));
      continue;
    }
    open = BigInt(expected);
    const at = BigInt(time);
    const bar = floorOpenTime(interval, at);
    if (bar !== at) offGrid++;
    skipTo(bar);
    const next = nextOpenTime(interval, bar);
    if (next > open) expected = Number(next);
  }
  open = BigInt(expected);
  const endsEarly = times.length > 0 && open < span.end;
  skipTo(span.end);
  return { offGrid, expectedRows, missingRows, missing, endsEarly };
}

function isUnbroken(times: Float64Array, first: number, barMicroseconds: number): boolean {
  let expected = first;
  for (let row = 0; row < times.length; row++) {
    if (times[row] !== expected) return false;
    expected += barMicroseconds;
  }
  return true;
}
