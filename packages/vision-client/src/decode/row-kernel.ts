import type { ColumnBuffers } from '../csv/column-buffers.ts';
import { BOOL, CLOSE_TIME, FLOAT, INT, SKIP, SYMBOL, TIME } from '../csv/field-kind.ts';
import type { Layout } from '../csv/layout.ts';
import type { Examined, RowChecks } from './row-checks.ts';
import { KernelInstance } from '../kernel/kernel-instance.ts';
import {
  CHUNK,
  COLUMNS,
  FIELD_WORDS,
  INPUT,
  MOST_FIELDS,
  MOST_ROWS,
  ROWS_END,
  TABLE,
  TIMES,
  TOLD,
} from '../kernel/row-memory.ts';

const LINE_FEED = 10;
/** A symbol has at most 200 bytes. */
const LONGEST_SYMBOL = 256;
const NO_DIGITS = 0xffffffff;
const ENCODER = new TextEncoder();

/**
 * The inner loop of the row decoder as WebAssembly: two to three times faster, and as fast in its first call. It decodes
 * the forms that nearly all fields have and stops before any other, so that what is right or wrong with a file is
 * decided in one place.
 */
export class RowKernel {
  readonly #instance: KernelInstance;

  private constructor(instance: KernelInstance) {
    this.#instance = instance;
  }

  static #shared: RowKernel | undefined;

  /** The kernel, or undefined where there is no WebAssembly. */
  static shared(): RowKernel | undefined {
    if (RowKernel.#shared === undefined) {
      const instance = KernelInstance.shared();
      if (instance?.reach(ROWS_END) === true) RowKernel.#shared = new RowKernel(instance);
    }
    return RowKernel.#shared;
  }

  /** Whether the kernel can read the file's fields: text it leaves to the decoder in TypeScript. */
  static reads({ fields, rowTimeField }: Layout): boolean {
    const kinds: readonly number[] = [SKIP, FLOAT, TIME, INT, BOOL, CLOSE_TIME, SYMBOL];
    return fields.length <= MOST_FIELDS && rowTimeField >= 0 && fields.every(({ kind }) => kinds.includes(kind));
  }

  /**
   * Decodes rows from `from` on, as far as they have the usual form.
   * @returns how many rows, the offset of the first byte that was not used, and the units of their times
   */
  decode(
    bytes: Uint8Array,
    from: number,
    end: number,
    layout: Layout,
    buffers: ColumnBuffers,
    row: number,
    checks: RowChecks,
  ) {
    const found = { rows: 0, at: from, milliseconds: false, microseconds: false, text: false };
    const { fields, rowTimeField, barMicroseconds, symbol } = layout;
    const memory = this.#instance.bytes;
    // What was inflated into the kernel's own memory is decoded where it is.
    const isThere = bytes.buffer === memory.buffer;
    const told = new Uint32Array(memory.buffer, TOLD, 4);
    const table = new Uint32Array(memory.buffer, TABLE, fields.length * FIELD_WORDS);
    // No eight digits are all ones: the first values are always read.
    table.fill(NO_DIGITS);
    fields.forEach(({ kind }, field) => {
      table[field * FIELD_WORDS] = kind;
      const column = COLUMNS + field * MOST_ROWS * 8;
      table[field * FIELD_WORDS + 1] = column;
      if (kind !== SYMBOL) return;
      const { written } = ENCODER.encodeInto(symbol, memory.subarray(column, column + LONGEST_SYMBOL));
      table[field * FIELD_WORDS + 2] = written;
    });
    const bar = Number.isNaN(barMicroseconds) ? 0 : barMicroseconds;
    for (;;) {
      const room = Math.min(MOST_ROWS, buffers.capacity - row - found.rows);
      // What stands in the kernel's memory need not be brought there.
      const to = isThere ? end : wholeLines(bytes, found.at, end);
      if (room === 0 || to <= found.at) return found;
      if (!isThere) memory.set(bytes.subarray(found.at, to), INPUT);
      const start = isThere ? bytes.byteOffset + found.at : INPUT;
      const inputEnd = start + to - found.at;
      const at = this.#instance.exports.decode(
        start,
        inputEnd,
        room,
        TABLE,
        fields.length,
        rowTimeField,
        TIMES,
        bar,
        TOLD,
      );
      const [rows = 0, milliseconds = 0, microseconds = 0, text = 0] = told;
      this.#copyOut(buffers, row + found.rows, rows);
      if (rows > 0) checks.addExamined(buffers, row + found.rows, this.#examine(checks, rows));
      found.rows += rows;
      found.at += at - start;
      found.milliseconds ||= milliseconds !== 0;
      found.microseconds ||= microseconds !== 0;
      found.text ||= text !== 0;
      if (at < inputEnd && rows < room) return found;
    }
  }

  #examine({ idField, valueField, quantityField }: RowChecks, rows: number): Examined {
    const { exports, bytes } = this.#instance;
    const columnOf = (field: number): number => (field < 0 ? 0 : COLUMNS + field * MOST_ROWS * 8);
    exports.examine(rows, TIMES, columnOf(idField), columnOf(valueField), columnOf(quantityField), TOLD + 16);
    const [fallen, repeated, zeros = 0] = new Uint32Array(bytes.buffer, TOLD + 16, 3);
    return { hasFallen: fallen !== 0, hasRepeated: repeated !== 0, zeros };
  }

  #copyOut(buffers: ColumnBuffers, row: number, rows: number): void {
    if (rows === 0) return;
    const { buffer } = this.#instance.bytes;
    buffers.times.set(new Float64Array(buffer, TIMES, rows), row);
    buffers.layout.fields.forEach(({ kind }, field) => {
      const at = COLUMNS + field * MOST_ROWS * 8;
      if (kind === FLOAT) buffers.floats[field]!.set(new Float64Array(buffer, at, rows), row);
      else if (kind === BOOL) buffers.bools[field]!.set(new Uint8Array(buffer, at, rows), row);
      else if (kind !== SKIP && kind !== SYMBOL)
        buffers.words[field]!.set(new Int32Array(buffer, at, rows * 2), row * 2);
    });
  }
}

/** The end of the last whole line of the next chunk. */
function wholeLines(bytes: Uint8Array, from: number, end: number): number {
  if (end - from <= CHUNK) return end;
  return bytes.lastIndexOf(LINE_FEED, from + CHUNK - 1) + 1;
}
