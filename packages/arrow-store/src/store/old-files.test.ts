import { afterEach, describe, expect, it } from '@jest/globals';
import { legacyCachePath } from '@vision-cache/cache-keys';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ipc, bars as oldBars, pandasColumns } from '../containers/old-file.fixture.ts';
import { type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { bars, fromRest, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

afterEach(removeTempRoots);

const key = klinesKey();
const old = legacyCachePath(key)!;

describe('the old path of an entry', () => {
  it.each(['EIO', 'ESTALE', 'EACCES'])('whose disk says %s is an error, and no miss', async (code) => {
    const root = tempRoot();
    mkdirSync(dirname(join(root, old)), { recursive: true });
    writeFileSync(join(root, old), ipc(pandasColumns(oldBars())));
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      lstat(path) {
        if (path.endsWith(old)) throw Object.assign(new Error(code), { code });
        return nodeFileSystem.lstat(path);
      },
    };
    const cache = new UnifiedCacheManager({ root, fileSystem });
    const told = { code: expect.stringMatching(/E_IO|E_PERMISSION/) };
    await expect(cache.load(key)).rejects.toMatchObject(told);
    await expect(cache.loadMany([key])).rejects.toMatchObject(told);
    await expect(cache.coverage([key])).rejects.toMatchObject(told);
    await expect(cache.save(key, bars(key, { bars: [1] }), fromRest)).rejects.toMatchObject(told);
    expect((await new UnifiedCacheManager({ root }).load(key))?.numRows).toBe(24);
  });

  it('that a file stands in the way of is a miss', async () => {
    const root = tempRoot();
    writeFileSync(join(root, old.split('/')[0]!), 'no folder');
    const cache = new UnifiedCacheManager({ root });
    expect(await cache.load(key)).toBeUndefined();
    await cache.save(key, bars(key), fromRest);
    expect((await cache.load(key))?.facts.layout).toBe('new');
  });
});
