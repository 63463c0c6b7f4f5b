// docs/bucket-scale.md: what was measured by `VISION_CACHE_BENCH_WRITE=1 npm run bench -- bucket-scale` stands in it as JSON, and
// its tables follow from that and from the assumptions below. `--check` says whether they do: no number is typed by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';

export const PAGE = fileURLToPath(new URL('../docs/bucket-scale.md', import.meta.url));

/** Symbols that a market has had so far, and how many days one has been traded for, roughly. */
const MARKETS = { spot: [3500, 1000], um: [1007, 700], cm: [300, 900] };
const DAYS_OF_MONTH = 30.4;
/** Of a worker: one core, so many requests under way, each of so many seconds, and a line of 1 Gbit/s. */
const WORKER = { cores: 1, underWay: 32, latency: 0.1, bytesPerSecond: 125e6 };
/** What a bucket of AWS answers in a second below one prefix, before it divides it. */
const PREFIX = { gets: 5500, puts: 3500 };
const NUMBERS = [1, 10, 100];

/** @returns {any} what the bench has written */
export function measuresOf(text) {
  const [, json] = /<!-- measured: (\{.*\}) -->/.exec(text) ?? [];
  if (json === undefined) throw new Error('docs/bucket-scale.md holds no measures');
  return JSON.parse(json);
}

/** @param {Record<string, number>} run @param {string} what */
export const perObject = (run, what) => run[what] / run.objects;

const whole = (value) => Math.round(value).toLocaleString('en-US');
const three = (value) => Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 3 });
const bytesText = (value) => (value >= 1e12 ? `${three(value / 1e12)} TB` : value >= 1e9 ? `${three(value / 1e9)} GB` : value >= 1e6 ? `${three(value / 1e6)} MB` : `${three(value / 1e3)} kB`); // prettier-ignore
const timeText = (seconds) => (seconds >= 2 * 86_400 ? `${three(seconds / 86_400)} d` : seconds >= 5400 ? `${three(seconds / 3600)} h` : seconds >= 90 ? `${three(seconds / 60)} min` : `${three(seconds)} s`); // prettier-ignore

const nameOf = ({ interval, home }) => `${interval} by the ${home}`;

function runRow(run) {
  const per = (what) => three(perObject(run, what));
  return `| ${nameOf(run)} | ${whole(run.symbols)} | ${whole(run.objects)} | ${per('archiveRequests')} | ${per('bucketRequests')} | ${bytesText(perObject(run, 'archiveBytes'))} | ${bytesText(perObject(run, 'bucketBytes'))} | ${three(perObject(run, 'cpuSeconds') * 1e3)} ms |`;
}

function millionRow(run) {
  const million = (what) => 1e6 * perObject(run, what);
  const dollars = (million('bucketPuts') * 5) / 1e6;
  return `| ${nameOf(run)} | ${whole(million('archiveRequests'))} | ${whole(million('bucketRequests'))} | ${bytesText(million('archiveBytes'))} | ${bytesText(million('bucketBytes'))} | ${three(million('cpuSeconds') / 3600)} h | ${three(dollars)} $ |`;
}

/** Seconds for so many objects by so many workers, and what bounds them. */
function estimate(run, objects, workers) {
  const of = (what) => objects * perObject(run, what);
  const requests = of('archiveRequests') + of('bucketRequests');
  const bounds = {
    CPU: of('cpuSeconds') / WORKER.cores / workers,
    latency: (requests * WORKER.latency) / WORKER.underWay / workers,
    line: (of('archiveBytes') + of('bucketBytes')) / WORKER.bytesPerSecond / workers,
    archive: of('archiveRequests') / PREFIX.gets,
    bucket: of('bucketPuts') / PREFIX.puts,
  };
  const [name, seconds] = Object.entries(bounds).reduce((most, each) => (each[1] > most[1] ? each : most));
  return `${timeText(seconds)} (${name})`;
}

function archiveRow(run, [scope, markets]) {
  const days = markets.reduce((sum, market) => sum + MARKETS[market][0] * MARKETS[market][1], 0);
  const objects = run.home === 'day' ? days : days / DAYS_OF_MONTH;
  const times = NUMBERS.map((workers) => estimate(run, objects, workers));
  return `| ${scope}, ${nameOf(run)} | ${three(objects / 1e6)} M | ${bytesText(objects * perObject(run, 'archiveBytes'))} | ${bytesText(objects * perObject(run, 'bucketBytes'))} | ${times.join(' | ')} |`;
}

export async function pageOf(found) {
  const { node, cores, from, to, runs } = found;
  const scopes = [['USD-M futures', ['um']], ['all markets', Object.keys(MARKETS)]]; // prettier-ignore
  const assumed = Object.entries(MARKETS).map(
    ([name, [symbols, days]]) => `${name} ${whole(symbols)} × ${whole(days)}`,
  );
  const text = `<!-- Written by VISION_CACHE_BENCH_WRITE=1 npm run bench -- bucket-scale; tools/scale-page.mjs --check. Do not edit. -->
<!-- measured: ${JSON.stringify(found)} -->

# What a bucket costs at scale

\`vision-cache sync --all\` fills [a bucket](bucket.md) by ${runs[0].workers} workers with ${whole(runs[0].symbols)} symbols from ${from} up to ${to}, and fewer of
them by the day and of 1m, from a made-up archive on the loopback interface into Ceph's gateway. Both servers count what they
are asked for; the CPU time is that of the workers alone (Node ${node.replace('v', '')}, ${cores} cores, shared with the servers).
\`npm run bench -- bucket-scale\` repeats it, and holds the counts against this page; on another machine the CPU times are
others.

## Measured: an object

| what | symbols | objects | requests to the archive | to the bucket | from the archive | through the bucket | CPU |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${runs.map(runRow).join('\n')}

A month that is over is one zip and its CHECKSUM, whether it is kept as one object or as thirty. Requests to the bucket that are
neither puts nor lists ask whether an object is there already: when work is planned, when its turn has come, before it is put.

## A million objects

| what | requests to the archive | to the bucket | from the archive | through the bucket | CPU | puts, at AWS's price |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${runs.map(millionRow).join('\n')}

A thousand puts are reckoned at 0.005 $.

## The whole archive, on paper

From the measures above, by workers of one core, ${WORKER.underWay} requests under way of ${WORKER.latency * 1000} ms each and a line of 1 Gbit/s; the archive answers
${whole(PREFIX.gets)} gets a second and the bucket takes ${whole(PREFIX.puts)} puts, as S3 says of one prefix. Symbols times days that they were traded,
roughly: ${assumed.join(', ')}. In brackets what bounds it; what overlaps is not added up.

| what | objects | from the archive | through the bucket | ${NUMBERS.map((number) => `${number} worker${number === 1 ? '' : 's'}`).join(' | ')} |
| --- | ---: | ---: | ---: | ${NUMBERS.map(() => '---:').join(' | ')} |
${scopes.flatMap((scope) => runs.map((run) => archiveRow(run, scope))).join('\n')}
`;
  return prettier.format(text, { ...(await prettier.resolveConfig(PAGE)), filepath: PAGE });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(PAGE, 'utf8');
  const made = await pageOf(measuresOf(text));
  const isCurrent = text === made;
  if (!process.argv.includes('--check')) writeFileSync(PAGE, made);
  else console.log(`scale-page: docs/bucket-scale.md ${isCurrent ? 'follows from its measures' : 'DOES NOT FOLLOW from its measures: run node tools/scale-page.mjs'}`); // prettier-ignore
  process.exit(process.argv.includes('--check') && !isCurrent ? 1 : 0);
}
