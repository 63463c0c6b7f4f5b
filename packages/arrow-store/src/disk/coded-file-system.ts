import type { FileSystem } from './file-system.ts';
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
  return {
    open(path, how) {
      const file = coded('open', path, () => plain.open(path, how));
      paths.set(file, path);
      return file;
    },
    stat: (file) => coded('stat', pathOf(file), () => plain.stat(file)),
    lstat: (path) => coded('stat', path, () => plain.lstat(path)),
    read: (file, into, position) => coded('read', pathOf(file), () => plain.read(file, into, position)),
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
      const path = pathOf(file);
      paths.delete(file);
      coded('close', path, () => plain.close(file));
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
