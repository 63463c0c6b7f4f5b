import { dirname, join, sep } from 'node:path';
import { ArrowStoreError, quote } from '../errors.ts';
import type { FileStat, FileSystem } from './file-system.ts';
import { isMissing, storeError, systemCode } from './system-error.ts';

/** The hidden folder below a root: everything that is no finished entry. */
export const HIDDEN = '.vision-cache';

/** Paths below a root are given with `/`, as `cachePath` gives them; no call leaves the root. */
export class Disk {
  readonly root: string;
  readonly fileSystem: FileSystem;
  /** Folders whose way from the root has been found free of links, with what they were then. */
  readonly #checked = new Map<string, FileStat>();

  constructor(root: string, fileSystem: FileSystem) {
    this.root = root;
    this.fileSystem = fileSystem;
  }

  /** The file as the system knows it. */
  absolute(path: string): string {
    return sep === '/' ? `${this.root}/${path}` : join(this.root, ...path.split('/'));
  }

  /** Runs a call of the file system, and says in its errors what was done to which file. */
  attempt<T>(operation: string, path: string, call: () => T, needed?: number): T {
    try {
      return call();
    } catch (cause) {
      throw storeError(cause, { operation, path: this.absolute(path), needed }, this.fileSystem);
    }
  }

  lstat(path: string): FileStat | undefined {
    return this.attempt('stat', path, () => {
      try {
        return this.fileSystem.lstat(this.absolute(path));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  /**
   * Whether the folder is there, reached from the root through real folders only.
   * @throws {ArrowStoreError} `E_SYMLINK` where a link is on the way, `E_IO` where a file is.
   */
  hasFolder(path: string): boolean {
    const now = this.lstat(path);
    const before = this.#checked.get(path);
    if (now !== undefined && before?.ino === now.ino && before.dev === now.dev && now.kind === 'folder') return true;
    const segments = path.split('/');
    for (let depth = 1; depth <= segments.length; depth++) {
      const folder = segments.slice(0, depth).join('/');
      const found = depth === segments.length ? now : this.lstat(folder);
      if (found === undefined) return false;
      this.#assertFolder(folder, found);
    }
    if (now !== undefined) this.#checked.set(path, now);
    return now !== undefined;
  }

  #assertFolder(path: string, { kind }: FileStat): void {
    if (kind === 'folder') return;
    const file = this.absolute(path);
    if (kind === 'link') {
      throw new ArrowStoreError('E_SYMLINK', `${quote(file)} is a symbolic link; the store follows none below its root.`, {
        path: file,
        expected: 'a folder',
        found: 'a symbolic link',
      });
    }
    throw new ArrowStoreError('E_IO', `${quote(file)} stands where a folder should be.`, {
      path: file,
      operation: 'open',
      systemCode: 'ENOTDIR',
    });
  }

  /** Makes a folder and what is missing above it. Answers, as the system's paths, the folders that have a new name in them. */
  makeFolders(path: string): string[] {
    if (path === '') return this.#makeRoot(this.root);
    if (this.hasFolder(path)) return [];
    const parent = parentOf(path);
    const changed = this.makeFolders(parent);
    this.#makeFolder(this.absolute(path));
    const made = this.lstat(path);
    if (made !== undefined) this.#assertFolder(path, made);
    return [...changed, parent === '' ? this.root : this.absolute(parent)];
  }

  #makeRoot(folder: string): string[] {
    if (this.fileSystem.lstat(folder) !== undefined || dirname(folder) === folder) return [];
    const changed = this.#makeRoot(dirname(folder));
    this.#makeFolder(folder);
    return [...changed, dirname(folder)];
  }

  #makeFolder(folder: string): void {
    try {
      this.fileSystem.makeFolder(folder);
    } catch (cause) {
      // Another process may have just made it; it is synced here all the same.
      if (systemCode(cause) === 'EEXIST') return;
      throw storeError(cause, { operation: 'mkdir', path: folder }, this.fileSystem);
    }
  }
}

/** The folder of a path below the root; of a path without one, the root itself, which is empty. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
