// The whole way in the roadmap's own names: where a file is, save, load, the metadata, invalidate, and the old path.
import { readArrowFile, UnifiedCacheManager, VisionCacheManager } from '@vision-cache/arrow-store';
import { CacheKeyManager } from '@vision-cache/cache-keys';
import { afterEach, describe, expect, it } from '@jest/globals';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Setup, openSetup } from './compose.ts';

let setup: Setup | undefined;
afterEach(() => setup?.close());

const WAYS = [
  { name: 'spot klines by the day', key: ['BTCUSDT', '1h', '2024-03-05'], old: 'BTCUSDT/1h/2024-03-05.arrow' },
  {
    name: 'spot klines of a month',
    key: ['BTCUSDT', '1mo', '2024-01', 'binance', 'spot', 'klines', 'monthly'],
    old: 'BTCUSDT/1M/2024-01-01.arrow',
  },
  {
    name: 'funding rates by the month',
    key: ['BTCUSDT', undefined, '2024-01', 'binance', 'um', 'fundingRate', 'monthly'],
    old: undefined,
  },
] as const;

describe.each(WAYS)("the roadmap's way, with $name", ({ key: given, old }) => {
  const [symbol, interval, date, exchange, marketType, dataNature, packagingFrequency] = given;
  const key = [symbol, interval, date, exchange, marketType, dataNature, packagingFrequency] as const;
  const path = CacheKeyManager.getCachePath('', ...key);

  it('saves, loads, registers and retrieves metadata, invalidates, and finds the old path', async () => {
    setup = await openSetup({ sources: 'vision' });
    const { root, vision, clock } = setup;
    const cache = new UnifiedCacheManager({ root, now: () => clock.at, durability: 'none' });

    // getCachePath: the same in both classes, and it makes no folder.
    const file = cache.getCachePath(...key);
    expect(file).toBe(join(root, path));
    expect(CacheKeyManager.getCachePath(root, ...key)).toBe(file);
    expect(cache.resolveCachePath(...key)).toBe(file);
    expect(readdirSync(root)).toEqual([]);
    const cacheKey = CacheKeyManager.parseCachePath(file);
    expect(CacheKeyManager.getCacheKey(...key)).toBe(path.replace(/\.arrow$/, ''));

    // loadFromCache: a miss; then fetched and saveToCache.
    expect(await cache.loadFromCache(...key)).toBeUndefined();
    const answer = await vision.fetch(cacheKey);
    if (answer.status === 'missing') throw new Error(answer.evidence);
    expect(await cache.saveToCache(answer.batch, ...key)).toBe(file);
    expect(cache.resolveCachePath(...key)).toBe(file);
    const rows = setup.archive.rows(cacheKey);
    const loaded = await cache.loadFromCache(...key);
    expect(loaded?.columns).toEqual(rows.columns);
    expect(loaded?.numRows).toBeGreaterThan(0);

    // The metadata, registered by the save: of the file itself, and in the list of the cache, by another process as well.
    const other = new UnifiedCacheManager({ root, now: () => clock.at });
    const registered = { state: 'complete', source: 'unknown', rows: answer.batch.numRows, layout: 'new' };
    expect((await other.coverage([cacheKey]))[0]).toMatchObject(registered);
    expect((await readArrowFile(file)).facts).toMatchObject(registered);
    const listed = [];
    for await (const entry of other.entries()) listed.push(entry);
    expect(listed).toMatchObject([{ key: cacheKey, path, facts: registered }]);
    expect((await VisionCacheManager.loadFromCache(file))?.facts).toMatchObject(registered);

    // After an invalidation an old file stays, and no longer counts.
    if (old !== undefined) {
      const oldFile = join(root, old);
      mkdirSync(dirname(oldFile), { recursive: true });
      cpSync(file, oldFile);
    }
    await cache.invalidateCache(...key);
    expect(existsSync(file)).toBe(false);
    expect(await cache.loadFromCache(...key)).toBeUndefined();
    expect((await other.coverage([cacheKey]))[0]).toBeUndefined();

    // VisionCacheManager: the same by path, into the same entry.
    await VisionCacheManager.saveToCache(answer.batch, file, date);
    expect((await VisionCacheManager.loadFromCache(file))?.columns).toEqual(rows.columns);
    expect((await other.loadFromCache(...key))?.columns).toEqual(rows.columns);
  });

  it('resolveCachePath finds the old file where that is all there is', async () => {
    setup = await openSetup({ sources: 'vision' });
    const { root, vision, cache } = setup;
    const cacheKey = CacheKeyManager.parseCachePath(path);
    const answer = await vision.fetch(cacheKey);
    if (answer.status === 'missing') throw new Error(answer.evidence);
    const file = await cache.saveToCache(answer.batch, ...key);
    const oldRoot = join(root, 'with-old');
    const oldFile = join(oldRoot, old ?? 'BTCUSDT/2024-01-01.arrow');
    mkdirSync(dirname(oldFile), { recursive: true });
    cpSync(file, oldFile);
    const later = new UnifiedCacheManager({ root: oldRoot });
    expect(later.resolveCachePath(...key)).toBe(old === undefined ? later.getCachePath(...key) : oldFile);
    const loaded = await later.loadFromCache(...key);
    expect(loaded?.facts.layout).toBe(old === undefined ? undefined : 'old');
    expect(loaded?.columns).toEqual(old === undefined ? undefined : setup.archive.rows(cacheKey).columns);
    expect(existsSync(later.getCachePath(...key))).toBe(false);
  });
});
