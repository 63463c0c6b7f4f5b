/** Bars of one entry in time order, as the chart needs them. Times are epoch milliseconds, UTC. */
export interface Bars {
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** What is drawn: one bucket for each open time of the grid; NaN prices where no bar opened in it. */
export interface BarWindow extends Bars {
  /** How many stored bars opened in each bucket. */
  readonly rows: Uint32Array;
}

/**
 * Sums stored bars up into the buckets of a grid. One pass over typed arrays, so that a year of minutes (525,600 bars)
 * takes a few milliseconds and no object is made for a bar. Volumes are summed with compensation (Neumaier), so that a
 * month of minutes sums up to the number that its decimals sum up to.
 *
 * @param entries in time order, without overlap
 * @param grid open times of the buckets, in order, epoch milliseconds
 * @param end where the last bucket ends
 */
export function aggregate(entries: Iterable<Bars>, grid: Float64Array, end: number): BarWindow {
  const buckets = grid.length;
  const open = new Float64Array(buckets).fill(NaN);
  const high = new Float64Array(buckets).fill(NaN);
  const low = new Float64Array(buckets).fill(NaN);
  const close = new Float64Array(buckets).fill(NaN);
  const volume = new Float64Array(buckets);
  const lost = new Float64Array(buckets);
  const rows = new Uint32Array(buckets);
  const first = buckets === 0 ? end : grid[0]!;
  let bucket = 0;
  for (const entry of entries) {
    const { time } = entry;
    const count = time.length;
    if (count === 0 || time[count - 1]! < first || time[0]! >= end) continue;
    for (let row = firstAtOrAfter(time, first); row < count; row++) {
      const at = time[row]!;
      if (at >= end) break;
      while (bucket + 1 < buckets && at >= grid[bucket + 1]!) bucket++;
      const top = entry.high[row]!;
      const bottom = entry.low[row]!;
      if (rows[bucket] === 0) {
        open[bucket] = entry.open[row]!;
        high[bucket] = top;
        low[bucket] = bottom;
      } else {
        if (top > high[bucket]!) high[bucket] = top;
        if (bottom < low[bucket]!) low[bucket] = bottom;
      }
      rows[bucket]!++;
      close[bucket] = entry.close[row]!;
      const before = volume[bucket]!;
      const more = entry.volume[row]!;
      const sum = before + more;
      lost[bucket]! += Math.abs(before) >= Math.abs(more) ? before - sum + more : more - sum + before;
      volume[bucket] = sum;
    }
  }
  for (let each = 0; each < buckets; each++) volume[each]! += lost[each]!;
  return { time: grid, open, high, low, close, volume, rows };
}

/** Index of the first time that is not before `at`. */
export function firstAtOrAfter(time: Float64Array, at: number): number {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (time[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
