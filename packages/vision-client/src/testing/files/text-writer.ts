// Taken once: within a test runner's own realm, each look-up of a global is slow.
const { abs, floor, max } = Math;

const ZERO = 48;
const MINUS = 45;
const POINT = 46;
const POWERS_OF_TEN = Array.from({ length: 17 }, (_, exponent) => 10 ** exponent);

/** Writes ASCII text into bytes: a day of klines is a megabyte of short numbers, and strings of each would be slow. */
export class TextWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Makes room; each of the others needs it before. */
  reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(max(this.#bytes.length * 2, this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  byte(code: number): void {
    this.#bytes[this.#length++] = code;
  }

  /** A whole number of at most 15 digits. */
  integer(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    if (rest < 0) {
      bytes[this.#length++] = MINUS;
      rest = -rest;
    }
    let digits = 1;
    while (rest >= POWERS_OF_TEN[digits]!) digits++;
    this.#padded(rest, digits);
  }

  /** `value / 10^decimals` with `places` decimals, which are no fewer than `decimals`. */
  decimal(value: number, decimals: number, places: number): void {
    const magnitude = abs(value);
    const scale = POWERS_OF_TEN[decimals]!;
    const units = floor(magnitude / scale);
    if (value < 0) this.byte(MINUS);
    this.parts(units, magnitude - units * scale, decimals, places);
  }

  /** `units + rest / 10^decimals` with `places` decimals. */
  parts(units: number, rest: number, decimals: number, places: number): void {
    this.integer(units);
    if (places === 0) return;
    this.#bytes[this.#length++] = POINT;
    this.#padded(rest, decimals);
    for (let place = decimals; place < places; place++) this.#bytes[this.#length++] = ZERO;
  }

  /** The bytes so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #padded(value: number, digits: number): void {
    const bytes = this.#bytes;
    const start = this.#length;
    let at = start + digits - 1;
    let rest = value;
    // Two parts, of which each fits into 31 bits: divisions of small integers are the fast ones.
    if (digits > 9) {
      const upper = floor(value / 1e9);
      let lower = value - upper * 1e9;
      for (let count = 0; count < 9; count++) {
        const next = (lower / 10) | 0;
        bytes[at--] = ZERO + lower - next * 10;
        lower = next;
      }
      rest = upper;
    }
    while (at >= start) {
      const next = (rest / 10) | 0;
      bytes[at--] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#length = start + digits;
  }
}
