// Natures other than klines beside Python's polars, both in processes that stay alive, in interleaved rounds: from a zip in
// memory to columns in memory, and to an Arrow file renamed into place; with the SHA-256 of the zip and without. Both sides
// check the CRC-32 and make date-times of text. Our files bear a seal, their own SHA-256 and CRC-32; the last way takes both
// of polars' file as well, which is equal work.
//   VISION_CACHE_BENCH_ROUNDS   rounds of each (default 7)
//   VISION_CACHE_BENCH_QUICK=1  a tenth of the trades
//   VISION_CACHE_BENCH_NATURES  names of those to run, with commas between (default all)
import { writeArrowFile } from '@vision-cache/arrow-store';
import { cacheKey, cachePath, visionFileStem } from '@vision-cache/cache-keys';
import { decodeArchive } from '@vision-cache/vision-client';
import { zipOf } from '@vision-cache/vision-client/testing';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { claim, median, missedClaims, ROUNDS, spread } from './measure.mjs';

const TRADES = process.env.VISION_CACHE_BENCH_QUICK === '1' ? 100_000 : 1_000_000;
const WANTED = process.env.VISION_CACHE_BENCH_NATURES?.split(',');
const DAY = Date.UTC(2024, 0, 10);
const base = mkdtempSync(join(process.env.VISION_CACHE_BENCH_DIR ?? tmpdir(), 'vision-cache-natures-'));

/** A seeded generator, so that each run decodes the same bytes. */
let state = 1;
const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
let price = 43_000;
const nextPrice = () => (price += Math.round((random() - 0.5) * 200) / 100).toFixed(8);
const quantity = () => (random() ** 4 * 2).toFixed(8);
const flag = () => (random() < 0.5 ? 'True' : 'False');
const text = (time) => new Date(time).toISOString().slice(0, 19).replace('T', ' ');
const lines = (count, line) => Array.from({ length: count }, (_, row) => line(row)).join('\n') + '\n';
const at = (row) => DAY + Math.floor((row * 86_400_000) / TRADES);

const natures = [
  {
    name: 'aggTrades',
    key: { dataNature: 'aggTrades', symbol: 'BTCUSDT' },
    csv: () => lines(TRADES, (row) => `${2_800_000_000 + row},${nextPrice()},${quantity()},${3_400_000_000 + row * 2},${3_400_000_001 + row * 2},${at(row)},${flag()},True`), // prettier-ignore
    floors: { memory: 2, file: 1.6 },
  },
  {
    name: 'trades',
    key: { dataNature: 'trades', symbol: 'BTCUSDT' },
    csv: () => lines(TRADES, (row) => `${3_400_000_000 + row},${nextPrice()},${quantity()},${quantity()},${at(row)},${flag()},True`), // prettier-ignore
    floors: { memory: 2, file: 1.6 },
  },
  {
    name: 'bookDepth',
    key: { marketType: 'um', dataNature: 'bookDepth', symbol: 'BTCUSDT' },
    header: 'timestamp,percentage,depth,notional\n',
    times: 'timestamp',
    csv: () => lines(28_800, (row) => `${text(DAY + Math.floor(row / 10) * 30_000 + 5000)},${[-5, -4, -3, -2, -1, 1, 2, 3, 4, 5][row % 10]},${(random() * 1e4).toFixed(8)},${(random() * 1e8).toFixed(8)}`), // prettier-ignore
    floors: { memory: 2, file: 2 },
  },
  {
    name: 'metrics',
    key: { marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT' },
    header: 'create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio\n', // prettier-ignore
    times: 'create_time',
    csv: () => lines(288, (row) => `${text(DAY + row * 300_000)},BTCUSDT,${(7e4 + random()).toFixed(3)}0000000000000,${(3e9 + random()).toFixed(8)},${(1 + random()).toFixed(8)},${(1 + random()).toFixed(8)},${(1 + random()).toFixed(8)},${(1 + random()).toFixed(8)}`), // prettier-ignore
    floors: { memory: 2, file: 2 },
  },
];

const withPolars = spawnSync('python3', ['-c', 'import polars; print(polars.__version__)'], { encoding: 'utf8' });
const python =
  withPolars.status === 0
    ? spawn('python3', [fileURLToPath(new URL('natures.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] })
    : undefined;
if (python === undefined) console.log("  Python's polars is not here: only our own times are printed");
else console.log(`  beside polars ${withPolars.stdout.trim()}`);
const answers = python && createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const ask = async (task) => {
  python.stdin.write(`${JSON.stringify(task)}\n`);
  return JSON.parse((await answers.next()).value);
};

try {
  for (const { name, key: names, header = '', times, csv, floors } of natures) {
    if (WANTED !== undefined && !WANTED.includes(name)) continue;
    const key = cacheKey({ ...names, date: '2024-01-10' });
    const stem = visionFileStem(key);
    const zip = Buffer.from(zipOf(`${stem}.csv`, Buffer.from(header + csv())));
    const file = join(base, `${stem}.zip`);
    writeFileSync(file, zip);
    const inner = zip.length > 1e6 ? 1 : 20;
    const own = async (hash, out) => {
      if (out) rmSync(out, { force: true });
      const started = performance.now();
      const sourceSha256 = hash ? createHash('sha256').update(zip).digest('hex') : undefined;
      const { batch } = await decodeArchive(zip, key);
      const facts = { source: 'vision', ...(hash && { sourceSha256 }), asOf: '2030-01-01' };
      if (out) await writeArrowFile(out, batch, facts, { durability: 'none' });
      return { ms: performance.now() - started, rows: batch.numRows };
    };
    const ways = {
      'in memory': {},
      'in memory, SHA-256': { hash: true },
      'Arrow file': { out: true },
      'Arrow file, SHA-256': { hash: true, out: true },
      'Arrow file, SHA-256, sealed by both': { hash: true, out: true, seal: true },
    };
    const taken = Object.fromEntries(Object.keys(ways).map((way) => [way, { ours: [], polars: [] }]));
    let rows = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [way, { hash = false, out = false, seal = false }] of Object.entries(ways)) {
        globalThis.gc?.();
        const samples = [];
        for (let run = 0; run < inner; run++) samples.push(await own(hash, out && join(base, cachePath(key))));
        rows = samples[0].rows;
        const peer = python && (await ask({ zip: file, header: header !== '', times, out: out && join(base, 'peer.arrow'), hash, seal, rounds: inner })); // prettier-ignore
        if (peer && peer.rows !== rows) throw new Error(`${name}: ${rows} rows, polars ${peer.rows}`);
        if (round === 0) continue; // it warms both up
        taken[way].ours.push(median(samples.map(({ ms }) => ms)));
        if (peer) taken[way].polars.push(peer.ms);
      }
    }
    console.log(`  ${name}: ${rows} rows, ${(zip.length / 1e6).toFixed(2)} MB of zip`);
    for (const [way, { ours, polars }] of Object.entries(taken)) {
      console.log(`    ${way.padEnd(36)} ours ${spread(ours)} ms${polars.length > 0 ? `, polars ${spread(polars)} ms` : ''}`); // prettier-ignore
      if (polars.length === 0) continue;
      const times = median(polars.map((ms, round) => ms / ours[round]));
      claim(`${name}, ${way}: polars of ours`, times, way.startsWith('Arrow') ? floors.file : floors.memory, 'at least'); // prettier-ignore
    }
  }
  process.exitCode = missedClaims() > 0 ? 1 : 0;
} finally {
  python?.stdin.end();
  rmSync(base, { recursive: true, force: true });
}
