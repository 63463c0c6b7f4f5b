import { AlreadyThere, type Durability, writeFiles } from '../disk/atomic-write.ts';
import { type Disk, parentOf } from '../disk/disk.ts';
import type { FileStat } from '../disk/file-system.ts';
import { HIDDEN_FOLDER } from '../disk/hidden-names.ts';
import { removeFile } from '../disk/records.ts';
import { isMissing } from '../disk/system-error.ts';
import type { FoundObject, GetOptions, ListOptions, ObjectInfo, ObjectStore, PutOptions } from './object-store.ts';

/** Objects that are the files below a folder, written whole and replaced whole. The hidden folder holds none. */
export class FolderObjects implements ObjectStore {
  readonly name: string;
  readonly #disk: Disk;
  readonly #durability: Durability;

  constructor(disk: Disk, durability: Durability) {
    this.name = disk.root;
    this.#disk = disk;
    this.#durability = durability;
  }

  get(key: string, { range }: GetOptions = {}): Promise<FoundObject | undefined> {
    return Promise.resolve().then(() => this.#read(key, range));
  }

  #read(key: string, range: GetOptions['range']): FoundObject | undefined {
    const { fileSystem } = this.#disk;
    if (this.#info(key) === undefined || !this.#disk.reaches(parentOf(key))) return undefined;
    let file: number;
    try {
      file = fileSystem.open(this.#disk.absolute(key), 'read');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const stat = fileSystem.stat(file);
      const start = Math.min(range?.start ?? 0, stat.size);
      const bytes = new Uint8Array(Math.max(0, Math.min(range?.end ?? stat.size, stat.size) - start));
      let end = 0;
      while (end < bytes.length) {
        const count = fileSystem.read(file, [bytes.subarray(end)], start + end);
        if (count === 0) break;
        end += count;
      }
      return { ...infoOf(key, stat), bytes: bytes.subarray(0, end) };
    } finally {
      fileSystem.close(file);
    }
  }

  async put(
    key: string,
    parts: readonly Uint8Array[],
    { ifAbsent = false }: PutOptions = {},
  ): Promise<ObjectInfo | undefined> {
    try {
      await writeFiles(this.#disk, [{ target: key, parts, isNew: ifAbsent }], this.#durability);
    } catch (error) {
      if (error instanceof AlreadyThere) return undefined;
      throw error;
    }
    return this.#info(key);
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return Promise.resolve().then(() => this.#info(key));
  }

  #info(key: string): ObjectInfo | undefined {
    const stat = this.#disk.lstat(key);
    return stat?.kind === 'file' ? infoOf(key, stat) : undefined;
  }

  async delete(key: string): Promise<void> {
    await removeFile(this.#disk, key, this.#durability);
  }

  async *list(prefix: string, { startAfter = '' }: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    if (this.#disk.lstat('')?.kind === 'folder') yield* this.#walk('', prefix, startAfter);
  }

  async *#walk(folder: string, prefix: string, after: string): AsyncGenerator<ObjectInfo> {
    // A folder stands where its keys do, which begin with its name and a slash.
    const found = this.#disk.fileSystem
      .list(this.#disk.absolute(folder))
      .map(({ name, kind }) => ({ kind, key: `${folder}${name}${kind === 'folder' ? '/' : ''}` }))
      .sort((a, b) => inBytes(a.key, b.key));
    for (const { kind, key } of found) {
      if (kind === 'folder') {
        const isOnTheWay = prefix.startsWith(key) || key.startsWith(prefix);
        if (!isOnTheWay || key === `${HIDDEN_FOLDER}/`) continue;
        // Other folders of the same listing may be removed meanwhile.
        if (this.#disk.lstat(key.slice(0, -1))?.kind === 'folder') yield* this.#walk(key, prefix, after);
      } else if (kind === 'file' && key.startsWith(prefix) && (after === '' || inBytes(key, after) > 0)) {
        const info = this.#info(key);
        if (info !== undefined) yield info;
      }
    }
  }
}

const infoOf = (key: string, { ino, size, mtimeMs }: FileStat): ObjectInfo => ({
  key,
  size,
  etag: `${ino}-${size}-${mtimeMs}`,
});

const inBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
