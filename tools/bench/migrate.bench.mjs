// What a migration costs: planning against listing and reading a little, applying with and without waiting for the disk,
// memory against the number of files, and how fast the command starts. Ratios hold from machine to machine, times do not.
// Contestants take turns, each in a process of its own, and the median of the rounds counts.
// What a run wrote is emptied after it, and removed at the end: ext4 without a journal looks at every file that was removed
// within the last minutes before it makes a new one, so that a run would pay for the one before it.
//   VISION_CACHE_BENCH_FILES   day files of 1,440 bars to rewrite        (default 10,000)
//   VISION_CACHE_BENCH_TREE    small files to plan                        (default 100,000)
//   VISION_CACHE_BENCH_ROUNDS  rounds of each                             (default 3)
//   VISION_CACHE_BENCH_PARTS   of plan, memory, apply, start              (default all)
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
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
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
const ROUNDS = Number(process.env.VISION_CACHE_BENCH_ROUNDS ?? 3);
const PARTS = (process.env.VISION_CACHE_BENCH_PARTS ?? 'plan,memory,apply,start').split(',');
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

/** What a process of its own takes: seconds that pass, and those of all processors together, which hold on a busy machine. */
function time(command, args) {
  const started = process.hrtime.bigint();
  const script = '"$@" >/dev/null 2>&1; status=$?; times; exit $status';
  const { status, stdout } = spawnSync('bash', ['-c', script, '-', command, ...args], { encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const children = stdout.trim().split('\n').at(-1) ?? '';
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  return { status, seconds, cpu: parts.reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0) };
}

/** Runs the command. `first` goes before it, such as what keeps it on one core. */
function run(args, first = []) {
  const [command, ...rest] = [...first, process.execPath, main, ...args];
  return time(command, rest);
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

const line = (what, figure, goal = '') => console.log(`${what.padEnd(64)} ${figure.padStart(14)}   ${goal}`.trimEnd());
const median = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];

/** Runs each contestant once a round, in turns; gives what each said. */
function inTurns(contestants, rounds = ROUNDS) {
  const said = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, action] of Object.entries(contestants)) said[name].push(action());
  return said;
}

/** The same of contestants that say a number: the median of each. */
const mediansInTurns = (contestants, rounds) =>
  Object.fromEntries(Object.entries(inTurns(contestants, rounds)).map(([name, values]) => [name, median(values)]));

function planning(small) {
  const plan = ['plan', '--from', small, '--to', join(base, 'to'), '--out', join(base, 'a.plan')];
  const script = join(base, 'list.cjs');
  writeFileSync(
    script,
    `const { closeSync, openSync, readSync, readdirSync } = require('node:fs'); const { join } = require('node:path');
    ${listAndRead}; listAndRead(process.argv[2]);`,
  );
  const listing = () => {
    const started = process.hrtime.bigint();
    spawnSync(process.execPath, [script, small]);
    return Number(process.hrtime.bigint() - started) / 1e9;
  };
  const { alone, listed, planned } = mediansInTurns({
    alone: () => listAndRead(small).seconds,
    listed: listing,
    planned: () => run(plan).seconds,
  });
  line(
    `list and read a little of ${TREE} files`,
    `${listed.toFixed(2)} s`,
    `${alone.toFixed(2)} s in a process that runs`,
  );
  line('shallow plan of them', `${planned.toFixed(2)} s`);
  line(
    '  ratio',
    `${(planned / listed).toFixed(2)} x`,
    `goal: at most 2; ${(planned / alone).toFixed(2)} x of listing in a process that runs`,
  );
}

function memory(small) {
  const tenth = join(base, 'tenth');
  makeTree(tenth, Math.floor(TREE / 10), 24);
  const of = (from, name) => {
    const file = join(base, `${name}.plan`);
    const ofPlan = peak(['plan', '--from', from, '--to', join(base, name), '--out', file]).mib;
    const ofApply = peak(['apply', file, '--durability', 'none']).mib;
    rmSync(join(base, name), { recursive: true, force: true });
    return { ofPlan, ofApply };
  };
  const [few, many] = [of(tenth, 'few'), of(small, 'many')];
  for (const [what, name] of [
    ['plan', 'ofPlan'],
    ['apply', 'ofApply'],
  ])
    // prettier-ignore
    line(
      `peak memory of ${what}, ${TREE / 10} and ${TREE} files`,
      `${few[name].toFixed(0)}, ${many[name].toFixed(0)} MiB`,
      `ratio ${(many[name] / few[name]).toFixed(2)}; goal: at most 1.3`,
    );
}

const EACH_FILE = `
import hashlib, io, json, pathlib, sys
import pandas as pd
old, new = map(pathlib.Path, sys.argv[1:3])
new.mkdir(parents=True, exist_ok=True)
results = open(new / 'results.jsonl', 'a')
for file in sorted(old.rglob('*.arrow')):
    symbol, interval = file.parts[-3], file.parts[-2]
    target = new / 'binance' / 'spot' / 'klines' / 'daily' / symbol / interval / file.name
    if target.exists(): continue
    target.parent.mkdir(parents=True, exist_ok=True)
`;
// The roadmap's outline: find, pass over what is there, read with pandas, write to the new path, hash it, keep the result.
const OUTLINE = `${EACH_FILE}    rows = pd.read_feather(file)
    rows.to_feather(target, compression='uncompressed')
    sha256 = hashlib.sha256(target.read_bytes()).hexdigest()
    results.write(json.dumps({'file': str(file), 'target': str(target), 'rows': len(rows), 'sha256': sha256}) + '\\n')
`;
// The same with the proof that apply gives: which bytes were read, and that all rows of them stand in the new file.
const PROVING_OUTLINE = `${EACH_FILE}    source = file.read_bytes()
    rows = pd.read_feather(io.BytesIO(source))
    rows.to_feather(target, compression='uncompressed')
    written = target.read_bytes()
    if not pd.read_feather(io.BytesIO(written)).equals(rows): sys.exit(1)
    results.write(json.dumps({'file': str(file), 'target': str(target), 'rows': len(rows),
        'source_sha256': hashlib.sha256(source).hexdigest(), 'sha256': hashlib.sha256(written).hexdigest()}) + '\\n')
`;

function applying() {
  const days = join(base, 'days');
  makeTree(days, FILES, 1440);
  let runs = 0;
  const inNewPlace = (action) => () => {
    const to = join(base, `new-${runs++}`);
    spawnSync('sync');
    const taken = action(to);
    let files = 0;
    for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && entry.name.endsWith('.arrow') && statSync(path).size > 1440 * 10 * 8) files += 1;
      if (entry.isFile()) truncateSync(path);
    }
    if (taken.status !== 0 || files !== FILES)
      throw new Error(`${files} files of ${FILES}, ended with ${taken.status}`);
    return taken;
  };
  const both = (one, other) => ({
    status: one.status || other.status,
    seconds: one.seconds + other.seconds,
    cpu: one.cpu + other.cpu,
  });
  /** Also what a plan takes, where a contestant has to find its files itself. */
  const applied = (durability, { first, withPlan = false } = {}) =>
    inNewPlace((to) => {
      const planned = run(['plan', '--from', days, '--to', to, '--out', `${to}.plan`], first);
      const done = run(['apply', `${to}.plan`, '--durability', durability], first);
      return withPlan ? both(planned, done) : done;
    });
  const contestants = { quick: applied('none'), durable: applied('group'), whole: applied('none', { withPlan: true }) };
  const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  if (canPin) contestants.oneCore = applied('none', { first: ['taskset', '-c', '0'] });
  const python = spawnSync('python3', ['-c', 'import pandas, pyarrow'], { stdio: 'ignore' }).status === 0;
  if (python)
    for (const [name, outline] of Object.entries({ outline: OUTLINE, proving: PROVING_OUTLINE }))
      contestants[name] = inNewPlace((to) => time('python3', ['-c', outline, days, to]));
  const taken = inTurns(contestants);
  const secondsOf = (name) => median(taken[name].map(({ seconds }) => seconds));
  const cpuOf = (name) => median(taken[name].map(({ cpu }) => cpu));
  const rate = (seconds) => `${(FILES / seconds).toFixed(0)} files/s`;
  if (canPin) {
    const goal = `${rate(secondsOf('oneCore'))}; goal: at least 1,000; ${rate(cpuOf('oneCore'))} by processor time`;
    line(`apply of ${FILES} day files, one core, no fsync`, `${secondsOf('oneCore').toFixed(2)} s`, goal);
  }
  const [quick, durable] = [secondsOf('quick'), secondsOf('durable')];
  line(`apply of them, all cores, no fsync`, `${quick.toFixed(2)} s`, rate(quick));
  line('apply of them, durable', `${durable.toFixed(2)} s`, `${(durable / quick).toFixed(2)} x; goal: at most 1.5`);
  if (!python) {
    console.log("SKIPPED: the roadmap's outline in Python: python3 has no pandas and pyarrow here.");
    return;
  }
  line('plan and apply of them, all cores, no fsync', `${secondsOf('whole').toFixed(2)} s`);
  const against = (name, goal) =>
    `${(secondsOf(name) / secondsOf('whole')).toFixed(1)} x${goal}; ${(cpuOf(name) / cpuOf('whole')).toFixed(1)} x by processor time`;
  // Equal work counts: read, write to the new path, verify, record. What only hashes the new file has seen no row of it.
  line(
    "the roadmap's outline in Python, proving as apply does",
    `${secondsOf('proving').toFixed(1)} s`,
    against('proving', '; goal: at least 5'),
  );
  line('  the same where it only hashes what it wrote', `${secondsOf('outline').toFixed(1)} s`, against('outline', ''));
}

function starting() {
  const old = join(base, 'one');
  makeTree(old, 1, 24);
  const file = join(base, 'one.plan');
  run(['plan', '--from', old, '--to', join(base, 'to'), '--out', file]);
  const startOf = (args) => () => {
    const started = process.hrtime.bigint();
    spawnSync(process.execPath, args, { stdio: 'ignore' });
    return Number(process.hrtime.bigint() - started) / 1e6;
  };
  const starts = mediansInTurns(
    { 'node -e 1': startOf(['-e', '1']), '--help': startOf([main, '--help']), status: startOf([main, 'status', file]) },
    Math.max(15, ROUNDS),
  );
  for (const [name, ms] of Object.entries(starts))
    line(
      `start of ${name}`,
      `${ms.toFixed(1)} ms`,
      name === 'node -e 1' ? '' : `${(ms / starts['node -e 1']).toFixed(2)} x of node -e 1; goal: at most 1.3`,
    );
}

try {
  console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
  if (PARTS.includes('start')) starting();
  if (PARTS.includes('apply')) applying();
  if (PARTS.includes('plan') || PARTS.includes('memory')) {
    const small = join(base, 'small');
    makeTree(small, TREE, 24);
    if (PARTS.includes('plan')) planning(small);
    if (PARTS.includes('memory')) memory(small);
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
