import { afterEach, describe, expect, it } from '@jest/globals';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAIN, NOW, removeTempFolders, shop, tempFolder } from './__fixtures__/command.fixture.ts';

type Shop = Awaited<ReturnType<typeof shop>>;
const open: Shop[] = [];

async function opened(options: Parameters<typeof shop>[0] = {}): Promise<Shop> {
  const made = await shop(options);
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.server.close();
  removeTempFolders();
});

const FEBRUARY = 'sync BTCUSDT --interval 1m --from 2024-02-01 --to 2024-02-20';

/** The entries of a cache: names and bytes. */
function entriesOf(root: string): Record<string, string> {
  const files = readdirSync(join(root, 'binance'), { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(root.length), createHash('sha256').update(readFileSync(path)).digest('hex')];
      }),
  );
}

describe('a source that fails', () => {
  it('ends sync with 3 and one sentence, and the next run brings what is missing', async () => {
    const { run, server } = await opened();
    server.faults.add({ fault: 'forbidden', path: '2024-02-05' });
    server.faults.add({ fault: 'forbidden', path: 'klines?' });
    const first = await run('sync BTCUSDT --interval 1h --from 2024-02-01 --to 2024-02-10');
    expect(first.code).toBe(3);
    expect(first.err).toMatch(/^E_SOURCE_FAILED: 1 gap not filled .*2024-02-05T00:00:00Z.*Run it again\.\n$/);
    server.faults.clear();
    server.forget();
    expect(await run('sync --to 2024-02-10')).toMatchObject({ code: 0, err: '' });
    expect(server.count('.zip')).toBe(2);
    expect((await run('ls --json')).out).toContain('"days":9');
  });

  it('says of a host that is not there which it was, and ends with 3', async () => {
    const { run } = await opened();
    const { code, err } = await run('sync --all --interval 1h --from 2024-02-01', {
      VISION_CACHE_LISTING_URL: 'http://127.0.0.1:9',
    });
    expect(code).toBe(3);
    expect(err).toMatch(/^E_NETWORK: .*127\.0\.0\.1:9/);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('no host at all', () => {
  it('is told in one sentence, and nothing is said to have been fetched', async () => {
    const { run } = await opened();
    const lost = 'http://127.0.0.1:9';
    const { code, out, err } = await run(
      `sync BTCUSDT --interval 1h --from 2024-02-01 --to 2024-02-03 --archive-url ${lost} --listing-url ${lost} --rest-url none`,
    );
    expect(code).toBe(3);
    expect(out).toContain('nothing found for 2 missing entries');
    expect(err.split('\n').filter((line) => line.startsWith('E_'))).toEqual([
      expect.stringMatching(/^E_SOURCE_FAILED: /),
    ]);
  });
});

describe('one at a time', () => {
  it('ends a second update of the cache with 3, and names the first', async () => {
    const { run, root } = await opened();
    await run('sync BTCUSDT --interval 1d --from 2024-02-01 --to 2024-02-05');
    const first = await new UnifiedCacheManager({ root }).work('sync');
    try {
      const second = await run('sync');
      expect(second.code).toBe(3);
      expect(second.err).toContain(`E_LOCKED`);
      expect(second.err).toContain(`process ${String(process.pid)}`);
      // What names its series may run beside it.
      expect(await run('sync ETHUSDT/1d --from 2024-02-01 --to 2024-02-02')).toMatchObject({ code: 0 });
    } finally {
      first.release();
    }
    expect(await run('sync --to 2024-02-06')).toMatchObject({ code: 0 });
  });
});

describe('an end in the middle', () => {
  it('loses nothing when it is killed at random and run again', async () => {
    const whole = await opened();
    expect(await whole.run(FEBRUARY)).toMatchObject({ code: 0 });
    const killed = await opened();
    for (const after of [120, 260, 420]) {
      const { child, ended } = killed.start(FEBRUARY);
      setTimeout(() => child.kill('SIGKILL'), after + Math.random() * 100);
      await ended;
    }
    expect(await killed.run(FEBRUARY)).toMatchObject({ code: 0, err: '' });
    const [expected, received] = [entriesOf(whole.root), entriesOf(killed.root)];
    expect(Object.keys(received)).toEqual(Object.keys(expected));
    // The bytes name the archive's address, which has another port.
    const rows = 'cat BTCUSDT/1m --columns open_time,close --as csv';
    expect((await killed.run(rows)).out).toBe((await whole.run(rows)).out);
    expect(await killed.run('verify --quiet')).toMatchObject({ code: 0, out: '' });
    await killed.run('sweep');
    expect(readdirSync(join(killed.root, '.vision-cache', 'tmp'))).toEqual([]);
  });

  it('ends cleanly on Ctrl-C, says how to go on, and goes on', async () => {
    const { server, start, run } = await opened();
    server.faults.add({ fault: 'stall', path: '2024-02-03', times: 1 });
    const { child, ended } = start('sync BTCUSDT --interval 1h --from 2024-02-01 --to 2024-02-10');
    for (const until = Date.now() + 20_000; server.count('2024-02-03') === 0 && Date.now() < until;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toEqual({
      code: 3,
      out: '',
      err: 'Stopped. Everything that had arrived is kept; run the same command again to continue.\n',
    });
    expect(await run('sync BTCUSDT --interval 1h --from 2024-02-01 --to 2024-02-10')).toMatchObject({
      code: 0,
      err: '',
    });
  });

  it('ends quietly when nobody reads any more', async () => {
    const { run, environment } = await opened();
    await run(FEBRUARY);
    for (const command of ['cat BTCUSDT/1m --as csv', 'cat BTCUSDT/1m --json']) {
      const child = spawn(process.execPath, [MAIN, ...command.split(' ')], {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let err = '';
      child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
      child.stdout.once('data', () => child.stdout.destroy());
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
      expect(err).toBe('');
    }
  });
});

const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts();
if (!canMount) console.warn('SKIPPED: a full and a read-only disk; mounting needs root on Linux.');

function mounts(): boolean {
  const folder = tempFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) return false;
  return spawnSync('umount', [folder]).status === 0;
}

(canMount ? describe : describe.skip)('a disk', () => {
  async function onDisk(
    options: string,
    work: (shop: Shop, folder: string, more: { VISION_CACHE_DIR: string }) => Promise<void>,
  ): Promise<void> {
    const folder = join(tempFolder(), 'disk');
    mkdirSync(folder);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status).toBe(0);
    try {
      await work(await opened(), folder, { VISION_CACHE_DIR: join(folder, 'cache') });
    } finally {
      spawnSync('umount', [folder]);
    }
  }

  it('that is full ends sync with 3 and one sentence; what was stored is whole', async () => {
    await onDisk('size=900k', async ({ run }, _, more) => {
      const { code, err } = await run(FEBRUARY, more);
      expect(code).toBe(3);
      expect(err.trim().split('\n')).toHaveLength(1);
      expect(err).toMatch(/E_NO_SPACE/);
      expect(await run('verify --quiet', more)).toMatchObject({ code: 0 });
    });
  });

  it('that may only be read is read, and told once when something is to be stored', async () => {
    await onDisk('size=20m', async ({ run }, folder, more) => {
      await run('sync BTCUSDT --interval 1h --from 2024-02-01 --to 2024-02-05', more);
      expect(spawnSync('mount', ['-o', 'remount,ro', folder]).status).toBe(0);
      expect(await run('head BTCUSDT/1h -n 1 --json --columns close', more)).toMatchObject({ code: 0, err: '' });
      expect((await run('ls --json', more)).out).toContain('"days":4');
      const { code, err } = await run('sync BTCUSDT --interval 1h --from 2024-02-01 --to 2024-02-10', more);
      expect(code).toBe(2);
      expect(err.trim().split('\n')).toHaveLength(1);
      expect(err).toMatch(/E_READ_ONLY/);
    });
  });
});

describe('400 symbols', () => {
  it('are fetched by one command, and none of them twice', async () => {
    const names = Array.from({ length: 400 }, (_, number) => `S${String(number).padStart(3, '0')}USDT`);
    const symbols = names.map(
      (symbol) => ({ symbol, listed: '2024-02-20', intervals: ['1d'], natures: ['klines'] }) as const,
    );
    const { run, server } = await opened({ symbols });
    const line = 'sync --all --quote USDT --interval 1d --from 2024-02-20 --to 2024-02-23 --json --quiet';
    const first = await run(line);
    expect({ ...first, out: '' }).toEqual({ code: 0, out: '', err: '' });
    const rows = first.out
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each) as { series: string; stored: { rows: number } });
    expect(rows.map(({ series }) => series).sort()).toEqual(names.map((name) => `${name}/1d`));
    expect(rows.every(({ stored }) => stored.rows === 3)).toBe(true);
    server.forget();
    expect(await run(line)).toMatchObject({ code: 0 });
    expect(server.count('.zip')).toBe(0);
    expect((await run('ls --json')).out.trim().split('\n')).toHaveLength(400);
  }, 240_000);

  it('are shared out by shards, each month to one of them', async () => {
    const symbols = ['A', 'B', 'C', 'D', 'E'].map(
      (each) => ({ symbol: `${each}USDT`, listed: '2024-01-01', intervals: ['1d'], natures: ['klines'] }) as const,
    );
    const { run, root } = await opened({ symbols });
    const line = 'sync --all --interval 1d --from 2024-01-01 --to 2024-03-01 --quiet';
    for (const shard of ['1/3', '2/3']) expect(await run(`${line} --shard ${shard}`)).toMatchObject({ code: 0 });
    const before = Object.keys(entriesOf(root)).length;
    expect(
      await run(`${line} --shard auto`, {
        SLURM_ARRAY_TASK_ID: '7',
        SLURM_ARRAY_TASK_MIN: '5',
        SLURM_ARRAY_TASK_COUNT: '3',
      }),
    ).toMatchObject({ code: 0 });
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(300);
    expect(Object.keys(entriesOf(root))).toHaveLength(5 * 60);
    expect(await run(`${line} --shard auto`)).toMatchObject({ code: 2 });
    expect(await run(`${line} --shard 0/3`)).toMatchObject({ code: 2 });
  });
});

describe('an unexpected error', () => {
  it('ends with 3 and never with a code of Node', async () => {
    const { run } = await opened();
    const { code, err } = await run('ls', { VISION_CACHE_DIR: MAIN, VISION_CACHE_NOW: NOW });
    expect(code).toBe(2);
    expect(err).toMatch(/^E[A-Z_]+: /);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('a cache that is not there', () => {
  it.each(['verify', 'audit', 'gaps', 'usage', 'prune --before 2024-01-01', 'sweep', 'repack --monthly 1h'])(
    '%s says so and ends with 2',
    async (line) => {
      const { run } = await opened();
      const { code, out, err } = await run(`${line} --cache /no/such/folder`);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/^E_NO_CACHE: There is no folder .*folder\./);
    },
  );

  it('says of a folder to import from once what is wrong', async () => {
    const { run } = await opened();
    expect((await run('import /no/such/folder')).err).toBe(
      'E_IO: /no/such/folder: there is no such file or folder (ENOENT).\n',
    );
  });
});

describe('files that cannot be read', () => {
  it('are told by every command that counts, and fetched again', async () => {
    const { run, root } = await opened();
    await run('sync BTCUSDT --interval 1h --from 2024-02-01 --to 2024-02-05 --quiet');
    const at = join(root, 'binance/spot/klines/daily/BTCUSDT/1h/2024-02-02.arrow');
    writeFileSync(at, readFileSync(at).subarray(0, 100));
    const said = 'BTCUSDT/1h: 1 file cannot be read; "vision-cache verify BTCUSDT/1h" says why.\n';
    expect(await run('ls --long')).toMatchObject({ code: 0, err: said });
    expect((await run('ls --long --json')).out).toContain('"rows":72,');
    expect(await run('usage')).toMatchObject({ code: 0, err: said });
    expect(await run('gaps --json')).toMatchObject({ code: 1, err: '' });
    expect(await run('verify --quiet')).toMatchObject({ code: 1 });
    const day = 'cat BTCUSDT/1h --from 2024-02-02 --to 2024-02-03 --columns close --as csv';
    const none = await run(day);
    expect([none.code, none.out]).toEqual([0, 'close\n']);
    expect(none.err).toMatch(/^The cache has no rows of BTCUSDT\/1h in this range/);
    expect(await run('sync --to 2024-02-05 --quiet')).toMatchObject({ code: 0, err: '' });
    expect((await run(day)).out.trim().split('\n')).toHaveLength(25);
    expect(await run('ls --long')).toMatchObject({ code: 0, err: '' });
  });
});

describe('output that a full disk does not take', () => {
  const hasFullDevice = existsSync('/dev/full');

  (hasFullDevice ? it : it.skip)('is an error, whatever the command', async () => {
    const { environment, run } = await opened();
    await run('sync BTCUSDT --interval 1h --from 2024-02-01 --to 2024-02-05 --quiet');
    for (const line of ['cat BTCUSDT/1h --as csv', 'ls --json', 'verify', '--help', 'migrate --help']) {
      const full = openSync('/dev/full', 'w');
      const ended = spawnSync(process.execPath, [MAIN, ...line.split(' ')], {
        env: environment,
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      closeSync(full);
      expect([line, ended.status, ended.stderr.split('\n').at(-2)]).toEqual([
        line,
        3,
        'E_NO_SPACE: The output is not all written: the disk is full (ENOSPC).',
      ]);
    }
  });
});
