// A cache on a bucket beside bare requests, pyarrow and polars, on one S3 server in memory (Ceph's gateway): a year of 1m by the
// month, all columns and two of them; requests and bytes; and putting a day.
//   VISION_CACHE_BENCH_ROUNDS   rounds of each (default 7)
import { BucketCacheManager, s3Objects } from '@vision-cache/arrow-store/s3';
import { BINANCE, cachePath, createCatalog, expectedOpenTimes, spanOf } from '@vision-cache/cache-keys';
import { AwsClient } from 'aws4fetch';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countingProxy } from './counting-proxy.mjs';
import { claim, interleave, median, missedClaims, ratio } from './measure.mjs';
import { startS3Server } from './s3-server.mjs';

const { base, endpoint, close: closeServer } = startS3Server('bucket');
const proxy = await countingProxy(endpoint);
const credentials = { accessKeyId: 'vision', secretAccessKey: 'vision-secret' };
const bare = new AwsClient({ ...credentials, service: 's3', region: 'us-east-1' });
const urlOf = (key) => `${endpoint}/bench/${key}`;
const seen = { requests: 0, bytes: 0 };
const counted = async (url, init) => {
  const response = await fetch(url, init);
  seen.requests++;
  seen.bytes += Number(response.headers.get('content-length') ?? 0);
  return response;
};

async function countedWork(work) {
  Object.assign(seen, { requests: 0, bytes: 0 });
  await work();
  return { ...seen };
}

function rowsOf(key) {
  const { start, end } = spanOf(key.date);
  const open_time = expectedOpenTimes('1m', start, end);
  const of = (scale) =>
    Float64Array.from(open_time, (_, row) => Math.round(Math.abs(Math.sin(row * scale)) * 1e8) / 1e4);
  const [open, close] = [of(1), of(2)];
  const high = open.map((value, row) => Math.max(value, close[row]));
  const low = open.map((value, row) => Math.min(value, close[row]));
  const columns = { open_time, open, high, low, close, volume: of(3), close_time: open_time.map((time) => time + 59_999_999n), quote_volume: of(4), count: open_time.map((_, row) => BigInt(row)), taker_buy_volume: of(5), taker_buy_quote_volume: of(6) }; // prettier-ignore
  return { dataset: 'binance/spot/klines', numRows: open_time.length, columns };
}

/** So many at a time, as the store has them. */
async function inParallel(items, work, width = 32) {
  const rest = [...items];
  const next = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, next));
}

try {
  await bare.fetch(`${endpoint}/bench`, { method: 'PUT' });
  const objects = s3Objects({ bucket: 'bench', endpoint, credentials, fetch: counted });
  const facts = { source: 'vision', asOf: '2026-01-01' };
  const range = { symbol: 'BTCUSDT', interval: '1m', start: '2023-01-01', end: '2024-01-01' };
  const catalog = createCatalog(BINANCE.datasets, { monthly: ['1m'] });
  const months = catalog.keysBetween(range);
  const open = () => new BucketCacheManager({ objects, local: join(base, 'local'), catalog });
  await open().saveMany(months.map((key) => ({ key, batch: rowsOf(key), facts })));
  const rows = 365 * 1440;
  const columns = ['open_time', 'close'];
  const getAll = () => inParallel(months, async (key) => (await bare.fetch(urlOf(cachePath(key)))).arrayBuffer());
  const load = async (options) => {
    const { batch } = await open().loadMany(months, options);
    if (batch.numRows !== rows) throw new Error(`${batch.numRows} rows`);
    return batch;
  };

  console.log(`A year of 1m by the month: ${months.length} objects, ${rows} rows; every reader knows nothing before`);
  const read = await interleave({ 'bare GETs of the same bytes': getAll, 'the year': () => load(), 'two columns': () => load({ columns }) }); // prettier-ignore
  claim('the year, of bare GETs', ratio(read, 'the year', 'bare GETs of the same bytes'), 1.5, 'at most');
  const all = await countedWork(() => load());
  const two = await countedWork(() => load({ columns }));
  const show = (name, { requests, bytes }) => console.log(`  ${name.padEnd(44)} ${requests} requests, ${(bytes / 1e6).toFixed(1)} MB`); // prettier-ignore
  show('the year', all);
  show('two columns', two);
  claim('bytes of two columns, of all', two.bytes / all.bytes, 1 / 3, 'at most');

  const close = (await load({ columns })).columns.close.reduce((sum, value) => sum + value, 0);
  for (const way of ['pyarrow', 'polars']) {
    proxy.forget();
    const peer = await python(way, proxy.host);
    if (peer === undefined) {
      console.log(`  Python's ${way} is not here: left out`);
      continue;
    }
    if (peer.rows !== rows || Math.abs(peer.close / close - 1) > 1e-9)
      throw new Error(`${way}: ${JSON.stringify(peer)}`);
    show(`the same two columns by ${way}`, proxy.seen);
    claim(`requests of ours, of one less than ${way}'s`, two.requests / (proxy.seen.requests - 1), 1, 'at most');
  }

  const days = BINANCE.keysBetween({ ...range, end: '2023-01-11' });
  const folder = new BucketCacheManager({ objects: s3Objects({ bucket: 'bench', prefix: 'days', endpoint, credentials }), local: join(base, 'days') }); // prettier-ignore
  await folder.save(days[0], rowsOf(days[0]), facts);
  const { bytes } = await s3Objects({ bucket: 'bench', prefix: 'days', endpoint, credentials }).get(cachePath(days[0]));
  const headers = () => ({ 'Content-MD5': createHash('md5').update(bytes).digest('base64') });
  const names = (round) => Array.from({ length: 100 }, (_, place) => `put/${round}/${place}`);
  console.log(`Putting a day of 1m, ${bytes.length} bytes, a hundred times`);
  const put = await interleave({
    'bare signed PUTs': (round) => inParallel(names(`bare-${round}`), async (key) => void (await (await bare.fetch(urlOf(key), { method: 'PUT', body: bytes, headers: headers() })).arrayBuffer())), // prettier-ignore
    put: (round) => inParallel(names(`put-${round}`), (key) => objects.put(key, [bytes])),
  });
  claim('put, of a bare signed PUT', ratio(put, 'put', 'bare signed PUTs'), 1.3, 'at most');
  console.log(`  a hundred puts: ${((100 * 1000) / median(put.put)).toFixed(0)} a second`);
  process.exitCode = missedClaims() > 0 ? 1 : 0;
} finally {
  proxy.close();
  closeServer();
}

async function python(way, host) {
  const { spawn } = await import('node:child_process');
  const child = spawn('python3', [fileURLToPath(new URL('bucket.py', import.meta.url)), way, host, 'bench'], { stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
  let out = '';
  child.stdout.on('data', (text) => (out += text));
  const status = await new Promise((resolve) => child.on('close', resolve).on('error', () => resolve(1)));
  return status === 0 ? JSON.parse(out) : undefined;
}
