import { afterAll, describe, expect, it } from '@jest/globals';
import { keysBetween } from '@vision-cache/cache-keys';
import { type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { bars, fromVision } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

afterAll(removeTempRoots);

/** How often each call of the file system was made. */
function counted() {
  const counts = new Map<string, number>();
  const fileSystem = new Proxy(nodeFileSystem, {
    get: (plain, name: keyof FileSystem) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return plain[name];
    },
  });
  return { fileSystem, counts };
}

const days = keysBetween({ symbol: 'BTCUSDT', interval: '1h', start: '2024-01-01', end: '2024-01-31' });
const items = days.map((key) => ({ key, batch: bars(key), facts: fromVision }));

/** The calls of a save into a cache in which there is something already. */
async function callsOf(durability: 'none' | 'group', save: (cache: UnifiedCacheManager) => Promise<unknown>) {
  const { fileSystem, counts } = counted();
  const cache = new UnifiedCacheManager({ root: tempRoot(), durability, fileSystem });
  await cache.saveMany(items.slice(0, 1));
  counts.clear();
  await save(cache);
  return Object.fromEntries(counts);
}

describe('the calls of the file system', () => {
  it('are few for a new entry', async () => {
    const { lstat, ...calls } = await callsOf('none', (cache) => cache.save(days[1]!, bars(days[1]!), fromVision));
    expect(calls).toEqual({ open: 1, write: 1, close: 1, link: 1, unlink: 1 });
    expect(lstat).toBeLessThanOrEqual(14);
  });

  it('look at folders, marks and old files once for entries that are saved together', async () => {
    const calls = await callsOf('none', (cache) => cache.saveMany(items.slice(1, 25)));
    expect(calls).toMatchObject({ open: 24, write: 24, close: 24, link: 24, unlink: 24 });
    expect(calls.lstat! - 24).toBeLessThanOrEqual(15);
  });

  it('sync each file and their folder once', async () => {
    const calls = await callsOf('group', (cache) => cache.saveMany(items.slice(1, 25)));
    expect(calls).toMatchObject({ sync: 25, open: 25, close: 25, link: 24 });
  });

  it('leave few files open, however many saves wait for their folders at the same time', async () => {
    const { open, close } = nodeFileSystem;
    let [now, most] = [0, 0];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open(path, how) {
        const file = open(path, how);
        most = Math.max(most, ++now);
        return file;
      },
      close(file) {
        close(file);
        now--;
      },
    };
    const cache = new UnifiedCacheManager({ root: tempRoot(), durability: 'entry', fileSystem });
    await Promise.all(items.map(({ key, batch, facts }) => cache.save(key, batch, facts)));
    expect([now, most <= 32]).toEqual([0, true]);
  });

  it('sync the marks of a new root together, and folders at the same time', async () => {
    const { open, sync } = nodeFileSystem;
    const folders = new Map<number, string>();
    let [waiting, most, syncs] = [0, 0, 0];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open(path, how) {
        const file = open(path, how);
        if (how === 'folder') folders.set(file, path);
        else folders.delete(file);
        return file;
      },
      async sync(file) {
        syncs++;
        const isFolder = folders.has(file);
        if (isFolder) most = Math.max(most, ++waiting);
        await sync(file);
        if (isFolder) waiting--;
      },
    };
    const root = tempRoot();
    await new UnifiedCacheManager({ root, durability: 'group', fileSystem }).saveMany(items.slice(0, 2));
    // Two marks, the root, what is above it and the hidden folder; two entries and the seven folders of their path.
    expect(syncs).toBeLessThanOrEqual(2 + 3 + 2 + 7);
    expect(most).toBeGreaterThanOrEqual(4);
  });
});
