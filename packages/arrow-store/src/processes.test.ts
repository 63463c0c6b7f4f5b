import { afterEach, describe, expect, it } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { READER, SAVER, bundledStore, run } from './child-process.fixture.ts';
import { bars, fromVision, klinesKey } from './rows.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

const dates = ['2024-01-01', '2024-01-02'];

describe('several processes', () => {
  it('save parts of the same days while others read: no torn read, no lost row', async () => {
    const store = bundledStore();
    const root = tempRoot();
    const input = { root, dates, milliseconds: 1500, workers: 3 };
    const savers = [0, 1, 2].map((worker) => run(store, SAVER, { ...input, worker }));
    const reader = run(store, READER, input);
    const ended = await Promise.all([...savers, reader].map((each) => each.ended));
    expect(ended.map(({ code, errors }) => [code, errors])).toEqual(ended.map(() => [0, '']));
    const cache = new UnifiedCacheManager({ root });
    for (const date of dates) {
      const key = klinesKey({ date });
      const found = (await cache.load(key))!;
      const acknowledged = new Set(ended.slice(0, 3).flatMap(({ lines }) => lines).filter((line) => line.startsWith(date))); // prettier-ignore
      expect(found.numRows).toBe(acknowledged.size);
    }
    expect(readdirSync(join(root, '.vision-cache/tmp'))).toEqual([]);
    expect(readdirSync(join(root, '.vision-cache/leases'))).toEqual([]);
  }, 30_000);

  it('take over the leases of dead ones at once, and sweep what they left', async () => {
    const store = bundledStore();
    const root = tempRoot();
    const hold = `const cache = new S.UnifiedCacheManager(input); await cache.lease(S.klinesKey()); process.stdout.write('held\\n'); setInterval(() => {}, 1000);`;
    const holder = run(store, hold, { root });
    while (holder.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const cache = new UnifiedCacheManager({ root });
    // A living one keeps others waiting.
    const signal = AbortSignal.timeout(100);
    await expect(cache.lease(klinesKey(), { signal })).rejects.toBeDefined();
    // A fetch lease does not lock a save.
    await cache.save(klinesKey(), bars(klinesKey()), fromVision);
    holder.process.kill('SIGKILL');
    await holder.ended;
    writeFileSync(join(root, '.vision-cache/tmp', `${'0'.repeat(8)}-x-1-1-1`), 'of another machine, new');
    const lease = await cache.lease(klinesKey());
    await lease.release();
    expect(await cache.sweep()).toEqual({ temporaryFiles: 0, leases: 0, notes: 0 });
    const tomorrow = new UnifiedCacheManager({ root, now: () => Date.now() + 25 * 3_600_000 });
    expect(await tomorrow.sweep()).toEqual({ temporaryFiles: 1, leases: 0, notes: 0 });
  }, 30_000);
});
