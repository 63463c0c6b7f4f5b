import type { IntervalExpectation } from '../datasets/expectation.ts';
import type { TimeSpan } from '../time/utc-date.ts';

const HOUR = 3_600_000_000n;
/** No exchange pays funding less often; a longer interval is damage, and nothing is expected by it. */
const LONGEST_HOURS = 24n * 7n;

/**
 * The spans in which rows are missing that tell their own distance. The distance may change within a month (8 hours,
 * then 4, then 1), and whether a row tells of the time before it or behind it is not known: between two rows the longer
 * one of theirs counts, so that a change is never taken for a gap.
 */
export function intervalGaps(
  times: BigInt64Array,
  hours: BigInt64Array,
  { start, end }: TimeSpan,
  { toleranceSeconds }: IntervalExpectation,
): TimeSpan[] {
  const tolerance = BigInt(Math.round(toleranceSeconds * 1_000_000));
  const gaps: TimeSpan[] = [];
  let last: { readonly place: bigint; readonly step: bigint } | undefined;
  for (let row = 0; row < times.length; row++) {
    const place = placeOf(times[row]!, tolerance);
    const own = hours[row]!;
    if (place < start || place >= end || own <= 0n || own > LONGEST_HOURS) continue;
    const step = own * HOUR;
    if (last === undefined) {
      const first = ceilTo(start, step);
      if (first < place) gaps.push({ start: first, end: place });
    } else if (place - last.place > (step > last.step ? step : last.step)) {
      gaps.push({ start: last.place + last.step, end: place });
    }
    last = { place, step };
  }
  if (last === undefined) return [{ start, end }];
  if (last.place + last.step < end) gaps.push({ start: last.place + last.step, end });
  return gaps;
}

/** The full hour that a time is near to, or the time itself. */
function placeOf(time: bigint, tolerance: bigint): bigint {
  const past = time % HOUR;
  if (past <= tolerance) return time - past;
  return HOUR - past <= tolerance ? time - past + HOUR : time;
}

function ceilTo(time: bigint, step: bigint): bigint {
  const past = time % step;
  return past === 0n ? time : time - past + step;
}
