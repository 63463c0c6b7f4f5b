import type { Interval } from '@vision-cache/cache-keys';
import { type Bars, firstAtOrAfter } from './aggregate.ts';
import { gridOf } from './level-of-detail.ts';
import type { Viewport } from './viewport.ts';

/** What is in view: bars of the chosen interval that open in it, and the stored rows that they are made of. */
export interface BarCount {
  readonly bars: number;
  readonly rows: number;
}

/**
 * Counts the bars of an interval that open within a view and have at least one stored row.
 * @param entries stored rows in time order, without overlap, of this interval or of one that divides it
 * @param isStored whether the rows are bars of this interval already
 */
export function countBars(
  entries: Iterable<Bars>,
  interval: Interval,
  { from, to }: Viewport,
  isStored: boolean,
): BarCount {
  if (isStored) {
    let rows = 0;
    for (const { time } of entries) rows += firstAtOrAfter(time, to) - firstAtOrAfter(time, from);
    return { bars: rows, rows };
  }
  const { grid, end } = gridOf(interval, from, to);
  const first = firstAtOrAfter(grid, from);
  const begin = grid[first] ?? end;
  let bucket = first;
  let counted = -1;
  let bars = 0;
  let rows = 0;
  for (const { time } of entries) {
    for (let row = firstAtOrAfter(time, begin); row < time.length && time[row]! < end; row++) {
      while (bucket + 1 < grid.length && time[row]! >= grid[bucket + 1]!) bucket++;
      rows++;
      if (bucket !== counted) bars++;
      counted = bucket;
    }
  }
  return { bars, rows };
}
