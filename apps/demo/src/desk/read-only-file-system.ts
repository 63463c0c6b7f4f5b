import { type FileSystem, nodeFileSystem } from '@vision-cache/arrow-store';

/** Refused as by a file system that is mounted read-only, so that the store treats it as one. */
function refuse(path: string): never {
  throw Object.assign(new Error(`EROFS: the page only reads this cache, '${path}'`), { code: 'EROFS', path });
}

/** The file system of this machine, on which nothing can be made, changed or removed. */
export const readOnlyFileSystem: FileSystem = {
  ...nodeFileSystem,
  open: (path, how) => (how === 'create' ? refuse(path) : nodeFileSystem.open(path, how)),
  write: () => refuse('an open file'),
  rename: refuse,
  link: refuse,
  unlink: refuse,
  makeFolder: refuse,
  touch: refuse,
};
