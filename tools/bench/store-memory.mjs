// Peak memory of one way to load a year, in a process of its own: prints the bytes above what the process had before.
//   node store-memory.mjs ROOT year | days [passes]
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { keysBetween } from '@vision-cache/cache-keys';
import { existsSync, readFileSync } from 'node:fs';

const [root, way, passes = '1'] = process.argv.slice(2);
const keys = keysBetween({ symbol: 'BTCUSDT', interval: '1m', start: '2023-01-01', end: '2024-01-01' });
const cache = new UnifiedCacheManager({ root });
await cache.load(keys[0]);
const before = process.memoryUsage().rss;
let rows = 0;
for (let pass = 0; pass < Number(passes); pass++) {
  if (way === 'year') rows += (await cache.loadMany(keys)).batch.numRows;
  else for await (const { numRows } of cache.batches(keys)) rows += numRows;
}
if (rows !== keys.length * 1440 * Number(passes)) throw new Error(`${rows} rows`);
// Linux hands the peak of `getrusage` down from the parent; that of /proc is this program's own.
const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? process.resourceUsage().maxRSS) * 1024;
console.log(peak - before);
