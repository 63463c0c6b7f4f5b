import { type ColumnBatch, storedColumns } from '@vision-cache/cache-keys';
import { BOOL, CLOSE_TIME, FLOAT, INT, SKIP, SYMBOL, TEXT, TIME } from './field-kind.ts';
import type { Layout } from './layout.ts';

const NO_FLOATS = new Float64Array(0);
const NO_WORDS = new Int32Array(0);
const NO_BYTES = new Uint8Array(0);

/**
 * The columns that rows are decoded into, one array a field. 64-bit integers are written as pairs of 32-bit words, so
 * that no bigint is made for a row; typed arrays are little-endian on every platform that runs JavaScript today.
 */
export class ColumnBuffers {
  readonly layout: Layout;
  capacity = 0;
  /** Each row's own time in microseconds: a float64 holds it exactly until the year 2255. */
  times = NO_FLOATS;
  readonly floats: Float64Array[];
  readonly words: Int32Array[];
  readonly bools: Uint8Array[];
  readonly texts: string[][];

  constructor(layout: Layout, capacity: number) {
    this.layout = layout;
    this.floats = layout.fields.map(() => NO_FLOATS);
    this.words = layout.fields.map(() => NO_WORDS);
    this.bools = layout.fields.map(() => NO_BYTES);
    this.texts = layout.fields.map(() => []);
    this.grow(capacity);
  }

  /** Makes room for more rows and keeps those that are there. */
  grow(capacity: number): void {
    if (capacity <= this.capacity) return;
    this.times = grown(this.times, new Float64Array(capacity));
    this.layout.fields.forEach(({ kind }, field) => {
      if (kind === FLOAT) this.floats[field] = grown(this.floats[field]!, new Float64Array(capacity));
      if (kind === TIME || kind === CLOSE_TIME || kind === INT) {
        this.words[field] = grown(this.words[field]!, new Int32Array(capacity * 2));
      }
      if (kind === BOOL) this.bools[field] = grown(this.bools[field]!, new Uint8Array(capacity));
    });
    this.capacity = capacity;
  }

  /** The columns that are kept, with so many rows; arrays that are much larger than that are copied. */
  batch(numRows: number): ColumnBatch {
    const byName = new Map<string, unknown>();
    this.layout.fields.forEach(({ name, kind }, field) => {
      switch (kind) {
        case FLOAT:
          byName.set(name, fitted(this.floats[field]!, numRows));
          break;
        case TIME:
        case CLOSE_TIME:
        case INT:
          byName.set(name, longs(fitted(this.words[field]!, numRows * 2)));
          break;
        case BOOL:
          byName.set(name, fitted(this.bools[field]!, numRows));
          break;
        case TEXT:
          byName.set(name, this.texts[field]!.slice(0, numRows));
          break;
        case SKIP:
        case SYMBOL:
          break;
        default:
          kind satisfies never;
      }
    });
    const { dataset } = this.layout;
    const columns = Object.fromEntries(storedColumns(dataset).map((name) => [name, byName.get(name)]));
    return { dataset: dataset.id, numRows, columns: columns as ColumnBatch['columns'] };
  }
}

function grown<A extends Float64Array | Int32Array | Uint8Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}

/** What nothing was written to is not in the machine's memory: to leave so much of it costs less than a copy. */
const MOST_ROOM = 1.125;

function fitted<A extends Float64Array | Int32Array | Uint8Array>(array: A, length: number): A {
  if (array.length === length) return array;
  return (array.length > length * MOST_ROOM ? array.slice(0, length) : array.subarray(0, length)) as A;
}

function longs(words: Int32Array): BigInt64Array {
  return new BigInt64Array(words.buffer as ArrayBuffer, words.byteOffset, words.length / 2);
}
