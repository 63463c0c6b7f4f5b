import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readv,
  readvSync,
  renameSync,
  statfsSync,
  unlinkSync,
  utimesSync,
  writevSync,
} from 'node:fs';
import type { Dirent, Stats } from 'node:fs';

export type FileKind = 'file' | 'folder' | 'link' | 'other';

export interface FileStat {
  readonly kind: FileKind;
  readonly size: number;
  readonly dev: number;
  readonly ino: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/**
 * What the store asks of a file system, so that tests can let any of it fail or stop in the middle. Calls are
 * synchronous, because for small files in the page cache a promise costs more than the work; only `sync`, which waits
 * for a disk, and `readAside` are asynchronous. Failures are thrown as Node throws them, with a `code`.
 */
export interface FileSystem {
  /** `read` follows no link; `create` makes a new file and fails where there is one; `folder` opens one to be synced. */
  open(path: string, how: 'read' | 'create' | 'folder'): number;
  stat(file: number): FileStat;
  /** Undefined where there is nothing. Links are not followed. */
  lstat(path: string): FileStat | undefined;
  /** How many bytes were read: fewer than asked at the end of the file. */
  read(file: number, into: readonly Uint8Array[], position: number): number;
  /** The same on another thread: for many large reads one after the other. */
  readAside(file: number, into: readonly Uint8Array[], position: number): Promise<number>;
  /** How many bytes were written: it may be fewer than given. */
  write(file: number, bytes: readonly Uint8Array[], position: number): number;
  /** Waits until what was written is on the disk; of a folder, its names. */
  sync(file: number): Promise<void>;
  close(file: number): void;
  rename(from: string, to: string): void;
  /** Gives a file a second name, and fails where there is something of that name. */
  link(from: string, to: string): void;
  unlink(path: string): void;
  makeFolder(path: string): void;
  list(path: string): readonly { readonly name: string; readonly kind: FileKind }[];
  /** Sets the time of the last change to now. */
  touch(path: string, now: Date): void;
  /** Bytes that are free where a path is. */
  free(path: string): number;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, S_IFMT, S_IFREG, S_IFDIR, S_IFLNK } = constants;
/** Windows has neither. Without O_NONBLOCK a pipe that stands where a file should be keeps whoever opens it for ever. */
const READ_FLAGS = ((O_NOFOLLOW as number | undefined) ?? 0) | ((O_NONBLOCK as number | undefined) ?? 0);
const OPEN_FLAGS = { read: O_RDONLY | READ_FLAGS, create: 'wx', folder: 'r' } as const;

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = {
  open: (path, how) => openSync(path, OPEN_FLAGS[how], 0o666),
  stat: (file) => statOf(fstatSync(file)),
  lstat(path) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : statOf(stats);
  },
  read: (file, into, position) => readvSync(file, into, position),
  readAside: (file, into, position) =>
    new Promise((resolve, reject) => {
      readv(file, into, position, (error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    }),
  write: (file, bytes, position) => writevSync(file, bytes, position),
  sync: (file) =>
    new Promise((resolve, reject) => {
      fsync(file, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    }),
  close: (file) => closeSync(file),
  rename: (from, to) => renameSync(from, to),
  link: (from, to) => linkSync(from, to),
  unlink: (path) => unlinkSync(path),
  makeFolder: (path) => {
    mkdirSync(path);
  },
  list: (path) =>
    readdirSync(path, { withFileTypes: true }).map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
  touch: (path, now) => utimesSync(path, now, now),
  free(path) {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
};

type Kinds = Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>;

function kindOf(entry: Kinds): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

function statOf({ mode, size, dev, ino, mtimeMs, ctimeMs }: Stats): FileStat {
  return { kind: kindOfMode(mode & S_IFMT), size, dev, ino, mtimeMs, ctimeMs };
}

function kindOfMode(type: number): FileKind {
  if (type === S_IFREG) return 'file';
  if (type === S_IFDIR) return 'folder';
  return type === S_IFLNK ? 'link' : 'other';
}
