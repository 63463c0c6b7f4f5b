import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ColumnArray,
  type ColumnBatch,
  cacheKey,
  cachePath,
  keysBetween,
  legacyCachePath,
} from '@vision-cache/cache-keys';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { bundledStore, run } from './child-process.fixture.ts';
import { loadChannel } from './contract/diagnostics.ts';
import { type FileSystem, nodeFileSystem } from './disk/file-system.ts';
import { bars, fromVision } from './rows.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

/** So large that it is read on other threads, once it has been verified. */
const range = { symbol: 'BTCUSDT', interval: '1m', start: '2024-01-01', end: '2024-02-01' } as const;
const month = keysBetween(range);

async function savedMonth(): Promise<string> {
  const root = tempRoot();
  const cache = new UnifiedCacheManager({ root, durability: 'none' });
  await cache.saveMany(month.map((key) => ({ key, batch: bars(key), facts: fromVision })));
  return root;
}

/** A file system that can be told to fail, and knows what is open. */
class WatchedFiles {
  open = 0;
  aside = 0;
  most = Infinity;
  failing = 0;
  /** What happens when a file has been looked at and is about to be read. */
  beforeRead: () => void = () => undefined;
  readonly fileSystem: FileSystem = {
    ...nodeFileSystem,
    open: (path, how) => {
      if (this.open >= this.most) throw Object.assign(new Error('too many'), { code: 'EMFILE' });
      const file = nodeFileSystem.open(path, how);
      this.open++;
      return file;
    },
    close: (file) => {
      nodeFileSystem.close(file);
      this.open--;
    },
    read: (file, into, position) => {
      this.beforeRead();
      return nodeFileSystem.read(file, into, position);
    },
    readAside: async (file, into, position) => {
      this.aside++;
      this.beforeRead();
      if (this.aside === this.failing) throw Object.assign(new Error('broken'), { code: 'EIO' });
      // Less than was asked for, as a signal or a network file system can have it.
      return nodeFileSystem.readAside(file, into.slice(0, 3), position);
    },
  };
}

/** Jest compares value by value, which takes seconds for a month of minutes. */
function expectSame(found: ColumnBatch, expected: ColumnBatch): void {
  expect(Object.keys(found.columns)).toEqual(Object.keys(expected.columns));
  const bytesOf = (column: ColumnArray): Buffer => {
    const { buffer, byteOffset, byteLength } = column as Float64Array<ArrayBuffer>;
    return Buffer.from(buffer, byteOffset, byteLength);
  };
  for (const [name, column] of Object.entries(expected.columns)) {
    expect([name, bytesOf(found.columns[name]!).equals(bytesOf(column))]).toEqual([name, true]);
  }
}

describe('a load of many known files', () => {
  it('reads on other threads what was verified before, the same numbers, and tells how long each took', async () => {
    const root = await savedMonth();
    const watched = new WatchedFiles();
    const cache = new UnifiedCacheManager({ root, fileSystem: watched.fileSystem });
    const first = await cache.loadMany(month);
    expect(watched.aside).toBe(0);
    const durations: number[] = [];
    const listen = (message: unknown) => durations.push((message as { durationMs: number }).durationMs);
    loadChannel.subscribe(listen);
    const again = await cache.loadMany(month).finally(() => loadChannel.unsubscribe(listen));
    expect(watched).toMatchObject({ aside: 31, open: 0 });
    expect({ ...again, batch: undefined }).toEqual({ ...first, batch: undefined });
    expectSame(again.batch, first.batch);
    expect(durations).toHaveLength(31);
    expect(durations.every((duration) => duration > 0)).toBe(true);
    const { batch } = await cache.loadMany(month, { columns: ['close'] });
    expect(batch.columns.close).toEqual(first.batch.columns.close);
  });

  it('waits for some of the files when no more can be opened', async () => {
    const watched = new WatchedFiles();
    const cache = new UnifiedCacheManager({ root: await savedMonth(), fileSystem: watched.fileSystem });
    const first = await cache.loadMany(month);
    watched.most = 5;
    expectSame((await cache.loadMany(month)).batch, first.batch);
    expect(watched).toMatchObject({ aside: 31, open: 0 });
  });

  it('closes every file, and writes no more to the memory, when one of them cannot be read', async () => {
    const watched = new WatchedFiles();
    const cache = new UnifiedCacheManager({ root: await savedMonth(), fileSystem: watched.fileSystem });
    await cache.loadMany(month);
    watched.failing = 7;
    const close = new Float64Array(31 * 1440);
    const failed = cache.loadMany(month, { into: { close } });
    await expect(failed).rejects.toMatchObject({ code: 'E_IO', details: { operation: 'read', systemCode: 'EIO' } });
    expect(watched.open).toBe(0);
    close.fill(-1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(close.every((value) => value === -1)).toBe(true);
  });
});

describe('a known file that changes between being looked at and being read', () => {
  const changes = {
    'is written into': (file: string) => {
      const bytes = readFileSync(file);
      bytes.fill(7, 50_000, 60_000);
      const open = openSync(file, 'r+');
      writeSync(open, bytes, 0, bytes.length, 0);
      closeSync(open);
    },
    'is cut': (file: string) => {
      truncateSync(file, 50_000);
    },
  };

  it.each(Object.entries(changes))(
    'and %s is a miss, read on whichever thread, alone or with others',
    async (_, change) => {
      const root = await savedMonth();
      const watched = new WatchedFiles();
      const fresh = () => new UnifiedCacheManager({ root, fileSystem: watched.fileSystem });
      const [day] = month;
      const file = join(root, cachePath(day!));
      const good = readFileSync(file);
      const changeOnce = () => {
        watched.beforeRead = () => {
          watched.beforeRead = () => undefined;
          change(file);
        };
      };
      const loads = {
        alone: (cache: UnifiedCacheManager) => cache.load(day!),
        'a column': (cache: UnifiedCacheManager) => cache.load(day!, { columns: ['close'] }),
        'a few': async (cache: UnifiedCacheManager) => (await cache.loadMany(month.slice(0, 2))).entries[0],
        many: async (cache: UnifiedCacheManager) => {
          const { batch, entries } = await cache.loadMany(month);
          expect(batch.columns.close).toEqual(whole.batch.columns.close.subarray(1440));
          return entries[0];
        },
      };
      const whole = await fresh().loadMany(month);
      for (const load of Object.values(loads)) {
        writeFileSync(file, good);
        const cache = fresh();
        await cache.loadMany(month);
        changeOnce();
        expect(await load(cache)).toBeUndefined();
        expect(watched.open).toBe(0);
        expect(cache.stats()).toMatchObject({ misses: 1, quarantined: 1 });
      }
      expect(watched.aside).toBeGreaterThan(0);
    },
  );

  it('is read as it was where it is replaced, and as it is the next time', async () => {
    const root = await savedMonth();
    const watched = new WatchedFiles();
    const cache = new UnifiedCacheManager({ root, fileSystem: watched.fileSystem });
    const whole = await cache.loadMany(month);
    const newer = bars(month[0]!, { seed: 2 });
    const into = { close: new Float64Array(31 * 1440) };
    watched.beforeRead = () => {
      watched.beforeRead = () => undefined;
      writeFileSync(join(root, 'another'), 'of no entry');
      renameSync(join(root, 'another'), join(root, cachePath(month[0]!)));
    };
    expect((await cache.loadMany(month, { into })).batch.columns.close).toEqual(whole.batch.columns.close);
    rmSync(join(root, cachePath(month[0]!)));
    await new UnifiedCacheManager({ root }).save(month[0]!, newer, fromVision);
    expect((await cache.loadMany(month)).batch.columns.close.subarray(0, 1440)).toEqual(newer.columns.close);
  });
});

describe('loads at the same time', () => {
  it('do with few open files, of known and of new ones', async () => {
    const root = await savedMonth();
    const watched = new WatchedFiles();
    const cache = new UnifiedCacheManager({ root, fileSystem: watched.fileSystem });
    const other = new UnifiedCacheManager({ root, fileSystem: watched.fileSystem });
    const whole = await cache.loadMany(month);
    await other.loadMany(month.slice(0, 20));
    watched.most = 20;
    const loads = [cache, cache, cache, other, cache].map((each) => each.loadMany(month));
    const days = month.map((key) => cache.load(key));
    for (const load of loads) expectSame((await load).batch, whole.batch);
    for (const day of days) expect(await day).toMatchObject({ numRows: 1440 });
    expect(watched.open).toBe(0);
  });

  it('look at the folder of a file anew while others wait for theirs', async () => {
    const root = tempRoot();
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1s', date: '2024-01-01' });
    await new UnifiedCacheManager({ root, durability: 'none' }).save(key, bars(key), fromVision);
    let goOn: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (goOn = resolve));
    const readAside: FileSystem['readAside'] = (...of) => waiting.then(() => nodeFileSystem.readAside(...of));
    const cache = new UnifiedCacheManager({ root, fileSystem: { ...nodeFileSystem, readAside } });
    await cache.loadMany([key]);
    const load = cache.loadMany([key]);
    await new Promise(setImmediate);
    const folder = dirname(join(root, cachePath(key)));
    renameSync(folder, `${folder}-elsewhere`);
    symlinkSync(`${folder}-elsewhere`, folder);
    await expect(cache.load(key)).rejects.toMatchObject({ code: 'E_SYMLINK' });
    goOn();
    expect((await load).batch.numRows).toBe(86_400);
  });
});

/** In a process of its own, which an error that nobody handles ends. Of one day there is only an old file, read in a worker. */
const FAILING = `
  const { default: fs } = await import('node:fs');
  const { syncBuiltinESMExports } = await import('node:module');
  const cache = new S.UnifiedCacheManager({ root: input.root });
  const keys = S.keysBetween(input.range);
  await cache.loadMany(keys);
  fs.rmSync(input.root + '/' + S.cachePath(keys[20]));
  fs.readv = (file, into, position, done) => setImmediate(done, Object.assign(new Error('broken'), { code: 'EIO' }));
  syncBuiltinESMExports();
  await cache.loadMany(keys).catch((error) => process.stdout.write(error.code + '\\n'));`;

describe('a read that fails while something else is waited for', () => {
  it('is told by its load, and by nothing else', async () => {
    const root = await savedMonth();
    const old = join(root, legacyCachePath(month[20]!)!);
    mkdirSync(dirname(old), { recursive: true });
    writeFileSync(old, 'ARROW1 and nothing more');
    const { ended } = run(bundledStore(), FAILING, { root, range });
    expect(await ended).toMatchObject({ code: 0, errors: '', lines: ['E_IO'] });
  });
});

describe('a load of many files of one form', () => {
  it('notices any changed byte of one of them, be it head, rows, padding or tail, and answers the others', async () => {
    const root = tempRoot();
    const cache = new UnifiedCacheManager({ root, durability: 'none' });
    const week = keysBetween({ symbol: 'BTCUSDT', interval: '2h', start: '2024-01-01', end: '2024-01-08' });
    await cache.saveMany(week.map((key) => ({ key, batch: bars(key), facts: fromVision })));
    const whole = (await cache.loadMany(week)).batch;
    const file = join(root, cachePath(week[3]!));
    const good = readFileSync(file);
    for (let at = 0; at < good.length; at += 61) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at & 7);
      writeFileSync(file, bad);
      const fresh = new UnifiedCacheManager({ root });
      const { batch, entries } = await fresh.loadMany(week);
      expect(batch.numRows).toBe(6 * 12);
      expect(entries.map((facts) => facts?.state ?? 'none').join(' ')).toBe(
        'complete complete complete none complete complete complete',
      );
      expect(batch.columns.close.slice(3 * 12)).toEqual(whole.columns.close.slice(4 * 12));
    }
    writeFileSync(file, good);
    expect((await new UnifiedCacheManager({ root }).loadMany(week)).batch).toEqual(whole);
  });
});
