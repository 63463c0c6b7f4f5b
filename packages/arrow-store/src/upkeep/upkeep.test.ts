import { afterEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, keysBetween } from '@vision-cache/cache-keys';
import { Disk } from '../disk/disk.ts';
import { nodeFileSystem } from '../disk/file-system.ts';
import { tryLease } from '../leases/lease.ts';
import { bars, fromRest, fromVision, klinesKey } from '../rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import type { PruneOptions } from './prune.ts';

afterEach(removeTempRoots);

const days = keysBetween({ symbol: 'BTCUSDT', interval: '1h', start: '2024-01-01', end: '2024-01-05' });
const eth = keysBetween({ symbol: 'ETHUSDT', interval: '1h', start: '2024-01-01', end: '2024-01-03' });

async function filled() {
  const cache = new UnifiedCacheManager({ root: tempRoot() });
  for (const key of [...days, ...eth]) await cache.save(key, bars(key), fromVision);
  return cache;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

describe('usage', () => {
  it('tells files, rows and bytes of each series', async () => {
    const cache = await filled();
    const usage = await all(cache.usage());
    expect(usage.map(({ symbol, entries, rows, first, last }) => [symbol, entries, rows, first, last])).toEqual([
      ['BTCUSDT', 4, 96, '2024-01-01', '2024-01-04'],
      ['ETHUSDT', 2, 48, '2024-01-01', '2024-01-02'],
    ]);
    const listed = await all(cache.entries({ exchange: 'binance' }));
    expect(usage.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(listed.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  it('counts the bytes of a damaged file, and says that its rows are not known', async () => {
    const cache = await filled();
    writeFileSync(join(cache.root, cachePath(eth[0]!)), new Uint8Array(100));
    const [, ofEth] = await all(cache.usage());
    expect(ofEth).toMatchObject({ entries: 2, rows: 24, unreadable: 1 });
  });
});

describe('prune', () => {
  const pruned = async (cache: UnifiedCacheManager, options: PruneOptions) =>
    (await all(cache.prune(options))).map(({ path, outcome }) => [path, outcome]);
  const entries = (cache: UnifiedCacheManager) => filesBelow(cache.root).filter((path) => path.endsWith('.arrow'));

  it('removes what ends before an instant', async () => {
    const cache = await filled();
    const removed = [days[0]!, days[1]!, eth[0]!, eth[1]!].map((key) => [cachePath(key), 'removed']);
    expect(await pruned(cache, { before: '2024-01-03T12:00Z' })).toEqual(removed);
    expect(entries(cache)).toEqual([cachePath(days[2]!), cachePath(days[3]!)]);
    expect(await cache.load(days[0]!)).toBeUndefined();
  });

  it('only lists with dryRun', async () => {
    const cache = await filled();
    const before = entries(cache);
    const told = await pruned(cache, { before: '2024-01-02', dryRun: true });
    expect(told).toEqual([days[0]!, eth[0]!].map((key) => [cachePath(key), 'would-be-removed']));
    expect(entries(cache)).toEqual(before);
  });

  it('keeps what no archive is known to have, unless it is told otherwise', async () => {
    const cache = await filled();
    const today = klinesKey({ date: '2024-01-05' });
    await cache.save(today, bars(today), fromRest);
    const mixed = klinesKey({ date: '2024-01-06' });
    await cache.save(mixed, bars(mixed, { bars: [0, 1, 2] }), fromVision);
    await cache.save(mixed, bars(mixed), fromRest);
    const series = [{ exchange: 'binance', marketType: 'spot' }];
    const kept = (await all(cache.prune({ series }))).filter(({ outcome }) => outcome === 'irreplaceable');
    expect(kept.map(({ path }) => path)).toEqual([cachePath(today), cachePath(mixed)]);
    expect(entries(cache)).toEqual([cachePath(today), cachePath(mixed)]);
    expect(await pruned(cache, { series, includingIrreplaceable: true })).toEqual([
      [cachePath(today), 'removed'],
      [cachePath(mixed), 'removed'],
    ]);
  });

  it('brings a series down to a size, the earliest dates first', async () => {
    const cache = await filled();
    const series = [{ exchange: 'binance', marketType: 'spot', dataNature: 'klines', packagingFrequency: 'daily', symbol: 'BTCUSDT' }]; // prettier-ignore
    const [usage] = await all(cache.usage(series[0]));
    expect(await pruned(cache, { series, maxBytes: usage!.bytes / 2 })).toEqual([
      [cachePath(days[0]!), 'removed'],
      [cachePath(days[1]!), 'removed'],
    ]);
    expect(await pruned(cache, { series, maxBytes: usage!.bytes / 2 })).toEqual([]);
  });

  it('counts an entry once where one folder lies in another', async () => {
    const cache = await filled();
    const market = { exchange: 'binance', marketType: 'spot' };
    const total = (await all(cache.usage(market))).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(await pruned(cache, { series: [market, { ...market, dataNature: 'klines' }], maxBytes: total })).toEqual([]);
  });

  it('keeps an entry that somebody is writing', async () => {
    const cache = await filled();
    const disk = new Disk(cache.root, nodeFileSystem);
    const lease = tryLease(disk, cachePath(days[0]!), 'write', Date.now)!;
    expect(await pruned(cache, { before: '2024-01-02' })).toEqual([
      [cachePath(days[0]!), 'in-use'],
      [cachePath(eth[0]!), 'removed'],
    ]);
    lease.release();
    expect(await pruned(cache, { before: '2024-01-02' })).toEqual([[cachePath(days[0]!), 'removed']]);
  });

  it.each([{}, { maxBytes: -1 }, { maxBytes: Number.NaN }])('refuses %p', async (options) => {
    await expect(pruned(await filled(), options)).rejects.toMatchObject({ code: 'E_OPTION' });
  });
});
