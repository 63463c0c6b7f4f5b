import type { FileSystem } from './file-system.ts';
import type { ArrowStoreError } from '../contract/errors.ts';
import { storeError } from './system-error.ts';

/** The same file system, whose failures are errors of this package: which operation, on which file, and the system's code. */
export function codedFileSystem(plain: FileSystem): FileSystem {
  const paths = new Map<number, string>();
  const pathOf = (file: number): string => paths.get(file) ?? `file ${file}`;
  const coded = <T>(operation: string, path: string, call: () => T, needed?: number): T => {
    try {
      return call();
    } catch (cause) {
      throw storeError(cause, { operation, path, needed }, plain);
    }
  };
  const failed = (cause: unknown, operation: string, path: string): ArrowStoreError =>
    storeError(cause, { operation, path }, plain);
  // The calls of a read are written out: a closure for each of them would be a good part of what a small file costs.
  return {
    open(path, how) {
      try {
        const file = plain.open(path, how);
        paths.set(file, path);
        return file;
      } catch (cause) {
        throw failed(cause, 'open', path);
      }
    },
    stat(file) {
      try {
        return plain.stat(file);
      } catch (cause) {
        throw failed(cause, 'stat', pathOf(file));
      }
    },
    lstat(path) {
      try {
        return plain.lstat(path);
      } catch (cause) {
        throw failed(cause, 'stat', path);
      }
    },
    read(file, into, position) {
      try {
        return plain.read(file, into, position);
      } catch (cause) {
        throw failed(cause, 'read', pathOf(file));
      }
    },
    async readAside(file, into, position) {
      try {
        return await plain.readAside(file, into, position);
      } catch (cause) {
        throw failed(cause, 'read', pathOf(file));
      }
    },
    write(file, bytes, position) {
      const needed = bytes.reduce((sum, part) => sum + part.length, 0);
      return coded('write', pathOf(file), () => plain.write(file, bytes, position), needed);
    },
    async sync(file) {
      try {
        await plain.sync(file);
      } catch (cause) {
        throw storeError(cause, { operation: 'fsync', path: pathOf(file) }, plain);
      }
    },
    close(file) {
      try {
        plain.close(file);
      } catch (cause) {
        throw failed(cause, 'close', pathOf(file));
      } finally {
        paths.delete(file);
      }
    },
    link: (from, to) => coded('link', to, () => plain.link(from, to)),
    rename: (from, to) => coded('rename', to, () => plain.rename(from, to)),
    unlink: (path) => coded('unlink', path, () => plain.unlink(path)),
    makeFolder: (path) => coded('mkdir', path, () => plain.makeFolder(path)),
    list: (path) => coded('readdir', path, () => plain.list(path)),
    touch: (path, now) => coded('utimes', path, () => plain.touch(path, now)),
    free: (path) => coded('statfs', path, () => plain.free(path)),
  };
}
