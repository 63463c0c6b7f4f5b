import { barCount, type CacheKey, type ColumnBatch, type Dataset, spanOf } from '@vision-cache/cache-keys';
import { ColumnBuffers } from '../csv/column-buffers.ts';
import { endOfText } from '../csv/end-of-text.ts';
import { isBars, type Layout, layoutOf } from '../csv/layout.ts';
import { RowDecoder } from './row-decoder.ts';
import { refuseOtherDay, settleRows } from './settle-rows.ts';
import { VisionClientError } from '../contract/errors.ts';
import type { DataQualityReport } from '../contract/quality.ts';

export interface ParsedCsv<D extends Dataset = Dataset> {
  /** The rows of the key's day or month, in the order of time, each once. Times are microseconds, UTC. */
  readonly batch: ColumnBatch<D>;
  readonly quality: DataQualityReport;
}

const LINE_FEED = 10;

/**
 * Decodes a CSV file of the archive, of any kind that the dataset table has. What differs from file to file is found
 * in the file: a header or none, milliseconds or microseconds, long or short header words, `True` or `true`. Numbers
 * are those of `Number(text)`, bit for bit; an absent one is NaN. A bar's close time of open + interval - 1 ms is
 * stored as open + interval - 1 µs, any other one as published.
 * @throws {VisionClientError} an `E_CSV_` code with the line, where the file is not what the key says
 * @example
 * const { batch, quality } = parseCsv(bytes, cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' }));
 */
export function parseCsv<D extends Dataset>(bytes: Uint8Array, key: CacheKey<D>): ParsedCsv<D> {
  const rows = new FileRows(key, bytes.length);
  rows.take(bytes, true);
  return rows.settled();
}

/** The rows of a file that comes in pieces, one after the other. */
export class FileRows<D extends Dataset> {
  readonly #key: CacheKey<D>;
  readonly #size: number;
  #opened: { readonly layout: Layout; readonly buffers: ColumnBuffers; readonly decoder: RowDecoder } | undefined;

  /** @param size of the whole file in bytes */
  constructor(key: CacheKey<D>, size: number) {
    this.#key = key;
    this.#size = size;
  }

  /**
   * @param bytes a piece of the file, behind what was left of the one before. The first has at least the first row whole,
   * and is the last one where there is no more.
   * @returns how many bytes were used; of the last piece all are
   * @throws {VisionClientError} an `E_CSV_` code
   */
  take(bytes: Uint8Array, isLast: boolean): number {
    const lines = isLast ? bytes.subarray(0, endOfText(bytes)) : bytes;
    let at = 0;
    if (this.#opened === undefined) {
      const layout = layoutOf(bytes, this.#key);
      const buffers = new ColumnBuffers(layout, expectedRows(layout, this.#key, lines, this.#size));
      this.#opened = { layout, buffers, decoder: new RowDecoder(layout, buffers) };
      at = layout.start;
    }
    const { buffers, decoder } = this.#opened;
    for (;;) {
      at = decoder.decode(lines, at);
      if (decoder.rows < buffers.capacity || at >= lines.length) break;
      buffers.grow(Math.max(buffers.capacity + 1024, Math.ceil(buffers.capacity * 1.5)));
    }
    if (!isLast) return at;
    if (at < lines.length) {
      // The last line has no line feed.
      buffers.grow(decoder.rows + 1);
      const line = new Uint8Array(lines.length - at + 1);
      line.set(lines.subarray(at));
      line[line.length - 1] = LINE_FEED;
      decoder.decode(line, 0);
    }
    return bytes.length;
  }

  /** All of them, once the last piece was taken. */
  settled(): ParsedCsv<D> {
    const { layout, buffers, decoder } = this.#opened!;
    const { name } = layout;
    if (decoder.rows === 0) throw new VisionClientError('E_CSV_EMPTY', `${name} has no row.`, { name });
    const settled = settleRows(buffers, decoder, this.#key);
    if (settled.quality.otherDay === decoder.rows) refuseOtherDay(layout, this.#key, decoder.rows, buffers.times[0]!);
    return settled as ParsedCsv<D>;
  }
}

/** So many bytes tell how long rows are. */
const SAMPLE = 64 * 1024;
/** Room beyond what is likely, which is only taken from the machine where rows are written to it. */
const ROOM = 1.06;

/** As many rows as there should be, or as the length of the first ones makes likely. */
function expectedRows(layout: Layout, key: CacheKey, lines: Uint8Array, size: number): number {
  if (isBars(layout.dataset) && key.interval !== undefined) {
    const { start, end } = spanOf(key.date);
    // A file that is shorter than that would take memory for nothing: a row has at least 40 bytes.
    return Math.min(barCount(key.interval, start, end), Math.ceil(size / 40));
  }
  const sample = lines.subarray(layout.start, layout.start + SAMPLE);
  let rows = 0;
  for (let at = sample.indexOf(LINE_FEED); at !== -1; at = sample.indexOf(LINE_FEED, at + 1)) rows++;
  const length = rows === 0 ? sample.length : (sample.lastIndexOf(LINE_FEED) + 1) / rows;
  return Math.ceil((size / Math.max(length, 8)) * ROOM) + 16;
}
