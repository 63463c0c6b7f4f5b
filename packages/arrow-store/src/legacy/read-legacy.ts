import { readFile, stat } from 'node:fs/promises';
import type { Dataset, Interval } from '@vision-cache/cache-keys';
import { ArrowStoreError, type ArrowStoreErrorDetails, isArrowStoreError, quote } from '../contract/errors.ts';
import {
  type OptionKinds,
  aSignal,
  aSize,
  anObject,
  anything,
  checkOptions,
  milliseconds,
  oneOf,
} from '../contract/options.ts';
import { readIpc } from '../containers/ipc-reader.ts';
import { type NormalisedRows, normaliseKlines } from './normalise.ts';
import { readParquet } from '../containers/parquet-reader.ts';
import type { RawTable } from '../containers/raw-table.ts';
import { MAX_ROWS, damaged, refusal } from '../containers/refusal.ts';
import { type LegacyContainer, SNIFF_BYTES, sniffContainer } from '../containers/sniff.ts';

/** The rows of an old file as the store keeps rows, and what was found on the way. */
export interface LegacyRows<D extends Dataset = Dataset> extends NormalisedRows<D> {
  readonly container: LegacyContainer;
  /** `none`, `lz4`, `zstd`, `snappy`…; several, joined by `+`, where columns differ. */
  readonly compression: string;
  /** Length of the file. */
  readonly bytes: number;
}

export interface DecodeLegacyOptions<D extends Dataset> {
  /** Which klines the rows are of; their columns are the ones that come out. */
  readonly dataset: D;
  /**
   * The interval that the name tells, or those that it may mean; the rows must bear it out.
   * @default none: the rows alone tell, and are refused where they do not
   */
  readonly interval?: Interval | readonly Interval[] | undefined;
  /** Refuses a file whose columns would take more. @default 1024 */
  readonly maxMemoryMb?: number | undefined;
  /**
   * `shared`: columns that stand in the bytes as they are kept are views of them, so that the bytes must stay as they are
   * while the rows are in use; `own`: every column is a copy.
   * @default 'own'
   */
  readonly memory?: 'own' | 'shared' | undefined;
}

export interface ReadLegacyOptions<D extends Dataset> extends Omit<DecodeLegacyOptions<D>, 'memory'> {
  readonly signal?: AbortSignal | undefined;
  /** Bound on reading the file; decoding takes time in proportion to its bytes, and cannot hang. @default 30_000 */
  readonly timeoutMs?: number | undefined;
}

const NOT_READ: Partial<Record<LegacyContainer, string>> = {
  'feather-v1': 'It is a Feather file of version 1, which nothing has written since 2020; pyarrow can rewrite it.',
  zip: 'It is a zip under a wrong name.',
  gzip: 'It is a gzip under a wrong name.',
  'git-lfs-pointer': 'It is a Git LFS pointer: the file itself was never fetched.',
  xml: 'It is XML or HTML, probably the error page of a download.',
  json: 'It is JSON under a wrong name.',
  text: 'It is text under a wrong name.',
  empty: 'It is empty.',
  zeros: 'It holds only zero bytes, as after a power cut.',
  garbage: 'Its first bytes are of no format that old caches were written in.',
};

/** Columns of a decoded row: eight bytes for each, and a copy of each on the way. */
const BYTES_PER_ROW = 2 * 8 * 12;

/**
 * Reads an old cache file of klines: Arrow's IPC file and stream formats and Parquet, by their bytes and not by their
 * names, plain or compressed with LZ4, Zstandard, Snappy, gzip or Brotli; times in any unit and column; columns under any of
 * their old names. The rows come out sorted, each time once, with close times computed again.
 * @example
 * const { batch, interval } = await readLegacyKlines('old/BTCUSDT/1h/2024-01-01.arrow', {
 *   dataset: DATASETS['binance/spot/klines'], interval: '1h',
 * });
 * @throws {ArrowStoreError} `E_FORMAT`, `E_SCHEMA`, `E_LOGICAL` if the file is not to be trusted, with a stable word
 * in `details.found`; `E_TOO_LARGE`; `E_NOT_FOUND`, `E_PERMISSION`, `E_IO`; `E_TIMEOUT`, `E_ABORTED`.
 */
export async function readLegacyKlines<D extends Dataset>(
  path: string,
  options: ReadLegacyOptions<D>,
): Promise<LegacyRows<D>> {
  checkOptions(options, OPTIONS, 'readLegacyKlines');
  const bytes = await readBounded(path, options);
  try {
    return decodeLegacyKlines(bytes, options);
  } catch (error) {
    throw withPath(error, path);
  }
}

const OPTIONS: OptionKinds = {
  dataset: anObject,
  interval: anything,
  maxMemoryMb: aSize,
  memory: oneOf('own', 'shared'),
  timeoutMs: milliseconds,
  signal: aSignal,
};

/** The same from bytes. Pure, bounded in time and memory by the length of the bytes and `maxMemoryMb`. */
export function decodeLegacyKlines<D extends Dataset>(
  bytes: Uint8Array,
  { dataset, interval, maxMemoryMb = 1024, memory = 'own' }: DecodeLegacyOptions<D>,
): LegacyRows<D> {
  const container = sniffContainer(bytes.subarray(0, SNIFF_BYTES), bytes.length);
  try {
    const table = open(bytes, container, memory);
    const limit = Math.min(MAX_ROWS, (maxMemoryMb * 1_048_576) / BYTES_PER_ROW);
    if (table.rows > limit) throw tooLarge(table.rows, limit);
    const named = interval === undefined ? [] : typeof interval === 'string' ? [interval] : interval;
    const rows = normaliseKlines(table, dataset, named);
    return { ...rows, container, compression: table.compression, bytes: bytes.length };
  } catch (error) {
    if (isArrowStoreError(error)) throw error;
    // Offsets that lead outside a view end here, and whatever else damaged bytes bring about.
    throw damaged('its offsets are not valid', error);
  }
}

/** How many rows a file says it has, also one that is refused for what is in them; undefined if it cannot be read. */
export function legacyRowCount(bytes: Uint8Array): number | undefined {
  try {
    return open(bytes, sniffContainer(bytes.subarray(0, SNIFF_BYTES), bytes.length), 'shared').rows;
  } catch {
    return undefined;
  }
}

function open(bytes: Uint8Array, container: LegacyContainer, memory: 'own' | 'shared'): RawTable {
  switch (container) {
    case 'ipc-file':
    case 'ipc-stream':
      return readIpc(bytes, container, memory);
    case 'parquet':
      return readParquet(bytes);
    default:
      throw refusal(
        'E_FORMAT',
        container,
        NOT_READ[container] ?? 'It is of no format that old caches were written in.',
      );
  }
}

function tooLarge(found: number, limit: number): ArrowStoreError {
  return new ArrowStoreError('E_TOO_LARGE', `The file has ${found} rows; ${Math.floor(limit)} is the limit.`, {
    path: undefined,
    found: 'too-large',
    limit,
  });
}

async function readBounded(
  path: string,
  { signal, timeoutMs = 30_000, maxMemoryMb = 1024 }: ReadLegacyOptions<Dataset>,
): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    signal?.throwIfAborted();
    const { size } = await stat(path);
    const limit = maxMemoryMb * 1_048_576;
    if (size > limit) {
      throw new ArrowStoreError('E_TOO_LARGE', `${quote(path)} has ${size} bytes; ${limit} is the limit.`, {
        path,
        found: 'too-large',
        limit,
      });
    }
    return await readFile(path, { signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) });
  } catch (error) {
    if (isArrowStoreError(error)) throw error;
    if (signal?.aborted === true)
      throw new ArrowStoreError('E_ABORTED', 'The read was stopped.', { path }, { cause: error });
    if (timeout.aborted) {
      const details = { path, limitMs: timeoutMs };
      throw new ArrowStoreError('E_TIMEOUT', `${quote(path)} was not read within ${timeoutMs} ms.`, details, {
        cause: error,
      });
    }
    throw systemError(path, error);
  }
}

function systemError(path: string, error: unknown): ArrowStoreError {
  const systemCode = (error as { code?: unknown }).code;
  const code = typeof systemCode === 'string' ? systemCode : undefined;
  if (code === 'ENOENT')
    return new ArrowStoreError('E_NOT_FOUND', `There is no ${quote(path)}.`, { path }, { cause: error });
  const details = { path, operation: 'read', systemCode: code };
  if (code === 'EACCES' || code === 'EPERM') {
    return new ArrowStoreError('E_PERMISSION', `${quote(path)} cannot be read: permission denied.`, details, {
      cause: error,
    });
  }
  return new ArrowStoreError('E_IO', `${quote(path)} cannot be read (${code ?? String(error)}).`, details, {
    cause: error,
  });
}

/** The same error with the file's name in it. */
function withPath(error: unknown, path: string): unknown {
  if (!isArrowStoreError(error)) return error;
  const details = { ...error.details, path } as ArrowStoreErrorDetails[typeof error.code];
  return new ArrowStoreError(error.code, `${quote(path)} is not read. ${error.message}`, details, {
    cause: error.cause,
  });
}
