// What the manager adds to its cache and its sources: a cached year of 1m against the store's own load, a cold year from
// a loopback archive against one zip a day, and planning ten years. Ratios hold from machine to machine, times do not.
//   VISION_CACHE_BENCH_ROUNDS   rounds of each (default 7)
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { keysBetween } from '@vision-cache/cache-keys';
import { DataSourceManager, planFetch } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claim, median, missedClaims, ROUNDS, spread } from './measure.mjs';

const base = mkdtempSync(join(process.env.VISION_CACHE_BENCH_DIR ?? tmpdir(), 'vision-cache-bench-'));
const now = () => Date.parse('2024-02-01T00:00:00Z');
const query = { symbol: 'BTCUSDT', interval: '1m', start: '2023-01-01', end: '2024-01-01' };
const keys = keysBetween(query);
const DAYS = keys.length;

const server = fork(
  new URL('loopback-archive.mjs', import.meta.url),
  [JSON.stringify({ names: ['BTCUSDT'], interval: '1m' })],
  { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
);
const [{ baseUrl, listingUrl }] = await once(server, 'message');
const requestsOf = async () => {
  server.send('count');
  const [{ requests }] = await once(server, 'message');
  return requests;
};

try {
  // Cold: a new folder each time, everything from the archive. The first round warms the code up and is not counted.
  const walls = [];
  const shares = [];
  let requests = [];
  let root = '';
  for (let round = 0; round <= ROUNDS; round++) {
    if (root !== '') rmSync(root, { recursive: true, force: true });
    root = join(base, `cold-${round}`);
    server.send('forget');
    const cache = new UnifiedCacheManager({ root, now, durability: 'none' });
    const manager = new DataSourceManager({ cache, sources: [new VisionDataClient({ baseUrl, listingUrl })], now });
    const begun = performance.now();
    const cpu = process.cpuUsage();
    const { batch } = await manager.getKlines(query);
    const wall = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpu);
    if (batch.numRows !== DAYS * 1440) throw new Error(`${batch.numRows} rows`);
    if (round === 0) continue;
    walls.push(wall);
    shares.push((user + system) / 1000 / wall);
    requests = await requestsOf();
  }
  console.log(`cold year: ${spread(walls, 0)} ms, ${spread(shares)} of one core busy, ${requests.length} requests`);
  console.log(
    `           (${requests.filter((path) => path.endsWith('.zip')).length} zips, ${requests.filter((path) => path.endsWith('.CHECKSUM')).length} checksums, ${requests.filter((path) => path.includes('prefix=')).length} pages of the listing)`,
  );
  claim('requests against one zip a day', requests.length / (2 * DAYS), 1 / 8, 'at most');
  claim('time spent waiting', 1 - median(shares), 0.2, 'at most', 'of the wall time');

  // Warm: the same folder, the manager and the store in turns.
  const cache = new UnifiedCacheManager({ root, now });
  const manager = new DataSourceManager({ cache, sources: [], now });
  const times = { manager: [], store: [] };
  for (let round = 0; round < ROUNDS * 3; round++) {
    for (const who of round % 2 === 0 ? ['manager', 'store'] : ['store', 'manager']) {
      globalThis.gc?.();
      const begun = performance.now();
      const { batch } =
        who === 'manager'
          ? await manager.getKlines(query)
          : await cache.loadMany(keys, { start: query.start, end: query.end });
      times[who].push(performance.now() - begun);
      if (batch.numRows !== DAYS * 1440) throw new Error(`${batch.numRows} rows`);
    }
  }
  const ratios = times.manager.slice(2).map((time, round) => time / times.store[round + 2]);
  console.log(
    `warm year: manager ${spread(times.manager, 1)} ms, store ${spread(times.store, 1)} ms, ratio ${spread(ratios)}`,
  );
  claim('a cached year against the store’s own load', median(ratios), 1.3, 'at most');

  // Planning ten years of which nothing, and of which every other day is cached.
  const decade = { ...query, start: '2014-01-01', end: '2024-01-01' };
  const days = keysBetween(decade);
  const facts = { state: 'complete', source: 'vision', layout: 'new', rows: 1440, holes: [], spans: [] };
  for (const [name, coverage] of [
    ['nothing cached', days.map(() => undefined)],
    ['every other day cached', days.map((_, index) => (index % 2 === 0 ? facts : undefined))],
  ]) {
    const plans = [];
    for (let round = 0; round < ROUNDS + 3; round++) {
      const begun = performance.now();
      planFetch(decade, coverage, undefined, now());
      plans.push(performance.now() - begun);
    }
    claim(`planning ten years, ${name}`, median(plans.slice(3)), 20, 'at most', 'ms');
  }
} finally {
  server.disconnect();
  rmSync(base, { recursive: true, force: true });
}
process.exitCode = missedClaims() > 0 ? 1 : 0;
