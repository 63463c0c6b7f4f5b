import { afterEach, describe, expect, it } from '@jest/globals';
import { cachePath, spanOf } from '@vision-cache/cache-keys';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bars, fromRest, fromVision, klinesKey } from './rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot, treeHash } from './temp-root.fixture.ts';
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

  it('takes a key that no catalog made for what it names, and none that leads elsewhere', async () => {
    const root = tempRoot();
    const cache = new UnifiedCacheManager({ root: join(root, 'a/b/c/d/e/cache') });
    const key = klinesKey();
    await cache.save(key, bars(key), fromVision);
    const plain = { symbol: 'BTCUSDT', interval: '1h', date: new Date('2024-01-01T05:00:00Z') };
    const changing = { ...key } as { -readonly [K in keyof typeof key]: (typeof key)[K] };
    for (const each of [plain, changing]) {
      expect((await cache.load(each as never))?.numRows).toBe(24);
      expect(await cache.has(each as never)).toBe(true);
    }
    changing.date = '2024-01-02';
    expect(await cache.load(changing)).toBeUndefined();
    const before = filesBelow(root);
    const absent = { source: 'vision', kind: 'x', evidence: '404', askedAt: 1n, believedUntil: 2n };
    for (const hostile of [{ symbol: '../../../../x' }, { date: '../../../../../2024-01-01' }, { exchange: '..' }]) {
      const forged = { ...key, ...hostile } as never;
      const calls = [
        () => cache.load(forged),
        () => cache.loadMany([forged]),
        () => cache.coverage([forged]),
        () => cache.resolve(forged),
        () => cache.save(forged, bars(key), fromVision),
        () => cache.saveMany([{ key: forged, batch: bars(key), facts: fromVision }]),
        () => cache.saveAbsent(forged, absent),
        () => cache.invalidate(forged),
        () => cache.lease(forged),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({ code: expect.stringMatching(/^E_KEY_/) });
      }
    }
    await expect(cache.load(undefined as never)).rejects.toMatchObject({ code: 'E_KEY_SYMBOL' });
    await expect(cache.save(key, undefined as never)).rejects.toMatchObject({ code: 'E_BATCH' });
    expect(filesBelow(root)).toEqual(before);
  });

  it('ends with its own error when it is told to stop', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const key = klinesKey();
    const signal = AbortSignal.abort('enough');
    for (const call of [
      cache.load(key, { signal }),
      cache.loadMany([key], { signal }),
      cache.coverage([key], { signal }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'E_ABORTED', cause: 'enough' });
    }
  });

  it('ends with its own error when it is told to stop while it waits for others, and lets those behind it in', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const key = klinesKey();
    await cache.save(key, bars(key, { bars: [1] }), fromRest);
    const first = await cache.lease(key);
    const stop = new AbortController();
    const { signal } = stop;
    const second = cache.lease(key, { signal });
    const third = cache.lease(key);
    // Of a machine that cannot be asked.
    const lease = join(cache.root, '.vision-cache/leases', `${createHash('sha256').update(cachePath(key)).digest('hex').slice(0, 32)}.write`); // prettier-ignore
    writeFileSync(lease, '{"host":"elsewhere"}');
    const saves = [1, 2].map(() => cache.save(key, bars(key, { bars: [2] }), fromRest, { signal }));
    setTimeout(() => {
      stop.abort(new Error('enough'));
    }, 20);
    for (const call of [second, ...saves]) {
      await expect(call).rejects.toMatchObject({ code: 'E_ABORTED', cause: { message: 'enough' } });
    }
    await first.release();
    await (await third).release();
    rmSync(lease);
    await cache.save(key, bars(key, { bars: [3] }), fromRest);
    expect(await cache.load(key)).toMatchObject({ numRows: 2 });
  });

  it('marks a root again that somebody has removed, and writes into none of a newer format put in its place', async () => {
    const root = tempRoot();
    const cache = new UnifiedCacheManager({ root });
    const key = klinesKey();
    await cache.save(key, bars(key), fromVision);
    const before = filesBelow(root);
    rmSync(root, { recursive: true });
    await cache.save(key, bars(key), fromVision);
    expect(filesBelow(root)).toEqual(before);
    rmSync(root, { recursive: true });
    mkdirSync(join(root, '.vision-cache'), { recursive: true });
    writeFileSync(join(root, '.vision-cache/another'), '');
    writeFileSync(join(root, '.vision-cache/format.json'), '{"name":"vision-cache","major":2,"minor":0}');
    const newer = filesBelow(root);
    await expect(cache.save(key, bars(key), fromVision)).rejects.toMatchObject({ code: 'E_NEWER_FORMAT' });
    expect(filesBelow(root)).toEqual(newer);
  });

  it('takes a lease that is no record for one that is being written', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot(), leaseTimeoutMs: 1 });
    const key = klinesKey();
    await (await cache.lease(key)).release();
    const lease = join(cache.root, '.vision-cache/leases', `${createHash('sha256').update(cachePath(key)).digest('hex').slice(0, 32)}.write`); // prettier-ignore
    for (const text of ['null', '5', '"x"', '[]', '{', '']) {
      writeFileSync(lease, text);
      await expect(cache.invalidate(key)).rejects.toMatchObject({ code: 'E_LOCKED' });
      expect(await cache.sweep()).toMatchObject({ leases: 0 });
      utimesSync(lease, 0, 0);
      await cache.invalidate(key);
    }
  });

  it('tells of a save without a batch by its code', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const nothing = { key: klinesKey(), batch: undefined as never, facts: fromRest };
    await expect(cache.saveMany([nothing])).rejects.toMatchObject({ code: 'E_BATCH' });
  });

  it('writes and removes nothing through a link that a folder was replaced by, wherever on the way', async () => {
    const key = klinesKey();
    for (const linked of ['binance', 'binance/spot/klines', 'binance/spot/klines/daily/BTCUSDT/1h', '.vision-cache']) {
      const root = tempRoot();
      const elsewhere = join(tempRoot(), 'moved');
      const cache = new UnifiedCacheManager({ root });
      await cache.save(key, bars(key, { bars: [1] }), fromRest);
      await cache.saveAbsent(klinesKey({ date: '2024-01-02' }), { source: 'x', kind: 'x', evidence: 'x', askedAt: 1n, believedUntil: 2n }); // prettier-ignore
      renameSync(join(root, linked), elsewhere);
      symlinkSync(elsewhere, join(root, linked));
      const before = treeHash(elsewhere);
      const refused = { code: 'E_SYMLINK' };
      await expect(cache.save(key, bars(key, { bars: [2] }), fromRest)).rejects.toMatchObject(refused);
      await expect(cache.invalidate(key)).rejects.toMatchObject(refused);
      const other = klinesKey({ date: '2024-01-03' });
      await expect(cache.save(other, bars(other), fromRest)).rejects.toMatchObject(refused);
      expect(treeHash(elsewhere)).toBe(before);
    }
  });
});
