import type { Viewport } from './viewport.ts';

/**
 * Which candles are not built from all of their bars yet: those that a span with bars still to come touches.
 * @param grid open times of the candles, in order
 * @param end where the last candle ends
 * @param pending spans that are not fetched, not loaded or not over; in order, without overlap
 * @returns for each candle 1 where it is unfinished, else 0
 */
export function unfinishedCandles(grid: Float64Array, end: number, pending: readonly Viewport[]): Uint8Array {
  const unfinished = new Uint8Array(grid.length);
  let next = 0;
  for (let candle = 0; candle < grid.length; candle++) {
    const close = candle + 1 < grid.length ? grid[candle + 1]! : end;
    while (next < pending.length && pending[next]!.to <= grid[candle]!) next++;
    const span = pending[next];
    if (span !== undefined && span.from < close) unfinished[candle] = 1;
  }
  return unfinished;
}
