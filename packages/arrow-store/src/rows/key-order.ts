import type { ColumnArray } from '@vision-cache/cache-keys';
import { isIncreasingWithinInt64, orderOfInt64 } from './int64.ts';
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
  if (key.length === 2 && isInt64(first) && isFloat64(key[1]!)) return isIncreasingWithinInt64(first, key[1]);
  const orders = key.map(orderOf);
  for (let row = 1; row < first.length; row++) {
    let order = 0;
    for (let column = 0; order === 0 && column < orders.length; column++) order = orders[column]!(row - 1, row);
    if (!(order < 0)) return false;
  }
  return true;
}

function orderOf(column: ColumnArray): Order {
  if (isInt64(column)) return orderOfInt64(column);
  const values = column as Float64Array | readonly string[];
  return (row, other) => orderOfValues(values[row]!, values[other]!);
}

// Of any realm, which `instanceof` would not tell.
const tagOf = (column: ColumnArray): string => Object.prototype.toString.call(column);
const isInt64 = (column: ColumnArray): column is BigInt64Array => tagOf(column) === '[object BigInt64Array]';
const isFloat64 = (column: ColumnArray): column is Float64Array => tagOf(column) === '[object Float64Array]';

const orderOfValues = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN);
