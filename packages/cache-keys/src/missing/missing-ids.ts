import { firstRowAt } from '../datasets/first-row.ts';
import type { TimeSpan } from '../time/utc-date.ts';

/** Ids that are not there. */
export interface MissingIds {
  /** The first id that is not there. */
  readonly from: bigint;
  /** The last id that is not there. */
  readonly to: bigint;
  /** Time of the row before them, epoch microseconds UTC. */
  readonly after?: bigint;
  /** Time of the row behind them. */
  readonly before?: bigint;
}

/** A row at the edge of a day or month, as its neighbour has to know it. */
export interface EdgeRow {
  /** Epoch microseconds, UTC. */
  readonly time: bigint;
  /** Where the dataset expects something of ids. */
  readonly id?: bigint;
}

/**
 * The ids between the rows of a span, and between them and the rows around it, that are not there. Of what comes before
 * the first row and behind the last one nothing is known without a neighbour. An id that a neighbour bears once more is
 * no gap: it happens that two days share one (ZILBTC 12027555, binance-public-data#353).
 */
export function missingIds(
  times: BigInt64Array,
  ids: BigInt64Array,
  span: TimeSpan,
  before?: EdgeRow,
  after?: EdgeRow,
): MissingIds[] {
  const [from, to] = rowsWithin(times, span);
  const found: MissingIds[] = [];
  let last = before?.id === undefined ? undefined : { id: before.id, time: before.time };
  const step = (id: bigint, time: bigint): void => {
    if (last !== undefined && id > last.id + 1n) {
      found.push({ from: last.id + 1n, to: id - 1n, after: last.time, before: time });
    }
    if (last === undefined || id >= last.id) last = { id, time };
  };
  const stretches = contiguous(ids, from, to);
  if (stretches === undefined) {
    for (const row of orderOf(ids, from, to)) step(ids[row]!, times[row]!);
  } else {
    for (const { first, end } of stretches) {
      step(ids[first]!, times[first]!);
      if (ids[end - 1]! >= (last?.id ?? ids[first]!)) last = { id: ids[end - 1]!, time: times[end - 1]! };
    }
  }
  if (after?.id !== undefined) step(after.id, after.time);
  return found;
}

/** The rows of a span, which stand in the order of time: the first, and the one behind the last. */
export function rowsWithin(times: BigInt64Array, { start, end }: TimeSpan): readonly [from: number, to: number] {
  return [firstRowAt(times, start), firstRowAt(times, end)];
}

/**
 * The rows in stretches whose ids step by one. Ids are read as pairs of 32-bit words, so that no bigint is made for a
 * row. Undefined if an id is smaller than the one before.
 */
function contiguous(
  ids: BigInt64Array,
  from: number,
  to: number,
): { readonly first: number; readonly end: number }[] | undefined {
  if (from >= to) return [];
  const words = new Int32Array(ids.buffer, ids.byteOffset, ids.length * 2);
  const stretches: { first: number; end: number }[] = [];
  let first = from;
  let low = words[from * 2]!;
  let high = words[from * 2 + 1]!;
  for (let row = from + 1; row < to; row++) {
    const nextLow = words[row * 2]!;
    const nextHigh = words[row * 2 + 1]!;
    const expected = (low + 1) | 0;
    if (nextLow !== expected || nextHigh !== (expected === 0 ? high + 1 : high)) {
      if (ids[row]! < ids[row - 1]!) return undefined;
      stretches.push({ first, end: row });
      first = row;
    }
    low = nextLow;
    high = nextHigh;
  }
  stretches.push({ first, end: to });
  return stretches;
}

/** The rows in the order of their ids: two runs of ids may stand between each other in the order of time. */
function orderOf(ids: BigInt64Array, from: number, to: number): Uint32Array {
  const rows = Uint32Array.from({ length: to - from }, (_, row) => from + row);
  return rows.sort((a, b) => (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : a - b));
}
