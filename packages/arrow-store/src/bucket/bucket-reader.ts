import { barCount, type CacheKey, type Catalog, type ColumnArray, cachePath, spanOf } from '@vision-cache/cache-keys';
import type { EntryFacts } from '../contract/entry-facts.ts';
import { decodeColumn } from '../format/decode-columns.ts';
import { openBytes, selectColumns } from '../format/decode-entry.ts';
import { type OpenEntry, storedSchema } from '../format/open-entry.ts';
import { openHead, stretchOf, verifyColumn } from '../format/open-head.ts';
import { crc32Zlib } from '../frame/crc32-zlib.ts';
import { headLength } from '../frame/frame-reader.ts';
import type { FoundObject, ObjectInfo, ObjectStore } from '../objects/object-store.ts';
import { isDamage, isUnsealed } from '../store/quarantine.ts';
import { tell } from '../store/store-context.ts';
import type { Copies } from './copies.ts';
import { type ByteRange, firstRange, restRanges, sizeOfRows } from './plan-ranges.ts';

/** An entry of the bucket, as far as it was asked for. */
export interface BucketEntry {
  readonly entry: OpenEntry;
  readonly facts: EntryFacts;
  readonly etag: string;
  readonly columns: Readonly<Record<string, ColumnArray>>;
}

export interface BucketReadOptions {
  /** Names of the columns to read. @default all */
  readonly names?: readonly string[] | undefined;
  /** What a listing has just told of it: then it is not asked for its size. */
  readonly info?: ObjectInfo | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Heads that are kept in memory, a few kilobytes each. */
const MOST_KNOWN = 20_000;
/** An object that is replaced again and again while it is read has no one state. */
const ATTEMPTS = 4;
const NO_COLUMNS: readonly string[] = [];

/** Reads entries of a bucket: parts of them, each verified, or all. */
export class BucketReader {
  readonly #objects: ObjectStore;
  readonly #catalog: Catalog;
  readonly #copies: Copies | undefined;
  readonly #known = new Map<string, { readonly etag: string; readonly entry: OpenEntry }>();

  constructor(objects: ObjectStore, catalog: Catalog, copies: Copies | undefined) {
    this.#objects = objects;
    this.#catalog = catalog;
    this.#copies = copies;
  }

  /** Whether it reads copies, which are found by an ETag. */
  get hasCopies(): boolean {
    return this.#copies !== undefined;
  }

  /** What is known of an entry without its rows; a damaged one is none, and is told of. */
  async facts(key: CacheKey, options: Omit<BucketReadOptions, 'names'> = {}): Promise<EntryFacts | undefined> {
    const known = this.#known.get(cachePath(key));
    if (known !== undefined && known.etag === options.info?.etag) return factsOf(known.entry);
    return (await this.read(key, { ...options, names: NO_COLUMNS }))?.facts;
  }

  /** @returns undefined if there is none, or a damaged one, which is told of */
  async read(key: CacheKey, options: BucketReadOptions = {}): Promise<BucketEntry | undefined> {
    const path = cachePath(key);
    try {
      for (let attempt = 1; ; attempt++) {
        const found = await this.#readOnce(path, key, attempt === 1 ? options : { ...options, info: undefined });
        if (found !== 'changed') return found;
        if (attempt === ATTEMPTS) return (await this.#whole(path, key, options)) ?? undefined;
      }
    } catch (error) {
      if (!isDamage(error) && !isUnsealed(error)) throw error;
      this.#known.delete(path);
      const kind = isUnsealed(error) ? 'unsealed' : 'not-quarantined';
      tell({ path, kind, code: error.code, message: error.message });
      return undefined;
    }
  }

  async #readOnce(
    path: string,
    key: CacheKey,
    options: BucketReadOptions,
  ): Promise<BucketEntry | 'changed' | undefined> {
    const { names, signal } = options;
    if (names === undefined || (this.#copies !== undefined && names.length > 0)) return this.#whole(path, key, options);
    const schema = storedSchema(this.#catalog.datasetOf(key));
    // Without a listing its size is that of a day or month of all bars; where none tells, the head comes first.
    const bars = barsOf(key);
    const size = options.info?.size ?? (bars === undefined ? undefined : sizeOfRows(schema, bars));
    const range = firstRange(size ?? Number.MAX_SAFE_INTEGER, schema, size === undefined ? undefined : names);
    const first = await this.#objects.get(path, { range, signal });
    if (first === undefined) return undefined;
    const opened = await this.#open(path, key, first, signal);
    if (opened === 'changed') return 'changed';
    if (opened === 'whole') return this.#whole(path, key, options);
    this.#remember(path, first.etag, opened);
    const columns = await this.#columns(path, opened, first, names, signal);
    return columns === 'changed' ? 'changed' : { entry: opened, facts: factsOf(opened), etag: first.etag, columns };
  }

  /** What the first bytes say; `whole` where only all bytes can tell. */
  async #open(
    path: string,
    key: CacheKey,
    first: FoundObject,
    signal?: AbortSignal,
  ): Promise<OpenEntry | 'whole' | 'changed'> {
    const { bytes, size } = first;
    if (bytes.length === size) return openBytes(bytes, this.#catalog, crc32Zlib, this.#fileOf(path), { path, key });
    const length = wholeHead(bytes);
    if (length === undefined || length > size) return 'whole';
    let head = bytes;
    if (length > bytes.length) {
      const more = await this.#objects.get(path, { range: { start: 0, end: length }, signal });
      if (more?.etag !== first.etag) return 'changed';
      head = more.bytes;
    }
    try {
      const wanted = { path, key };
      const file = this.#fileOf(path);
      return openHead(head.subarray(0, length), size, this.#catalog, crc32Zlib, file, wanted) ?? 'whole';
    } catch {
      return 'whole'; // Its seal decides what it is, and tells of damage, of another key or of a newer format.
    }
  }

  async #columns(path: string, entry: OpenEntry, first: FoundObject, names: readonly string[], signal?: AbortSignal) {
    const places = selectColumns(entry, names);
    const ranges = restRanges(entry.layout, entry.bodyAt, first.bytes.length, names);
    const found = await Promise.all(ranges.map((range) => this.#objects.get(path, { range, signal })));
    if (found.some((each) => each?.etag !== first.etag)) return 'changed';
    const pieces = [{ start: 0, bytes: first.bytes }, ...found.map((each, index) => ({ start: ranges[index]!.start, bytes: each!.bytes }))]; // prettier-ignore
    const columns: Record<string, ColumnArray> = {};
    for (const place of places) {
      const { start, end } = stretchOf(place);
      const bytes = cut(pieces, { start: entry.bodyAt + start, end: entry.bodyAt + end });
      // The seal of a whole file has been checked.
      if (first.bytes.length < first.size) verifyColumn(entry, place, bytes, crc32Zlib, this.#fileOf(path));
      columns[place.name] = decodeColumn(place, entry.rows, (at, length) => bytes.subarray(at - start, at - start + length)); // prettier-ignore
    }
    return columns;
  }

  async #whole(
    path: string,
    key: CacheKey,
    { names, info, signal }: BucketReadOptions,
  ): Promise<BucketEntry | undefined> {
    const copied = this.#copies === undefined ? undefined : await this.#copied(path, key, info, signal);
    const found = copied ?? (await this.#fetchWhole(path, key, signal));
    if (found === undefined) return undefined;
    const { entry, bytes, etag } = found;
    this.#remember(path, etag, entry);
    const columns: Record<string, ColumnArray> = {};
    const body = bytes.subarray(entry.bodyAt);
    for (const place of selectColumns(entry, names)) {
      columns[place.name] = decodeColumn(place, entry.rows, (at, length) => body.subarray(at, at + length));
    }
    return { entry, facts: factsOf(entry), etag, columns };
  }

  async #fetchWhole(path: string, key: CacheKey, signal?: AbortSignal) {
    const found = await this.#objects.get(path, { signal });
    if (found === undefined) return undefined;
    const { bytes, etag } = found;
    const entry = openBytes(bytes, this.#catalog, crc32Zlib, this.#fileOf(path), { path, key });
    await this.#copies?.add(path, etag, bytes);
    return { entry, bytes, etag };
  }

  /** A copy of the very object that the bucket has, whole by its seal. */
  async #copied(path: string, key: CacheKey, info: ObjectInfo | undefined, signal?: AbortSignal) {
    const { etag } = info ?? (await this.#objects.head(path, { signal })) ?? {};
    if (etag === undefined) return undefined;
    const bytes = await this.#copies?.find(path, etag);
    if (bytes === undefined) return undefined;
    try {
      return { entry: openBytes(bytes, this.#catalog, crc32Zlib, this.#fileOf(path), { path, key }), bytes, etag };
    } catch (error) {
      if (!isDamage(error) && !isUnsealed(error)) throw error;
      await this.#copies?.remove(path, etag);
      return undefined;
    }
  }

  #fileOf(path: string): string {
    return `${this.#objects.name}${path}`;
  }

  #remember(path: string, etag: string, entry: OpenEntry): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    this.#known.delete(path);
    this.#known.set(path, { etag, entry });
  }
}

/** Bars of a whole day or month; undefined if rows do not come by an interval. */
export function barsOf({ interval, date }: CacheKey): number | undefined {
  if (interval === undefined) return undefined;
  const { start, end } = spanOf(date);
  return barCount(interval, start, end);
}

/** Bytes of the head, which need not all be there; undefined if it is none. */
function wholeHead(bytes: Uint8Array): number | undefined {
  try {
    return headLength(bytes);
  } catch {
    return undefined;
  }
}

const factsOf = ({ facts }: OpenEntry): EntryFacts => ({ ...facts, layout: 'new' });

/** Bytes that may stand in two pieces, the first of which came with the head. */
function cut(
  pieces: readonly { readonly start: number; readonly bytes: Uint8Array }[],
  { start, end }: ByteRange,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = start;
  for (const piece of pieces) {
    const pieceEnd = piece.start + piece.bytes.length;
    if (at >= end || at < piece.start || at >= pieceEnd) continue;
    const part = piece.bytes.subarray(at - piece.start, Math.min(end, pieceEnd) - piece.start);
    parts.push(part);
    at += part.length;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
