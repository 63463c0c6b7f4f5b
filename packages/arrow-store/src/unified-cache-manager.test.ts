import { afterEach, describe, expect, it } from '@jest/globals';
import { cachePath, spanOf } from '@vision-cache/cache-keys';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bars, fromRest, fromVision, klinesKey } from './rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

describe(UnifiedCacheManager, () => {
  it('gives back what it was given, with its facts', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const key = klinesKey();
    expect(await cache.load(key)).toBeUndefined();
    const { facts, conflicts } = await cache.save(key, bars(key), fromVision);
    expect(conflicts).toEqual([]);
    expect(facts).toMatchObject({ state: 'complete', layout: 'new', rows: 24, source: 'vision', holes: [] });
    expect(await cache.load(key)).toEqual({ ...bars(key), facts });
    expect(await new UnifiedCacheManager({ root: cache.root }).load(key)).toEqual({ ...bars(key), facts });
    expect(cache.stats()).toMatchObject({ hits: { new: 1, old: 0 }, misses: 1 });
    expect(filesBelow(cache.root)).toEqual(['.vision-cache/format.json', 'CACHEDIR.TAG', cachePath(key)]);
  });

  it('unites rows and never replaces them by less', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const key = klinesKey();
    const { start } = spanOf(key.date);
    const hour = 3_600_000_000n;
    await cache.save(key, bars(key, { bars: [0, 1, 2] }), { ...fromRest, spans: [{ start, end: start + 3n * hour }] });
    const partial = await cache.load(key);
    expect(partial).toMatchObject({
      numRows: 3,
      facts: { state: 'partial', spans: [{ start, end: start + 3n * hour }] },
    });
    const { facts } = await cache.save(key, bars(key, { bars: [2, 3, 23], seed: 2 }), { ...fromRest, spans: [{ start: start + 2n * hour, end: start + 24n * hour }] }); // prettier-ignore
    expect(facts).toMatchObject({
      state: 'complete',
      rows: 5,
      holes: [{ start: start + 4n * hour, end: start + 23n * hour }],
    });
    const united = await cache.load(key);
    expect(united!.columns.close[2]).toBe(bars(key, { seed: 2 }).columns.close[2]);
    await cache.save(key, bars(key, { seed: 3 }), fromVision);
    const { conflicts } = await cache.save(key, bars(key, { seed: 4, bars: [5] }), fromRest);
    expect(conflicts.map(({ column }) => column)).toContain('close');
    expect((await cache.load(key))!.columns).toEqual(bars(key, { seed: 3 }).columns);
  });

  it('writes the same bytes for the same rows and facts', async () => {
    const key = klinesKey({ interval: '1m' });
    const files = await Promise.all(
      [1, 2].map(async () => {
        const cache = new UnifiedCacheManager({ root: tempRoot() });
        await cache.save(key, bars(key), fromVision);
        return readFileSync(join(cache.root, cachePath(key)));
      }),
    );
    expect(files[0]!.equals(files[1]!)).toBe(true);
  });
});
