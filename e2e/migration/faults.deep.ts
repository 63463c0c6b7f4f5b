import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArrowFile } from '@vision-cache/arrow-store';
import { apply, openPlan, outcomes, plan, rollback, status, verify } from '@vision-cache/migrator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ofAnotherDay, oldFile, put, scratch, treeOf } from './old-cache.fixture.ts';

const dist = fileURLToPath(new URL('../../apps/migrator/dist', import.meta.url));
const isBuilt = existsSync(join(dist, 'main.js'));
if (!isBuilt) console.warn('SKIPPED: the migrator is not built (npx nx build migrator).');

/** A copy, so that a build during the test does not take the command away. */
const program = scratch();
const main = join(program.path, 'main.js');
beforeAll(() => {
  if (isBuilt) cpSync(dist, program.path, { recursive: true });
});
afterAll(() => program.remove());

let base: ReturnType<typeof scratch>;
let [from, to, out] = ['', '', ''];
beforeEach(() => {
  base = scratch();
  [from, to, out] = [join(base.path, 'old'), join(base.path, 'new'), join(base.path, 'plan')];
});
afterEach(() => base.remove());

const dayOf = (index: number): string => new Date(Date.UTC(2023, 0, 1 + index)).toISOString().slice(0, 10);

/** Days of several generations, partly on top of each other, so that entries are united, split and relabelled. */
async function mixedTree(root: string, days: number): Promise<void> {
  const first = dayOf(0);
  const whole = await oldFile('BTCUSDT', '1h', first);
  const [early, late] = [
    await oldFile('ETHUSDT', '1h', first, [0, 1, 2]),
    await oldFile('ETHUSDT', '1h', first, [2, 3, 4]),
  ];
  for (let day = 0; day < days; day++) {
    const date = dayOf(day);
    const on = (bytes: Buffer): Buffer => ofAnotherDay(bytes, '1h', first, date);
    put(root, `BTCUSDT/1h/${date}.arrow`, on(whole));
    if (day % 3 === 0) put(root, `data/ETHUSDT/1h/${dayOf(day + 100)}.arrow`, on(early));
    if (day % 4 === 0) put(root, `BINANCE/KLINES/spot/ETHUSDT/1h/${date}.arrow`, on(late));
    if (day % 5 === 0) put(root, `SOLUSDT/1h/${date}.arrow`, Buffer.from('half a file'));
    if (day % 6 === 0) put(root, `binance/spot/klines/daily/ADAUSDT/1h/${date}.arrow`, on(whole));
    if (day % 12 === 0) put(root, `ADAUSDT/1h/${date}.arrow`, on(whole));
  }
}

interface Ended {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly said: string;
  readonly took: number;
}

/** Runs the command, and kills it after some milliseconds where asked. */
function run(args: readonly string[], killAfter?: number): Promise<Ended> {
  const started = Date.now();
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += String(text)));
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  return new Promise((done) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      done({ code, said, took: Date.now() - started });
    });
  });
}

/** Its exit code, with what it said where that is another one. */
async function exitOf(args: readonly string[], wanted: number): Promise<string> {
  const { code, said } = await run(args);
  return code === wanted ? `exit ${code}` : `exit ${code}: ${said}`;
}

/** The journal tells how it went, which a stop changes; the rest must be the same. */
const final = (root: string): string[] => treeOf(root, /^\.vision-cache\/(journal|leases)/);

const KILLS = 30;
/** Runs go on side by side, one on each core of a small machine. */
const LANES = [0, 1];
/** The points of the kills, spread evenly however many there are: the golden ratio's multiples. */
const pointOf = (index: number): number => (index * 0.618_034) % 1;

(isBuilt ? describe : describe.skip)('F52: killed at any point, and run again', () => {
  it.each([
    ['into another root', 'new'],
    ['in place', 'old'],
  ])('ends with the same tree byte for byte, %s', async (_, root) => {
    const pristine = join(base.path, 'pristine');
    await mixedTree(pristine, 36);
    const killedIn = async (lane: number): Promise<number> => {
      const at = join(base.path, `lane${lane}`);
      const [old, place, file] = [join(at, 'old'), join(at, root), join(at, 'plan')];
      const removing = ['apply', file, '--remove-old'];
      const restore = (): void => {
        rmSync(at, { recursive: true, force: true });
        mkdirSync(at);
        spawnSync('cp', ['-a', pristine, old]);
        plan({ from: old, to: place, out: file });
      };
      const trees = () => [final(old), final(join(at, 'new'))];
      restore();
      const whole = await run(removing);
      expect([whole.code, whole.said]).toEqual([1, '']);
      const undisturbed = trees();
      let { took } = whole;
      let killed = 0;
      // How long a run takes differs on a busy machine: until so many were killed, some of which end before they are.
      for (let point = lane; killed < KILLS / LANES.length; point += LANES.length) {
        expect(point).toBeLessThan(8 * KILLS);
        restore();
        const first = await run(removing, took * pointOf(point));
        if (first.code === null) killed += 1;
        else took = Math.min(took, first.took);
        // At this moment every file is in its old place, or its rows are recorded to be in the new.
        for (const { file: planned, outcome } of outcomes(openPlan(file))) {
          const places = [join(old, planned.file), ...outcome.targets.map((target) => join(place, target.path))];
          expect([planned.file, places.some((path) => existsSync(path))]).toEqual([planned.file, true]);
        }
        expect(await exitOf(removing, 1)).toBe('exit 1');
        expect(trees()).toEqual(undisturbed);
        expect(verify({ plan: file }).failed).toBe(0);
        if (point % 5 > 0) continue;
        const before = treeOf(at);
        expect(await exitOf(removing, 1)).toBe('exit 1');
        expect(treeOf(at)).toEqual(before);
      }
      return killed;
    };
    const killed = await Promise.all(LANES.map(killedIn));
    console.log(`killed ${killed.reduce((sum, each) => sum + each, 0)} runs, ${_}`);
  });

  it('a rollback that is killed goes on, and one after a kill restores the old tree', async () => {
    const pristine = join(base.path, 'pristine');
    await mixedTree(pristine, 24);
    const before = treeOf(pristine);
    const restore = (point: number): void => {
      rmSync(from, { recursive: true, force: true });
      rmSync(to, { recursive: true, force: true });
      spawnSync('cp', ['-a', pristine, from]);
      plan({ from, to: point % 2 === 0 ? to : from, out });
    };
    restore(0);
    const applying = (await run(['apply', out, '--remove-old'])).took;
    const taking = (await run(['rollback', out])).took;
    for (let point = 0; point < 20; point++) {
      restore(point);
      await run(['apply', out, '--remove-old'], applying * (0.3 + pointOf(point)));
      await run(['rollback', out], taking * (0.3 + pointOf(point + 7)));
      expect((await rollback({ plan: out })).findings).toEqual([]);
      expect(treeOf(from)).toEqual(before);
      expect(treeOf(to)).toEqual([]);
    }
  });

  it.each(['finish', 'rollback'])('a %s that is killed loses no row, whatever is run next', async (ending) => {
    const pristine = join(base.path, 'pristine');
    await mixedTree(pristine, 24);
    const before = treeOf(pristine);
    const restore = async (point: number): Promise<void> => {
      rmSync(from, { recursive: true, force: true });
      rmSync(to, { recursive: true, force: true });
      spawnSync('cp', ['-a', pristine, from]);
      plan({ from, to: point % 2 === 0 ? to : from, out });
      await run(['apply', out, '--remove-old']);
    };
    await restore(0);
    const { took } = await run([ending, out]);
    for (let point = 0; point < 20; point++) {
      await restore(point);
      await run([ending, out], took * (0.3 + 0.7 * pointOf(point)));
      // The other way out: it is open until the first change, and closed from then on.
      const other = ending === 'finish' ? ['rollback', out] : ['apply', out, '--remove-old'];
      const { code } = await run(other);
      if (ending === 'finish' && code === 2) {
        expect(await exitOf(['finish', out], 1)).toBe('exit 1');
        expect(verify({ plan: out }).failed).toBe(0);
        continue;
      }
      if (ending === 'rollback' && code === 2) expect(await exitOf(['finish', out], 2)).toBe('exit 2');
      else if (ending === 'rollback') expect([code, verify({ plan: out }).failed]).toEqual([1, 0]);
      expect((await rollback({ plan: out })).findings).toEqual([]);
      expect(treeOf(from)).toEqual(before);
    }
  });

  it('two applies at once: one works, the other says so', async () => {
    await mixedTree(from, 40);
    plan({ from, to, out });
    const both = await Promise.all([run(['apply', out]), run(['apply', out])]);
    expect(both.map(({ code }) => code).sort()).toEqual([1, 2]);
    expect(both.map(({ said }) => said).join('')).toContain('E_LOCKED');
    expect(verify({ plan: out }).failed).toBe(0);
  });
});

describe('F50: a tree of 2,000 files, good and bad', () => {
  it('takes all good ones, leaves all bad ones, and reports just that', async () => {
    const first = dayOf(0);
    const templates: Buffer[] = [];
    for (let offset = 0; offset < 20; offset++) templates.push(await oldFile('S0USDT', '1h', first, undefined, offset));
    for (let index = 0; index < 1900; index++) {
      const symbol = `S${index % 20}USDT`;
      const date = dayOf(Math.floor(index / 20));
      const name =
        index % 7 === 0 ? `${symbol.toLowerCase()}/1h/${date.replaceAll('-', '')}.arrow` : `${symbol}/1h/${date}.arrow`;
      put(from, name, ofAnotherDay(templates[index % 20]!, '1h', first, date));
    }
    const sample = await oldFile('BADUSDT', '1h', '2023-01-01');
    const bad: Record<string, Buffer | string> = {
      zero: '',
      half: sample.subarray(0, sample.length >> 1),
      cut: sample.subarray(0, sample.length - 3),
      zeros: Buffer.alloc(4096),
      xml: '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
      lfs: 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    };
    let index = 0;
    for (const bytes of Object.values(bad))
      for (let each = 0; each < 10; each++) put(from, `BADUSDT/1h/${dayOf(index++)}.arrow`, bytes);
    // A flipped exponent of the first price: only the bar itself tells.
    const price = Buffer.from(Float64Array.of(100, 100.25).buffer);
    for (let each = 0; each < 10; each++) {
      const flipped = await oldFile('BADUSDT', '1h', dayOf(index));
      flipped[flipped.indexOf(price) + 7]! ^= 0x10;
      put(from, `BADUSDT/1h/${dayOf(index++)}.arrow`, flipped);
    }
    for (const name of [
      'notes.arrow',
      '.DS_Store',
      'BTCUSDT/README',
      'S1USDT/1h/2023-01-01.arrow.lock',
      'S1USDT/7h/2023-01-01.arrow',
      'S1USDT/1h/2023-02-30.arrow',
    ]) {
      put(from, name, 'x');
    }
    mkdirSync(join(from, 'empty/folder'), { recursive: true });
    symlinkSync('/etc', join(from, 'S1USDT/etc'));
    symlinkSync('..', join(from, 'S1USDT/loop'));
    const before = treeOf(from);

    const { totals } = plan({ from, to, out });
    expect(totals).toMatchObject({ files: 1970, left: 8 });
    expect(treeOf(from)).toEqual(before);
    const summary = await apply({ plan: out, oldFiles: 'remove' });
    expect(summary).toMatchObject({
      success: 1900,
      failed: 70,
      skipped: 0,
      files: 1970,
      removed: 1900,
      byReason: { 'impossible-prices': 10 },
    });

    // The report equals what is on the disk.
    const left = readdirSync(from, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.parentPath.includes('.vision-cache'),
    );
    expect(left.filter(({ parentPath }) => parentPath.includes('BADUSDT'))).toHaveLength(70);
    let rows = 0;
    for (const { outcome } of outcomes(openPlan(out))) {
      for (const { path } of outcome.targets) rows += (await readArrowFile(join(to, path))).numRows;
    }
    expect(rows).toBe(1900 * 24);
    expect(verify({ plan: out })).toMatchObject({ success: 1900, failed: 0, skipped: 70 });
    expect(await rollback({ plan: out })).toMatchObject({ restored: 1900, takenBack: 1900, findings: [] });
    expect(treeOf(from)).toEqual(before);
    expect(existsSync(to)).toBe(false);
  });
});

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
      put(from, `BTCUSDT/1h/${dayOf(day)}.arrow`, await oldFile('BTCUSDT', '1h', dayOf(day)));
    mount(to, '-t', 'tmpfs', '-o', 'size=700k', 'tmpfs');
    plan({ from, to, out });
    expect(await exitOf(['apply', out, '--remove-old'], 3)).toBe('exit 3');
    const half = status({ plan: out });
    expect(half.success).toBeGreaterThan(0);
    expect(half.success + half.failed + half.skipped).toBe(200);
    const there = treeOf(to).filter((line) => /^binance.*\.arrow /.test(line));
    expect(there).toHaveLength(half.success);
    expect(half.removed).toBe(half.success);
    expect(spawnSync('mount', ['-o', 'remount,size=64m', to]).status).toBe(0);
    expect(await exitOf(['apply', out, '--remove-old'], 0)).toBe('exit 0');
    expect(verify({ plan: out })).toMatchObject({ success: 200, failed: 0 });
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
    const disk = join(base.path, 'disk');
    mount(disk, '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs');
    const [old, place] = [
      join(full === 'new' ? base.path : disk, 'old'),
      join(full === 'old' ? base.path : disk, 'new'),
    ];
    for (let day = 0; day < 20; day++)
      put(old, `BTCUSDT/1h/${dayOf(day)}.arrow`, await oldFile('BTCUSDT', '1h', dayOf(day)));
    const before = treeOf(old);
    plan({ from: old, to: place, out });
    expect(await exitOf(['apply', out, '--remove-old'], 0)).toBe('exit 0');
    fill(disk);
    expect(await exitOf([...command.split(' '), out], 0)).toBe('exit 0');
    if (command === 'finish') {
      expect(verify({ plan: out })).toMatchObject({ failed: 0, gone: 20 });
      expect(treeOf(old)).toEqual([]);
    } else expect(treeOf(old, /^\.vision-cache/)).toEqual(before);
    if (command === 'rollback') expect(existsSync(place)).toBe(false);
  });

  it('what is written to a file on a full disk ends with an error, and never with 0', async () => {
    put(from, 'BTCUSDT/1h/2023-01-01.arrow', await oldFile('BTCUSDT', '1h', '2023-01-01'));
    const disk = join(base.path, 'disk');
    mount(disk, '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs');
    plan({ from, to, out });
    fill(disk);
    const report = openSync(join(disk, 'report'), 'w');
    try {
      for (const args of [
        ['status', out, '--json'],
        ['apply', out, '--json'],
        ['verify', out],
        ['rollback', out, '--json'],
      ]) {
        const { status: code, stderr } = spawnSync(process.execPath, [main, ...args], {
          stdio: ['ignore', report, 'pipe'],
        });
        expect([args, code, String(stderr)]).toEqual([args, 3, expect.stringContaining('ENOSPC')]);
      }
    } finally {
      closeSync(report);
    }
    const before = treeOf(base.path, /^disk/);
    const told = await run(['apply', out, '--report', join(disk, 'report.json')]);
    expect(told.code).not.toBe(0);
    expect(treeOf(base.path, /^disk/)).toEqual(before);
  });

  it('a source that is read-only is migrated, and one that may not be removed says so', async () => {
    put(join(base.path, 'below'), 'BTCUSDT/1h/2023-01-01.arrow', await oldFile('BTCUSDT', '1h', '2023-01-01'));
    mount(from, '--bind', join(base.path, 'below'));
    expect(spawnSync('mount', ['-o', 'remount,bind,ro', from]).status).toBe(0);
    plan({ from, to, out });
    expect(await exitOf(['apply', out], 0)).toBe('exit 0');
    expect(await exitOf(['apply', out, '--remove-old'], 3)).toBe('exit 3');
    expect(readFileSync(join(from, 'BTCUSDT/1h/2023-01-01.arrow')).length).toBeGreaterThan(0);
    expect(verify({ plan: out })).toMatchObject({ success: 1, failed: 0 });
  });

  it('a target that is read-only is told at once', async () => {
    put(from, 'BTCUSDT/1h/2023-01-01.arrow', await oldFile('BTCUSDT', '1h', '2023-01-01'));
    mount(to, '-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs');
    plan({ from, to, out });
    expect(await exitOf(['apply', out], 3)).toBe('exit 3');
    expect(status({ plan: out })).toMatchObject({ state: 'none', success: 0 });
  });
});

describe('one file of many that may not be read', () => {
  it('is told, and the rest goes on', async () => {
    for (let day = 0; day < 5; day++)
      put(from, `BTCUSDT/1h/${dayOf(day)}.arrow`, await oldFile('BTCUSDT', '1h', dayOf(day)));
    plan({ from, to, out });
    rmSync(join(from, `BTCUSDT/1h/${dayOf(2)}.arrow`));
    mkdirSync(join(from, `BTCUSDT/1h/${dayOf(2)}.arrow`));
    writeFileSync(join(from, `BTCUSDT/1h/${dayOf(2)}.arrow/x`), '');
    expect(await apply({ plan: out })).toMatchObject({ success: 4, failed: 1 });
  });
});
