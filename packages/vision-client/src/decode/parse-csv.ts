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
  const layout = layoutOf(bytes, key);
  const lines = bytes.subarray(0, endOfText(bytes));
  const buffers = new ColumnBuffers(layout, expectedRows(layout, key, lines));
  const decoder = new RowDecoder(layout, buffers);
  let at = layout.start;
  for (;;) {
    at = decoder.decode(lines, at);
    if (decoder.rows < buffers.capacity) break;
    if (at >= lines.length) break;
    buffers.grow(Math.max(buffers.capacity + 1024, Math.ceil(buffers.capacity * 1.5)));
  }
  if (at < lines.length) {
    // The last line has no line feed.
    buffers.grow(decoder.rows + 1);
    const line = new Uint8Array(lines.length - at + 1);
    line.set(lines.subarray(at));
    line[line.length - 1] = LINE_FEED;
    decoder.decode(line, 0);
  }
  const { name } = layout;
  if (decoder.rows === 0) throw new VisionClientError('E_CSV_EMPTY', `${name} has no row.`, { name });
  const settled = settleRows(buffers, decoder.rows, decoder.seen, key);
  if (settled.quality.otherDay === decoder.rows) refuseOtherDay(layout, key, decoder.rows, buffers.times[0]!);
  return settled as ParsedCsv<D>;
}

/** As many rows as there should be, or as the length of the first line makes likely. */
function expectedRows(layout: Layout, key: CacheKey, lines: Uint8Array): number {
  if (isBars(layout.dataset) && key.interval !== undefined) {
    const { start, end } = spanOf(key.date);
    // A file that is shorter than that would take memory for nothing: a row has at least 40 bytes.
    return Math.min(barCount(key.interval, start, end), Math.ceil(lines.length / 40));
  }
  const firstLine = lines.indexOf(LINE_FEED, layout.start) + 1 - layout.start;
  return Math.ceil((lines.length / Math.max(firstLine, 8)) * 1.1) + 16;
}
