import { afterEach, describe, expect, it } from '@jest/globals';
import { cachePath } from '@vision-cache/cache-keys';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { bundledStore, run } from '../child-process.fixture.ts';
import { Disk } from '../disk/disk.ts';
import { type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { isDeadTemporary, temporaryName } from '../disk/hidden.ts';
import { type ProcessIdentity, isAlive, thisProcess } from '../disk/process-identity.ts';
import { bars, fromRest, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import { acquireLease } from './lease.ts';
import { leasePath, newRecord } from './lease-record.ts';
import { acquireRoot } from './root-lease.ts';

afterEach(removeTempRoots);

const key = klinesKey();
const path = cachePath(key);
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Sleeps no time: what was slept counts as passed. */
const atOnce = () => Promise.resolve();
const isLinux = process.platform === 'linux';
const onLinux = isLinux ? it : it.skip;

function put(root: string, name: string, record: object): string {
  const file = join(root, name);
  mkdirSync(join(root, '.vision-cache/leases'), { recursive: true });
  writeFileSync(file, JSON.stringify(record));
  return file;
}
const elsewhere = { ...newRecord(path), namespace: 'pid:[1]', pid: 2 ** 22, token: 'theirs' };

describe(isAlive, () => {
  const self = thisProcess();
  it.each<readonly [string, Partial<ProcessIdentity>, boolean | 'unknown']>([
    ['this thread', self, true],
    [
      'another PID namespace, even with no such process here',
      { ...self, namespace: 'pid:[1]', pid: 2 ** 22 },
      'unknown',
    ],
    ['another boot, which may be of another machine of that name', { ...self, boot: 'x' }, 'unknown'],
    ['another host', { ...self, host: 'x' }, 'unknown'],
    ['a record of 0.1.0, which names no namespace', { host: self.host, boot: self.boot, pid: 2 ** 22 }, 'unknown'],
  ])('of %s', (_, identity, alive) => {
    expect(isAlive(identity)).toBe(alive);
  });

  onLinux('of a process that has ended, of another start, and of another thread of this one', () => {
    expect(isAlive({ ...self, pid: 2 ** 22 })).toBe(false);
    expect(isAlive({ ...self, started: '1' })).toBe(false);
    expect(isAlive({ ...self, taskStarted: '1' })).toBe(false);
    expect(isAlive({ ...self, task: 2 ** 22 })).toBe(false);
  });

  onLinux('of a zombie, which nobody has reaped', async () => {
    // The shell becomes a `sleep` that never asks how its child ended, which has to be after that.
    const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 20'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = Number(await new Promise<string>((resolve) => parent.stdout.once('data', (text) => { resolve(String(text)); }))); // prettier-ignore
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8');
    while (!stat().includes(') Z')) await sleep(5);
    const started = stat()
      .slice(stat().lastIndexOf(')') + 2)
      .split(' ')[19]!;
    const zombie = { ...self, pid, started, task: pid, taskStarted: started };
    try {
      expect(isAlive(zombie)).toBe(false);
      const name = `${temporaryName().split('-')[0]!}-${pid}-${started}-${pid}-${started}-abcd-0`;
      expect(isDeadTemporary(name, Date.now(), Date.now())).toBe(true);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

describe('a lease', () => {
  onLinux('of a worker that was terminated is taken over at once, and its temporary file swept', async () => {
    const root = tempRoot();
    const store = bundledStore();
    const script = `import * as S from ${JSON.stringify(store)}; import { parentPort } from 'node:worker_threads'; import { writeFileSync } from 'node:fs';
      const root = ${JSON.stringify(root)}; const cache = new S.UnifiedCacheManager({ root });
      await cache.lease(S.klinesKey());
      const disk = { ...S.nodeFileSystem, rename() { parentPort.postMessage('writing'); for (;;); } };
      await new S.UnifiedCacheManager({ root, fileSystem: disk, durability: 'none' }).saveAbsent(S.klinesKey(), { source: 'x', kind: 'x', evidence: '', askedAt: 1n, believedUntil: 2n });`;
    const file = join(tempRoot(), 'worker.mjs');
    writeFileSync(file, script);
    // The clock that a lease waits by stands still, so that nothing but the worker's end can free it.
    let waitedMs = 0;
    const waits = (milliseconds: number) => sleep((waitedMs += milliseconds) && 1);
    const cache = new UnifiedCacheManager({ root, sleep: waits });
    await cache.init();
    const worker = new Worker(file);
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    expect(await cache.sweep()).toMatchObject({ temporaryFiles: 0 });
    await worker.terminate();
    waitedMs = 0;
    await (await cache.lease(key)).release();
    expect(waitedMs).toBeLessThan(1000);
    expect((await cache.sweep()).temporaryFiles).toBeGreaterThan(0);
    expect(readdirSync(join(root, '.vision-cache/tmp'))).toEqual([]);
  });

  it('of a holder that nobody here can ask is kept while its heartbeat changes, whatever its clock says', async () => {
    const root = tempRoot();
    const disk = new Disk(root, nodeFileSystem);
    const file = put(root, leasePath(path, 'write'), elsewhere);
    let beats = 0;
    const beating = () => {
      // An hour in the past, and going on.
      const then = Date.now() / 1000 - 3600 + beats++;
      utimesSync(file, then, then);
      return Promise.resolve();
    };
    const waited = acquireLease(disk, path, 'write', { timeoutMs: 120_000, now: Date.now, sleep: beating });
    await expect(waited).rejects.toMatchObject({ code: 'E_LOCKED', details: { owner: expect.stringContaining('PID namespace') } }); // prettier-ignore
    expect(beats).toBeGreaterThan(1000);
    expect(readFileSync(file, 'utf8')).toContain('theirs');
  });

  it('of a silent holder that nobody can ask is taken over after half a minute of watching, not by its age', async () => {
    const root = tempRoot();
    const disk = new Disk(root, nodeFileSystem);
    const file = put(root, leasePath(path, 'write'), elsewhere);
    utimesSync(file, 1, 1);
    const slept: number[] = [];
    const options = { timeoutMs: 60_000, now: Date.now, sleep: (ms: number) => (slept.push(ms), atOnce()) };
    const lease = await acquireLease(disk, path, 'write', options);
    const total = slept.reduce((sum, ms) => sum + ms, 0);
    expect(total).toBeGreaterThan(29_000);
    expect(lease.passedOver).toContain(String(elsewhere.pid));
    lease.release();
  });

  it('is waited for by a clock that nobody sets: an hour back changes nothing', async () => {
    const root = tempRoot();
    put(root, leasePath(path, 'write'), elsewhere);
    let wall = Date.now();
    const cache = new UnifiedCacheManager({
      root,
      leaseTimeoutMs: 4000,
      now: () => (wall -= 3_600_000),
      sleep: atOnce,
    });
    await expect(cache.save(key, bars(key), fromRest)).resolves.toBeDefined(); // takes none
    await expect(cache.invalidate(key)).rejects.toMatchObject({ code: 'E_LOCKED' });
  });

  it('for a fetch passes over whoever is silent for fetchSilenceMs, also a living one, and names it', async () => {
    const root = tempRoot();
    const held = { ...newRecord(path), token: 'stopped', pid: process.ppid };
    const ppid = process.ppid;
    const alive = { ...held, ...(isLinux ? standing(ppid) : {}), pid: ppid, thread: 0, task: 0 };
    put(root, leasePath(path, 'fetch'), alive);
    const slept: number[] = [];
    const cache = new UnifiedCacheManager({ root, fetchSilenceMs: 500, sleep: (ms) => (slept.push(ms), atOnce()) });
    const lease = await cache.lease(key);
    expect(lease.passedOver).toContain(String(ppid));
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1500);
    await lease.release();
  });
});

function standing(pid: number): Partial<ProcessIdentity> {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return { started: text.slice(text.lastIndexOf(')') + 2).split(' ')[19]! };
}

describe('a save that is stopped between its last look at the lease and the rename', () => {
  it.each([0, 1])('loses no row that others have saved meanwhile (%d takeovers before)', async (before) => {
    const root = tempRoot();
    const other = new UnifiedCacheManager({ root, readLegacy: 'off', sleep: atOnce });
    await other.save(key, bars(key, { bars: [0] }), fromRest);
    let isStopped = false;
    const saved: Promise<unknown>[] = [];
    const lease = join(root, leasePath(path, 'write'));
    /** Another process, which cannot ask this one, takes over; its save ends before the rename goes on. */
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      rename(from, to) {
        if (!isStopped && to.endsWith(path)) {
          isStopped = true;
          const record = JSON.parse(readFileSync(lease, 'utf8')) as object;
          writeFileSync(lease, JSON.stringify({ ...record, namespace: 'pid:[1]' }));
          const disk = new Disk(root, nodeFileSystem);
          saved.push(takeAndSave(disk, before));
        }
        if (isStopped) throw Object.assign(new Error('stopped'), { code: 'ESTOPPED', go: () => { renameSync(from, to); } }); // prettier-ignore
        renameSync(from, to);
      },
      unlink: (file) => (isStopped && file.includes('/tmp/') ? undefined : nodeFileSystem.unlink(file)),
    };
    async function takeAndSave(disk: Disk, takeovers: number): Promise<void> {
      for (let round = 0; round < takeovers; round++) {
        const taken = await acquireLease(disk, path, 'write', { timeoutMs: 60_000, now: Date.now, sleep: atOnce });
        taken.release();
      }
      await new UnifiedCacheManager({ root, readLegacy: 'off', sleep: atOnce }).save(key, bars(key, { bars: [1] }), fromRest); // prettier-ignore
    }
    const stopped = new UnifiedCacheManager({ root, readLegacy: 'off', fileSystem, durability: 'none' });
    const failed: { cause?: { go?: () => void } } = await stopped.save(key, bars(key, { bars: [2] }), fromRest).then(() => ({}), (error: unknown) => error as object); // prettier-ignore
    await Promise.all(saved);
    // It goes on only now.
    expect(failed.cause?.go).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    const loaded = await new UnifiedCacheManager({ root, readLegacy: 'off' }).load(key);
    expect(loaded?.numRows).toBe(2);
  });
});

describe(acquireRoot, () => {
  it('is for one at a time, checked by its token, and released', () => {
    const root = tempRoot();
    const first = acquireRoot(root, { purpose: 'migrate' });
    const message = expect.stringContaining('"migrate"') as unknown as string;
    expect(() => acquireRoot(root, { purpose: 'repack' })).toThrow(expect.objectContaining({ code: 'E_LOCKED', message })); // prettier-ignore
    first.assertHeld();
    const second = acquireRoot(root, { purpose: 'repack', takeOver: true });
    expect(() => {
      first.assertHeld();
    }).toThrow(expect.objectContaining({ code: 'E_LOCKED', details: expect.objectContaining({ owner: `process ${process.pid} on ${thisProcess().host}` }) })); // prettier-ignore
    first.release();
    second.assertHeld();
    second.release();
    acquireRoot(root, { purpose: 'migrate' }).release();
    expect(existsSync(join(root, '.vision-cache/leases/root'))).toBe(false);
  });

  it('counts one that nobody here can ask as alive, however long it has been silent', async () => {
    const root = tempRoot();
    const file = put(root, '.vision-cache/leases/root', { ...elsewhere, purpose: 'migrate' });
    utimesSync(file, 1, 1);
    const owner = expect.stringContaining(`process ${elsewhere.pid}`) as unknown as string;
    expect(() => acquireRoot(root, { purpose: 'repack' })).toThrow(expect.objectContaining({ code: 'E_LOCKED', details: expect.objectContaining({ owner }) })); // prettier-ignore
    await new UnifiedCacheManager({ root }).sweep();
    expect(existsSync(file)).toBe(true);
    acquireRoot(root, { purpose: 'repack', takeOver: true }).release();
  });

  onLinux('takes over from a dead one by itself, and lets saves go on meanwhile', async () => {
    const root = tempRoot();
    const child = run(bundledStore(), `S.acquireRoot(input.root, { purpose: 'x' }); process.stdout.write('held\\n');`, { root }); // prettier-ignore
    await child.ended;
    expect(existsSync(join(root, '.vision-cache/leases/root'))).toBe(true);
    const lease = acquireRoot(root, { purpose: 'migrate' });
    await new UnifiedCacheManager({ root }).save(key, bars(key), fromRest);
    lease.assertHeld();
    lease.release();
  });
});

describe('an invalidation', () => {
  it('is not undone by a save that ends at the same time', async () => {
    const root = tempRoot();
    const old = join(root, 'BTCUSDT/1h');
    mkdirSync(old, { recursive: true });
    const { ipc, pandasColumns, bars: oldBars } = await import('../containers/old-file.fixture.ts');
    writeFileSync(join(old, '2024-01-01.arrow'), ipc(pandasColumns(oldBars())));
    await new UnifiedCacheManager({ root }).save(key, bars(key, { bars: [1] }), { ...fromRest, spans: [] });
    const cache = new UnifiedCacheManager({ root });
    let invalidated: Promise<void> | undefined;
    // The save's last look for the marker comes after another process has invalidated the entry.
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      unlink(file) {
        if (file.includes('/leases/')) {
          nodeFileSystem.unlink(file);
          invalidated ??= cache.invalidate(key);
          return;
        }
        nodeFileSystem.unlink(file);
      },
    };
    await new UnifiedCacheManager({ root, fileSystem }).save(key, bars(key), fromRest);
    await invalidated;
    expect(await cache.load(key)).toBeUndefined();
  });
});
