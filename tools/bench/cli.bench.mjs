// How fast the command is, as a user waits for it: whole processes, medians of several in turns. Needs `nx build cli`,
// which it does itself. Fails beyond the limits that the project promises.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const workspace = fileURLToPath(new URL('../..', import.meta.url));
const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
const main = join(workspace, 'apps/cli/dist/main.js');
const work = mkdtempSync(join(tmpdir(), 'cli-bench-'));

const built = spawnSync(process.execPath, [nx, 'build', 'cli', '--outputStyle=static'], {
  cwd: workspace,
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false' },
});
if (built.status !== 0) process.exit(1);

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
let failed = false;
function say(what, value, limit, unit = '') {
  const isSlow = limit !== undefined && value > limit;
  failed ||= isSlow;
  const promised = limit === undefined ? '' : `  (at most ${limit}${isSlow ? ': TOO SLOW' : ''})`;
  console.log(`${what.padEnd(58)}${value.toFixed(2).padStart(9)}${unit}${promised}`);
}

/** Milliseconds of a process from start to end, which has to end well. */
function timed(args, env = process.env) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', maxBuffer: 1e9 });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

/** Of each in turns, so that what else the machine does meets all of them. */
function inTurns(runs, contestants) {
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) for (const [name, once] of Object.entries(contestants)) times[name].push(once());
  return Object.fromEntries(Object.entries(times).map(([name, of]) => [name, median(of)]));
}

function startUp() {
  const times = inTurns(15, {
    node: () => timed(['-e', '1']),
    help: () => timed([main, '--help']),
    sync: () => timed([main, 'sync', '--help']),
  });
  say('--help, against node -e 1', times.help / times.node, 1.3, '×');
  say('sync --help, against node -e 1', times.sync / times.node, 1.3, '×');
}

function manySeries() {
  const root = join(work, 'many');
  const days = Array.from({ length: 100 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10));
  for (let series = 0; series < 10_000; series++) {
    const of = join(root, 'binance/spot/klines/daily', `S${String(series).padStart(5, '0')}USDT`, '1m');
    mkdirSync(of, { recursive: true });
    for (const day of days) closeSync(openSync(join(of, `${day}.arrow`), 'w'));
  }
  const env = { ...process.env, VISION_CACHE_DIR: root };
  timed([main, 'ls'], env);
  const { ls } = inTurns(3, { ls: () => timed([main, 'ls'], env) });
  say('ls of 10,000 series and 1,000,000 days', ls / 1000, 2, ' s');
  rmSync(root, { recursive: true });
}

const YEAR = { from: '2023-01-01', to: '2024-01-01' };

/** The same year by a program of the library's. */
const LIBRARY = `
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
const { ROOT, VISION_CACHE_ARCHIVE_URL: baseUrl, VISION_CACHE_LISTING_URL: listingUrl } = process.env;
const manager = new DataSourceManager({ cache: new UnifiedCacheManager({ root: ROOT }), sources: [new VisionDataClient({ baseUrl, listingUrl })] });
const { batch } = await manager.getKlines({ symbol: 'BTCUSDT', interval: '1m', start: '${YEAR.from}', end: '${YEAR.to}' }, { strict: false });
if (batch.numRows < 500_000) throw new Error(String(batch.numRows));
process.exit(0);
`;

async function year() {
  const server = spawn(
    process.execPath,
    [join(folder, 'loopback-archive.mjs'), JSON.stringify({ names: ['BTCUSDT'], interval: '1m' })],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const { baseUrl, listingUrl } = await new Promise((resolve) => server.once('message', resolve));
  const env = {
    ...process.env,
    VISION_CACHE_ARCHIVE_URL: baseUrl,
    VISION_CACHE_LISTING_URL: listingUrl,
    VISION_CACHE_REST_URL: 'none',
  };
  const root = join(work, 'year');
  let run = 0;
  const times = inTurns(3, {
    library: () => timed(['--input-type=module', '-e', LIBRARY], { ...env, ROOT: join(work, `library-${run++}`) }),
    command: () => {
      rmSync(root, { recursive: true, force: true });
      const range = ['--from', YEAR.from, '--to', YEAR.to];
      return timed([main, 'sync', 'BTCUSDT', '--interval', '1m', ...range, '--quiet'], {
        ...env,
        VISION_CACHE_DIR: root,
      });
    },
  });
  say('sync of a year of 1m over loopback', times.command / 1000, undefined, ' s');
  say('  against the library', times.command / times.library, 1.15, '×');
  server.disconnect();
  await exportOf(root, { ...env, VISION_CACHE_DIR: root });
}

async function exportOf(root, env) {
  const out = join(work, 'parquet');
  const { whole } = inTurns(3, {
    whole: () => timed([main, 'export', 'BTCUSDT/1m', '--to', out, '--quiet'], env),
  });
  say('export of a year of 1m to Parquet', whole / 1000, 2, ' s');
  console.log(`  ${(statSync(join(out, 'BTCUSDT-1m.parquet')).size / 2 ** 20).toFixed(1)} MiB`);
  const peak = (...more) => peakMegabytes([main, 'export', 'BTCUSDT/1m', '--to', out, '--quiet', ...more], env);
  const [year, quarter] = [peak(), peak('--until', '2023-07-01')];
  say('  memory of a year, against half a year', year / quarter, 1.25, '×');
  const polars = spawnSync('python3', ['-c', POLARS, join(root, 'binance/spot/klines/daily/BTCUSDT/1m/*.arrow')], {
    cwd: work,
    encoding: 'utf8',
  });
  if (polars.status === 0)
    say('  against polars, which is loaded already', whole / Number(polars.stdout), undefined, '×');
  else console.log(`  not against polars: ${polars.stderr.trim().split('\n').at(-1)}`);
}

/** The same by polars, in milliseconds: the best of three. `npm run bench` has the Python of tools/python on its PATH. */
const POLARS = `
import sys, time
import polars as pl
best = float('inf')
for _ in range(3):
    started = time.perf_counter()
    pl.scan_ipc(sys.argv[1]).collect().write_parquet('polars.parquet', compression='snappy')
    best = min(best, time.perf_counter() - started)
print(best * 1000)
`;

/** The most memory that a process had; Linux alone tells. */
function peakMegabytes(args, env) {
  const code = `process.argv.splice(1, 0, ${JSON.stringify(args[0])}); process.on('exit', () => process._rawDebug('PEAK ' + process.resourceUsage().maxRSS)); require(${JSON.stringify(args[0])})`;
  const { stderr } = spawnSync(process.execPath, ['-e', code, ...args.slice(1)], { env, encoding: 'utf8' });
  return Number(/PEAK (\d+)/.exec(stderr)?.[1] ?? NaN) / 1024;
}

try {
  startUp();
  manySeries();
  await year();
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
