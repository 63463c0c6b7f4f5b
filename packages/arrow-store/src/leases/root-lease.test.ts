import { afterEach, describe, expect, it } from '@jest/globals';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { acquireRoot } from './root-lease.ts';

afterEach(removeTempRoots);

const LEASE = '.vision-cache/leases/root';

/** The file system, its calls, and how many files are open. */
function watched() {
  const calls: string[] = [];
  const open = new Set<number>();
  const fileSystem = new Proxy<FileSystem>(
    {
      ...nodeFileSystem,
      open(path, how) {
        const file = nodeFileSystem.open(path, how);
        open.add(file);
        return file;
      },
      close(file) {
        open.delete(file);
        nodeFileSystem.close(file);
      },
    },
    {
      get: (plain, name: keyof FileSystem) => {
        calls.push(name);
        return plain[name];
      },
    },
  );
  return { fileSystem, calls, open };
}

describe('a look at the lease of a root', () => {
  it('takes one call while its record is the file that was read, and leaves no file open', () => {
    const { fileSystem, calls, open } = watched();
    const lease = acquireRoot(tempRoot(), { purpose: 'repack', fileSystem });
    calls.length = 0;
    for (let step = 0; step < 50; step++) lease.assertHeld();
    expect(calls).toEqual(Array.from({ length: 50 }, () => 'lstat'));
    lease.release();
    expect(open.size).toBe(0);
  });

  it('reads the record again when its times have moved on, as with a heartbeat', () => {
    const root = tempRoot();
    const { fileSystem, calls } = watched();
    const lease = acquireRoot(root, { purpose: 'repack', fileSystem });
    calls.length = 0;
    utimesSync(join(root, LEASE), 1000, 1000);
    lease.assertHeld();
    expect(calls).toContain('read');
    calls.length = 0;
    lease.assertHeld();
    expect(calls).toEqual(['lstat']);
    lease.release();
  });

  it('sees another holder whose record has the same size and times', () => {
    const root = tempRoot();
    // A file system whose times are coarse: all that is written within a day has the same ones.
    const coarse: FileSystem = {
      ...nodeFileSystem,
      lstat(path) {
        const stat = nodeFileSystem.lstat(path);
        return stat && { ...stat, mtimeMs: 0, ctimeMs: 0, size: 0 };
      },
    };
    const first = acquireRoot(root, { purpose: 'repack', fileSystem: coarse });
    for (let turn = 0; turn < 20; turn++) {
      const next = acquireRoot(root, { purpose: 'repack', takeOver: true, fileSystem: coarse });
      expect(() => {
        first.assertHeld();
      }).toThrow(expect.objectContaining({ code: 'E_LOCKED' }));
      next.release();
    }
    first.release();
  });

  it('is free again where its file could not be kept open', () => {
    const root = tempRoot();
    const full: FileSystem = {
      ...nodeFileSystem,
      open(path, how) {
        if (how === 'read') throw Object.assign(new Error('too many'), { code: 'EMFILE' });
        return nodeFileSystem.open(path, how);
      },
    };
    expect(() => acquireRoot(root, { purpose: 'repack', fileSystem: full })).toThrow(
      expect.objectContaining({ code: 'E_TOO_MANY_FILES' }),
    );
    const lease = acquireRoot(root, { purpose: 'repack' });
    lease.assertHeld();
    lease.release();
  });
});
