import { afterEach, describe, expect, it } from '@jest/globals';
import { cachePath } from '@vision-cache/cache-keys';
import { existsSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { bars, fromRest, fromVision, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

afterEach(removeTempRoots);

const key = klinesKey();
/** Bytes rot without a mark: the file system shows what it has shown before. */
function rotting(root: string) {
  const file = join(root, cachePath(key));
  const before = nodeFileSystem.lstat(file)!;
  const bytes = readFileSync(file);
  bytes[bytes.length - 4000]! ^= 1;
  const { ino } = statSync(file);
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    stat: (handle) => {
      const now = nodeFileSystem.stat(handle);
      return now.ino === ino ? before : now;
    },
  };
  return {
    fileSystem,
    rot() {
      writeFileSync(file, bytes);
      utimesSync(file, before.mtimeMs / 1000, before.mtimeMs / 1000);
    },
  };
}

const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a known file', () => {
  it.each(['load', 'loadMany'] as const)('is verified again behind a %s, and moved aside where it has rotted', async (verb) => {
    const root = tempRoot();
    await new UnifiedCacheManager({ root }).save(key, bars(key), fromVision);
    const { fileSystem, rot } = rotting(root);
    const cache = new UnifiedCacheManager({ root, fileSystem, verifyAgainAfterMs: 0 });
    const read = () => (verb === 'load' ? cache.load(key) : cache.loadMany([key]));
    await read();
    rot();
    await read();
    await until(() => !existsSync(join(root, cachePath(key))));
    expect(readdirSync(join(root, '.vision-cache/quarantine'))).toHaveLength(2);
    await until(() => cache.stats().quarantined === 1);
    expect(await cache.load(key)).toBeUndefined();
    await cache.save(key, bars(key), fromRest);
    expect((await cache.load(key))?.numRows).toBe(24);
  }); // prettier-ignore

  it('is not verified again before its time, nor with other policies', async () => {
    const root = tempRoot();
    await new UnifiedCacheManager({ root }).save(key, bars(key), fromVision);
    let opened = 0;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open: (path, how) => {
        if (path.endsWith('.arrow')) opened++;
        return nodeFileSystem.open(path, how);
      },
    };
    for (const options of [{}, { verify: 'never', verifyAgainAfterMs: 0 }, { verify: 'always', verifyAgainAfterMs: 0 }] as const) {
      const cache = new UnifiedCacheManager({ root, fileSystem, ...options });
      opened = 0;
      for (let read = 0; read < 3; read++) await cache.load(key);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(opened).toBe(3);
    } // prettier-ignore
  });
});
