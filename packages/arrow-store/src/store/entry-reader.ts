import { type CacheKey, type Catalog, type ColumnArray, cachePath } from '@vision-cache/cache-keys';
import { type Disk, parentOf } from '../disk/disk.ts';
import type { FileStat } from '../disk/file-system.ts';
import { isMissing } from '../disk/system-error.ts';
import type { EntryFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError, isArrowStoreError, quote } from '../contract/errors.ts';
import { crc32Zlib } from '../frame/crc32-zlib.ts';
import { decodeColumn } from '../format/decode-columns.ts';
import { openBytes, openParts, selectColumns } from '../format/decode-entry.ts';
import { headLength, tailLength } from '../frame/frame-reader.ts';
import { MOST_BYTES } from '../frame/entry-layout.ts';
import { type EntryParts, type OpenEntry, notAnEntry, openEntry, otherKey } from '../format/open-entry.ts';
import { uninitialised } from './memory.ts';

/**
 * When the bytes of a file are verified: at every read, once for each file that this process reads (until its inode,
 * size or times change), or never. What head and tail say, and whose file it is, is checked in any case.
 */
export type VerifyPolicy = 'always' | 'once' | 'never';

/** A file under a new path. */
export interface NewEntry extends OpenEntry {
  readonly facts: EntryFacts;
}

/** A file that was opened, and is what it should be. */
export interface OpenedEntry {
  readonly entry: NewEntry;
  /** All of it, where it had to be read. */
  readonly bytes: Uint8Array | undefined;
  /** What it was then, where it was taken for the one that it had been: it must still be that when it has been read. */
  readonly stat?: FileStat;
}

/** What is known of a file from an earlier read. */
export interface KnownFile {
  readonly path: string;
  /** The file as the system knows it, and its folder below the root: put together once. */
  readonly absolute: string;
  readonly folder: string;
  readonly stat: FileStat;
  readonly entry: NewEntry;
  /** Whether its bytes have been verified, or only head and tail against each other. */
  readonly verified: boolean;
  /** False once something else is known of its path. */
  current: boolean;
  /** When its bytes are to be verified again, of a clock that nobody sets; moved on when that is on its way. */
  verifyAt: number;
}

/** Files that were verified long ago and are still read. */
export interface Reverification {
  readonly afterMs: number;
  add(known: KnownFile): void;
}

/** Bytes of a file that are read in one call, and the places where they go. */
export interface Stretch {
  readonly position: number;
  readonly into: readonly Uint8Array[];
}

/** A file was written into while it was read: what was read is of no version of it. */
export class FileChanged extends Error {
  override readonly name = 'FileChanged';
}

/** Enough of a file's start to hold its head, nearly always. */
const START_BYTES = 4096;
/** A few kilobytes each: what is known of this many files is kept. */
const MOST_KNOWN = 50_000;

/** Reads files under new paths. Knows which of them it has verified. */
export class EntryReader {
  readonly #disk: Disk;
  readonly #catalog: Catalog;
  readonly policy: VerifyPolicy;
  readonly #known = new Map<string, KnownFile>();
  /** The same by the caller's own keys, which spares spelling their paths. */
  readonly #knownByKey = new WeakMap<CacheKey, KnownFile>();
  #folder = '';

  readonly #again: Reverification | undefined;

  /** @param again With the policy `once`: who verifies a file again that was verified long ago. */
  constructor(disk: Disk, catalog: Catalog, policy: VerifyPolicy, again?: Reverification) {
    this.#again = policy === 'once' ? again : undefined;
    this.#disk = disk;
    this.#catalog = catalog;
    this.policy = policy;
  }

  /** Runs with the open file; undefined where there is none. */
  withFile<T>(path: string, use: (file: number, stat: FileStat) => T, trusted?: string): T | undefined {
    const { fileSystem } = this.#disk;
    const absolute = this.#disk.absolute(path);
    if (path.includes('/') && !this.#disk.hasFolder(parentOf(path), trusted)) return undefined;
    let file: number;
    try {
      file = fileSystem.open(absolute, 'read');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      return use(file, fileSystem.stat(file));
    } finally {
      fileSystem.close(file);
    }
  }

  /** What is known of a file from an earlier read, if it is still the same one. */
  known(path: string, stat: FileStat): NewEntry | undefined {
    if (this.policy === 'always') return undefined;
    const known = this.#known.get(path);
    if (known === undefined || !isSameFile(known.stat, stat)) return undefined;
    this.#verifyAgain(known);
    return known.verified || this.policy === 'never' ? known.entry : undefined;
  }

  /** What was known when the file of a key was last looked at; it may have changed since. */
  lastKnown(key: CacheKey): KnownFile | undefined {
    const before = this.#knownByKey.get(key);
    if (before?.current === true) return before;
    const known = this.#known.get(cachePath(key));
    if (known !== undefined) this.#knownByKey.set(key, known);
    return known;
  }

  /** A file that is read once more: the answer does not wait for it. */
  #verifyAgain(known: KnownFile): void {
    if (this.#again === undefined || !known.verified) return;
    const now = performance.now();
    if (now < known.verifyAt) return;
    known.verifyAt = now + this.#again.afterMs;
    this.#again.add(known);
  }

  /**
   * Reads stretches of a file of which something is known, if it still is the very same and need not be verified; false
   * where that is not so. It is looked at after the read, when whatever was written into it before has left its mark.
   */
  readKnown(known: KnownFile, stretches: readonly Stretch[], trusted?: string): boolean {
    const file = this.#openKnown(known, trusted);
    if (file === undefined) return false;
    try {
      for (const { into, position } of stretches) this.readExactly(known.path, file, into, position);
      this.#verifyAgain(known);
      return this.#isStill(known, file);
    } catch (error) {
      // What reading another file brings about says nothing of the known one, and an end that comes early is damage.
      if (isEnd(error) || !this.#isStill(known, file)) return false;
      throw error;
    } finally {
      this.#disk.fileSystem.close(file);
    }
  }

  /**
   * The same on another thread, while this one goes on. Undefined where the file is another one by now.
   * @throws {FileChanged} where it changed while it was read.
   */
  readKnownAside(known: KnownFile, stretch: Stretch, trusted?: string): Promise<void> | undefined {
    const file = this.#openKnown(known, trusted);
    if (file === undefined) return undefined;
    let isStill = false;
    try {
      isStill = this.#isStill(known, file);
      this.#verifyAgain(known);
    } finally {
      if (!isStill) this.#disk.fileSystem.close(file);
    }
    return isStill ? this.#readAside(known, file, stretch) : undefined;
  }

  async #readAside(known: KnownFile, file: number, { into, position }: Stretch): Promise<void> {
    const { fileSystem } = this.#disk;
    const { path, stat } = known;
    try {
      this.#readRest(path, file, into, position, await fileSystem.readAside(file, into, position));
      if (!isUnwritten(stat, fileSystem.stat(file))) throw new FileChanged(path);
    } catch (error) {
      if (isEnd(error)) throw new FileChanged(path, { cause: error });
      throw error;
    } finally {
      fileSystem.close(file);
    }
  }

  /** Undefined where there is none, or none that need not be verified. */
  #openKnown({ folder, absolute, verified }: KnownFile, trusted: string | undefined): number | undefined {
    if (this.policy === 'always' || (!verified && this.policy === 'once')) return undefined;
    if (!this.#disk.hasFolder(folder, trusted)) return undefined;
    try {
      return this.#disk.fileSystem.open(absolute, 'read');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #isStill({ stat }: KnownFile, file: number): boolean {
    return isSameFile(stat, this.#disk.fileSystem.stat(file));
  }

  #remember(path: string, stat: FileStat, entry: NewEntry, verified: boolean): void {
    if (this.#known.size >= MOST_KNOWN) this.forget(this.#known.keys().next().value!);
    this.forget(path);
    // One text for all files of a folder: comparing it with itself costs nothing.
    const folder = parentOf(path);
    if (folder !== this.#folder) this.#folder = folder;
    const absolute = this.#disk.absolute(path);
    const verifyAt = this.#again === undefined ? 0 : performance.now() + this.#again.afterMs;
    this.#known.set(path, { path, absolute, folder: this.#folder, stat, entry, verified, current: true, verifyAt });
  }

  forget(path: string): void {
    const known = this.#known.get(path);
    if (known === undefined) return;
    known.current = false;
    this.#known.delete(path);
  }

  /**
   * Opens the file of a key, verified as the policy asks. Where all of its bytes are read, they are in the given memory.
   * @throws {ArrowStoreError} `E_INTEGRITY`, `E_KEY_MISMATCH`, `E_UNSEALED`, `E_FORMAT`, `E_NEWER_FORMAT`, `E_SYMLINK`,
   * or what the system said.
   */
  open(path: string, file: number, stat: FileStat, key?: CacheKey, memory = uninitialised): OpenedEntry {
    this.assertFile(path, stat);
    const known = this.known(path, stat);
    if (known !== undefined) return { entry: known, bytes: undefined, stat };
    if (this.policy === 'never') return { entry: this.peek(path, file, stat, key), bytes: undefined };
    const { entry, bytes } = this.openAnywhere(path, file, stat, key, memory);
    return { entry: this.accept(path, stat, entry, true), bytes };
  }

  /** Opens a file wherever it lies, all its bytes verified, and not knowing whose it should be. */
  openAnywhere(
    path: string,
    file: number,
    stat: FileStat,
    key?: CacheKey,
    memory = uninitialised,
  ): OpenedEntry & { readonly bytes: Uint8Array } {
    this.assertFile(path, stat);
    const bytes = memory(stat.size);
    this.readExactly(path, file, [bytes], 0);
    const wanted = key === undefined ? undefined : { path, key, before: this.#known.get(path)?.entry };
    const entry = openBytes(bytes, this.#catalog, crc32Zlib, this.#disk.absolute(path), wanted);
    return { entry: withLayout(entry), bytes };
  }

  /** A whole file whose parts have been read to different places, all its bytes verified. */
  openScattered(path: string, stat: FileStat, key: CacheKey, parts: EntryParts): NewEntry {
    const wanted = { path, key, before: this.#known.get(path)?.entry };
    const entry = openParts(parts, stat.size, this.#catalog, crc32Zlib, this.#disk.absolute(path), wanted);
    return this.accept(path, stat, entry, true);
  }

  /** What head and tail say, which tell the same twice: enough to know of an entry, not to trust its rows. */
  peek(path: string, file: number, stat: FileStat, key?: CacheKey): NewEntry {
    this.assertFile(path, stat);
    const known = this.#known.get(path);
    if (known !== undefined && isSameFile(known.stat, stat)) return known.entry;
    try {
      const { head, tail } = this.readEnds(path, file, stat);
      const wanted = key === undefined ? undefined : { path, key };
      const options = { isVerified: false, wanted };
      const entry = openEntry(head, tail, stat.size, this.#catalog, this.#disk.absolute(path), options);
      return this.accept(path, stat, entry, false);
    } catch (error) {
      if (!isArrowStoreError(error) || error.code !== 'E_INTEGRITY') throw error;
      // Whether it is damaged, or whole and of another schema, only all its bytes can tell.
      return this.accept(path, stat, this.openAnywhere(path, file, stat, key).entry, true);
    }
  }

  /** Remembers an entry that is what it should be, at the place where it should be. */
  accept(path: string, stat: FileStat, entry: OpenEntry, verified: boolean): NewEntry {
    if (entry.path !== path) throw otherKey(this.#disk.absolute(path), path, entry.path);
    const accepted = withLayout(entry);
    this.#remember(path, stat, accepted, verified);
    return accepted;
  }

  assertFile(path: string, { kind, size }: FileStat): void {
    const absolute = this.#disk.absolute(path);
    if (kind !== 'file') {
      const details = { path: absolute, operation: 'read', systemCode: kind === 'folder' ? 'EISDIR' : undefined };
      throw new ArrowStoreError('E_IO', `${quote(absolute)} is not a file.`, details);
    }
    if (size > MOST_BYTES) {
      throw new ArrowStoreError('E_FORMAT', `${quote(absolute)} has ${size} bytes: too large for an entry.`, {
        path: absolute,
        expected: `at most ${MOST_BYTES} bytes`,
        found: `${size} bytes`,
      });
    }
  }

  /** Head and tail as they are, of whatever the file is. */
  readEnds(path: string, file: number, { size }: FileStat): { head: Uint8Array; tail: Uint8Array } {
    const end = new Uint8Array(Math.min(START_BYTES, size));
    let start = new Uint8Array(Math.min(START_BYTES, size));
    this.readExactly(path, file, [start], 0);
    this.readExactly(path, file, [end], size - end.length);
    try {
      const headBytes = Math.min(headLength(start), size);
      if (headBytes > start.length) {
        start = new Uint8Array(headBytes);
        this.readExactly(path, file, [start], 0);
      }
      const tailBytes = tailLength(end, size);
      const tail = tailBytes <= end.length ? end.subarray(-tailBytes) : new Uint8Array(tailBytes);
      if (tailBytes > end.length) this.readExactly(path, file, [tail], size - tailBytes);
      return { head: start.subarray(0, headBytes), tail };
    } catch (cause) {
      const { expected = 'a readable file', found = String(cause) } = cause as { expected?: string; found?: string };
      throw notAnEntry(start, end, this.#disk.absolute(path), expected, found, cause);
    }
  }

  /** Fills the buffers, however few bytes the system gives at a time. */
  readExactly(path: string, file: number, into: readonly Uint8Array[], position: number): void {
    this.#readRest(path, file, into, position, this.#disk.fileSystem.read(file, into, position));
  }

  #readRest(path: string, file: number, into: readonly Uint8Array[], position: number, first: number): void {
    let wanted = 0;
    for (let index = 0; index < into.length; index++) wanted += into[index]!.length;
    let done = first;
    while (done < wanted) {
      const rest = behind(into, done);
      const count = this.#disk.fileSystem.read(file, rest, position + done);
      if (count === 0) {
        const absolute = this.#disk.absolute(path);
        const details = { path: absolute, expected: `${wanted} bytes`, found: `${done} bytes` };
        throw new ArrowStoreError('E_INTEGRITY', `${quote(absolute)} ended while it was read.`, details);
      }
      done += count;
    }
  }

  /** Columns of an opened file, each in memory of its own kind. */
  columns(path: string, file: number, { entry, bytes, stat }: OpenedEntry, names?: readonly string[]) {
    const places = selectColumns(entry, names);
    const columns: Record<string, ColumnArray> = {};
    let body = bytes?.subarray(entry.bodyAt);
    if (names === undefined) body ??= this.#readBody(path, file, entry);
    const read = (offset: number, length: number): Uint8Array => {
      if (body !== undefined) return body.subarray(offset, offset + length);
      const column = uninitialised(length);
      this.readExactly(path, file, [column], entry.bodyAt + offset);
      return column;
    };
    for (const place of places) columns[place.name] = decodeColumn(place, entry.rows, read);
    if (stat !== undefined) this.#assertUnwritten(path, file, stat);
    return columns;
  }

  #assertUnwritten(path: string, file: number, before: FileStat): void {
    if (isUnwritten(before, this.#disk.fileSystem.stat(file))) return;
    const absolute = this.#disk.absolute(path);
    const details = { path: absolute, expected: 'the file that was verified', found: 'one that changed' };
    throw new ArrowStoreError('E_INTEGRITY', `${quote(absolute)} changed while it was read.`, details);
  }

  #readBody(path: string, file: number, entry: NewEntry): Uint8Array {
    const body = uninitialised(entry.layout.length);
    this.readExactly(path, file, [body], entry.bodyAt);
    return body;
  }
}

const withLayout = (entry: OpenEntry): NewEntry =>
  'layout' in entry.facts ? (entry as NewEntry) : { ...entry, facts: { ...entry.facts, layout: 'new' } };

function isSameFile(a: FileStat, b: FileStat): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.dev === b.dev;
}

/** Whether an open file has the bytes that it had. One that was replaced has them, though its `ctime` is another. */
function isUnwritten(before: FileStat, now: FileStat): boolean {
  return before.size === now.size && before.mtimeMs === now.mtimeMs;
}

/** Whether a file ended before all was read. */
const isEnd = (error: unknown): boolean => isArrowStoreError(error) && error.code === 'E_INTEGRITY';

function behind(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let skipped = count;
  return buffers.flatMap((bytes) => {
    const from = Math.min(skipped, bytes.length);
    skipped -= from;
    return from === bytes.length ? [] : [bytes.subarray(from)];
  });
}
