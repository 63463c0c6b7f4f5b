/** The first row whose time is not before an instant, both epoch microseconds UTC; the rows are in the order of time. */
export function firstRowAt(times: BigInt64Array, instant: bigint): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
