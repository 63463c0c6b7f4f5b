// How fast names are made and read, on one core. Varied symbols and dates, so that no call repeats the one before it;
// each figure is the best of several runs. Fails below the floors that the package promises.
import { cacheKey, cachePath, expectedOpenTimes, parseCachePath, visionObjectKey } from '@vision-cache/cache-keys';

/** Million calls a second that a core of today passes with room to spare. */
const FLOORS = { cachePath: 1, cacheKey: 0.5 };
const CALLS = 1_000_000;
const RUNS = 5;

const symbols = ['BTCUSDT', 'ETHUSDT', '1000PEPEUSDT', 'BTCUSD_PERP', 'BTCUSDT_240628', '币安人生USDT'];
const inputs = Array.from({ length: 4096 }, (_, index) => ({
  marketType: ['spot', 'um', 'cm'][index % 3],
  symbol: symbols[index % symbols.length],
  interval: ['1m', '1h', '1d'][index % 3],
  date: new Date(Date.UTC(2020, 0, 1 + (index % 2000))).toISOString().slice(0, 10),
}));
const keys = inputs.map((input) => cacheKey(input));
const paths = keys.map((key) => cachePath(key));

/** Best million calls a second. The sum keeps the compiler from leaving the calls out. */
function rate(call) {
  let best = 0;
  let sum = 0;
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now();
    for (let index = 0; index < CALLS; index++) sum += call(index & 4095);
    best = Math.max(best, CALLS / 1000 / (performance.now() - started));
  }
  if (sum === 0) throw new Error('The calls did nothing');
  return best;
}

const measured = {
  cachePath: rate((index) => cachePath(keys[index]).length),
  cacheKey: rate((index) => cacheKey(inputs[index]).date.length),
  'cacheKey + cachePath': rate((index) => cachePath(cacheKey(inputs[index])).length),
  visionObjectKey: rate((index) => visionObjectKey(keys[index]).length),
  parseCachePath: rate((index) => parseCachePath(paths[index]).date.length),
};
let failed = false;
for (const [name, millions] of Object.entries(measured)) {
  const floor = FLOORS[name];
  const isSlow = floor !== undefined && millions < floor;
  failed ||= isSlow;
  const note = floor === undefined ? '' : `  (at least ${floor}${isSlow ? ': TOO SLOW' : ''})`;
  console.log(`${name.padEnd(22)}${millions.toFixed(2).padStart(7)} million a second${note}`);
}
const started = performance.now();
for (let run = 0; run < 20; run++) expectedOpenTimes('1s', '2024-01-01', '2024-01-02');
console.log(
  `${'expectedOpenTimes'.padEnd(22)}${((performance.now() - started) / 20).toFixed(2).padStart(7)} ms for a day of seconds`,
);
process.exit(failed ? 1 : 0);
