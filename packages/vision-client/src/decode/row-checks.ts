import type { ColumnBuffers } from '../csv/column-buffers.ts';
import type { Layout } from '../csv/layout.ts';

/** What is known of the rows of a file beside their values. */
export interface Seen {
  milliseconds: boolean;
  microseconds: boolean;
  text: boolean;
}

/** What the kernel tells of rows that it has decoded, each but the first compared with the one above it. */
export interface Examined {
  readonly hasFallen: boolean;
  readonly hasRepeated: boolean;
  readonly zeros: number;
}

/** What is known of rows when they are decoded, so that most files need no further pass for it. */
export class RowChecks {
  /** Whether no row's time is before that of the row above it. */
  isOrdered = true;
  /** Whether each row comes behind the one above it in the order of its identity, so that none can stand twice. */
  isRising = true;
  /** Trades of quantity 0. */
  zeroQuantity = 0;
  /** Fields of whole numbers that tell rows apart, of numbers that tell those of one time apart, of a trade's quantity; or -1. */
  readonly idField: number;
  readonly valueField: number;
  readonly quantityField: number;

  constructor({ dataset, fields }: Layout) {
    const { identity, timeColumn, columns } = dataset;
    const [first = '', second = ''] = identity;
    const isId = identity.length === 1 && first !== timeColumn && columns[first]?.type === 'int64';
    const isValue = identity.length === 2 && first === timeColumn && columns[second]?.type === 'float64';
    const fieldOf = (name: string): number => fields.findIndex((field) => field.name === name);
    this.idField = isId ? fieldOf(first) : -1;
    this.valueField = isValue ? fieldOf(second) : -1;
    this.quantityField = 'is_buyer_maker' in columns ? Math.max(fieldOf('quantity'), fieldOf('qty')) : -1;
    if (!isId && !isValue && !(identity.length === 1 && first === timeColumn)) this.isRising = false;
  }

  /** Looks at the rows from `from` to `to`; those before are in the buffers. */
  add(buffers: ColumnBuffers, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      if (row > 0) this.#compare(buffers, row);
      if (this.quantityField >= 0 && buffers.floats[this.quantityField]![row] === 0) this.zeroQuantity++;
    }
  }

  /** The same where the kernel has looked at them. */
  addExamined(buffers: ColumnBuffers, from: number, { hasFallen, hasRepeated, zeros }: Examined): void {
    if (from > 0) this.#compare(buffers, from);
    if (hasFallen) this.isOrdered = false;
    if (hasRepeated) this.isRising = false;
    this.zeroQuantity += zeros;
  }

  /** A row with the one above it. */
  #compare({ times, words, floats }: ColumnBuffers, row: number): void {
    const time = times[row]!;
    const before = times[row - 1]!;
    if (time < before) this.isOrdered = false;
    if (this.idField >= 0) {
      const ids = words[this.idField]!;
      const high = ids[row * 2 + 1]! - ids[row * 2 - 1]!;
      if (high < 0 || (high === 0 && ids[row * 2]! >>> 0 <= ids[row * 2 - 2]! >>> 0)) this.isRising = false;
    } else if (time < before) this.isRising = false;
    else if (time === before) {
      const values = this.valueField >= 0 ? floats[this.valueField]! : undefined;
      if (values === undefined || !(values[row]! > values[row - 1]!)) this.isRising = false;
    }
  }
}
