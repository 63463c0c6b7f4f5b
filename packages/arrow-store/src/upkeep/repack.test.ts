import { afterEach, describe, expect, it } from '@jest/globals';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINANCE, cachePath, createCatalog } from '@vision-cache/cache-keys';
import { nodeFileSystem, type FileSystem } from '../disk/file-system.ts';
import { acquireRoot } from '../leases/root-lease.ts';
import { rootCatalog } from '../read/root-catalog.ts';
import { bars, fromRest, fromVision } from '../rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import { repack, type RepackOptions } from './repack.ts';

afterEach(removeTempRoots);

const byMonth = createCatalog(BINANCE.datasets, { monthly: ['1h'] });
const range = { symbol: 'BTCUSDT', interval: '1h', start: '2024-01-20', end: '2024-02-10' } as const;
const days = BINANCE.keysBetween(range);
const months = byMonth.keysBetween(range);

/** Days of two months: one lacks bars, one came from two sources, one is not there. */
async function filled() {
  const cache = new UnifiedCacheManager({ root: tempRoot() });
  for (const [place, key] of days.entries()) {
    if (place === 5) continue;
    const url = { ...fromVision, sourceUrl: `https://data.binance.vision/${cachePath(key)}.zip` };
    const kind = { kind: 'exchange-outage', evidence: 'told' };
    if (place === 3)
      await cache.save(key, bars(key, { bars: [0, 1, 2, 20, 21, 22, 23] }), { ...url, holes: [{ start: BigInt(Date.parse(`${key.date}T03:00Z`)) * 1000n, end: BigInt(Date.parse(`${key.date}T20:00Z`)) * 1000n, ...kind }] }); // prettier-ignore
    else if (place === 4) {
      await cache.save(key, bars(key, { bars: [0, 1, 2] }), url);
      await cache.save(key, bars(key), fromRest);
    } else await cache.save(key, bars(key), url);
  }
  const minutes = BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-20' });
  await cache.save(minutes, bars(minutes), fromVision);
  return cache.root;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

const entries = (root: string) => filesBelow(root).filter((path) => path.endsWith('.arrow') && path.includes('/1h/'));
const rowsOf = async (root: string) => {
  const catalog = rootCatalog(root);
  const cache = new UnifiedCacheManager({ root, catalog });
  const { batch } = await cache.loadMany(catalog.keysBetween(range));
  return batch;
};

describe(repack, () => {
  it('moves days into months and back, with every row, hole and source', async () => {
    const root = await filled();
    const before = await rowsOf(root);
    const facts = await new UnifiedCacheManager({ root }).coverage(days);
    const report = await all(repack({ root, monthly: ['1h'] }));
    expect(report).toEqual([
      { folder: 'binance/spot/klines/daily/BTCUSDT/1h', entries: days.length - 1, unreadable: 0, outcome: 'moved' },
    ]);
    expect(entries(root)).toEqual(months.map(cachePath));
    expect(await rowsOf(root)).toEqual(before);
    const [january] = await new UnifiedCacheManager({ root, catalog: byMonth }).coverage(months);
    expect(january).toMatchObject({
      state: 'partial',
      holes: [expect.objectContaining({ kind: 'exchange-outage', evidence: 'told' })],
    });

    await all(repack({ root, monthly: [] }));
    expect(await rowsOf(root)).toEqual(before);
    expect(entries(root)).toEqual(days.filter((_, place) => place !== 5).map(cachePath));
    expect(await new UnifiedCacheManager({ root }).coverage(days)).toEqual(facts);
  });

  it('leaves intervals alone that keep their home, and has nothing to do the second time', async () => {
    const root = await filled();
    await all(repack({ root, monthly: ['1h'] }));
    expect(filesBelow(root)).toContain('binance/spot/klines/daily/BTCUSDT/1m/2024-01-20.arrow');
    expect(await all(repack({ root, monthly: ['1h'] }))).toEqual([]);
  });

  it('only lists with dryRun', async () => {
    const root = await filled();
    const before = filesBelow(root);
    expect(await all(repack({ root, monthly: ['1h'], dryRun: true }))).toMatchObject([{ outcome: 'would-move' }]);
    expect(filesBelow(root)).toEqual(before);
  });

  it('leaves a damaged entry where it is, and tells of it', async () => {
    const root = await filled();
    const damaged = join(root, cachePath(days[1]!));
    const bytes = readFileSync(damaged);
    bytes[bytes.length - 2000]! ^= 1;
    writeFileSync(damaged, bytes);
    expect(await all(repack({ root, monthly: ['1h'] }))).toMatchObject([{ unreadable: 1, entries: days.length - 2 }]);
    expect(readFileSync(damaged)).toEqual(bytes);
    expect((await rowsOf(root)).numRows).toBe((days.length - 2) * 24 - 17);
  });

  it('makes no further entry visible once another process has taken the root over', async () => {
    const root = await filled();
    await all(repack({ root, monthly: ['1h'] }));
    const before = entries(root);
    let other: { release(): void } | undefined;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      rename(from, to) {
        nodeFileSystem.rename(from, to);
        if (to.endsWith('.arrow')) other ??= acquireRoot(root, { purpose: 'repack', takeOver: true });
      },
    };
    await expect(all(repack({ root, monthly: [], fileSystem }))).rejects.toMatchObject({ code: 'E_LOCKED' });
    other?.release();
    expect(entries(root).filter((path) => !before.includes(path))).toHaveLength(1);
  });

  it('refuses a root of a newer format, and changes nothing in it', async () => {
    const root = await filled();
    const marker = join(root, '.vision-cache/format.json');
    writeFileSync(marker, '{"name":"vision-cache","major":9,"minor":0}\n');
    const before = filesBelow(root);
    for (const dryRun of [true, false]) {
      await expect(all(repack({ root, monthly: ['1h'], dryRun }))).rejects.toMatchObject({ code: 'E_NEWER_FORMAT' });
    }
    expect(filesBelow(root)).toEqual(before);
    expect(readFileSync(marker, 'utf8')).toContain('"major":9');
  });

  it('refuses while another one is at work', async () => {
    const root = await filled();
    const lease = acquireRoot(root, { purpose: 'migrate' });
    await expect(all(repack({ root, monthly: ['1h'] }))).rejects.toMatchObject({ code: 'E_LOCKED' });
    lease.release();
  });

  it('loses nothing wherever it is stopped, and ends when it is run again', async () => {
    const before = await rowsOf(await filled());
    for (let calls = 1; ; calls += 3) {
      const root = await filled();
      const stopped = await all(repack({ root, monthly: ['1h'], fileSystem: failingAfter(calls) })).then(
        () => false,
        () => true,
      );
      expect(await rowsOf(root)).toEqual(before);
      await all(repack({ root, monthly: ['1h'], takeOver: true }));
      expect(entries(root)).toEqual(months.map(cachePath));
      expect(await rowsOf(root)).toEqual(before);
      if (!stopped) break;
    }
  });

  it('keeps what somebody saves in the old home while it copies', async () => {
    const root = await filled();
    const late = days[5]!;
    const options: RepackOptions = { root, monthly: ['1h'], fileSystem: await savingBefore(root, late) };
    await all(repack(options));
    const cache = new UnifiedCacheManager({ root, catalog: byMonth });
    const { batch } = await cache.loadMany(months, { start: '2024-01-25', end: '2024-01-26' });
    expect(batch.columns).toEqual(bars(late).columns);
    expect(entries(root)).toEqual(months.map(cachePath));
  });
});

/** The system's calls that change something, of which all but the first so many fail, as after a kill. */
function failingAfter(calls: number): FileSystem {
  let left = calls;
  const count = () => {
    if (left-- <= 0) throw Object.assign(new Error('gone'), { code: 'EIO' });
  };
  const { rename, link, unlink, write } = nodeFileSystem;
  const counted =
    <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      count();
      return call(...args);
    };
  return {
    ...nodeFileSystem,
    rename: counted(rename),
    link: counted(link),
    unlink: counted(unlink),
    write: counted(write),
  };
}

/** A file system under which another process saves a day just before the root's marker is replaced. */
async function savingBefore(root: string, key: (typeof days)[number]): Promise<FileSystem> {
  const other = tempRoot();
  await new UnifiedCacheManager({ root: other }).save(key, bars(key), fromVision);
  return {
    ...nodeFileSystem,
    rename(from, to) {
      if (to.endsWith('format.json')) copyFileSync(join(other, cachePath(key)), join(root, cachePath(key)));
      nodeFileSystem.rename(from, to);
    },
  };
}
