// One way to get a year over HTTP, in a process of its own: `ingest-loopback.mjs NAME BASE_URL OUT START END` gets every
// zip with its CHECKSUM, eight at a time, verifies, decodes and stores it, and prints what that cost this process.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheKey, cachePath, keysBetween, visionObjectKey, visionUrl } from '@vision-cache/cache-keys';
import { contestants, renamedInto } from './ingest-contestants.mjs';

const require = createRequire(import.meta.url);
const [name, baseUrl, out, start, end] = process.argv.slice(2);
const ways = {
  async ours() {
    const { VisionDataClient } = await import('@vision-cache/vision-client');
    const { writeArrowFile } = await import('@vision-cache/arrow-store');
    const client = new VisionDataClient({ baseUrl, concurrency: 8 });
    return async (key) => {
      const answer = await client.fetch(key);
      if (answer.status !== 'ok') throw new Error(answer.evidence);
      const facts = { ...answer.facts, asOf: '2030-01-01' };
      await writeArrowFile(join(out, cachePath(key)), answer.batch, facts, { durability: 'none' });
    };
  },
  /** As the application does it: rows are united with those that are there. */
  async 'ours, into the cache'() {
    const { VisionDataClient } = await import('@vision-cache/vision-client');
    const { UnifiedCacheManager } = await import('@vision-cache/arrow-store');
    const client = new VisionDataClient({ baseUrl, concurrency: 8 });
    const cache = new UnifiedCacheManager({ root: out, durability: 'none' });
    return async (key) => {
      const answer = await client.fetch(key);
      if (answer.status !== 'ok') throw new Error(answer.evidence);
      await cache.save(key, answer.batch, { ...answer.facts, asOf: '2030-01-01' });
    };
  },
  async 'fetch + adm-zip + nodejs-polars'() {
    const pl = require('nodejs-polars').default ?? require('nodejs-polars');
    const AdmZip = require('adm-zip');
    return async (key) => {
      const csv = new AdmZip(await verified(key)).getEntries()[0].getData();
      renamedInto(out, key, pl.readCSV(csv, { hasHeader: false }).writeIPC());
    };
  },
  async 'fetch + adm-zip + split + Number'() {
    const run = await contestants['adm-zip + split + Number']();
    return async (key) => run(await verified(key), key, out);
  },
};

async function bytesOf(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} for ${url}`);
  return Buffer.from(await response.arrayBuffer());
}

async function verified(key) {
  const url = visionUrl(visionObjectKey(key), baseUrl);
  const [zip, checksum] = await Promise.all([bytesOf(url), bytesOf(`${url}.CHECKSUM`)]);
  if (checksum.toString().split(' ')[0] !== createHash('sha256').update(zip).digest('hex')) throw new Error(url);
  return zip;
}

const queue = [...keysBetween({ symbol: 'BTCUSDT', interval: '1m', start, end })];
const before = process.cpuUsage();
const started = performance.now();
const run = await ways[name]();
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) await run(cacheKey(key));
  }),
);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ wall: performance.now() - started, cpu: (user + system) / 1000 }));
