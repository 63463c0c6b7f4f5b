import { ArrowStoreError, quote } from '../errors.ts';
import { FORMAT, FORMAT_VERSION } from '../format/metadata.ts';
import { type Durability, writeFiles } from './atomic-write.ts';
import { type Disk, HIDDEN } from './disk.ts';
import type { FileStat } from './file-system.ts';
import { readRecord } from './records.ts';

const ROOT_MARKER = `${HIDDEN}/format.json`;
const CACHE_TAG = 'CACHEDIR.TAG';

/** The signature that backup programs look for: https://bford.info/cachedir/ */
const TAG_TEXT = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of market data, made by vision-cache. All of it can be downloaded again.
`;

/** The root's own marks: which format it is of, and that it is a cache. */
export class Root {
  readonly #disk: Disk;
  #readable = false;
  #marked: Promise<void> | undefined;
  /** What the marker was when it was last looked into. Of a new file the inode alone may be that of one before. */
  #marker: FileStat | undefined;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /**
   * Looked at once, before anything else of the root.
   * @throws {ArrowStoreError} `E_NEWER_FORMAT`
   */
  assertReadable(): void {
    if (this.#readable) return;
    const major = readRecord(this.#disk, ROOT_MARKER)?.major;
    if (typeof major === 'number' && major > FORMAT.major) {
      const path = this.#disk.root;
      const expected = `format ${FORMAT.major}`;
      throw new ArrowStoreError(
        'E_NEWER_FORMAT',
        `The cache at ${quote(path)} is of format ${major}; this version of @vision-cache/arrow-store knows ` +
          `${FORMAT_VERSION}. Use a newer version, or another root: nothing was changed.`,
        { path, expected, found: `format ${major}` },
      );
    }
    this.#readable = true;
  }

  /** Marks the root before the first write into it, and again where it is another one by now. */
  async mark(durability: Durability): Promise<void> {
    const now = this.#marker && this.#disk.lstat(ROOT_MARKER);
    if (now?.ino !== this.#marker?.ino || now?.ctimeMs !== this.#marker?.ctimeMs) {
      this.#readable = false;
      this.#marked = undefined;
      this.#marker = undefined;
    }
    this.assertReadable();
    this.#marked ??= this.#write(durability).catch((error: unknown) => {
      this.#marked = undefined;
      throw error;
    });
    await this.#marked;
  }

  async #write(durability: Durability): Promise<void> {
    const encoder = new TextEncoder();
    const marker = { name: 'vision-cache', ...FORMAT };
    const files: { target: string; parts: Uint8Array[] }[] = [];
    if (readRecord(this.#disk, ROOT_MARKER)?.major !== FORMAT.major) {
      files.push({ target: ROOT_MARKER, parts: [encoder.encode(`${JSON.stringify(marker)}\n`)] });
    }
    if (this.#disk.lstat(CACHE_TAG) === undefined) {
      files.push({ target: CACHE_TAG, parts: [encoder.encode(TAG_TEXT)] });
    }
    if (files.length > 0) await writeFiles(this.#disk, files, durability);
    this.#marker = this.#disk.lstat(ROOT_MARKER);
  }
}
