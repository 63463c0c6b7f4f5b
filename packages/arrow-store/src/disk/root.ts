import { type Interval, isInterval } from '@vision-cache/cache-keys';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { FORMAT } from '../format/metadata.ts';
import { AlreadyThere, type Durability, type FileToWrite, writeFiles } from './atomic-write.ts';
import type { Disk } from './disk.ts';
import type { FileStat } from './file-system.ts';
import { CACHE_TAG, ROOT_MARKER } from './hidden-names.ts';
import { monthlyOnDisk } from './monthly-on-disk.ts';
import { readRecord } from './records.ts';

/** A root that keeps intervals by the month: what knows major 1 only would keep the same rows by the day beside them. */
const MONTHLY_MAJOR = 2;

/** The signature that backup programs look for: https://bford.info/cachedir/ */
const TAG_TEXT = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of market data, made by vision-cache. All of it can be downloaded again.
`;

/** What a root says of itself. */
export interface RootFormat {
  readonly major: number;
  readonly minor: number;
  /** The intervals of at most a day that it keeps by the month, finest first. */
  readonly monthly: readonly Interval[];
}

/** What a root that keeps these intervals by the month is marked with. */
export function rootFormat(monthly: readonly Interval[]): RootFormat {
  return { major: monthly.length === 0 ? FORMAT.major : MONTHLY_MAJOR, minor: FORMAT.minor, monthly };
}

/**
 * The root's marker; if it cannot be read, or is gone from a folder that was marked as a cache, what the entries tell.
 * Undefined for a new root, and if nothing is kept by the month: the root is then of version 1.
 */
export function readRootFormat(disk: Disk): RootFormat | undefined {
  const format = markedFormat(disk);
  if (format !== undefined) return format;
  if (disk.lstat(ROOT_MARKER) === undefined && disk.lstat(CACHE_TAG) === undefined) return undefined;
  const monthly = monthlyOnDisk(disk);
  return monthly.length === 0 ? undefined : rootFormat(monthly);
}

const markedFormat = (disk: Disk): RootFormat | undefined => parseRootFormat(readRecord(disk, ROOT_MARKER));

/** What a marker's record says, or undefined where it is none. */
export function parseRootFormat(record: Readonly<Record<string, unknown>> | undefined): RootFormat | undefined {
  if (typeof record?.major !== 'number') return undefined;
  const { major, minor, monthly } = record;
  return {
    major,
    minor: typeof minor === 'number' ? minor : 0,
    monthly: Array.isArray(monthly) ? (monthly as readonly Interval[]) : [],
  };
}

/** The root's own marks: of which format it is, which intervals it keeps by the month, and that it is a cache. */
export class Root {
  readonly #disk: Disk;
  readonly #monthly: readonly Interval[];
  #readable = false;
  #marked: Promise<void> | undefined;
  /** What the marker was when it was last looked into. Of a new file the inode alone may be that of one before. */
  #marker: FileStat | undefined;

  /** @param monthly The intervals that the manager's catalog keeps by the month. */
  constructor(disk: Disk, monthly: readonly Interval[]) {
    this.#disk = disk;
    this.#monthly = monthly;
  }

  /**
   * Looked at once, before anything else of the root.
   * @throws {ArrowStoreError} `E_NEWER_FORMAT`; `E_HOMES` where the root keeps other intervals by the month than the catalog
   */
  assertReadable(): void {
    if (this.#readable) return;
    this.#marker = this.#disk.lstat(ROOT_MARKER);
    const format = readRootFormat(this.#disk);
    if (this.#marker !== undefined || format !== undefined) assertFormat(this.#disk.root, format, this.#monthly);
    this.#readable = true;
  }

  /**
   * Looks again where the marker is another file by now: before a write, and before an answer says that there is
   * nothing, since somebody may have moved the rows to other homes meanwhile.
   * @throws {ArrowStoreError} as `assertReadable`
   */
  assertCurrent(): void {
    const now = this.#disk.lstat(ROOT_MARKER);
    if (now?.ino !== this.#marker?.ino || now?.ctimeMs !== this.#marker?.ctimeMs) {
      this.#readable = false;
      this.#marked = undefined;
    }
    this.assertReadable();
  }

  /** Marks the root before the first write into it, and again where it is another one by now. */
  async mark(durability: Durability): Promise<void> {
    this.assertCurrent();
    this.#marked ??= this.#write(durability).catch((error: unknown) => {
      this.#marked = undefined;
      throw error;
    });
    await this.#marked;
  }

  async #write(durability: Durability): Promise<void> {
    const disk = this.#disk;
    const format = rootFormat(this.#monthly);
    const marks: FileToWrite[] = [];
    if (disk.lstat(CACHE_TAG) === undefined) marks.push({ target: CACHE_TAG, parts: [encoder.encode(TAG_TEXT)] });
    if (markedFormat(disk) === undefined) {
      marks.push({ target: ROOT_MARKER, parts: [markerBytes(format)], isNew: disk.lstat(ROOT_MARKER) === undefined });
    }
    await writeFiles(disk, marks, durability).catch(unlessThere);
    // On a file system without second names nobody else's marker was in the way.
    if (marks.length > 0 && disk.lstat(ROOT_MARKER) === undefined) await writeRootFormat(disk, format, durability);
    // Another process may have been first, with another catalog.
    this.#readable = false;
    this.assertReadable();
  }
}

const encoder = new TextEncoder();

/** Replaces the root's marker. */
export async function writeRootFormat(disk: Disk, format: RootFormat, durability: Durability): Promise<void> {
  await writeFiles(disk, [{ target: ROOT_MARKER, parts: [markerBytes(format)] }], durability);
}

/** The marker as it is written, in a folder and in a bucket. */
export function markerBytes({ major, minor, monthly }: RootFormat): Uint8Array {
  const marker = { name: 'vision-cache', major, minor, ...(monthly.length === 0 ? {} : { monthly }) };
  return encoder.encode(`${JSON.stringify(marker)}\n`);
}

function unlessThere(error: unknown): void {
  if (!(error instanceof AlreadyThere)) throw error;
}

/**
 * What a marker says has to be what this version knows, and what the catalog keeps.
 * @param format undefined of a marker that cannot be read: the root is then of version 1
 * @throws {ArrowStoreError} `E_NEWER_FORMAT`, `E_HOMES`
 */
export function assertFormat(root: string, format: RootFormat | undefined, monthly: readonly Interval[]): void {
  if (format !== undefined) assertKnown(root, format);
  assertSameHomes(root, format?.monthly ?? [], monthly);
}

/**
 * Only a root that names its monthly intervals is of major 2; what else says so was written by a newer version.
 * @throws {ArrowStoreError} `E_NEWER_FORMAT`
 */
export function assertKnown(root: string, { major, monthly }: RootFormat): void {
  const isKnown = major <= FORMAT.major || (major === MONTHLY_MAJOR && monthly.length > 0 && monthly.every(isInterval));
  if (isKnown) return;
  const expected = `format ${FORMAT.major}, or ${MONTHLY_MAJOR} with a list of monthly intervals`;
  throw new ArrowStoreError(
    'E_NEWER_FORMAT',
    `The cache at ${quote(root)} is of format ${major}; this version of @vision-cache/arrow-store knows ` +
      `${expected}. Use a newer version, or another root: nothing was changed.`,
    { path: root, expected, found: `format ${major}` },
  );
}

function assertSameHomes(root: string, found: readonly Interval[], expected: readonly Interval[]): void {
  if (found.join() === expected.join()) return;
  const keeps = (monthly: readonly Interval[]): string =>
    monthly.length === 0 ? 'every interval up to 1d by the day' : `${monthly.join(', ')} by the month`;
  const option = found.length === 0 ? 'without `monthly`' : `with { monthly: [${found.map(quote).join(', ')}] }`;
  throw new ArrowStoreError(
    'E_HOMES',
    `The cache at ${quote(root)} keeps ${keeps(found)}, and the catalog keeps ${keeps(expected)}. Give createCatalog() ` +
      `${option} to the cache and to the manager, or change the cache with repack(): nothing was changed.`,
    { path: root, expected: keeps(expected), found: keeps(found) },
  );
}
