import { KERNEL_BASE64 } from './kernel-bytes.ts';

/** What is used of the platform's WebAssembly, whose types stand in the DOM's library. */
interface Platform {
  readonly WebAssembly?: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: unknown };
  };
}

/** The functions of `assembly`. Numbers that are not said to be anything else are addresses. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** @returns the address of the first row that was not decoded */
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
  /** Looks at rows that were decoded; addresses of columns that there are not are 0. */
  examine(rows: number, times: number, ids: number, values: number, quantities: number, told: number): void;
  /** Forgets what was inflated before. */
  startInflating(): void;
  /** @returns where the output ends, or 0 where the data is damaged: see `assembly/inflate.ts` */
  inflate(
    input: number,
    inputEnd: number,
    isWhole: number,
    start: number,
    output: number,
    outputStop: number,
    scratch: number,
    told: number,
  ): number;
}

const PAGE = 65_536;
let shared: KernelInstance | undefined | null;

/** The WebAssembly of this package and its memory, of which a process has one: whoever uses it is done before it waits. */
export class KernelInstance {
  readonly exports: KernelExports;
  /** All of the memory. What was taken from it before it grew is empty. */
  bytes: Uint8Array;

  private constructor(exports: KernelExports) {
    this.exports = exports;
    this.bytes = new Uint8Array(exports.memory.buffer);
  }

  /** The instance, or undefined where the platform or its policy does not let WebAssembly be compiled. */
  static shared(): KernelInstance | undefined {
    if (shared === undefined) {
      try {
        const bytes = Uint8Array.from(atob(KERNEL_BASE64), (character) => character.charCodeAt(0));
        const { Module, Instance } = (globalThis as Platform).WebAssembly!;
        shared = new KernelInstance(new Instance(new Module(bytes)).exports as KernelExports);
      } catch {
        shared = null;
      }
    }
    return shared ?? undefined;
  }

  /** Makes sure that there is memory up to an address, and says whether there is. */
  reach(end: number): boolean {
    const missing = end - this.bytes.length;
    if (missing <= 0) return true;
    try {
      this.exports.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      return false; // The platform has no more.
    }
    this.bytes = new Uint8Array(this.exports.memory.buffer);
    return true;
  }
}
