import { afterEach, describe, expect, it } from '@jest/globals';
import { type CacheKey, cachePath, legacyCachePath } from '@vision-cache/cache-keys';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readArrowFile } from './arrow-file.ts';
import { bars, fromRest, fromVision, klinesKey } from './rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot, treeHash } from './temp-root.fixture.ts';
import type { UnifiedCacheManagerOptions } from './manager-options.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

const key = klinesKey();
const um = klinesKey({ marketType: 'um' });
const hour = 3_600_000_000n;
const start = bars(key).columns.open_time[0]!;
const morning = { ...fromRest, spans: [{ start, end: start + 12n * hour }] };
const firstTwelve = Array.from({ length: 12 }, (_, bar) => bar);

/** An old file as an old program wrote it: an unsealed Arrow file with microseconds as plain integers. */
function writeOld(root: string, of: CacheKey = key, options: Parameters<typeof bars>[1] = {}): string {
  const { columns } = bars(of, { seed: 5, ...options });
  const file = join(root, legacyCachePath(of)!);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, tableToIPC(tableFromArrays({ ...columns }), 'file'));
  return file;
}

const manager = (root: string, more: Partial<UnifiedCacheManagerOptions> = {}) =>
  new UnifiedCacheManager({ root, durability: 'none', ...more });

async function load(cache: UnifiedCacheManager, of: CacheKey = key) {
  const found = await cache.load(of);
  const layout = (await cache.resolve(of))?.layout;
  const { hits, misses } = cache.stats();
  return {
    rows: found?.numRows ?? 0,
    state: found?.facts.state,
    answered: found?.facts.layout,
    layout,
    ...hits,
    misses,
  };
}

describe('an entry in transition', () => {
  it('is neither here nor there', async () => {
    expect(await load(manager(tempRoot()))).toEqual({ rows: 0, new: 0, old: 0, misses: 1 });
  });

  it('is under the new path only', async () => {
    const cache = manager(tempRoot());
    await cache.save(key, bars(key), fromVision);
    expect(await load(cache)).toMatchObject({ rows: 24, state: 'complete', answered: 'new', layout: 'new', new: 1, old: 0, misses: 0 }); // prettier-ignore
  });

  it('is under the old path only', async () => {
    const root = tempRoot();
    writeOld(root);
    const cache = manager(root);
    expect(await load(cache)).toMatchObject({ rows: 24, state: 'complete', answered: 'old', layout: 'old', new: 0, old: 1, misses: 0 }); // prettier-ignore
    const { columns, facts } = (await cache.load(key))!;
    expect(columns).toEqual(bars(key, { seed: 5 }).columns);
    expect(facts.source).toBe('migrated');
    expect(await cache.coverage([key])).toEqual([facts]);
    expect(await load(manager(root, { readLegacy: 'off' }))).toMatchObject({ rows: 0, new: 0, old: 0, misses: 1 });
  });

  it('is under both: the new one answers', async () => {
    const root = tempRoot();
    await manager(root).save(key, bars(key), fromVision);
    writeOld(root);
    const cache = manager(root);
    expect(await load(cache)).toMatchObject({ rows: 24, answered: 'new', layout: 'new', new: 1, old: 0 });
    expect((await cache.load(key))!.columns).toEqual(bars(key).columns);
  });

  it('is damaged under the new path: the good old one answers, and the damaged one is set aside', async () => {
    const root = tempRoot();
    await manager(root).save(key, bars(key), fromVision);
    writeOld(root);
    const file = join(root, cachePath(key));
    writeFileSync(file, readFileSync(file).fill(0, 3000, 4000));
    const cache = manager(root);
    expect(await load(cache)).toMatchObject({ rows: 24, answered: 'old', layout: 'old', new: 0, old: 1, misses: 0 });
    expect(cache.stats().quarantined).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it('belongs to another key under the new path: the good old one answers', async () => {
    const root = tempRoot();
    const other = klinesKey({ symbol: 'ETHUSDT' });
    await manager(root).save(other, bars(other), fromVision);
    writeOld(root);
    mkdirSync(dirname(join(root, cachePath(key))), { recursive: true });
    writeFileSync(join(root, cachePath(key)), readFileSync(join(root, cachePath(other))));
    expect(await load(manager(root))).toMatchObject({ rows: 24, answered: 'old', old: 1 });
  });

  it('is partial under the new path and complete under the old: both answer, and no row is hidden', async () => {
    const root = tempRoot();
    await manager(root).save(key, bars(key, { bars: firstTwelve }), morning);
    writeOld(root);
    const cache = manager(root);
    expect(await load(cache)).toMatchObject({
      rows: 24,
      state: 'complete',
      answered: 'old',
      layout: 'new',
      new: 0,
      old: 1,
    });
    const { columns, facts } = (await cache.load(key))!;
    expect(columns.close.slice(0, 12)).toEqual(bars(key).columns.close.slice(0, 12));
    expect(columns.close.slice(12)).toEqual(bars(key, { seed: 5 }).columns.close.slice(12));
    expect(facts).toMatchObject({ source: 'rest', contributions: [{ source: 'migrated', spans: [{ start: start + 12n * hour, end: start + 24n * hour }] }] }); // prettier-ignore
    expect((await cache.loadMany([key])).batch.numRows).toBe(24);
    expect(await cache.coverage([key])).toEqual([facts]);
  });

  it('is saved while an old file is there: the rows are united', async () => {
    const root = tempRoot();
    writeOld(root);
    const cache = manager(root);
    const { facts, conflicts } = await cache.save(key, bars(key, { bars: firstTwelve }), morning);
    expect(facts).toMatchObject({ state: 'complete', rows: 24, source: 'rest', layout: 'new' });
    expect(conflicts.every(({ keptSource, droppedSource }) => keptSource === 'rest' && droppedSource === 'migrated')).toBe(true); // prettier-ignore
    expect(conflicts.map(({ column }) => column)).not.toContain('close_time');
    expect(await load(cache)).toMatchObject({ rows: 24, answered: 'new', new: 1, old: 0 });
  });

  it('is invalidated with an old file left: that no longer counts until a save', async () => {
    const root = tempRoot();
    const old = writeOld(root);
    const cache = manager(root);
    await cache.invalidate(key);
    expect(await load(cache)).toMatchObject({ rows: 0, new: 0, old: 0, misses: 1 });
    expect(await load(manager(root))).toMatchObject({ rows: 0, misses: 1 });
    expect(existsSync(old)).toBe(true);
    // Rows that are not to be trusted do not come back with a part of the day.
    await cache.save(key, bars(key, { bars: firstTwelve }), morning);
    expect(await load(manager(root))).toMatchObject({ rows: 12, answered: 'new' });
    await cache.save(key, bars(key), fromVision);
    expect(await load(manager(root))).toMatchObject({ rows: 24, answered: 'new' });
    expect(filesBelow(root).filter((path) => path.includes('invalidated'))).toEqual([]);
  });

  it('of um never reads a spot file', async () => {
    const root = tempRoot();
    writeOld(root);
    expect(await load(manager(root), um)).toMatchObject({ rows: 0, new: 0, old: 0, misses: 1 });
    const cache = manager(root);
    await cache.save(um, bars(um, { bars: firstTwelve }), morning);
    expect(await load(cache, um)).toMatchObject({ rows: 12, state: 'partial', answered: 'new', new: 1, old: 0 });
  });

  it('counts an old file only with bars of its own day', async () => {
    const root = tempRoot();
    const file = writeOld(root);
    const tomorrow = klinesKey({ date: '2024-01-02' });
    writeFileSync(join(dirname(file), '2024-01-02.arrow'), readFileSync(file));
    const cache = manager(root);
    expect(await load(cache, tomorrow)).toMatchObject({ rows: 0, misses: 1 });
    expect(cache.stats().oldRefused).toBeGreaterThan(0);
  });

  it('reads customised old layouts, and none that lead out of the root', async () => {
    const root = tempRoot();
    const file = writeOld(root);
    mkdirSync(join(root, 'archive'));
    writeFileSync(join(root, 'archive/a.arrow'), readFileSync(file));
    const at = (path: string) => manager(root, { legacyPaths: () => [path] });
    expect(await load(at('archive/a.arrow'))).toMatchObject({ rows: 24, old: 1 });
    for (const path of ['../x.arrow', '/etc/passwd', 'a/../../x.arrow', '']) {
      await expect(at(path).load(key)).rejects.toMatchObject({ code: 'E_OUTSIDE_ROOT' });
    }
    const outside = tempRoot();
    writeFileSync(join(outside, 'a.arrow'), readFileSync(file));
    symlinkSync(outside, join(root, 'link'));
    expect(await load(at('link/a.arrow'))).toMatchObject({ rows: 0, misses: 1 });
  });

  it('leaves the old tree as it was, whatever is done', async () => {
    const root = tempRoot();
    const keys = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04'].map((date) => klinesKey({ date }));
    for (const each of keys) writeOld(root, each);
    const damaged = join(root, legacyCachePath(keys[3]!)!);
    writeFileSync(damaged, readFileSync(damaged).subarray(0, 700));
    const tree = join(root, 'BTCUSDT');
    const before = treeHash(tree);
    const cache = manager(root, { durability: 'group' });
    await cache.loadMany(keys);
    await cache.coverage(keys);
    await cache.save(keys[0]!, bars(keys[0]!), fromVision);
    await cache.save(keys[3]!, bars(keys[3]!), fromVision);
    await cache.saveAbsent(keys[1]!, { source: 'vision', kind: 'x', evidence: '404', askedAt: 1n, believedUntil: 2n });
    for (const each of keys) await cache.invalidate(each);
    for await (const each of cache.verify()) expect(each.status).toBe('ok');
    await cache.sweep();
    expect(treeHash(tree)).toBe(before);
  });
});

describe('links and odd things under the new path', () => {
  it('are told, followed by nothing and left as they are', async () => {
    const root = tempRoot();
    const outside = tempRoot();
    const cache = manager(root);
    await cache.save(key, bars(key), fromVision);
    const eth = klinesKey({ symbol: 'ETHUSDT' });
    symlinkSync(outside, join(root, cachePath(eth), '../..'));
    await expect(cache.save(eth, bars(eth), fromVision)).rejects.toMatchObject({ code: 'E_SYMLINK' });
    await expect(cache.load(eth)).rejects.toMatchObject({ code: 'E_SYMLINK' });
    const file = (date: string) => join(root, cachePath(klinesKey({ date })));
    symlinkSync(join(outside, 'target.arrow'), file('2024-02-01'));
    mkdirSync(file('2024-02-02'));
    writeFileSync(join(root, 'binance/spot/klines/daily/SOLUSDT'), 'x');
    const cases = [
      [klinesKey({ date: '2024-02-01' }), 'E_SYMLINK'],
      [klinesKey({ date: '2024-02-02' }), 'E_IO'],
      [klinesKey({ symbol: 'SOLUSDT' }), 'E_IO'],
    ] as const;
    const before = [...filesBelow(root), ...filesBelow(outside)];
    for (const [of, code] of cases) {
      await expect(cache.save(of, bars(of), fromVision)).rejects.toMatchObject({ code });
    }
    for await (const { path } of cache.entries()) expect(path).toBe(cachePath(key));
    expect([...filesBelow(root), ...filesBelow(outside)]).toEqual(before);
  });

  it('an entry that is a link is not read through it, also where it was a file before', async () => {
    const root = tempRoot();
    const cache = manager(root);
    await cache.save(key, bars(key), fromVision);
    await cache.load(key);
    const path = join(root, cachePath(key));
    const outside = join(tempRoot(), 'elsewhere.arrow');
    renameSync(path, outside);
    symlinkSync(outside, path);
    for (const each of [cache, manager(root)]) {
      await expect(each.load(key)).rejects.toMatchObject({ code: 'E_SYMLINK' });
      await expect(each.loadMany([key])).rejects.toMatchObject({ code: 'E_SYMLINK' });
    }
    expect((await readArrowFile(path)).numRows).toBe(24);
  });

  it('a root of a newer format is refused and left alone', async () => {
    const root = tempRoot();
    mkdirSync(join(root, '.vision-cache'));
    writeFileSync(join(root, '.vision-cache/format.json'), '{"name":"vision-cache","major":2,"minor":0}');
    const before = treeHash(root);
    const cache = manager(root);
    await expect(cache.load(key)).rejects.toMatchObject({
      code: 'E_NEWER_FORMAT',
      message: expect.stringContaining('format 2'),
    });
    await expect(cache.save(key, bars(key), fromVision)).rejects.toMatchObject({ code: 'E_NEWER_FORMAT' });
    await expect(cache.coverage([key])).rejects.toMatchObject({ code: 'E_NEWER_FORMAT' });
    expect(treeHash(root)).toBe(before);
  });
});
