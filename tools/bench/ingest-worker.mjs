// One contestant in a process of its own: `ingest-worker.mjs NAME FOLDER OUT` turns every zip of a folder into an Arrow
// file and prints what that cost this process. `stream` decodes one archive as it is read from disk.
import { createReadStream, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { contestants, keyOfZip } from './ingest-contestants.mjs';

const [name, folder, out] = process.argv.slice(2);
const before = process.cpuUsage();
const started = performance.now();
let rows = 0;
if (name === 'stream') {
  const { decodeStream } = await import('@vision-cache/vision-client');
  for await (const { batch } of decodeStream(createReadStream(folder), keyOfZip(folder))) rows += batch.numRows;
} else {
  const contestant = await contestants[name]();
  for (const file of readdirSync(folder)) {
    rows += await contestant(readFileSync(join(folder, file)), keyOfZip(file), out);
  }
}
const { user, system } = process.cpuUsage(before);
const wall = performance.now() - started;
// Not resourceUsage(): its maximum is inherited from the process that started this one.
const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? NaN) * 1024;
console.log(JSON.stringify({ rows, wall, cpu: (user + system) / 1000, peak }));
