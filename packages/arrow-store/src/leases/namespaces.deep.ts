import { afterEach, describe, expect, it } from '@jest/globals';
import { cachePath } from '@vision-cache/cache-keys';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Running, SAVER, bundledStore, run } from '../child-process.fixture.ts';
import { bars, fromRest, klinesKey } from '../rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import { acquireRoot } from './root-lease.ts';
import { leasePath } from './lease-record.ts';

afterEach(removeTempRoots);

/** A process in a PID namespace of its own, as in a container; with a /proc of its own, or with that of the machine. */
const CONTAINER = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const BARE = ['unshare', '--pid', '--fork', '--kill-child'];
/** The first process of a namespace cannot be stopped from within: a shell is the first. */
const NOT_THE_FIRST = [...BARE, 'sh', '-c', '"$@"; exit $?', 'sh'];
const canUnshare = spawnSync('unshare', [...CONTAINER.slice(1), 'true']).status === 0;
const title = (what: string) => `${what}${canUnshare ? '' : ' (skipped: this user may make no PID namespaces)'}`;

const key = klinesKey();
const path = cachePath(key);
const dates = ['2024-01-01', '2024-01-02'];
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Sleeps no time: what was slept counts as passed. */
const atOnce = () => Promise.resolve();

async function printed(child: Running, line: string): Promise<void> {
  while (!child.lines.includes(line)) {
    if (child.process.exitCode !== null) throw new Error(`ended: ${(await child.ended).errors}`);
    await sleep(5);
  }
}

async function rowsOf(root: string): Promise<string[]> {
  const cache = new UnifiedCacheManager({ root, verify: 'always' });
  const found: string[] = [];
  for (const date of dates) {
    const day = klinesKey({ date });
    const { open_time: grid } = bars(day).columns;
    const loaded = await cache.load(day);
    for (const time of loaded?.columns.open_time ?? []) found.push(`${date} ${grid.indexOf(time)}`);
  }
  expect(cache.stats().quarantined).toBe(0);
  return found.sort();
}

/** Sweeps all the time; prints what it removed. */
const SWEEPER = `
const until = Date.now() + input.milliseconds;
const cache = new S.UnifiedCacheManager({ root: input.root });
let removed = 0;
while (Date.now() < until) {
  const { temporaryFiles, leases, notes } = await cache.sweep();
  removed += temporaryFiles + leases + notes;
  await new Promise(setImmediate);
}
process.stdout.write(removed + '\\n');`;

/** As the saver, by a wall clock that is wrong. */
const skewed = (milliseconds: number) =>
  `const clock = Date.now; Date.now = () => clock() + ${milliseconds};\n${SAVER}`;

(canUnshare ? describe : describe.skip)(title('writers in PID namespaces of their own, and a sweep'), () => {
  it.each([
    ['each with a /proc of its own', CONTAINER, 0],
    ['that see the /proc of the machine', BARE, 0],
    ['whose clocks are an hour apart', CONTAINER, 3_600_000],
  ])('%s: no acknowledged row is lost and nothing of a living one is removed', async (_, wrapper, skew) => {
    const store = bundledStore();
    const root = tempRoot();
    const input = { root, dates, milliseconds: 4000, workers: 3 };
    const writers = [
      run(store, skewed(-skew), { ...input, worker: 0 }, wrapper),
      run(store, skewed(skew), { ...input, worker: 1 }, wrapper),
      run(store, SAVER, { ...input, worker: 2 }),
    ];
    const sweepers = [run(store, SWEEPER, input), run(store, SWEEPER, input, wrapper)];
    const ended = await Promise.all([...writers, ...sweepers].map((each) => each.ended));
    expect(ended.map(({ code, errors }) => [code, errors])).toEqual(ended.map(() => [0, '']));
    expect(ended.slice(3).flatMap(({ lines }) => lines)).toEqual(['0', '0']);
    const acknowledged = new Set(ended.slice(0, 3).flatMap(({ lines }) => lines));
    expect(acknowledged.size).toBeGreaterThan(3);
    expect(await rowsOf(root)).toEqual([...acknowledged].sort());
  });

  it('a killed one holds its entry until its heartbeat was silent for half a minute, and its rows stay', async () => {
    const store = bundledStore();
    const root = tempRoot();
    const script = `
      const cache = new S.UnifiedCacheManager({ root: input.root, fileSystem: { ...S.nodeFileSystem, rename(from, to) {
        process.stdout.write('at the rename\\n');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      } } });
      await cache.save(S.klinesKey(), S.bars(S.klinesKey(), { bars: [2] }), { source: 'rest', asOf: '2026-01-01' });`;
    await new UnifiedCacheManager({ root }).save(key, bars(key, { bars: [0] }), fromRest);
    const writer = run(store, script, { root }, CONTAINER);
    await printed(writer, 'at the rename');
    writer.process.kill('SIGKILL');
    await writer.ended;
    const slept: number[] = [];
    const cache = new UnifiedCacheManager({ root, sleep: (ms) => (slept.push(ms), atOnce()) });
    await cache.save(key, bars(key, { bars: [1] }), fromRest);
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(29_000);
    expect((await cache.load(key))?.numRows).toBe(2);
    expect(existsSync(join(root, leasePath(path, 'write')))).toBe(false);
  });

  it('one that sees the /proc of the machine takes no start of another process for its own', async () => {
    const root = tempRoot();
    await run(bundledStore(), `S.acquireRoot(input.root, { purpose: 'x' });`, { root }, NOT_THE_FIRST).ended;
    const record: unknown = JSON.parse(readFileSync(join(root, '.vision-cache/leases/root'), 'utf8'));
    expect(record).toMatchObject({ pid: 2, started: '', task: 0, taskStarted: '' });
  });

  it('one that has the whole root counts as alive to everybody outside, also when it has ended', async () => {
    const root = tempRoot();
    const hold = `S.acquireRoot(input.root, { purpose: 'migrate' }); process.stdout.write('held\\n');`;
    await run(bundledStore(), hold, { root }, CONTAINER).ended;
    expect(() => acquireRoot(root, { purpose: 'repack' })).toThrow(expect.objectContaining({ code: 'E_LOCKED' }));
    acquireRoot(root, { purpose: 'repack', takeOver: true }).release();
  });
});

/** Saves one bar, and is stopped by a signal just before its file becomes visible. */
const STOPPED = `
import { readlinkSync, writeSync } from 'node:fs';
let stopped = false;
const stop = (call) => (from, to) => {
  if (!stopped && to.endsWith('.arrow')) {
    stopped = true;
    writeSync(1, 'pid ' + readlinkSync('/proc/self') + '\\nstopped\\n');
    process.kill(process.pid, 'SIGSTOP');
    writeSync(1, 'goes on\\n');
  }
  return S.nodeFileSystem[call](from, to);
};
const fileSystem = { ...S.nodeFileSystem, rename: stop('rename'), link: stop('link') };
const cache = new S.UnifiedCacheManager({ root: input.root, fileSystem, leaseTimeoutMs: 500 });
const key = S.klinesKey();
const start = S.spanOf(key.date).start + 7_200_000_000n;
const facts = { source: 'rest', spans: [{ start, end: start + 3_600_000_000n }], asOf: '2026-01-01' };
await cache.save(key, S.bars(key, { bars: [2] }), facts).then(
  () => writeSync(1, 'saved\\n'),
  (error) => writeSync(1, (error.code ?? String(error)) + '\\n'),
);`;

const spansOf = (bar: number) => {
  const start = BigInt(Date.parse(key.date)) * 1000n + BigInt(bar) * 3_600_000_000n;
  return { ...fromRest, spans: [{ start, end: start + 3_600_000_000n }] };
};

/** The state of a process as /proc has it: T is stopped. */
const stateOf = (pid: string) => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];

/** Starts the saver and waits until it is stopped at the rename; answers what lets it go on. */
async function stoppedSaver(root: string, wrapper: readonly string[]) {
  const child = run(bundledStore(), STOPPED, { root }, wrapper);
  await printed(child, 'stopped');
  const pid = child.lines.find((line) => line.startsWith('pid '))!.slice(4);
  while (stateOf(pid) !== 'T') await sleep(2);
  return {
    goOn: async () => {
      process.kill(Number(pid), 'SIGCONT');
      return (await child.ended).lines.at(-1);
    },
  };
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;
onLinux('a save that a signal stops between its last look at the lease and the rename', () => {
  it('keeps others on this machine waiting, and nothing is lost', async () => {
    const root = tempRoot();
    const other = new UnifiedCacheManager({ root, leaseTimeoutMs: 1000 });
    await other.save(key, bars(key, { bars: [0] }), spansOf(0));
    const stopped = await stoppedSaver(root, []);
    await expect(other.save(key, bars(key, { bars: [1] }), spansOf(1))).rejects.toMatchObject({ code: 'E_LOCKED' });
    expect(await stopped.goOn()).toBe('saved');
    await other.save(key, bars(key, { bars: [1] }), spansOf(1));
    expect(await rowsOf(root)).toEqual(['2024-01-01 0', '2024-01-01 1', '2024-01-01 2']);
  });

  it('with nothing there before: whoever saves meanwhile is united with, not replaced', async () => {
    const root = tempRoot();
    const other = new UnifiedCacheManager({ root });
    await other.init();
    const stopped = await stoppedSaver(root, []);
    await other.save(key, bars(key, { bars: [1] }), spansOf(1));
    expect(await stopped.goOn()).toBe('saved');
    expect(await rowsOf(root)).toEqual(['2024-01-01 1', '2024-01-01 2']);
  });

  it('keeps nobody waiting who fetches', async () => {
    const root = tempRoot();
    const hold = `import { readlinkSync, writeSync } from 'node:fs';
      const cache = new S.UnifiedCacheManager({ root: input.root });
      await cache.lease(S.klinesKey());
      writeSync(1, 'pid ' + readlinkSync('/proc/self') + '\\nheld\\n');
      process.kill(process.pid, 'SIGSTOP');
      setInterval(() => {}, 1000);`;
    const child = run(bundledStore(), hold, { root });
    await printed(child, 'held');
    const started = performance.now();
    const lease = await new UnifiedCacheManager({ root, fetchSilenceMs: 1000 }).lease(key);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(lease.passedOver).toContain(String(child.process.pid));
    await lease.release();
    child.process.kill('SIGKILL');
    await child.ended;
  });
});

(canUnshare ? describe : describe.skip)(title('the same in another container'), () => {
  it('is taken over, and finds nothing to rename when it goes on', async () => {
    const root = tempRoot();
    const other = new UnifiedCacheManager({ root, sleep: atOnce });
    await other.save(key, bars(key, { bars: [0] }), spansOf(0));
    const stopped = await stoppedSaver(root, NOT_THE_FIRST);
    await other.save(key, bars(key, { bars: [1] }), spansOf(1));
    expect(await stopped.goOn()).toBe('E_LOCKED');
    expect(await rowsOf(root)).toEqual(['2024-01-01 0', '2024-01-01 1']);
    expect(readdirSync(join(root, '.vision-cache/tmp'))).toEqual([]);
    expect(filesBelow(root).filter((file) => file.endsWith('.write'))).toEqual([]);
  });
});
