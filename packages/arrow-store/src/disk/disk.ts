import { dirname, join, sep } from 'node:path';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { codedFileSystem } from './coded-file-system.ts';
import type { FileStat, FileSystem } from './file-system.ts';
import { Gate } from './gate.ts';
import { systemCode } from './system-error.ts';

/** Paths below a root are given with `/`, as `cachePath` gives them; no call leaves the root. */
export class Disk {
  readonly root: string;
  readonly fileSystem: FileSystem;
  /** Files that are open for writing at the same time. */
  readonly gate = new Gate(16);
  /** Folders that are open to be synced at the same time, by those who have passed the other gate. */
  readonly folderGate = new Gate(16);
  /** Folders whose way from the root has been found free of links, with what they were then. */
  readonly #checked = new Map<string, FileStat>();
  /** Folders whose own name is known to be on the disk. */
  readonly #synced = new Set<string>();
  /** Folders in which a folder of the way to the root was made. */
  readonly #madeAboveRoot: string[] = [];

  constructor(root: string, fileSystem: FileSystem) {
    this.root = root;
    this.fileSystem = codedFileSystem(fileSystem);
  }

  /** The file as the system knows it. */
  absolute(path: string): string {
    if (path === '') return this.root;
    return sep === '/' ? `${this.root}/${path}` : join(this.root, ...path.split('/'));
  }

  lstat(path: string): FileStat | undefined {
    return this.fileSystem.lstat(this.absolute(path));
  }

  /**
   * Whether the folder is there, reached from the root through real folders only.
   * @param trusted A folder that has just been found, and behind which nothing else has run since: it is taken for granted.
   * @throws {ArrowStoreError} `E_SYMLINK` where a link is on the way, `E_IO` where a file is.
   */
  hasFolder(path: string, trusted?: string): boolean {
    if (path === trusted) return true;
    const before = this.#checked.get(path);
    const now = this.lstat(path);
    if (now !== undefined && before?.ino === now.ino && before.dev === now.dev && now.kind === 'folder') return true;
    return this.reaches(path);
  }

  /**
   * The same, and each folder on the way is looked at again, for what is written: a folder that was moved away, with a
   * link to it left in its place, still is the folder that it was.
   * @param seen Folders above others that were looked at for files that become visible together: not again for each.
   */
  reaches(path: string, seen?: Set<string>): boolean {
    const before = this.#checked.get(path);
    let now: FileStat | undefined;
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const folder = end === -1 ? path : path.slice(0, end);
      if (end !== -1 && seen?.has(folder) === true) continue;
      now = this.lstat(folder);
      if (now === undefined) break;
      this.#assertFolder(folder, now);
      if (end === -1) break;
      seen?.add(folder);
    }
    if (before !== undefined && before.ino === now?.ino && before.dev === now.dev) return true;
    if (before !== undefined) this.#forgetSynced(path);
    if (now !== undefined) this.#checked.set(path, now);
    return now !== undefined;
  }

  #assertFolder(path: string, { kind }: FileStat): void {
    if (kind === 'folder') return;
    const file = this.absolute(path);
    if (kind === 'link') {
      throw new ArrowStoreError(
        'E_SYMLINK',
        `${quote(file)} is a symbolic link; the store does not follow links below its root.`,
        {
          path: file,
          expected: 'a folder',
          found: 'a symbolic link',
        },
      );
    }
    throw new ArrowStoreError('E_IO', `${quote(file)} is where a folder should be.`, {
      path: file,
      operation: 'open',
      systemCode: 'ENOTDIR',
    });
  }

  /** Makes a folder and what is missing above it. */
  makeFolders(path: string, seen?: Set<string>): void {
    if (path === '') this.#makeRoot(this.root);
    else if (!this.reaches(path, seen)) {
      this.makeFolders(parentOf(path));
      if (this.#synced.has(path)) this.#forgetSynced(path);
      this.#makeFolder(this.absolute(path));
      const made = this.lstat(path);
      if (made === undefined) return;
      this.#assertFolder(path, made);
      this.#checked.set(path, made);
    }
  }

  /** Somebody has removed a folder: which of those above it were made anew since, and by whom, nobody can tell. */
  #forgetSynced(path: string): void {
    this.#checked.delete(path);
    this.#synced.clear();
  }

  #makeRoot(folder: string): void {
    if (this.fileSystem.lstat(folder) !== undefined || dirname(folder) === folder) return;
    this.#makeRoot(dirname(folder));
    this.#makeFolder(folder);
    this.#madeAboveRoot.push(dirname(folder));
  }

  #makeFolder(folder: string): void {
    try {
      this.fileSystem.makeFolder(folder);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error; // Another process has just made it.
    }
  }

  /**
   * Folders that have to be synced before a name in `path` is on the disk for good: itself, and those above it whose
   * names this process has not yet seen synced. Another process may have made them, and ended before it synced them.
   */
  unsyncedAbove(path: string): string[] {
    const folders = [this.absolute(path)];
    for (let folder = path; folder !== '' && !this.#synced.has(folder); folder = parentOf(folder)) {
      folders.push(parentOf(folder) === '' ? this.root : this.absolute(parentOf(folder)));
    }
    return this.#synced.has('') ? folders : [...folders, ...this.#madeAboveRoot, dirname(this.root)];
  }

  /** Whether a folder has to be synced, or only may: the one above a root that was there before may be nobody's to open. */
  mustSync(folder: string): boolean {
    return folder !== dirname(this.root) || this.#madeAboveRoot.includes(folder);
  }

  /** Remembers that the names of a folder and of all above it are on the disk. */
  markSynced(path: string): void {
    for (let folder = path; folder !== ''; folder = parentOf(folder)) this.#synced.add(folder);
    this.#synced.add('');
  }
}

/** The folder of a path below the root; of a path without one, the root itself, which is empty. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
