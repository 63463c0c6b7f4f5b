import type { PauseExpectation, SilenceExpectation } from '../datasets/expectation.ts';
import type { TimeSpan } from '../time/utc-date.ts';
import { type EdgeRow, rowsWithin } from './missing-ids.ts';

const SECOND = 1_000_000n;
const HOUR = 3600n * SECOND;

/** The pauses of a span above the multiple of the usual step, from a usual step behind the row before to the next row. */
export function pauses(times: BigInt64Array, span: TimeSpan, expectation: PauseExpectation): TimeSpan[] {
  const step = BigInt(Math.round(expectation.usualSeconds * 1_000_000));
  const longest = BigInt(Math.round(expectation.usualSeconds * expectation.multiple * 1_000_000));
  const gaps: TimeSpan[] = [];
  const [from, to] = rowsWithin(times, span);
  let last: bigint | undefined;
  for (let row = from; row < to; row++) {
    const time = times[row]!;
    if (time - (last ?? span.start) > longest) {
      gaps.push({ start: last === undefined ? span.start : last + step, end: time });
    }
    last = time;
  }
  if (last === undefined) return [span];
  if (span.end - last > longest) gaps.push({ start: last + step, end: span.end });
  return gaps;
}

/** So many rows tell how many are usual, where they stand for an hour at least. */
const ROWS_THAT_TELL = 1000;

/**
 * The silences of a span over which ids jump by many. Behind the last row, where no neighbour tells the next id, the
 * pace of the rows so far tells how many ids the silence would have had.
 */
export function silences(
  times: BigInt64Array,
  ids: BigInt64Array,
  span: TimeSpan,
  expectation: SilenceExpectation,
  before?: EdgeRow,
  after?: EdgeRow,
): TimeSpan[] {
  const shortest = BigInt(Math.round(expectation.hours * 3600)) * SECOND;
  const most = BigInt(expectation.ids);
  const gaps: TimeSpan[] = [];
  const look = (from: EdgeRow | undefined, to: EdgeRow): void => {
    if (from?.id === undefined || to.id === undefined) return;
    if (to.time - from.time < shortest || to.id - from.id - 1n < most) return;
    const start = from.time + 1n > span.start ? from.time + 1n : span.start;
    const end = to.time < span.end ? to.time : span.end;
    if (start < end) gaps.push({ start, end });
  };
  const [from, to] = rowsWithin(times, span);
  if (from >= to) return gaps;
  const edge = (row: number): EdgeRow => ({ time: times[row]!, id: ids[row]! });
  look(before, edge(from));
  let time = times[from]!;
  for (let row = from + 1; row < to; row++) {
    const next = times[row]!;
    if (next - time >= shortest) look(edge(row - 1), edge(row));
    time = next;
  }
  const rows = to - from;
  const told = time - times[from]!;
  if (after?.id !== undefined) look(edge(to - 1), after);
  else if (rows >= ROWS_THAT_TELL && told >= HOUR && span.end - time >= shortest) {
    const usual = (BigInt(rows) * (span.end - time)) / told;
    if (usual >= most) gaps.push({ start: time + 1n, end: span.end });
  }
  return gaps;
}
