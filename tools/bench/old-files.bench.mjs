// Why old files have readers of our own (docs/decisions/0022): how often each reader answers rows that are not the file's
// from a damaged file, and what a damaged file costs at most. Mutations of real files of VISION_CACHE_REAL_DATA.
//   VISION_CACHE_BENCH_MUTATIONS   of each file (default 1500)
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claim, missedClaims } from './measure.mjs';

const COUNT = Number(process.env.VISION_CACHE_BENCH_MUTATIONS ?? 1500);
/** A reader that takes longer for one file is ended, and goes on behind it. */
const PATIENCE_MS = 5000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = process.env.VISION_CACHE_REAL_DATA ?? '';
const variant = (id) => join(data, 'legacy-variants', id, 'BTCUSDT/1h/2024-01-01.arrow');
if (data === '' || !existsSync(variant('E-polars-parquet'))) {
  console.log('  skipped: VISION_CACHE_REAL_DATA has no legacy-variants');
  process.exit(0);
}
const scratch = mkdtempSync(join(tmpdir(), 'vision-cache-old-files-'));
const mutationsModule = join(scratch, 'mutate.mjs');
await build({
  entryPoints: [join(root, 'packages/arrow-store/src/legacy/mutate.fixture.ts')],
  outfile: mutationsModule,
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
});

/** One process, until it ends or takes too long. */
function runOnce(reader, file, from, add) {
  return new Promise((resolve) => {
    const program = join(root, 'tools/bench/old-files-reader.mjs');
    const child = fork(program, [reader, file, String(COUNT), String(from), mutationsModule], { silent: true });
    let done = from;
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    };
    wait();
    child.on('message', (message) => {
      done++;
      add(message);
      wait();
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve(done);
    });
  });
}

async function measure(reader, file) {
  const sum = { right: 0, wrong: 0, refused: 0, ended: 0, slowest: 0, peak: 0 };
  for (let done = 0; done < COUNT;) {
    const reached = await runOnce(reader, file, done, ({ outcome, milliseconds, peak }) => {
      sum[outcome]++;
      sum.slowest = Math.max(sum.slowest, milliseconds);
      sum.peak = Math.max(sum.peak, peak);
    });
    if (reached === done && done === 0) throw new Error(`${reader} reads not even the sound file`);
    done = reached;
    if (done < COUNT) {
      sum.ended++; // crashed, or took longer than the patience
      sum.slowest = Math.max(sum.slowest, PATIENCE_MS);
      done++;
    }
  }
  console.log(
    `  ${reader.padEnd(14)} ${String(sum.right).padStart(5)} right ${String(sum.refused).padStart(5)} refused ` +
      `${String(sum.wrong).padStart(5)} silently wrong ${String(sum.ended).padStart(3)} ended; ` +
      `slowest ${sum.slowest.toFixed(0)} ms, peak ${sum.peak.toFixed(0)} MiB`,
  );
  return sum;
}

const FILES = [
  ['Parquet with zstd, by polars', variant('E-polars-parquet'), 'hyparquet'],
  ['Parquet with Snappy, by pyarrow', join(data, 'golden/btcusdt_spot_1h_2024w01.parquet'), 'hyparquet'],
  ['an Arrow file', variant('A-us-utc'), 'apache-arrow'],
  ['an Arrow file of several batches', variant('D-multibatch'), 'apache-arrow'],
];
for (const [what, file, other] of FILES.filter(([, file]) => existsSync(file))) {
  console.log(`\n  ${COUNT} mutations of ${what}`);
  const theirs = await measure(other, file);
  const ours = await measure('own', file);
  claim(`silently wrong, ours to ${other}'s`, ours.wrong / Math.max(1, theirs.wrong), 0.5, 'at most');
  claim('slowest of ours', ours.slowest, 1000, 'at most', 'ms');
  claim('ended or crashed of ours', ours.ended, 0, 'at most', '');
}
rmSync(scratch, { recursive: true, force: true });
process.exit(missedClaims() > 0 ? 1 : 0);
