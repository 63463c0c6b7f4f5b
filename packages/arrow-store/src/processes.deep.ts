import { afterEach, describe, expect, it } from '@jest/globals';
import { cachePath } from '@vision-cache/cache-keys';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { READER, SAVER, bundledStore, run } from './child-process.fixture.ts';
import { bars, fromRest, klinesKey } from './rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

const dates = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04'];
const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

describe('eight processes', () => {
  it('save and read the same four days for ten seconds', async () => {
    const store = bundledStore();
    const root = tempRoot();
    const input = { root, dates, milliseconds: 10_000, workers: 5 };
    const all = [
      ...[0, 1, 2, 3, 4].map((worker) => run(store, SAVER, { ...input, worker })),
      ...[0, 1, 2].map(() => run(store, READER, input)),
    ];
    const ended = await Promise.all(all.map((each) => each.ended));
    expect(ended.map(({ code, errors }) => [code, errors])).toEqual(ended.map(() => [0, '']));
    const saved = new Set(ended.slice(0, 5).flatMap(({ lines }) => lines));
    const cache = new UnifiedCacheManager({ root });
    const rows = (await cache.loadMany(dates.map((date) => klinesKey({ date })))).batch.numRows;
    expect(rows).toBe(saved.size);
  });
});

describe('kill -9', () => {
  it('at 200 moments leaves whole entries, every acknowledged row, and nothing that is not swept', async () => {
    const store = bundledStore();
    const root = tempRoot();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 200; round += 4) {
      const savers = [0, 1, 2, 3].map((worker) =>
        run(store, SAVER, { root, dates: dates.slice(0, 2), milliseconds: 60_000, worker, workers: 4 }),
      );
      // Moments from before the first save to well into the work.
      while (round % 8 !== 0 && savers.every(({ lines }) => lines.length === 0)) await new Promise(setImmediate);
      await new Promise((resolve) => setTimeout(resolve, (round * 37) % 200));
      for (const { process } of savers) process.kill('SIGKILL');
      for (const { ended } of savers) for (const line of (await ended).lines) acknowledged.add(line);
      const cache = new UnifiedCacheManager({ root, verify: 'always' });
      for (const date of dates.slice(0, 2)) {
        const key = klinesKey({ date });
        const found = await cache.load(key);
        const bar = (time: bigint) => bars(key).columns.open_time.indexOf(time);
        const there = new Set(Array.from(found?.columns.open_time ?? [], (time) => `${date} ${bar(time)}`));
        for (const line of acknowledged) if (line.startsWith(date)) expect(there).toContain(line);
      }
      expect(cache.stats().quarantined).toBe(0);
      await cache.sweep();
      const left = filesBelow(root).filter((path) => /\/(tmp|leases)\//.test(path));
      expect(left).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThan(10);
  });
});

const strace = has('strace', '-V');
(strace ? describe : describe.skip)(`a save under strace${strace ? '' : ' (skipped: there is no strace here)'}`, () => {
  const script = `const cache = new S.UnifiedCacheManager({ root: input.root, verify: 'always' });
    await cache.save(S.klinesKey(), S.bars(S.klinesKey(), { bars: input.bars }), { source: 'rest', asOf: '2026-01-01' })
      .then(() => process.stdout.write('saved\\n'), (error) => process.stdout.write((error.code ?? String(error)) + '\\n'));`;

  it.each(['ENOSPC', 'EIO', 'EDQUOT', 'EROFS', 'SIGKILL'])(
    'leaves old or new whatever call ends with %s',
    async (fault) => {
      const store = bundledStore();
      const root = tempRoot();
      const key = klinesKey();
      await new UnifiedCacheManager({ root }).save(key, bars(key, { bars: [0] }), fromRest);
      for (const call of ['pwrite64', 'pwritev', 'fsync', 'rename', 'unlink']) {
        for (const when of [1, 2, 3]) {
          const inject =
            fault === 'SIGKILL' ? `${call}:signal=KILL:when=${when}` : `${call}:error=${fault}:when=${when}`;
          const wrapper = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${inject}`];
          const { lines } = await run(store, script, { root, bars: [0, 1, when + 1] }, wrapper).ended;
          const found = await new UnifiedCacheManager({ root, verify: 'always' }).load(key);
          if (lines[0] === 'saved') expect(found!.numRows).toBeGreaterThan(1);
          else if (lines[0] !== undefined) expect(lines[0]).toMatch(/^E_(NO_SPACE|IO|READ_ONLY)$/);
          expect(found!.numRows).toBeGreaterThan(0);
        }
      }
    },
  );
});

const tmpfs = process.getuid?.() === 0 && has('mount', '--version');
(tmpfs ? describe : describe.skip)(`a full disk${tmpfs ? '' : ' (skipped: only root can mount one)'}`, () => {
  it.each([
    ['of bytes', 'size=512k'],
    ['of files', 'nr_inodes=40'],
  ])('%s refuses the save, keeps the old entry and leaves nothing behind', async (_, options) => {
    const root = join(tempRoot(), 'mount');
    mkdirSync(root);
    if (!has('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', root)) {
      console.warn('skipped: mount is not allowed here');
      return;
    }
    try {
      const cache = new UnifiedCacheManager({ root });
      let failure: unknown;
      const saved: string[] = [];
      for (let day = 1; day <= 31 && failure === undefined; day++) {
        const key = klinesKey({ interval: '1m', date: `2024-01-${String(day).padStart(2, '0')}` });
        await cache.save(key, bars(key), fromRest).then(
          () => saved.push(cachePath(key)),
          (error: unknown) => (failure = error),
        );
      }
      expect(failure).toMatchObject({ code: 'E_NO_SPACE' });
      expect(saved.length).toBeGreaterThan(0);
      for (const path of saved) expect(readFileSync(join(root, path)).length).toBeGreaterThan(100_000);
      expect(filesBelow(root).filter((path) => /\/(tmp|leases)\//.test(path))).toEqual([]);
      expect(await cache.load(klinesKey({ interval: '1m' }))).toMatchObject({ numRows: 1440 });
      const before = readFileSync(join(root, saved[0]!));
      const key = klinesKey({ interval: '1m' });
      await expect(cache.save(key, bars(key, { seed: 3 }), fromRest)).rejects.toMatchObject({ code: 'E_NO_SPACE' });
      expect(readFileSync(join(root, saved[0]!))).toEqual(before);
    } finally {
      spawnSync('umount', [root]);
    }
  });
});

describe('few open files', () => {
  it('are enough: 500 days in parallel with 64', async () => {
    const store = bundledStore();
    const script = `const cache = new S.UnifiedCacheManager({ root: input.root });
      const keys = S.keysBetween({ symbol: 'BTCUSDT', interval: '1h', start: '2023-01-01', end: '2024-05-15' });
      await Promise.all(keys.map((key) => cache.save(key, S.bars(key), { source: 'rest', asOf: '2026-01-01' })));
      const all = await Promise.all(keys.map((key) => cache.load(key)));
      process.stdout.write(all.filter((each) => each?.numRows === 24).length + '\\n');`;
    const { lines, errors } = await run(store, script, { root: tempRoot() }, [
      'sh',
      '-c',
      'ulimit -n 64; exec "$@"',
      'sh',
    ]).ended;
    expect([lines, errors]).toEqual([['500'], '']);
  });
});
