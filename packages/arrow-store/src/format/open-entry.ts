import { type CacheKey, type Catalog, type Dataset, parseCachePath } from '@vision-cache/cache-keys';
import type { StoredFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError, isArrowStoreError, quote } from '../contract/errors.ts';
import { type BodyLayout, type StoredColumn, schemaOf } from '../frame/entry-layout.ts';
import { MINIMUM_BYTES, findHeadSeal, findTailSeal, layoutOf } from '../frame/frame-reader.ts';
import { HEAD_METADATA_AT } from '../frame/frame.ts';
import { FrameMismatch } from '../frame/frame-mismatch.ts';
import { decodeMetadata } from '../frame/metadata-bytes.ts';
import { FORMAT, FORMAT_VERSION, KNOWN_NAMES, columnCrcsOf, factsFrom, majorVersion, valuesOf } from './metadata.ts';
import { type Crc32, crcAcrossSeal, crcOf, crcText, equalSeals, sha256Of } from '../frame/seal.ts';

/** What a file says of itself: all that is needed to read columns from it. */
export interface OpenEntry {
  readonly key: CacheKey;
  /** The path that the file says it belongs under. */
  readonly path: string;
  readonly dataset: Dataset;
  readonly facts: StoredFacts;
  readonly rows: number;
  /** Where the body begins. */
  readonly bodyAt: number;
  readonly layout: BodyLayout;
  readonly size: number;
  /** SHA-256 of the file with empty seals, as it says itself. */
  readonly sha256: string;
  /** CRC-32 of each column's bytes, for whoever reads a part of the file; undefined in a file of format 1.0. */
  readonly columnCrc32: readonly string[] | undefined;
}

const schemas = new WeakMap<Dataset, readonly StoredColumn[]>();

/** The columns of a dataset's files; always the same object for the same dataset. */
export function storedSchema(dataset: Dataset): readonly StoredColumn[] {
  let schema = schemas.get(dataset);
  if (schema === undefined) schemas.set(dataset, (schema = schemaOf(dataset)));
  return schema;
}

/** A file in parts as they were read: the head, everything between, and the tail. */
export interface EntryParts {
  readonly head: Uint8Array;
  readonly body: readonly Uint8Array[];
  readonly tail: Uint8Array;
}

/**
 * Checks the CRC of all bytes against both seals. Nothing is parsed before.
 * @throws {ArrowStoreError} `E_INTEGRITY`, `E_UNSEALED` or `E_FORMAT`.
 */
export function verifySeal({ head, body, tail }: EntryParts, crc32: Crc32, file: string | undefined): void {
  refusing(file, head, tail, undefined, () => {
    const headSeal = findHeadSeal(head);
    const tailSeal = findTailSeal(tail);
    let crc = crcAcrossSeal(crc32, head, headSeal);
    for (const part of body) crc = crc32(part, crc);
    const found = crcText(crcAcrossSeal(crc32, tail, tailSeal, crc));
    const expected = crcOf(head, headSeal);
    if (expected !== found) throw new FrameMismatch(`crc32 ${expected}`, `crc32 ${found}`);
    if (!equalSeals(head, headSeal, tail, tailSeal)) throw new FrameMismatch('the same seal twice', 'two seals');
  });
}

export interface OpenOptions {
  /** Whether the seal has been checked: what does not fit is then not damage, but of another schema. */
  readonly isVerified: boolean;
  /** Whose file it should be: then its path need not be parsed. */
  readonly wanted?: { readonly path: string; readonly key: CacheKey } | undefined;
}

/**
 * What head and tail say. That they fit each other, the dataset and the file's size is checked byte by byte.
 * @throws {ArrowStoreError} `E_NEWER_FORMAT`, `E_SCHEMA`, `E_FORMAT`, `E_INTEGRITY`, `E_UNSEALED`.
 */
export function openEntry(
  head: Uint8Array,
  tail: Uint8Array,
  size: number,
  catalog: Catalog,
  file: string | undefined,
  { isVerified, wanted }: OpenOptions,
): OpenEntry {
  const refused = isVerified ? (mismatch: FrameMismatch) => otherSchema(file, mismatch) : undefined;
  return refusing(file, head, tail, refused, () => {
    const sealAt = findHeadSeal(head);
    const { metadata, bytes: metadataBytes } = decodeMetadata(head, HEAD_METADATA_AT, KNOWN_NAMES);
    const values = valuesOf(metadata);
    assertReadable(majorVersion(values), file);
    const { path, facts } = factsFrom(values);
    if (wanted !== undefined && path !== wanted.path) throw otherKey(file, wanted.path, path);
    const key = wanted?.key ?? parseCachePath(path, catalog);
    const dataset = catalog.datasetOf(key);
    const schema = storedSchema(dataset);
    if (!Number.isSafeInteger(facts.rows) || facts.rows < 0)
      throw new FrameMismatch('a number of rows', `${facts.rows}`);
    const layout = layoutOf({ head, tail }, schema, facts.rows, metadataBytes);
    const expected = head.length + layout.length + tail.length;
    if (size !== expected) throw new FrameMismatch(`${expected} bytes`, `${size} bytes`);
    const { rows } = facts;
    const columnCrc32 = columnCrcsOf(values);
    if (columnCrc32 !== undefined && columnCrc32.length !== schema.length)
      throw new FrameMismatch(`${schema.length} CRCs of columns`, `${columnCrc32.length}`);
    const sha256 = sha256Of(head, sealAt);
    return { key, path, dataset, facts, rows, bodyAt: head.length, layout, size, sha256, columnCrc32 };
  });
}

function assertReadable(major: number | undefined, file: string | undefined): void {
  if (major === FORMAT.major) return;
  if (major === undefined) throw new FrameMismatch('a format version', 'none');
  const expected = `format ${FORMAT.major}`;
  throw new ArrowStoreError(
    'E_NEWER_FORMAT',
    `${quote(file)} is of format ${major}, and this version reads ${FORMAT_VERSION}: use a newer @vision-cache/arrow-store.`,
    { path: file, expected, found: `format ${major}` },
  );
}

/** Turns whatever reading unknown bytes can throw into a code: of a file that was sealed, every deviation is damage. */
export function refusing<T>(
  file: string | undefined,
  head: Uint8Array,
  tail: Uint8Array,
  refused: ((mismatch: FrameMismatch) => ArrowStoreError) | undefined,
  read: () => T,
): T {
  try {
    return read();
  } catch (cause) {
    if (isArrowStoreError(cause)) throw cause;
    const mismatch =
      cause instanceof FrameMismatch
        ? cause
        : new FrameMismatch('a readable file', cause instanceof Error ? cause.message : String(cause));
    if (refused !== undefined) throw refused(mismatch);
    throw notAnEntry(head, tail, file, mismatch.expected, mismatch.found, cause);
  }
}

/** Written whole, by a version or for a catalog that knows other columns: nothing is wrong with the file. */
function otherSchema(file: string | undefined, { expected, found }: FrameMismatch): ArrowStoreError {
  const name = file === undefined ? 'The bytes' : quote(file);
  const message = `${name}: intact, but its columns are not those of this catalog; expected ${expected}, found ${found}.`;
  return new ArrowStoreError('E_SCHEMA', message, { path: file, expected, found });
}

export function otherKey(file: string | undefined, expected: string, found: string): ArrowStoreError {
  const message = `${file === undefined ? 'The file' : quote(file)} holds the entry ${quote(found)}.`;
  return new ArrowStoreError('E_KEY_MISMATCH', message, { path: file, expected, found });
}

const SEAL_NAME = 'vision-cache.seal';
/** The names of both seals stand this near to the file's ends in any file of a hundred metadata entries. */
const SEARCHED = 4096;

/** What the bytes are instead of an entry. */
export function notAnEntry(
  head: Uint8Array,
  tail: Uint8Array,
  file: string | undefined,
  expected: string,
  found: string,
  cause?: unknown,
): ArrowStoreError {
  const details = { path: file, expected, found };
  const name = file === undefined ? 'The bytes' : quote(file);
  if (holds(head.subarray(0, SEARCHED), SEAL_NAME) || holds(tail.subarray(0, SEARCHED), SEAL_NAME)) {
    return new ArrowStoreError('E_INTEGRITY', `${name}: damaged; expected ${expected}, found ${found}.`, details, {
      cause,
    });
  }
  const container = containerOf(head);
  if (container !== undefined) {
    return new ArrowStoreError(
      'E_UNSEALED',
      `${name}: ${container} without a seal; vision-cache did not write it. The migrator can import it.`,
      { ...details, found: container },
      { cause },
    );
  }
  const what = head.length < MINIMUM_BYTES ? `${found}; too short` : found;
  return new ArrowStoreError('E_FORMAT', `${name}: not a cache entry; expected ${expected}, found ${what}.`, details, {
    cause,
  });
}

/** Containers in which other programs wrote market data, by their first bytes. */
function containerOf(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head.subarray(0, 6));
  if (text === 'ARROW1') return 'an Arrow file';
  if (text.startsWith('PAR1')) return 'a Parquet file';
  if (text.startsWith('FEA1')) return 'a Feather file';
  return text.startsWith('\u00ff\u00ff\u00ff\u00ff') ? 'an Arrow stream' : undefined;
}

function holds(bytes: Uint8Array, text: string): boolean {
  const first = text.charCodeAt(0);
  search: for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    for (let index = 1; index < text.length; index++) {
      if (bytes[at + index] !== text.charCodeAt(index)) continue search;
    }
    return true;
  }
  return false;
}
