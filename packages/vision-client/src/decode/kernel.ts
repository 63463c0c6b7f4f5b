import type { ColumnBuffers } from './column-buffers.ts';
import { BOOL, CLOSE_TIME, FLOAT, INT, SKIP, TIME } from './field-kind.ts';
import { KERNEL_BASE64 } from './kernel-bytes.ts';
import type { Layout } from './layout.ts';

/** What is used of the platform's WebAssembly, whose types stand in the DOM's library. */
interface Platform {
  readonly WebAssembly?: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: unknown };
  };
}

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  decode(
    start: number,
    end: number,
    maxRows: number,
    table: number,
    fields: number,
    rowTimeField: number,
    times: number,
    bar: number,
    told: number,
  ): number;
}

/** Bytes that are given to the kernel at a time: they and the columns made of them stay in a core's own cache. */
const CHUNK = 128 * 1024;
/** The kernel reads whole words, of which the last may begin at the last byte. */
const BEYOND = 16;
/** No row of the archive is shorter, the two bytes of a field included. */
const SHORTEST_ROW = 16;
const MOST_ROWS = CHUNK / SHORTEST_ROW;
const MOST_FIELDS = 32;
const LINE_FEED = 10;

/** Offsets in the kernel's memory behind its own constants, each a multiple of eight. */
const TOLD = 4096;
const TABLE = TOLD + 16;
const INPUT = TABLE + MOST_FIELDS * 16;
const TIMES = INPUT + CHUNK + BEYOND;
const COLUMNS = TIMES + MOST_ROWS * 8;
const PAGE = 65_536;

/**
 * The inner loop of the row decoder as WebAssembly: two to three times faster, and as fast in its first call. It decodes
 * the forms that nearly all fields have and stops before any other, so that what is right or wrong with a file is
 * decided in one place.
 */
export class Kernel {
  readonly #exports: KernelExports;
  #bytes: Uint8Array;

  private constructor(exports: KernelExports) {
    this.#exports = exports;
    exports.memory.grow(Math.ceil((COLUMNS + MOST_FIELDS * MOST_ROWS * 8) / PAGE));
    this.#bytes = new Uint8Array(exports.memory.buffer);
  }

  static #shared: Kernel | undefined | null;

  /** The kernel, or undefined where the platform or its policy does not let WebAssembly be compiled. */
  static shared(): Kernel | undefined {
    if (Kernel.#shared === undefined) {
      try {
        const bytes = Uint8Array.from(atob(KERNEL_BASE64), (character) => character.charCodeAt(0));
        const { Module, Instance } = (globalThis as Platform).WebAssembly!;
        Kernel.#shared = new Kernel(new Instance(new Module(bytes)).exports as KernelExports);
      } catch {
        Kernel.#shared = null;
      }
    }
    return Kernel.#shared ?? undefined;
  }

  /** Whether the kernel can read the file's fields: text it leaves to the decoder in TypeScript. */
  static reads({ fields, rowTimeField }: Layout): boolean {
    const kinds: readonly number[] = [SKIP, FLOAT, TIME, INT, BOOL, CLOSE_TIME];
    return fields.length <= MOST_FIELDS && rowTimeField >= 0 && fields.every(({ kind }) => kinds.includes(kind));
  }

  /**
   * Decodes rows from `from` on, as far as they have the usual form.
   * @returns how many rows, the offset of the first byte that was not used, and the units of their times
   */
  decode(bytes: Uint8Array, from: number, end: number, layout: Layout, buffers: ColumnBuffers, row: number) {
    const found = { rows: 0, at: from, milliseconds: false, microseconds: false };
    const { fields, rowTimeField, barMicroseconds } = layout;
    const table = new Uint32Array(this.#bytes.buffer, TABLE, fields.length * 4);
    fields.forEach(({ kind }, field) => {
      table[field * 4] = kind;
      table[field * 4 + 1] = COLUMNS + field * MOST_ROWS * 8;
    });
    const told = new Uint32Array(this.#bytes.buffer, TOLD, 3);
    const bar = Number.isNaN(barMicroseconds) ? 0 : barMicroseconds;
    for (;;) {
      const room = Math.min(MOST_ROWS, buffers.capacity - row - found.rows);
      const to = wholeLines(bytes, found.at, end);
      if (room === 0 || to <= found.at) return found;
      this.#bytes.set(bytes.subarray(found.at, to), INPUT);
      const inputEnd = INPUT + to - found.at;
      const at = this.#exports.decode(INPUT, inputEnd, room, TABLE, fields.length, rowTimeField, TIMES, bar, TOLD);
      const [rows, milliseconds, microseconds] = told as unknown as [number, number, number];
      this.#copyOut(buffers, row + found.rows, rows);
      found.rows += rows;
      found.at += at - INPUT;
      found.milliseconds ||= milliseconds !== 0;
      found.microseconds ||= microseconds !== 0;
      if (at < inputEnd) return found;
    }
  }

  #copyOut(buffers: ColumnBuffers, row: number, rows: number): void {
    if (rows === 0) return;
    const { buffer } = this.#bytes;
    buffers.times.set(new Float64Array(buffer, TIMES, rows), row);
    buffers.layout.fields.forEach(({ kind }, field) => {
      const at = COLUMNS + field * MOST_ROWS * 8;
      if (kind === FLOAT) buffers.floats[field]!.set(new Float64Array(buffer, at, rows), row);
      else if (kind === BOOL) buffers.bools[field]!.set(new Uint8Array(buffer, at, rows), row);
      else if (kind !== SKIP) buffers.words[field]!.set(new Int32Array(buffer, at, rows * 2), row * 2);
    });
  }
}

/** The end of the last whole line of the next chunk. */
function wholeLines(bytes: Uint8Array, from: number, end: number): number {
  if (end - from <= CHUNK) return end;
  return bytes.lastIndexOf(LINE_FEED, from + CHUNK - 1) + 1;
}
