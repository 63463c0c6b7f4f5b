// Makes the plans, journals and trees of version 0.1.0 that this version must still read. Run once, with the migrator
// as it was built at commit 8474918 and that commit's packages in node_modules:
//   node make.mjs DIST_OF_THE_MIGRATOR_AT_8474918
// Each scenario is a folder with its plan and its journal as text, and `tree.json`, which lists every file of the old
// and the new root by the SHA-256 of its bytes; `bytes.json` holds the bytes. The folder's own path stands as @BASE@.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeArrowFile } from '@vision-cache/arrow-store';
import { BINANCE, cachePath, intervalMicroseconds, spanOf } from '@vision-cache/cache-keys';

const dist = resolve(process.argv[2]);
const here = dirname(fileURLToPath(import.meta.url));
const main = join(dist, 'main.js');
const CHANGED = new Date('2024-06-01T00:00:00Z');

/** An old file: an Arrow file whose seal has another name. */
async function oldFile(folder, symbol, date, bars, offset = 0) {
  const { start, end } = spanOf(date);
  const step = intervalMicroseconds('1h');
  const column = (value) => Float64Array.from(bars, value);
  const price = (row) => 100 + offset + (row % 7) / 4;
  const open = bars.map((row) => start + BigInt(row) * step);
  const key = BINANCE.cacheKey({ marketType: 'spot', symbol, interval: '1h', date });
  const columns = {
    open_time: BigInt64Array.from(open),
    open: column(price),
    high: column((row) => price(row) + 1),
    low: column((row) => price(row) - 1),
    close: column(price),
    volume: column((row) => 10 + row),
    close_time: BigInt64Array.from(open, (time) => time + step - 1n),
    quote_volume: column((row) => (10 + row) * price(row)),
    count: BigInt64Array.from(bars, (row) => BigInt(row + 1)),
    taker_buy_volume: column((row) => (10 + row) / 2),
    taker_buy_quote_volume: column((row) => ((10 + row) * price(row)) / 2),
  };
  const file = join(folder, cachePath(key));
  const batch = { dataset: 'binance/spot/klines', numRows: bars.length, columns };
  const facts = { source: 'test', spans: [{ start: open[0], end }], asOf: '2030-01-01' };
  await writeArrowFile(file, batch, facts, { durability: 'none' });
  const bytes = readFileSync(file);
  const name = Buffer.from('vision-cache.');
  for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) bytes.write('x', at);
  return bytes;
}

/** The same bars, hours later: a file may hold rows of two days. */
function later(bytes, hours) {
  const { start } = spanOf('2024-01-01');
  const step = intervalMicroseconds('1h');
  const time = Buffer.alloc(8);
  for (let row = 3n; row >= 0n; row--) {
    time.writeBigInt64LE(start + row * step);
    bytes.writeBigInt64LE(start + (row + BigInt(hours)) * step, bytes.indexOf(time));
  }
  return bytes;
}

const NEW = (symbol, date) => `binance/spot/klines/daily/${symbol}/1h/${date}.arrow`;

async function makeOld(base, old) {
  const scratch = join(base, 'scratch');
  const put = (path, bytes) => {
    mkdirSync(dirname(join(old, path)), { recursive: true });
    writeFileSync(join(old, path), bytes);
    utimesSync(join(old, path), CHANGED, CHANGED);
  };
  put('BTCUSDT/1h/2024-01-01.arrow', await oldFile(scratch, 'BTCUSDT', '2024-01-01', [0, 1, 2]));
  put('BINANCE/KLINES/spot/BTCUSDT/1h/2024-01-01.arrow', await oldFile(scratch, 'BTCUSDT', '2024-01-01', [2, 3]));
  put('data/ETHUSDT/1h/202401.arrow', later(await oldFile(scratch, 'ETHUSDT', '2024-01-01', [0, 1, 2, 3]), 22));
  put('SOLUSDT/1h/2024-01-01.arrow', 'half a file, which is refused');
  put(NEW('ADAUSDT', '2024-01-01'), await oldFile(scratch, 'ADAUSDT', '2024-01-01', [5]));
  put('notes.txt', 'a file of somebody else');
  rmSync(scratch, { recursive: true });
}

/** Runs the old command; `killAt` kills it at that call of fsync. */
function run(args, killAt) {
  const code = `
    import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
    let calls = 0;
    for (const name of ['fsyncSync', 'renameSync', 'rmSync']) {
      const real = fs[name];
      fs[name] = (...args) => { if (++calls === ${killAt ?? -1}) process.kill(process.pid, 'SIGKILL'); return real(...args); };
    }
    syncBuiltinESMExports();`;
  const hook = `data:text/javascript,${encodeURIComponent(code)}`;
  const ended = spawnSync(process.execPath, ['--import', hook, main, ...args], { encoding: 'utf8' });
  return killAt === undefined ? ended.status : ended.signal;
}

const SCENARIOS = {
  applied: { to: 'new', commands: [['apply', '--remove-old']] },
  'applied-in-place': { to: 'old', commands: [['apply', '--remove-old']] },
  kept: { to: 'new', commands: [['apply']] },
  'apply-killed': { to: 'new', commands: [['apply', '--remove-old', 12]] },
  'rollback-killed': {
    to: 'new',
    commands: [
      ['apply', '--remove-old'],
      ['rollback', 6],
    ],
  },
  'finish-killed': {
    to: 'new',
    commands: [
      ['apply', '--remove-old'],
      ['finish', 6],
    ],
  },
  finished: { to: 'new', commands: [['apply', '--remove-old'], ['finish']] },
};

const bytesOf = {};
for (const [name, { to, commands }] of Object.entries(SCENARIOS)) {
  const base = mkdtempSync(join(tmpdir(), 'vision-cache-golden-'));
  const [old, plan] = [join(base, 'old'), join(base, 'plan')];
  await makeOld(base, old);
  const said = [run(['plan', '--from', old, '--to', join(base, to), '--out', plan])];
  for (const [command, ...rest] of commands) {
    const kill = rest.find((each) => typeof each === 'number');
    said.push(run([command, plan, ...rest.filter((each) => each !== kill)], kill));
  }
  const id = createHash('sha256').update(readFileSync(plan)).digest('hex').slice(0, 16);
  const journal = join(base, to, `.vision-cache/journal/migration-${id}/journal.jsonl`);
  const tree = [];
  const walk = (folder) => {
    for (const entry of readdirSync(join(base, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        tree.push({ path: `${path.replace(id, '@ID@')}/` });
        walk(path);
      } else if (path !== 'plan' && join(base, path) !== journal && !/migration\.lock/.test(path)) {
        const bytes = readFileSync(join(base, path));
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        bytesOf[sha256] = bytes.toString('base64');
        tree.push({ path: path.replace(id, '@ID@'), sha256, changed: statSync(join(base, path)).mtimeMs });
      }
    }
  };
  walk('');
  const folder = join(here, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const text = (path) => readFileSync(path, 'utf8').replaceAll(base, '@BASE@');
  writeFileSync(join(folder, 'plan.jsonl'), text(plan));
  writeFileSync(join(folder, 'journal.jsonl'), text(journal));
  writeFileSync(join(folder, 'tree.json'), `[\n${tree.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`);
  console.log(name, said.join(' '), tree.length, 'places');
  rmSync(base, { recursive: true });
}
writeFileSync(
  join(here, 'bytes.json'),
  `{\n${Object.entries(bytesOf)
    .map(([sha256, text]) => `${JSON.stringify(sha256)}: ${JSON.stringify(text)}`)
    .join(',\n')}\n}\n`,
);
