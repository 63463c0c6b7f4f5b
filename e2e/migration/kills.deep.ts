import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plan } from '@vision-cache/migrator';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KnownFile, audit, sha256Of } from './audit.fixture.ts';
import { oldFile, put, scratch, treeOf } from './old-cache.fixture.ts';

/** Every so many-th system call is a point of a kill; 1 is all of them, as test:long has it. */
const STRIDE = Number(process.env['VISION_CACHE_KILL_STRIDE'] ?? 7);

const main = fileURLToPath(new URL('../../apps/migrator/dist/main.js', import.meta.url));
const isBuilt = existsSync(main);
if (!isBuilt) console.warn('SKIPPED: the migrator is not built (npx nx build migrator).');

/** Kills the process before its n-th call that changes something on a disk. */
const hook = (at: number): string =>
  `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
  let calls = 0;
  for (const name of ['writeSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'linkSync', 'unlinkSync', 'rmSync', 'rmdirSync', 'mkdirSync', 'ftruncateSync', 'copyFileSync']) {
    const real = fs[name];
    fs[name] = (...args) => {
      if (args[0] === 1 || args[0] === 2) return real(...args);
      if (++calls === ${at}) process.kill(process.pid, 'SIGKILL');
      return real(...args);
    };
  }
  syncBuiltinESMExports();`)}`;

function run(args: readonly string[], killAt?: number): { readonly code: number | null; readonly said: string } {
  const first = killAt === undefined ? [] : ['--import', hook(killAt)];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...first, main, ...args], { encoding: 'utf8' });
  return { code: status, said: status === 0 || status === null ? stderr : `${stderr}${stdout}` };
}

let base: ReturnType<typeof scratch>;
let known: KnownFile[] = [];
beforeAll(async () => {
  base = scratch();
  known = [];
  const add = async (path: string, symbol: string, date: string, bars: number[]): Promise<void> => {
    const bytes = await oldFile(symbol, '1h', date, bars);
    put(join(base.path, 'pristine'), path, bytes);
    known.push({ path, sha256: sha256Of(bytes), symbol, date, bars });
  };
  await add('BTCUSDT/1h/2024-01-01.arrow', 'BTCUSDT', '2024-01-01', [0, 1, 2]);
  await add('BINANCE/KLINES/spot/BTCUSDT/1h/2024-01-01.arrow', 'BTCUSDT', '2024-01-01', [2, 3]);
  await add('data/ETHUSDT/1h/20240102.arrow', 'ETHUSDT', '2024-01-02', [5]);
  await add('binance/spot/klines/daily/ADAUSDT/1h/2024-01-01.arrow', 'ADAUSDT', '2024-01-01', [7, 8]);
});
afterAll(() => base.remove());

const live = (): string => join(base.path, 'live');

function restore(root: string): { from: string; to: string; out: string } {
  rmSync(live(), { recursive: true, force: true });
  mkdirSync(live());
  const [from, to, out] = [join(live(), 'old'), join(live(), root), join(live(), 'plan')];
  cpSync(join(base.path, 'pristine'), from, { recursive: true, preserveTimestamps: true });
  plan({ from, to, out });
  return { from, to, out };
}

(isBuilt ? describe : describe.skip)('killed at a system call, and run again', () => {
  it.each([
    ['apply', 'new'],
    ['apply', 'old'],
    ['rollback', 'new'],
    ['rollback', 'old'],
    ['finish', 'new'],
    ['finish', 'old'],
  ] as const)('%s into %s loses no row and leaves nothing behind', async (command, root) => {
    let points = 0;
    for (let at = 1; ; at += STRIDE) {
      const { from, to, out } = restore(root);
      const before = treeOf(live());
      const removing = ['apply', out, '--remove-old'];
      const args = command === 'apply' ? removing : [command, out];
      if (command !== 'apply') expect(run(removing)).toEqual({ code: 0, said: '' });
      const { code } = run(args, at);
      if (code !== null) break;
      points += 1;
      const { lost } = await audit(live(), from, to, known);
      expect([at, lost]).toEqual([at, []]);
      const again = run(args);
      // Where the kill came after all was done, a second rollback or finish has nothing to do.
      expect([at, again]).toEqual([at, { code: 0, said: '' }]);
      if (command === 'apply') expect([at, run(['verify', out])]).toEqual([at, { code: 0, said: '' }]);
      if (command === 'finish') expect((await audit(live(), from, to, known)).notInNew).toEqual([]);
      if (command === 'finish') continue;
      // What it all comes to: the old tree byte for byte, and not one folder more than before.
      expect([at, run(['rollback', out])]).toEqual([at, { code: 0, said: '' }]);
      expect([at, treeOf(live())]).toEqual([at, before]);
    }
    console.log(`${points} kills of ${command} into ${root}`);
    expect(points).toBeGreaterThan(100 / STRIDE / 4);
    expect(readFileSync(join(live(), 'plan')).length).toBeGreaterThan(0);
  });
});
