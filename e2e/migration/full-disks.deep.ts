import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plan, status, verify } from '@vision-cache/migrator';
import { afterEach, describe, expect, it } from '@jest/globals';
import { isBuilt } from './command.fixture.ts';
import { builtCommand, dayOf, migrationFolders } from './migration.fixture.ts';
import { oldFile, put, scratch, treeOf } from './old-cache.fixture.ts';

const { main, run, exitOf } = builtCommand();
const folders = migrationFolders();

const canMount = process.getuid?.() === 0 && process.platform === 'linux' && mounts();
if (!canMount) console.warn('SKIPPED: full and read-only disks; mounting needs root on Linux.');

function mounts(): boolean {
  const probe = scratch();
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe.path]).status === 0;
  if (done) spawnSync('umount', [probe.path]);
  probe.remove();
  return done;
}

(canMount && isBuilt ? describe : describe.skip)('F54: disks that do not take or give', () => {
  let mounted: string[] = [];
  afterEach(() => {
    for (const path of mounted) spawnSync('umount', [path]);
    mounted = [];
  });
  const mount = (path: string, ...options: string[]): void => {
    mkdirSync(path, { recursive: true });
    expect(spawnSync('mount', [...options, path]).status).toBe(0);
    mounted.unshift(path);
  };

  it('a target that fills up: what fits is there, the rest is told, and goes on when there is room', async () => {
    for (let day = 0; day < 200; day++)
      put(folders.from, `BTCUSDT/1h/${dayOf(day)}.arrow`, await oldFile('BTCUSDT', '1h', dayOf(day)));
    mount(folders.to, '-t', 'tmpfs', '-o', 'size=700k', 'tmpfs');
    plan(folders);
    expect(await exitOf(['apply', folders.out, '--remove-old'], 3)).toBe('exit 3');
    const half = status({ plan: folders.out });
    expect(half.success).toBeGreaterThan(0);
    expect(half.success + half.failed + half.skipped).toBe(200);
    const there = treeOf(folders.to).filter((line) => /^binance.*\.arrow /.test(line));
    expect(there).toHaveLength(half.success);
    expect(half.removed).toBe(half.success);
    expect(spawnSync('mount', ['-o', 'remount,size=64m', folders.to]).status).toBe(0);
    expect(await exitOf(['apply', folders.out, '--remove-old'], 0)).toBe('exit 0');
    expect(verify({ plan: folders.out })).toMatchObject({ success: 200, failed: 0 });
  });

  /** Not one block is left. */
  const fill = (folder: string): void => {
    for (const size of ['64k', '512'])
      spawnSync('dd', ['if=/dev/zero', `of=${join(folder, `fill-${size}`)}`, `bs=${size}`]);
    expect(() => writeFileSync(join(folder, 'more'), 'x')).toThrow('ENOSPC');
    rmSync(join(folder, 'more'));
  };

  it.each([
    ['rollback', 'both'],
    ['rollback', 'new'],
    ['rollback', 'old'],
    ['finish', 'both'],
    ['finish', 'new'],
    ['finish', 'old'],
    ['rollback --from-folders', 'both'],
  ] as const)('%s works where the disk of %s is full to its last block', async (command, full) => {
    const disk = join(folders.base, 'disk');
    mount(disk, '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs');
    const [old, place] = [
      join(full === 'new' ? folders.base : disk, 'old'),
      join(full === 'old' ? folders.base : disk, 'new'),
    ];
    for (let day = 0; day < 20; day++)
      put(old, `BTCUSDT/1h/${dayOf(day)}.arrow`, await oldFile('BTCUSDT', '1h', dayOf(day)));
    const before = treeOf(old);
    plan({ from: old, to: place, out: folders.out });
    expect(await exitOf(['apply', folders.out, '--remove-old'], 0)).toBe('exit 0');
    fill(disk);
    expect(await exitOf([...command.split(' '), folders.out], 0)).toBe('exit 0');
    if (command === 'finish') {
      expect(verify({ plan: folders.out })).toMatchObject({ failed: 0, gone: 20 });
      expect(treeOf(old)).toEqual([]);
    } else expect(treeOf(old, /^\.vision-cache/)).toEqual(before);
    if (command === 'rollback') expect(existsSync(place)).toBe(false);
  });

  it('what is written to a file on a full disk ends with an error, and never with 0', async () => {
    put(folders.from, 'BTCUSDT/1h/2023-01-01.arrow', await oldFile('BTCUSDT', '1h', '2023-01-01'));
    const disk = join(folders.base, 'disk');
    mount(disk, '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs');
    plan(folders);
    fill(disk);
    const report = openSync(join(disk, 'report'), 'w');
    try {
      for (const args of [
        ['status', folders.out, '--json'],
        ['apply', folders.out, '--json'],
        ['verify', folders.out],
        ['rollback', folders.out, '--json'],
      ]) {
        const { status: code, stderr } = spawnSync(process.execPath, [main, ...args], {
          stdio: ['ignore', report, 'pipe'],
        });
        expect([args, code, String(stderr)]).toEqual([args, 3, expect.stringContaining('ENOSPC')]);
      }
    } finally {
      closeSync(report);
    }
    const before = treeOf(folders.base, /^disk/);
    const told = await run(['apply', folders.out, '--report', join(disk, 'report.json')]);
    expect(told.code).not.toBe(0);
    expect(treeOf(folders.base, /^disk/)).toEqual(before);
  });

  it('a source that is read-only is migrated, and one that may not be removed says so', async () => {
    put(join(folders.base, 'below'), 'BTCUSDT/1h/2023-01-01.arrow', await oldFile('BTCUSDT', '1h', '2023-01-01'));
    mount(folders.from, '--bind', join(folders.base, 'below'));
    expect(spawnSync('mount', ['-o', 'remount,bind,ro', folders.from]).status).toBe(0);
    plan(folders);
    expect(await exitOf(['apply', folders.out], 0)).toBe('exit 0');
    expect(await exitOf(['apply', folders.out, '--remove-old'], 3)).toBe('exit 3');
    expect(readFileSync(join(folders.from, 'BTCUSDT/1h/2023-01-01.arrow')).length).toBeGreaterThan(0);
    expect(verify({ plan: folders.out })).toMatchObject({ success: 1, failed: 0 });
  });

  it('a target that is read-only is told at once', async () => {
    put(folders.from, 'BTCUSDT/1h/2023-01-01.arrow', await oldFile('BTCUSDT', '1h', '2023-01-01'));
    mount(folders.to, '-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs');
    plan(folders);
    expect(await exitOf(['apply', folders.out], 3)).toBe('exit 3');
    expect(status({ plan: folders.out })).toMatchObject({ state: 'none', success: 0 });
  });
});
