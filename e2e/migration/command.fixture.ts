import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type KnownFile, sha256Of } from './audit.fixture.ts';
import { oldFile, put } from './old-cache.fixture.ts';

const main = fileURLToPath(new URL('../../apps/migrator/dist/main.js', import.meta.url));
export const isBuilt = existsSync(main);
if (!isBuilt) console.warn('SKIPPED: the migrator is not built (npx nx build migrator).');

/** How long one test may take: all of the time that tools/jest.mjs gives to a run. */
export const LONGEST_MS = Number(process.env['VISION_CACHE_JEST_MINUTES'] ?? 60) * 60_000;

/** Where a run is stopped, counted in calls that change something on a disk. */
export interface Stop {
  /** Killed before this call. */
  readonly killAt: number;
  /** Before this one, everything that was written so far goes to the disk, as the system does it now and then. */
  readonly syncAt?: number;
}

const hook = ({ killAt, syncAt = 0 }: Stop, folder: string): string =>
  `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'; import { spawn, spawnSync } from 'node:child_process';
  let calls = 0;
  for (const name of ['writeSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'linkSync', 'unlinkSync', 'rmSync', 'rmdirSync', 'mkdirSync', 'ftruncateSync', 'copyFileSync']) {
    const real = fs[name];
    fs[name] = (...args) => {
      if (args[0] === 1 || args[0] === 2) return real(...args);
      if (++calls === ${syncAt}) spawnSync('sync', ['-f', ${JSON.stringify(folder)}]);
      if (calls === ${killAt}) process.kill(process.pid, 'SIGKILL');
      return real(...args);
    };
  }
  syncBuiltinESMExports();`)}`;

/** Runs the built command. The code is null where it was killed; what it said is told where it did not end well. */
export function runBuilt(
  args: readonly string[],
  stop?: Stop,
  folder = '.',
): { readonly code: number | null; readonly said: string } {
  const first = stop === undefined ? [] : ['--import', hook(stop, folder)];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...first, main, ...args], { encoding: 'utf8' });
  return { code: status, said: status === 0 || status === null ? stderr : `${stderr}${stdout}` };
}

/** Four old files: two of one day, one of another generation, and one that stands at its new path without a seal. */
export async function makeSmallCache(root: string): Promise<KnownFile[]> {
  const known: KnownFile[] = [];
  const add = async (path: string, symbol: string, date: string, bars: number[]): Promise<void> => {
    const bytes = await oldFile(symbol, '1h', date, bars);
    put(root, path, bytes);
    known.push({ path, sha256: sha256Of(bytes), symbol, date, bars });
  };
  await add('BTCUSDT/1h/2024-01-01.arrow', 'BTCUSDT', '2024-01-01', [0, 1, 2]);
  await add('BINANCE/KLINES/spot/BTCUSDT/1h/2024-01-01.arrow', 'BTCUSDT', '2024-01-01', [2, 3]);
  await add('data/ETHUSDT/1h/20240102.arrow', 'ETHUSDT', '2024-01-02', [5]);
  await add('binance/spot/klines/daily/ADAUSDT/1h/2024-01-01.arrow', 'ADAUSDT', '2024-01-01', [7, 8]);
  return known;
}

/** What is killed, and where its new root is. */
export const ENDINGS = [
  ['apply', 'new'],
  ['apply', 'old'],
  ['rollback', 'new'],
  ['rollback', 'old'],
  ['finish', 'new'],
  ['finish', 'old'],
] as const;

export const seeded = (seed: number): ((below: number) => number) => {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
};

/** The same beside others that work. */
export async function startBuilt(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += String(text)));
  return new Promise((done) => child.once('close', (code) => done({ code, said })));
}
