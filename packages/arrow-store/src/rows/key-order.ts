import type { ColumnArray } from '@vision-cache/cache-keys';
import { orderOfInt64 } from './int64.ts';
import { isIncreasing } from './unite-rows.ts';

/** Below 0 where the first row's value comes before the second's, 0 where they are equal, NaN where they have no order. */
type Order = (row: number, other: number) => number;

/**
 * Whether rows stand in the order of their keys, each key once: compared by the first column, where that is equal by the
 * second, and so on. Snapshots such as those of bookDepth do, ten rows of one time each.
 */
export function isInKeyOrder(key: readonly ColumnArray[]): boolean {
  const [first] = key;
  if (first === undefined) return false;
  if (key.length === 1) return isIncreasing(key);
  const orders = key.map(orderOf);
  for (let row = 1; row < first.length; row++) {
    let order = 0;
    for (let column = 0; order === 0 && column < orders.length; column++) order = orders[column]!(row - 1, row);
    if (!(order < 0)) return false;
  }
  return true;
}

function orderOf(column: ColumnArray): Order {
  // Of any realm, which `instanceof` would not tell.
  if (Object.prototype.toString.call(column) === '[object BigInt64Array]') return orderOfInt64(column as BigInt64Array);
  const values = column as Float64Array | readonly string[];
  return (row, other) => orderOfValues(values[row]!, values[other]!);
}

const orderOfValues = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN);
