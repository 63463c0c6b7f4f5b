// What a migration costs: planning against listing and reading a little, applying with and without waiting for the disk,
// memory against the number of files, and how fast the command starts. Ratios hold from machine to machine, times do not.
//   VISION_CACHE_BENCH_FILES   day files of 1,440 bars to rewrite        (default 10,000)
//   VISION_CACHE_BENCH_TREE    small files to plan                        (default 100,000)
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(join(root, 'packages/arrow-store/package.json'));
const main = join(root, 'apps/migrator/dist/main.js');
if (!existsSync(main)) {
  const nx = createRequire(join(root, 'package.json')).resolve('nx/bin/nx.js');
  spawnSync(process.execPath, [nx, 'build', 'migrator'], { cwd: root, stdio: 'inherit' });
}
const FILES = Number(process.env.VISION_CACHE_BENCH_FILES ?? 10_000);
const TREE = Number(process.env.VISION_CACHE_BENCH_TREE ?? 100_000);
const base = mkdtempSync(join(process.env.VISION_CACHE_BENCH_DIR ?? tmpdir(), 'vision-cache-bench-'));
const DAY = 86_400_000_000n;
const FIRST_DAY = 1_483_228_800_000_000n; // 2017-01-01

/** A day of bars in the form that pandas wrote, and where its open times stand. */
function template(rows) {
  const { tableFromArrays, tableToIPC, vectorFromArray, Table, TimestampMicrosecond } = require('apache-arrow');
  const step = Number(DAY) / rows;
  const times = BigInt64Array.from({ length: rows }, (_, row) => FIRST_DAY + BigInt(row * step));
  const price = Float64Array.from({ length: rows }, (_, row) => 42_000 + Math.round(Math.sin(row) * 10_000) / 100);
  const volume = Float64Array.from({ length: rows }, (_, row) => Math.round((100 + Math.cos(row) * 50) * 1e5) / 1e5);
  const quote = volume.map((each, row) => Math.round(each * price[row] * 1e8) / 1e8);
  const table = tableFromArrays({
    // Each column its own array: apache-arrow writes a shared one once, and says that it wrote it often.
    open: price, high: price.slice(), low: price.slice(), close: price.slice(), volume,
    quote_asset_volume: quote, count: BigInt64Array.from(volume, () => 100n),
    taker_buy_volume: volume.map((each) => Math.round(each * 5e4) / 1e5),
    taker_buy_quote_volume: volume.map((each, row) => Math.round(Math.round(each * 5e4) / 1e5 * price[row] * 1e8) / 1e8),
  }); // prettier-ignore
  const time = vectorFromArray(
    Array.from(times, (each) => Number(each / 1000n)),
    new TimestampMicrosecond('UTC'),
  );
  const bytes = Buffer.from(
    tableToIPC(
      new Table({
        open_time: time,
        ...Object.fromEntries(table.schema.fields.map(({ name }) => [name, table.getChild(name)])),
      }),
      'file',
    ),
  );
  const needle = Buffer.from(times.buffer);
  const at = bytes.indexOf(needle);
  if (at === -1) throw new Error('the open times are not where they should be');
  return { bytes, at, times };
}

/** Writes days of a year for symbol after symbol, each with its own open times. */
function makeTree(folder, count, rows) {
  const { bytes, at, times } = template(rows);
  const interval = rows === 1440 ? '1m' : '1h';
  const view = new BigInt64Array(times.length);
  for (let done = 0; done < count;) {
    const path = join(folder, `S${String(Math.floor(done / 365)).padStart(4, '0')}USDT`, interval);
    mkdirSync(path, { recursive: true });
    for (let day = 0; day < 365 && done < count; day++, done++) {
      for (let row = 0; row < times.length; row++) view[row] = times[row] + BigInt(day) * DAY;
      Buffer.from(view.buffer).copy(bytes, at);
      writeFileSync(
        join(path, `${new Date(Number((FIRST_DAY + BigInt(day) * DAY) / 1000n)).toISOString().slice(0, 10)}.arrow`),
        bytes,
      );
    }
  }
  spawnSync('sync');
}

/** Runs the command; gives its seconds and its largest memory. */
function run(args) {
  const script = `
    const { spawnSync } = require('node:child_process');
    const started = process.hrtime.bigint();
    const { status } = spawnSync(process.execPath, ${JSON.stringify([main, ...args])}, { stdio: 'ignore' });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    process.stdout.write(JSON.stringify({ status, seconds }));`;
  const timed = spawnSync('/usr/bin/env', ['bash', '-c', 'exec "$0" "$@"', process.execPath, '-e', script], {
    encoding: 'utf8',
  });
  return JSON.parse(timed.stdout);
}

function peak(args) {
  const script = `
    const { spawn } = require('node:child_process'); const { readFileSync } = require('node:fs');
    const child = spawn(process.execPath, ${JSON.stringify([main, ...args])}, { stdio: 'ignore' });
    let most = 0;
    const look = setInterval(() => { try { most = Math.max(most, Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/' + child.pid + '/status', 'utf8'))[1])); } catch {} }, 20);
    child.on('exit', (status) => { clearInterval(look); process.stdout.write(JSON.stringify({ status, mib: most / 1024 })); });`;
  return JSON.parse(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout);
}

/** Lists a tree and reads a little of each file: what no plan can do without. */
function listAndRead(folder) {
  const started = process.hrtime.bigint();
  const head = Buffer.allocUnsafe(64);
  let files = 0;
  const walk = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const name = join(path, entry.name);
      if (entry.isDirectory()) walk(name);
      else {
        const file = openSync(name, 'r');
        readSync(file, head, 0, 64, 0);
        closeSync(file);
        files += 1;
      }
    }
  };
  walk(folder);
  return { files, seconds: Number(process.hrtime.bigint() - started) / 1e9 };
}

const line = (what, figure, goal) => console.log(`${what.padEnd(64)} ${figure.padStart(14)}   ${goal}`);
const best = (times, action) => Math.min(...Array.from({ length: times }, action));

try {
  const small = join(base, 'small');
  makeTree(small, TREE, 24);
  const plain = best(3, () => listAndRead(small).seconds);
  const plan = (n) => ['plan', '--from', small, '--to', join(base, 'to'), '--out', join(base, `plan-${n}`)];
  const planned = best(3, () => run(plan('a')).seconds);
  line(`list and read a little of ${TREE} files`, `${plain.toFixed(2)} s`, '');
  line('shallow plan of them, with the start of the process', `${planned.toFixed(2)} s`, '');
  line('  ratio', `${(planned / plain).toFixed(2)} x`, 'goal: at most 2');

  const tenth = join(base, 'tenth');
  makeTree(tenth, Math.floor(TREE / 10), 24);
  const memory = (from, name) => {
    const file = join(base, `${name}.plan`);
    const ofPlan = peak(['plan', '--from', from, '--to', join(base, name), '--out', file]).mib;
    const ofApply = peak(['apply', file, '--durability', 'none']).mib;
    rmSync(join(base, name), { recursive: true, force: true });
    return { ofPlan, ofApply };
  };
  const few = memory(tenth, 'few');
  const many = memory(small, 'many');
  line(
    `peak memory of plan, ${TREE / 10} and ${TREE} files`,
    `${few.ofPlan.toFixed(0)}, ${many.ofPlan.toFixed(0)} MiB`,
    `ratio ${(many.ofPlan / few.ofPlan).toFixed(2)}; goal: at most 1.3`,
  );
  line(
    `peak memory of apply, ${TREE / 10} and ${TREE} files`,
    `${few.ofApply.toFixed(0)}, ${many.ofApply.toFixed(0)} MiB`,
    `ratio ${(many.ofApply / few.ofApply).toFixed(2)}; goal: at most 1.3`,
  );
  rmSync(small, { recursive: true, force: true });
  rmSync(tenth, { recursive: true, force: true });

  const days = join(base, 'days');
  makeTree(days, FILES, 1440);
  const applied = (durability) => {
    const to = join(base, `new-${durability}`);
    const file = join(base, `${durability}.plan`);
    run(['plan', '--from', days, '--to', to, '--out', file]);
    spawnSync('sync');
    const { seconds, status } = run(['apply', file, '--durability', durability]);
    rmSync(to, { recursive: true, force: true });
    if (status !== 0) throw new Error(`apply ended with ${status}`);
    return seconds;
  };
  const [without, durable] = [applied('none'), applied('group')];
  line(
    `apply of ${FILES} day files, not waiting for the disk`,
    `${without.toFixed(2)} s`,
    `${(FILES / without).toFixed(0)} files/s; goal: at least 1,000`,
  );
  line('apply of them, durable', `${durable.toFixed(2)} s`, `${(durable / without).toFixed(2)} x; goal: at most 1.5`);

  const python = spawnSync('python3', ['-c', 'import pandas, pyarrow'], { stdio: 'ignore' });
  console.log(
    python.status === 0
      ? 'python: pandas and pyarrow are here; the outline is run'
      : "SKIPPED: the roadmap's outline in Python: python3 has no pandas and pyarrow here.",
  );
  if (python.status === 0) {
    const outline = join(base, 'outline');
    const code = `
import sys, hashlib, pathlib, pandas as pd
old, new = map(pathlib.Path, sys.argv[1:3])
for f in sorted(old.rglob('*.arrow')):
    symbol, interval = f.parts[-3], f.parts[-2]
    target = new / 'binance' / 'spot' / 'klines' / 'daily' / symbol / interval / f.name
    if target.exists(): continue
    target.parent.mkdir(parents=True, exist_ok=True)
    df = pd.read_feather(f); df.to_feather(target, compression='uncompressed')
    hashlib.sha256(target.read_bytes()).hexdigest()`;
    const started = process.hrtime.bigint();
    spawnSync('python3', ['-c', code, days, outline], { stdio: 'inherit' });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    line(
      "the roadmap's outline in Python",
      `${seconds.toFixed(1)} s`,
      `${(seconds / without).toFixed(1)} x; goal: at least 5`,
    );
  }

  const starts = {
    'node -e 1': ['-e', '1'],
    '--help': [main, '--help'],
    status: [main, 'status', join(base, 'group.plan')],
  };
  const times = Object.fromEntries(Object.keys(starts).map((name) => [name, []]));
  for (let round = 0; round < 15; round++) {
    for (const [name, args] of Object.entries(starts)) {
      const started = process.hrtime.bigint();
      spawnSync(process.execPath, args, { stdio: 'ignore' });
      times[name].push(Number(process.hrtime.bigint() - started) / 1e6);
    }
  }
  const plainStart = Math.min(...times['node -e 1']);
  for (const name of ['--help', 'status']) {
    const start = Math.min(...times[name]);
    line(
      `start of ${name}`,
      `${start.toFixed(0)} ms`,
      `${(start / plainStart).toFixed(2)} x of node -e 1; goal: at most 1.3`,
    );
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
