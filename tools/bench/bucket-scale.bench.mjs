// What many symbols cost on a bucket: the command fills it by two workers, from a loopback archive into an S3 server in memory
// (Ceph's gateway): all of them by the month, and as many by the day and of 1m as a few minutes allow. The servers count
// requests and bytes, the workers their CPU time. The counts have to be those of docs/bucket-scale.md.
//   VISION_CACHE_BENCH_SYMBOLS   how many symbols (default 2000)
//   VISION_CACHE_BENCH_WRITE=1   writes the page anew
import { spawn, spawnSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AwsClient } from 'aws4fetch';
import { measuresOf, PAGE, pageOf, perObject } from '../scale-page.mjs';
import { countingProxy } from './counting-proxy.mjs';
import { claim, missedClaims } from './measure.mjs';
import { startS3Server } from './s3-server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const COUNT = Number(process.env.VISION_CACHE_BENCH_SYMBOLS ?? 2000);
/** June: thirty days. */
const [FROM, TO] = ['2023-06-01', '2023-07-01'];
const WORKERS = 2;
const credentials = { accessKeyId: 'vision', secretAccessKey: 'vision-secret' };
const RUNS = [
  { interval: '1h', home: 'month', symbols: COUNT },
  { interval: '1h', home: 'day', symbols: Math.ceil(COUNT / 10) },
  { interval: '1m', home: 'month', symbols: Math.ceil(COUNT / 50) },
  { interval: '1m', home: 'day', symbols: Math.ceil(COUNT / 50) },
];

const { base, endpoint, close: closeServer } = startS3Server('scale');
const proxy = await countingProxy(endpoint);
// Bundles the command from the sources, once.
spawnSync(process.execPath, [join(root, 'tools/vision-cache.mjs'), '--version']);
const command = join(root, 'build/vision-cache/run/main.cjs');

try {
  const runs = [];
  for (const [number, run] of RUNS.entries()) runs.push(await measured(number, run));
  const found = { node: process.version, cores: availableParallelism(), from: FROM, to: TO, runs };
  const isWhole = COUNT === 2000;
  if (process.env.VISION_CACHE_BENCH_WRITE === '1') {
    if (!isWhole) throw new Error('the page is of 2000 symbols');
    writeFileSync(PAGE, await pageOf(found));
    console.log(`  wrote docs/bucket-scale.md`);
  }
  for (const [number, now] of runs.entries()) {
    const before = measuresOf(readFileSync(PAGE, 'utf8')).runs[number];
    const name = `${now.interval} by the ${now.home}`;
    for (const what of ['archiveRequests', 'bucketRequests', 'bucketBytes']) {
      const off = Math.abs(perObject(now, what) / perObject(before, what) - 1);
      claim(`${name}: ${what} an object, off the page's`, off, 0.02, 'at most', '');
    }
  }
  process.exitCode = missedClaims() > 0 ? 1 : 0;
} finally {
  proxy.close();
  closeServer();
}

/** Fills a bucket of its own, by two workers. */
async function measured(number, { interval, home, symbols }) {
  const names = Array.from({ length: symbols }, (_, at) => `S${String(at).padStart(4, '0')}USDT`);
  const told = { names, interval, from: FROM, to: TO };
  const archive = fork(new URL('loopback-archive.mjs', import.meta.url), [JSON.stringify(told)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const [{ baseUrl, listingUrl }] = await once(archive, 'message');
    const bucket = `scale${number}`;
    const s3 = new AwsClient({ ...credentials, service: 's3', region: 'us-east-1' });
    await s3.fetch(`${endpoint}/${bucket}`, { method: 'PUT' });
    const environment = {
      PATH: process.env.PATH,
      HOME: base,
      VISION_CACHE_ARCHIVE_URL: baseUrl,
      VISION_CACHE_LISTING_URL: listingUrl,
      VISION_CACHE_REST_URL: 'none',
      VISION_CACHE_NOW: '2024-02-01T00:00:00Z',
      VISION_CACHE_S3_ENDPOINT: `http://${proxy.host}`,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    if (home === 'month') await markMonthly(s3, bucket, interval, environment);
    proxy.forget();
    const started = performance.now();
    const cpu = await Promise.all(
      Array.from({ length: WORKERS }, (_, at) => worker(`${at + 1}/${WORKERS}`, interval, bucket, environment)),
    );
    const seconds = (performance.now() - started) / 1000;
    archive.send('count');
    const [{ requests, bytes }] = await once(archive, 'message');
    const { PUT = 0, GET = 0, HEAD = 0, list = 0 } = proxy.seen.kinds;
    const listings = requests.filter((path) => path.includes('?')).length;
    const row = {
      interval,
      home,
      symbols,
      objects: symbols * (home === 'day' ? 30 : 1),
      archiveRequests: requests.length - listings,
      archiveListings: listings,
      archiveBytes: bytes,
      bucketRequests: PUT + GET + HEAD + list,
      bucketPuts: PUT,
      bucketLists: list,
      bucketBytes: proxy.seen.bytes,
      cpuSeconds: Math.round(cpu.reduce((sum, each) => sum + each, 0) * 100) / 100,
      workers: WORKERS,
      seconds: Math.round(seconds * 10) / 10,
    };
    console.log(`  ${JSON.stringify(row)}`);
    return row;
  } finally {
    archive.kill();
  }
}

/** The mark of a cache that keeps the interval by the month, as `init` makes it in a folder. */
async function markMonthly(s3, bucket, interval, environment) {
  const folder = join(base, `mark-${bucket}`);
  mkdirSync(folder);
  const made = spawnSync(process.execPath, [command, 'init', '--monthly', interval, '--cache', folder], {
    env: environment,
  });
  if (made.status !== 0) throw new Error(String(made.stderr));
  const [hidden] = readdirSync(folder).filter((name) => name.startsWith('.'));
  const body = readFileSync(join(folder, hidden, 'format.json'));
  await s3.fetch(`${endpoint}/${bucket}/cache/${hidden}/format.json`, { method: 'PUT', body });
}

/** One process of the command. @returns seconds of its CPU */
async function worker(shard, interval, bucket, environment) {
  const told = `process.on('exit', () => { const { user, system } = process.cpuUsage(); require('node:fs').writeSync(3, String(user + system)); });`;
  const hook = join(base, 'cpu.cjs');
  writeFileSync(hook, told);
  const words = ['sync', '--all', '--quote', 'USDT', '--interval', interval, '--from', FROM, '--to', TO, '--quiet'];
  const child = spawn(
    process.execPath,
    ['--require', hook, command, ...words, '--shard', shard, '--cache', `s3://${bucket}/cache`],
    {
      env: { ...environment, VISION_CACHE_LOCAL: join(base, `local-${bucket}-${shard.replace('/', '-')}`) },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    },
  );
  let micro = '';
  child.stdio[3].on('data', (text) => (micro += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`a worker has ended with ${code}`);
  return Number(micro) / 1e6;
}
