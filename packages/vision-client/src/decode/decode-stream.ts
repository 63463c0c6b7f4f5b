import {
  type CacheKey,
  type ColumnArray,
  type ColumnBatch,
  type Dataset,
  floorOpenTime,
  isoText,
  nextOpenTime,
  spanOf,
  type TimeSpan,
  visionFileStem,
} from '@vision-cache/cache-keys';
import { ColumnBuffers } from '../csv/column-buffers.ts';
import { isBars, LONGEST_LINE, layoutOf } from '../csv/layout.ts';
import { endOfText, isLineBreak } from '../csv/end-of-text.ts';
import { RowDecoder } from './row-decoder.ts';
import { refuseOtherDay, settleRows } from './settle-rows.ts';
import { VisionClientError } from '../contract/errors.ts';
import { type ParsedCsv, parseCsv } from './parse-csv.ts';
import { unzipStream } from '../zip/unzip-stream.ts';

export interface DecodeStreamOptions {
  /** Rows in a batch; the last has fewer. @default 16384 */
  readonly batchRows?: number;
  /** The most bytes that the CSV file may have. @default 64 GiB */
  readonly limitBytes?: number;
  /** @default 'strict' */
  readonly unzipMode?: 'strict' | 'lenient';
  /** What the one member is called. @default the archive's name with `.csv` */
  readonly name?: string;
  /**
   * What is done where a file interleaves two runs of rows (um aggTrades of 2023-05 and 2023-10). `batch` sorts within
   * each batch only; `refuse` throws `E_CSV_ORDER` at the first batch with such a row; `whole` decodes the whole file
   * before the first batch and sorts it, in memory that grows with it.
   * @default 'batch'
   */
  readonly order?: StreamOrder;
  readonly signal?: AbortSignal;
}

/** See {@link DecodeStreamOptions.order}. */
export type StreamOrder = 'batch' | 'refuse' | 'whole';

/**
 * Columns of 128 KiB are the largest that a usual allocator takes from memory that it has already: with twice the rows a
 * month of 1s bars needs 135 MB instead of 80, and no less time.
 */
const DEFAULT_BATCH_ROWS = 16_384;
const LINE_FEED = 10;
const DEFAULT_LIMIT_BYTES = 64 * 1024 ** 3;

/**
 * Decodes an archive in batches, in memory that does not grow with it: a month of 1s bars, a month of trades. The
 * archive may come in parts, from a file or the network.
 *
 * Each batch comes with the report on its own rows; the gaps of the day or month are told with the batch behind them.
 * Rows are sorted and freed of repeats within a batch and against the one before it. What comes before the last batch is
 * not yet proved: a damaged archive throws before it.
 * @throws {VisionClientError} an `E_ZIP_` or `E_CSV_` code
 * @example
 * for await (const { batch } of decodeStream(createReadStream(file), key)) await store(batch);
 */
export async function* decodeStream<D extends Dataset>(
  archive: Uint8Array | AsyncIterable<Uint8Array>,
  key: CacheKey<D>,
  options: DecodeStreamOptions = {},
): AsyncGenerator<ParsedCsv<D>, void, undefined> {
  const { batchRows = DEFAULT_BATCH_ROWS, limitBytes = DEFAULT_LIMIT_BYTES, unzipMode = 'strict', signal } = options;
  const name = options.name ?? `${visionFileStem(key)}.csv`;
  const { order = 'batch' } = options;
  if (order === 'whole') {
    yield* wholeInBatches(archive, key, { ...options, name }, batchRows);
    return;
  }
  const parts = unzipStream(archive, { name, limitBytes, mode: unzipMode });
  const rows = new BatchDecoder<D>(key, batchRows);
  const work = new WorkBuffer();
  for await (const part of parts) {
    if (signal?.aborted === true) {
      throw new VisionClientError(
        'E_ABORTED',
        `Decoding ${name} was stopped by its caller.`,
        { url: name },
        { cause: signal.reason },
      );
    }
    const bytes = work.append(part);
    const lines = bytes.subarray(0, endOfText(bytes));
    let at = 0;
    for (;;) {
      at = rows.decode(lines, at);
      if (!rows.isFull || at >= lines.length) break;
      yield inOrder(rows.take(false), name, order);
    }
    work.keep(bytes.subarray(at));
    if (work.bytes.length > 2 * LONGEST_LINE) rows.refuseLine(work.bytes);
  }
  // The last line may have no line feed.
  const rest = work.bytes.at(-1) === LINE_FEED ? work.bytes : work.append(Uint8Array.of(LINE_FEED));
  for (let at = 0; at < rest.length;) {
    const line = rest.subarray(at);
    if (line.every(isLineBreak)) break;
    if (rows.isFull) yield inOrder(rows.take(false), name, order);
    const next = at + rows.decode(line, 0);
    if (next === at) break;
    at = next;
  }
  yield inOrder(rows.take(true), name, order);
}

function inOrder<D extends Dataset>(part: ParsedCsv<D>, name: string, order: StreamOrder): ParsedCsv<D> {
  const { unsorted, first } = part.quality;
  if (order !== 'refuse' || unsorted === 0) return part;
  const before = first === undefined ? 'its end' : isoText(first);
  const message = `${name} has ${unsorted} rows out of time order in the batch from ${before} on.`;
  throw new VisionClientError('E_CSV_ORDER', message, { name, rows: unsorted, before });
}

/** The whole file in the order of time; its report comes with the last batch, the others count their rows only. */
async function* wholeInBatches<D extends Dataset>(
  archive: Uint8Array | AsyncIterable<Uint8Array>,
  key: CacheKey<D>,
  { name, limitBytes, unzipMode, signal }: DecodeStreamOptions & { readonly name: string },
  batchRows: number,
): AsyncGenerator<ParsedCsv<D>, void, undefined> {
  const parts: Uint8Array[] = [];
  const options = { name, limitBytes: limitBytes ?? DEFAULT_LIMIT_BYTES, mode: unzipMode ?? 'strict' };
  for await (const part of unzipStream(archive, options)) {
    if (signal?.aborted === true) {
      const message = `Decoding ${name} was stopped by its caller.`;
      throw new VisionClientError('E_ABORTED', message, { url: name }, { cause: signal.reason });
    }
    parts.push(part.slice());
  }
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const { batch, quality } = parseCsv(bytes, key);
  for (let from = 0; from < batch.numRows; from += batchRows) {
    const to = Math.min(batch.numRows, from + batchRows);
    const columns = Object.fromEntries(
      Object.entries(batch.columns as Readonly<Record<string, ColumnArray>>).map(([column, values]) => [
        column,
        values.slice(from, to),
      ]),
    ) as unknown as ColumnBatch<D>['columns'];
    const isLast = to === batch.numRows;
    const counts = { duplicates: 0, conflicts: 0, unsorted: 0, offGrid: 0, otherDay: 0, ohlcViolations: 0 };
    const own = { ...quality, ...counts, missing: [], missingRows: 0, endsEarly: false };
    yield {
      batch: { ...batch, numRows: to - from, columns },
      quality: { ...(isLast ? quality : own), rows: to - from },
    };
  }
}

/** Rows as they arrive, taken out in batches. */
class BatchDecoder<D extends Dataset> {
  readonly #key: CacheKey<D>;
  readonly #batchRows: number;
  #decoder: RowDecoder | undefined;
  #buffers: ColumnBuffers | undefined;
  #previous: ColumnBatch | undefined;
  #answeredUntil: bigint;
  /** Of all batches so far: the rows, those of another day, and the time of the first. */
  readonly #all = { rows: 0, otherDay: 0, first: 0 };

  constructor(key: CacheKey<D>, batchRows: number) {
    this.#key = key;
    this.#batchRows = batchRows;
    this.#answeredUntil = spanOf(key.date).start;
  }

  get isFull(): boolean {
    return this.#decoder?.rows === this.#batchRows;
  }

  /** @returns the offset of the first byte that was not used */
  decode(bytes: Uint8Array, from: number): number {
    if (this.#decoder !== undefined) return this.#decoder.decode(bytes, from);
    if (bytes.length < LONGEST_LINE && !bytes.includes(LINE_FEED)) return 0;
    const layout = layoutOf(bytes, this.#key);
    this.#buffers = new ColumnBuffers(layout, this.#batchRows);
    this.#decoder = new RowDecoder(layout, this.#buffers);
    return this.#decoder.decode(bytes, layout.start);
  }

  /** The rows since the last batch. */
  take(isLast: boolean): ParsedCsv<D> {
    const name = `${visionFileStem(this.#key)}.csv`;
    const decoder = this.#decoder;
    const buffers = this.#buffers;
    if (decoder === undefined || buffers === undefined || (decoder.rows === 0 && this.#previous === undefined)) {
      throw new VisionClientError('E_CSV_EMPTY', `${name} has no row.`, { name });
    }
    const { layout } = buffers;
    const { interval, date } = this.#key;
    const file = spanOf(date);
    const isGrid = isBars(layout.dataset) && interval !== undefined;
    const lastTime = latest(buffers.times.subarray(0, decoder.rows), file);
    const reached =
      isGrid && lastTime !== undefined
        ? nextOpenTime(interval, floorOpenTime(interval, lastTime))
        : this.#answeredUntil;
    const start = this.#answeredUntil;
    // A week may reach beyond its month.
    const end = isLast || reached > file.end ? file.end : reached > start ? reached : start;
    const settled = settleRows(buffers, decoder, this.#key, {
      span: { start, end },
      previous: this.#previous,
    });
    if (this.#all.rows === 0) this.#all.first = buffers.times[0]!;
    this.#all.rows += decoder.rows;
    this.#all.otherDay += settled.quality.otherDay;
    const hasOwnRow = this.#all.otherDay < this.#all.rows;
    if (isLast && !hasOwnRow) refuseOtherDay(layout, this.#key, this.#all.rows, this.#all.first);
    this.#answeredUntil = end;
    this.#previous = settled.batch;
    if (!isLast) {
      this.#buffers = new ColumnBuffers(layout, this.#batchRows);
      decoder.continueIn(this.#buffers);
    }
    // The last batch may have no row of its own to tell by, and a batch before it says nothing of the end.
    const endsEarly = isLast && settled.quality.missing.at(-1)?.end === file.end;
    const quality = { ...settled.quality, endsEarly };
    return { batch: settled.batch as ColumnBatch<D>, quality };
  }

  refuseLine(bytes: Uint8Array): never {
    const name = `${visionFileStem(this.#key)}.csv`;
    const received = new TextDecoder().decode(bytes.subarray(0, 120));
    const details = { name, line: this.#decoder?.nextLine ?? 1, received };
    throw new VisionClientError('E_CSV_LINE', `${name} has a line that is longer than any row can be.`, details);
  }
}

/** The last of the times that belong to the file's day or month. */
function latest(times: Float64Array, span: TimeSpan): bigint | undefined {
  const start = Number(span.start);
  const end = Number(span.end);
  let last = -1;
  for (const time of times) if (time > last && time >= start && time < end) last = time;
  return last < 0 ? undefined : BigInt(last);
}

/** The bytes that are not decoded yet, in memory that is used again: a copy for each part would be so much garbage. */
class WorkBuffer {
  #memory = new Uint8Array(512 * 1024);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  /** What is kept and the part behind it. */
  append(part: Uint8Array): Uint8Array {
    if (this.#length === 0) return part;
    this.#grow(this.#length + part.length);
    this.#memory.set(part, this.#length);
    return this.#memory.subarray(0, this.#length + part.length);
  }

  keep(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#memory.set(bytes);
    this.#length = bytes.length;
  }

  #grow(length: number): void {
    if (length <= this.#memory.length) return;
    const larger = new Uint8Array(Math.max(length, this.#memory.length * 2));
    larger.set(this.bytes);
    this.#memory = larger;
  }
}
