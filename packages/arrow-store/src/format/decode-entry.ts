import { BINANCE, type Catalog, type ColumnArray, type ColumnBatch, type Dataset } from '@vision-cache/cache-keys';
import type { StoredFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { decodeColumn } from './decode-columns.ts';
import { FrameMismatch } from '../frame/frame-mismatch.ts';
import { MINIMUM_BYTES, findHeadSeal, headLength, tailLength } from '../frame/frame-reader.ts';
import { type EntryParts, type OpenEntry, type OpenOptions, notAnEntry, openEntry, verifySeal } from './open-entry.ts';
import { type Crc32, sha256Of } from '../frame/seal.ts';

export interface DecodeOptions<D extends Dataset = Dataset> {
  /** The datasets that may occur. @default BINANCE */
  readonly catalog?: Catalog<D>;
  /** Names of the columns to decode. @default all */
  readonly columns?: readonly string[];
  /** How the file is called in errors. */
  readonly file?: string;
  /** CRC-32, continued from `before`; Node's own (`crc32` of `node:zlib`) is ten times faster. @default a table */
  readonly crc32?: Crc32;
}

/** A sealed file, verified and decoded. */
export interface DecodedEntry<D extends Dataset = Dataset> {
  /** The path, relative to a cache's root, that the file says it belongs under. */
  readonly path: string;
  readonly batch: ColumnBatch<D>;
  readonly facts: StoredFacts;
  /** SHA-256 of the file with its seals empty. */
  readonly sha256: string;
}

/** Cuts a whole file into head, body and tail. @throws {ArrowStoreError} if it is no sealed file. */
export function splitEntry(bytes: Uint8Array, file: string | undefined): EntryParts {
  try {
    if (bytes.length < MINIMUM_BYTES)
      throw new FrameMismatch(`${MINIMUM_BYTES} bytes or more`, `${bytes.length} bytes`);
    findHeadSeal(bytes);
    const bodyAt = headLength(bytes);
    const tailAt = bytes.length - tailLength(bytes, bytes.length);
    if (bodyAt > tailAt) throw new FrameMismatch('a head before the tail', `a head of ${bodyAt} bytes`);
    return { head: bytes.subarray(0, bodyAt), body: [bytes.subarray(bodyAt, tailAt)], tail: bytes.subarray(tailAt) };
  } catch (cause) {
    const mismatch = cause instanceof FrameMismatch ? cause : new FrameMismatch('a readable file', String(cause));
    throw notAnEntry(bytes, bytes.subarray(-4096), file, mismatch.expected, mismatch.found, cause);
  }
}

/** Whose file it should be, and what was known of it: while its seal is the same, it says the same. */
export interface Wanted extends NonNullable<OpenOptions['wanted']> {
  readonly before?: OpenEntry | undefined;
}

/** Verifies all bytes of a file, and reads what it says of itself. */
export function openBytes(
  bytes: Uint8Array,
  catalog: Catalog,
  crc32: Crc32,
  file: string | undefined,
  wanted?: Wanted,
): OpenEntry {
  return openParts(splitEntry(bytes, file), bytes.length, catalog, crc32, file, wanted);
}

/** The same of a file that was read in parts. */
export function openParts(
  parts: EntryParts,
  size: number,
  catalog: Catalog,
  crc32: Crc32,
  file: string | undefined,
  wanted?: Wanted,
): OpenEntry {
  verifySeal(parts, crc32, file);
  const { before } = wanted ?? {};
  if (before?.size === size && before.sha256 === sha256Of(parts.head, findHeadSeal(parts.head))) return before;
  return openEntry(parts.head, parts.tail, size, catalog, file, { isVerified: true, wanted });
}

export function decodeWith<D extends Dataset>(
  bytes: Uint8Array,
  crc32: Crc32,
  { catalog = BINANCE as Catalog as Catalog<D>, columns, file }: DecodeOptions<D>,
): DecodedEntry<D> {
  const entry = openBytes(bytes, catalog, crc32, file);
  const decoded = selectColumns(entry, columns).map((place) => [
    place.name,
    decodeColumn(place, entry.rows, (offset, length) =>
      bytes.subarray(entry.bodyAt + offset, entry.bodyAt + offset + length),
    ),
  ]);
  const batch = { dataset: entry.dataset.id, numRows: entry.rows, columns: columnsFrom(decoded) };
  return { path: entry.path, batch: batch as ColumnBatch<D>, facts: entry.facts, sha256: entry.sha256 };
}

function columnsFrom(
  entries: Iterable<readonly [string, ColumnArray] | readonly unknown[]>,
): Record<string, ColumnArray> {
  return Object.fromEntries(entries as Iterable<readonly [string, ColumnArray]>);
}

/**
 * The columns that are asked for, in the order of the dataset.
 * @throws {ArrowStoreError} `E_SCHEMA` if the dataset has no column of a name.
 */
export function selectColumns({ layout, dataset }: Pick<OpenEntry, 'layout' | 'dataset'>, names?: readonly string[]) {
  if (names === undefined) return layout.columns;
  const unknown = names.find((name) => !layout.columns.some((column) => column.name === name));
  if (unknown !== undefined) throw unknownColumn(dataset, layout.columns.map(({ name }) => name), unknown); // prettier-ignore
  return layout.columns.filter(({ name }) => names.includes(name));
}

export function unknownColumn(dataset: Dataset, names: readonly string[], unknown: string): ArrowStoreError {
  const expected = names.join(', ');
  const details = { path: undefined, column: unknown, expected, found: unknown };
  return new ArrowStoreError('E_SCHEMA', `${dataset.id} has no column ${quote(unknown)}: ${expected}.`, details);
}
