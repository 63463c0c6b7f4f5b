import { excerpt } from '../contract/errors.ts';
import { fieldsError, type RowErrorCode, rowError } from '../csv/row-error.ts';
import { timeOfText } from '../csv/time-of-text.ts';
import type { ColumnBuffers } from '../csv/column-buffers.ts';
import { BOOL, CLOSE_TIME, FLOAT, INT, SKIP, SYMBOL, TEXT, TIME } from '../csv/field-kind.ts';
import { fieldText, isWord, POWERS_OF_TEN, textBoolean, textInteger, textNumber } from '../csv/field-text.ts';
import { RowChecks, type Seen } from './row-checks.ts';
import { RowKernel } from './row-kernel.ts';
import { type Layout, LONGEST_LINE } from '../csv/layout.ts';
import { fieldsOfLine, lineEnd } from '../csv/line-scan.ts';

const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** 2^53: above it a float64 does not hold every whole number. */
const EXACT = 9_007_199_254_740_992;
/** Twice the largest error of a correctly rounded quotient below 1, which is 2^-54. */
const MARGIN = 2 ** -53;
const WORD_SIZE = 4_294_967_296;
/** `true` and `fals` as four small letters. */
const TRUE = 0x65757274;
const FALS = 0x736c6166;

/** After so many stops the kernel is worth its calls only if it has decoded so many rows between two of them. */
const MOST_STOPS = 16;
const ROWS_A_STOP = 8;

/**
 * Decodes the rows of a file from its bytes, without making text of them. Numbers come out as `Number(text)` would
 * give them, bit for bit: a mantissa up to 2^53 divided once by a power of ten is correctly rounded (Clinger 1990);
 * the rest takes a sum that is checked to be, or `Number` itself.
 */
export class RowDecoder {
  readonly #layout: Layout;
  // These two are made when they are needed: the kernel reads most files to their end.
  #kinds: Uint8Array | undefined;
  #symbol: Uint8Array | undefined;
  #buffers: ColumnBuffers;
  readonly seen: Seen = { milliseconds: false, microseconds: false, text: false };
  /** What is known of the rows in the buffers. */
  checks: RowChecks;
  rows = 0;
  #kernel: RowKernel | undefined;
  /** How often the kernel met a form that it does not have, and how many rows it has decoded in all. */
  #stops = 0;
  #kernelRows = 0;
  /** Rows that have been handed over already, for line numbers. */
  #before = 0;

  /** @param kernel what decodes the usual forms faster, where there is one */
  constructor(layout: Layout, buffers: ColumnBuffers, kernel: RowKernel | null = RowKernel.shared() ?? null) {
    this.#kernel = RowKernel.reads(layout) ? (kernel ?? undefined) : undefined;
    this.#layout = layout;
    this.#buffers = buffers;
    this.checks = new RowChecks(layout);
  }

  /** Goes on in other buffers. */
  continueIn(buffers: ColumnBuffers): void {
    this.#before += this.rows;
    this.rows = 0;
    this.checks = new RowChecks(this.#layout);
    this.#buffers = buffers;
  }

  /**
   * Decodes the whole lines from `from` on, until the buffers are full or no line is whole.
   * @returns the offset of the first byte that was not used
   */
  decode(bytes: Uint8Array, from: number): number {
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    let at = from;
    while (this.#kernel !== undefined && at < end && this.rows < this.#buffers.capacity) {
      const found = this.#kernel.decode(bytes, at, end, this.#layout, this.#buffers, this.rows, this.checks);
      at = found.at;
      this.rows += found.rows;
      if (found.milliseconds) this.seen.milliseconds = true;
      if (found.microseconds) this.seen.microseconds = true;
      if (found.text) this.seen.text = true;
      this.#kernelRows += found.rows;
      if (at >= end || this.rows >= this.#buffers.capacity) break;
      // A file of forms that the kernel does not have is not given to it line by line.
      this.#stops++;
      if (this.#stops > MOST_STOPS && this.#kernelRows < this.#stops * ROWS_A_STOP) this.#kernel = undefined;
      at = this.#decodeLines(bytes, at, bytes.indexOf(LINE_FEED, at) + 1);
    }
    return at < end && this.rows < this.#buffers.capacity ? this.#decodeLines(bytes, at, end) : at;
  }

  /** The whole lines from `from` to `end`, each field in any form, until the buffers are full. */
  #decodeLines(bytes: Uint8Array, from: number, end: number): number {
    const { capacity, times, floats, words, bools, texts } = this.#buffers;
    const kinds = (this.#kinds ??= Uint8Array.from(this.#layout.fields, ({ kind }) => kind));
    const count = kinds.length;
    const { rowTimeField } = this.#layout;
    const last = count - 1;
    const bar = this.#layout.barMicroseconds;
    const lastMillisecond = bar - 1000;
    const lastMicrosecond = bar - 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    const wordEnd = end - 4;
    let row = this.rows;
    let at = from;
    let milliseconds = 0;
    let microseconds = 0;

    while (at < end && row < capacity) {
      const rowStart = at;
      let time = 0;
      for (let field = 0; field < count; field++) {
        const terminator = field === last ? LINE_FEED : COMMA;
        const fieldStart = at;
        switch (kinds[field]) {
          case FLOAT: {
            let byte = bytes[at]!;
            const isNegative = byte === MINUS;
            if (isNegative) byte = bytes[++at]!;
            const wholeStart = at;
            let whole = 0;
            while (byte >= ZERO && byte <= 57) {
              whole = whole * 10 + (byte - ZERO);
              byte = bytes[++at]!;
            }
            const wholeDigits = at - wholeStart;
            let value = whole;
            let isExact = wholeDigits > 0 && wholeDigits <= 15;
            if (byte === POINT) {
              const fractionStart = ++at;
              let fraction = 0;
              // Four digits at a time: bytes '0' to '9' become 0 to 9, then pairs, then one number.
              while (at <= wordEnd) {
                const word = view.getUint32(at, true) ^ 0x30303030;
                if ((((word + 0x76767676) | word) & 0x80808080) !== 0) break;
                const pairs = (Math.imul(word & 0x0f0f0f0f, 2561) >>> 8) & 0x00ff00ff;
                fraction = fraction * 10_000 + (Math.imul(pairs, 6_553_601) >>> 16);
                at += 4;
              }
              byte = bytes[at]!;
              while (byte >= ZERO && byte <= 57) {
                fraction = fraction * 10 + (byte - ZERO);
                byte = bytes[++at]!;
              }
              const decimals = at - fractionStart;
              if (decimals === 0 || decimals > 15) {
                isExact = false;
              } else {
                const power = POWERS_OF_TEN[decimals]!;
                const mantissa = whole * power + fraction;
                if (mantissa < EXACT) {
                  value = mantissa / power;
                } else {
                  // whole + fraction / power: the sum is right unless it lies too near to the middle of two numbers.
                  const part = fraction / power;
                  value = whole + part;
                  const rest = whole - value + part;
                  if (value + (rest + MARGIN) !== value || value + (rest - MARGIN) !== value) isExact = false;
                }
              }
            }
            if (isExact && byte === terminator) {
              floats[field]![row] = isNegative ? -value : value;
              at++;
            } else {
              at = this.#slowField(bytes, end, fieldStart, rowStart, field, row, time);
            }
            break;
          }
          case TIME:
          case CLOSE_TIME: {
            let value = 0;
            if (at + 12 <= wordEnd) {
              const first = view.getUint32(at, true) ^ 0x30303030;
              const second = view.getUint32(at + 4, true) ^ 0x30303030;
              const third = view.getUint32(at + 8, true) ^ 0x30303030;
              const anyOther =
                ((first + 0x76767676) | first | (second + 0x76767676) | second | (third + 0x76767676) | third) &
                0x80808080;
              if (anyOther === 0) {
                const a = Math.imul((Math.imul(first & 0x0f0f0f0f, 2561) >>> 8) & 0x00ff00ff, 6_553_601) >>> 16;
                const b = Math.imul((Math.imul(second & 0x0f0f0f0f, 2561) >>> 8) & 0x00ff00ff, 6_553_601) >>> 16;
                const c = Math.imul((Math.imul(third & 0x0f0f0f0f, 2561) >>> 8) & 0x00ff00ff, 6_553_601) >>> 16;
                value = (a * 10_000 + b) * 10_000 + c;
                at += 12;
              }
            }
            let byte = bytes[at]!;
            while (byte >= ZERO && byte <= 57) {
              value = value * 10 + (byte - ZERO);
              byte = bytes[++at]!;
            }
            const digits = at - fieldStart;
            if (byte !== terminator || (digits !== 13 && digits !== 16) || value < (digits === 13 ? 1e12 : 1e15)) {
              at = this.#slowField(bytes, end, fieldStart, rowStart, field, row, time);
              time = times[row]!;
              break;
            }
            if (digits === 13) {
              value *= 1000;
              milliseconds = 1;
            } else {
              microseconds = 1;
            }
            at++;
            if (field === rowTimeField) {
              time = value;
              times[row] = value;
            } else if (kinds[field] === CLOSE_TIME && value - time === lastMillisecond) {
              value = time + lastMicrosecond;
            }
            const pair = words[field]!;
            const high = Math.floor(value / WORD_SIZE);
            pair[row * 2] = value - high * WORD_SIZE;
            pair[row * 2 + 1] = high;
            break;
          }
          case INT: {
            let value = 0;
            let byte = bytes[at]!;
            while (byte >= ZERO && byte <= 57) {
              value = value * 10 + (byte - ZERO);
              byte = bytes[++at]!;
            }
            const digits = at - fieldStart;
            if (byte !== terminator || digits === 0 || digits > 15) {
              at = this.#slowField(bytes, end, fieldStart, rowStart, field, row, time);
              break;
            }
            at++;
            const pair = words[field]!;
            const high = Math.floor(value / WORD_SIZE);
            pair[row * 2] = value - high * WORD_SIZE;
            pair[row * 2 + 1] = high;
            break;
          }
          case SKIP: {
            let byte = bytes[at]!;
            while (byte !== COMMA && byte >= 32) byte = bytes[++at]!;
            if (byte === terminator) at++;
            else at = this.#slowField(bytes, end, fieldStart, rowStart, field, row, time);
            break;
          }
          case BOOL: {
            // The archive writes True and False for spot, true and false for futures.
            const word = at <= wordEnd ? view.getUint32(at, true) | 0x20202020 : 0;
            if (word === TRUE && bytes[at + 4] === terminator) {
              bools[field]![row] = 1;
              at += 5;
            } else if (word === FALS && (bytes[at + 4]! | 32) === 101 && bytes[at + 5] === terminator) {
              bools[field]![row] = 0;
              at += 6;
            } else {
              at = this.#slowField(bytes, end, fieldStart, rowStart, field, row, time);
            }
            break;
          }
          case TEXT: {
            // What is the same as in the row before is the same string.
            const before = row === 0 ? undefined : texts[field]![row - 1];
            if (before !== undefined && this.#repeats(bytes, at, before, terminator)) {
              texts[field]![row] = before;
              at += before.length + 1;
            } else {
              at = this.#slowField(bytes, end, fieldStart, rowStart, field, row, time);
            }
            break;
          }
          default: {
            const symbol = (this.#symbol ??= new TextEncoder().encode(this.#layout.symbol));
            let matched = 0;
            while (matched < symbol.length && bytes[at + matched] === symbol[matched]) matched++;
            if (matched === symbol.length && bytes[at + matched] === terminator) at += matched + 1;
            else at = this.#slowField(bytes, end, fieldStart, rowStart, field, row, time);
          }
        }
      }
      row++;
    }
    this.checks.add(this.#buffers, this.rows, row);
    this.rows = row;
    if (milliseconds === 1) this.seen.milliseconds = true;
    if (microseconds === 1) this.seen.microseconds = true;
    return at;
  }

  #repeats(bytes: Uint8Array, at: number, text: string, terminator: number): boolean {
    if (bytes[at + text.length] !== terminator) return false;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 128 || bytes[at + index] !== code) return false;
    }
    return true;
  }

  /** Reads one field of any form that the archive has, or tells what is wrong with it. Gives the next field's offset. */
  #slowField(
    bytes: Uint8Array,
    end: number,
    from: number,
    rowStart: number,
    field: number,
    row: number,
    time: number,
  ): number {
    const { fields, name, barMicroseconds } = this.#layout;
    const { floats, words, bools, texts, times } = this.#buffers;
    const isLast = field === fields.length - 1;
    const limit = Math.min(end, from + LONGEST_LINE);
    let to = from;
    while (to < limit && bytes[to] !== COMMA && bytes[to] !== LINE_FEED) to++;
    if (to === limit) this.#refuse('E_CSV_LINE', `is longer than ${LONGEST_LINE} bytes`, bytes, rowStart, row);
    if ((bytes[to] === LINE_FEED) !== isLast) {
      const received = excerpt(bytes.subarray(0, lineEnd(bytes, rowStart, end)), rowStart);
      const counts = { expected: fields.length, actual: fieldsOfLine(bytes, rowStart, end) };
      throw fieldsError({ name, line: this.#line(row), received, ...counts });
    }
    let textEnd = to;
    // Also the two that a program makes of an ending that had one already.
    while (isLast && textEnd > from && bytes[textEnd - 1] === CARRIAGE_RETURN) textEnd--;
    const text = fieldText(bytes, from, textEnd);
    const { kind, mayBeEmpty, name: column } = fields[field]!;
    const wrong = (what: string, code: RowErrorCode = 'E_CSV_VALUE'): never =>
      this.#refuse(code, `is no ${what}`, bytes, from, row, column, textEnd);
    switch (kind) {
      case FLOAT:
        floats[field]![row] = text === '' && mayBeEmpty ? NaN : (textNumber(text) ?? wrong('number'));
        break;
      case INT: {
        const value = text === '' && mayBeEmpty ? 0n : (textInteger(text) ?? wrong('whole number'));
        words[field]![row * 2] = Number(BigInt.asIntN(32, value));
        words[field]![row * 2 + 1] = Number(BigInt.asIntN(32, value >> 32n));
        break;
      }
      case TIME:
      case CLOSE_TIME: {
        let value = this.#time(text);
        if (value === undefined) return wrong('time in milliseconds or microseconds', 'E_CSV_TIME');
        if (field === this.#layout.rowTimeField) times[row] = value;
        else if (kind === CLOSE_TIME && value - time === barMicroseconds - 1000) value = time + barMicroseconds - 1;
        const high = Math.floor(value / WORD_SIZE);
        words[field]![row * 2] = value - high * WORD_SIZE;
        words[field]![row * 2 + 1] = high;
        break;
      }
      case BOOL:
        bools[field]![row] = textBoolean(text) ?? wrong('True or False');
        break;
      case TEXT:
        if (textEnd - from > 200 || !isWord(text)) wrong('word');
        texts[field]![row] = text;
        break;
      case SKIP:
        for (let at = from; at < textEnd; at++) if (bytes[at]! < 32) wrong('text');
        break;
      case SYMBOL:
        if (text !== this.#layout.symbol) wrong(`row of ${this.#layout.symbol}`);
        break;
      default:
        kind satisfies never;
    }
    return to + 1;
  }

  #time(text: string): number | undefined {
    const found = timeOfText(text);
    if (found !== undefined) this.seen[found.form] = true;
    return found?.value;
  }

  /** The line behind the rows so far, counted from 1. */
  get nextLine(): number {
    return this.#line(this.rows);
  }

  /** Counted from 1, with the header. */
  #line(row: number): number {
    return this.#before + row + (this.#layout.hasHeader ? 2 : 1);
  }

  #refuse(
    code: RowErrorCode,
    why: string,
    bytes: Uint8Array,
    from: number,
    row: number,
    column?: string,
    to: number = from + 120,
  ): never {
    throw rowError(
      code,
      { name: this.#layout.name, line: this.#line(row), column },
      excerpt(bytes.subarray(0, to), from),
      why,
    );
  }
}
