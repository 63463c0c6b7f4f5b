// The store beside apache-arrow, flechette and polars: the same files, in one process, in interleaved rounds; medians
// with the 10th and 90th percentile. Ratios hold from machine to machine, times do not.
//   VISION_CACHE_BENCH_ROUNDS   rounds of each (default 7)
//   VISION_CACHE_BENCH_DIR      a folder on the disk to be measured (default: that of the system for temporary files)
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cachePath, expectedOpenTimes, keysBetween, spanOf } from '@vision-cache/cache-keys';
import { tableFromIPC } from 'apache-arrow';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, linkSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, readvSync, renameSync, rmSync, statSync, unlinkSync, writeSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { claim, interleave, median, missedClaims, quantile, ratio, ROUNDS, spread } from './measure.mjs';

const base = mkdtempSync(join(process.env.VISION_CACHE_BENCH_DIR ?? tmpdir(), 'vision-cache-store-'));
const keys = keysBetween({ symbol: 'BTCUSDT', interval: '1m', start: '2023-01-01', end: '2024-01-01' });
const ROWS = keys.length * 1440;
const root = join(base, 'tree');
const files = keys.map((key) => join(root, cachePath(key)));
const facts = { source: 'vision', asOf: '2026-01-01' };
const optional = (name) => import(name).catch(() => undefined);
const flechette = await optional('@uwdata/flechette');
const polars = (await optional('nodejs-polars'))?.default;

function day(key) {
  const { start, end } = spanOf(key.date);
  const open_time = expectedOpenTimes(key.interval, start, end);
  const last = key.interval === '1m' ? 59_999_999n : 86_399_999_999n;
  const of = (scale) =>
    Float64Array.from(open_time, (_, row) => Math.round(Math.abs(Math.sin(row * scale)) * 1e8) / 1e4);
  const [open, close] = [of(1), of(2)];
  const high = open.map((value, row) => Math.max(value, close[row]));
  const low = open.map((value, row) => Math.min(value, close[row]));
  const columns = { open_time, open, high, low, close, volume: of(3), close_time: open_time.map((time) => time + last), quote_volume: of(4), count: open_time.map((_, row) => BigInt(row)), taker_buy_volume: of(5), taker_buy_quote_volume: of(6) }; // prettier-ignore
  return { dataset: 'binance/spot/klines', numRows: open_time.length, columns };
}

function readPlainly(paths, into) {
  let bytes = 0;
  for (const path of paths) {
    const file = openSync(path, 'r');
    bytes += readSync(file, into, 0, into.length, 0);
    closeSync(file);
  }
  return bytes;
}

function arrowColumns(paths, names) {
  const tables = paths.map((path) => tableFromIPC(readFileSync(path)));
  for (const name of names ?? tables[0].schema.fields.map((field) => field.name)) {
    const parts = tables.map((table) => table.getChild(name).toArray());
    const whole = new parts[0].constructor(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
  }
}

/**
 * What no store can go below: every file opened, its size asked, its columns read to their places in one call, closed;
 * with `check`, the CRC-32 of what was read.
 */
function scatter(into, check) {
  const columns = Object.values(into).map(({ buffer }) => new Uint8Array(buffer));
  const bodyAt = 3072;
  for (let day = 0; day < files.length; day++) {
    const file = openSync(files[day], 'r');
    fstatSync(file);
    const places = columns.map((column) => new Uint8Array(column.buffer, day * 11_520, 11_520));
    readvSync(file, places, bodyAt);
    closeSync(file);
    if (check) places.reduce((crc, place) => crc32(place, crc), 0);
  }
}

/** Bytes above what the process had before. */
function peak(...way) {
  const script = fileURLToPath(new URL('store-memory.mjs', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, root, ...way], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

try {
  const writer = new UnifiedCacheManager({ root, durability: 'none' });
  await writer.saveMany(keys.map((key) => ({ key, batch: day(key), facts })));
  // On AMD's Zen 3 and 4 the kernel's copy is three times slower where the buffer begins 1 to 31 bytes behind a multiple
  // of a page, as freshly mapped memory of the C library does. This one does not: the fastest plain read there is.
  const buffer = Buffer.allocUnsafeSlow(2 ** 22)
    .fill(0)
    .subarray(48, 48 + 2 ** 18);
  const megabytes = (readPlainly(files, buffer) / 2 ** 20).toFixed(1);
  const into = Object.fromEntries(
    Object.entries(day(keys[0]).columns).map(([name, column]) => [name, new column.constructor(ROWS)]),
  );
  const warm = new UnifiedCacheManager({ root });
  await warm.loadMany(keys);
  const two = ['open_time', 'close'];

  // First, while the process is small: what a collection of the peers' garbage costs is not the store's.
  console.log('One warm day');
  const ours = [];
  const plain = [];
  const owned = [];
  for (const key of keys) await warm.load(key);
  readPlainly(files, buffer);
  globalThis.gc?.();
  for (let turn = 0; turn < 500 * ROUNDS; turn++) {
    // Not the same file: who comes second would find it in the processor's own cache.
    const at = (turn * 7919) % keys.length;
    const [second, third] = [122, 244].map((days) => files[(at + days) % files.length]);
    let started = performance.now();
    await warm.load(keys[at]);
    ours.push((performance.now() - started) * 1000);
    started = performance.now();
    readPlainly([second], buffer);
    plain.push((performance.now() - started) * 1000);
    started = performance.now();
    const file = openSync(third, 'r');
    readSync(file, Buffer.allocUnsafeSlow(fstatSync(file).size));
    closeSync(file);
    owned.push((performance.now() - started) * 1000);
  }
  console.log(`  ours ${spread(ours, 1)} µs, p99 ${quantile(ours, 0.99).toFixed(1)}; plain ${spread(plain, 1)} µs`);
  console.log(`  floor: open+stat+read+close, memory of its own ${spread(owned, 1)} µs`);
  claim('p50 of open+read+close', median(ours) / median(plain), 1.5, 'at most');
  claim('p99 of p50', quantile(ours, 0.99) / median(ours), 5, 'at most');

  console.log(`A year of 1m days, ${keys.length} files, ${megabytes} MiB, all columns contiguous`);
  const year = await interleave({
    'open+read+close, one buffer': () => readPlainly(files, buffer),
    'floor: open+stat+readv+close, given memory': () => scatter(into),
    'floor: the same and CRC-32': () => scatter(into, true),
    'ours, into given memory': () => warm.loadMany(keys, { into }),
    'ours, fresh memory': () => warm.loadMany(keys),
    'ours, every file verified': () => new UnifiedCacheManager({ root }).loadMany(keys, { into }),
    'ours, two columns': () => warm.loadMany(keys, { columns: two }),
    'apache-arrow, a file at a time': () =>
      files.forEach((file) => tableFromIPC(readFileSync(file)).getChild('close').toArray()),
    'apache-arrow, contiguous': () => arrowColumns(files),
    ...(flechette && { 'flechette, a file at a time': () => files.forEach((file) => flechette.tableFromIPC(readFileSync(file)).getChild('close').toArray()) }), // prettier-ignore
    ...(polars && { 'polars, read and concat': () => polars.concat(files.map((file) => polars.readIPC(readFileSync(file))), { how: 'vertical', rechunk: true }) }), // prettier-ignore
    ...(polars && { 'polars, scan_ipc of two columns': () => polars.concat(files.map((file) => polars.scanIPC(file).select(...two).collectSync())) }), // prettier-ignore
  });
  claim('once verified, into given memory, of the plain read', ratio(year, 'ours, into given memory', 'open+read+close, one buffer'), 1.6, 'at most'); // prettier-ignore
  claim('once verified, fresh memory, of the plain read', ratio(year, 'ours, fresh memory', 'open+read+close, one buffer'), 1.9, 'at most'); // prettier-ignore
  claim('every file verified, of the plain read', ratio(year, 'ours, every file verified', 'open+read+close, one buffer'), 2.8, 'at most'); // prettier-ignore
  claim('apache-arrow of ours', ratio(year, 'apache-arrow, contiguous', 'ours, fresh memory'), 3, 'at least');
  if (polars) claim('polars of ours', ratio(year, 'polars, read and concat', 'ours, fresh memory'), 1.5, 'at least');
  claim('all columns of two', ratio(year, 'ours, fresh memory', 'ours, two columns'), 2, 'at least');
  if (polars) claim('polars of ours, two columns', ratio(year, 'polars, scan_ipc of two columns', 'ours, two columns'), 4, 'at least'); // prettier-ignore

  console.log('Seven days');
  const week = await interleave(
    {
      ours: (turn) => warm.loadMany(keys.slice((turn * 7) % 350, ((turn * 7) % 350) + 7)),
      'apache-arrow': (turn) => arrowColumns(files.slice((turn * 7) % 350, ((turn * 7) % 350) + 7)),
    },
    50,
  );
  claim('apache-arrow of ours', ratio(week, 'apache-arrow', 'ours'), 3, 'at least');

  const yearBytes = Object.values(into).reduce((sum, { byteLength }) => sum + byteLength, 0);
  console.log('Peak memory above that of the process before');
  const [whole, once, often] = [peak('year'), peak('days', '5'), peak('days', '20')];
  const megabyte = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(`  a year ${megabyte(whole)} of ${megabyte(yearBytes)}; five years day by day ${megabyte(once)}, twenty ${megabyte(often)}`); // prettier-ignore
  claim('a year, of its bytes', whole / yearBytes, 1.3, 'at most');
  claim('twenty years day by day, of five', often / once, 1.3, 'at most');

  console.log('A save of a 1m day');
  // Other bytes each time, as the saves have them: one file's would stay in the processor's cache.
  const contents = files.map((file) => readFileSync(file));
  const bytesOf = (turn) => contents[turn % contents.length];
  const batches = keys.map(day);
  const scratch = join(base, 'scratch');
  mkdirSync(join(scratch, 'tmp'), { recursive: true });
  mkdirSync(join(scratch, 'entries'));
  let plainly = 0;
  const writePlainly = (turn) => {
    const bytes = bytesOf(turn);
    const name = String(plainly++);
    const file = openSync(join(scratch, 'tmp', name), 'wx');
    writeSync(file, bytes, 0, bytes.length, 0);
    closeSync(file);
    renameSync(join(scratch, 'tmp', name), join(scratch, 'entries', name));
  };
  const saving = { durability: 'none' };
  const one = new UnifiedCacheManager({ root: join(base, 'saves'), ...saving });
  const dayOf = (turn) => ({
    ...keys[turn % 365],
    date: `${2000 + Math.floor(turn / 365)}-${keys[turn % 365].date.slice(5)}`,
  });
  const shifted = (turn) => {
    const key = dayOf(turn);
    const by = spanOf(key.date).start - spanOf(keys[turn % 365].date).start;
    const { columns, ...batch } = batches[turn % 365];
    return { key, batch: { ...batch, columns: { ...columns, open_time: columns.open_time.map((time) => time + by), close_time: columns.close_time.map((time) => time + by) } } }; // prettier-ignore
  };
  const ready = Array.from({ length: (ROUNDS + 1) * 30 }, (_, turn) => shifted(turn));
  // A process that saves its first hundred entries compiles the code meanwhile: that is told apart from what a save costs.
  const first = [];
  const early = new UnifiedCacheManager({ root: join(base, 'early'), ...saving });
  for (const { key, batch } of ready.slice(0, 240)) {
    const started = performance.now();
    await early.save(key, batch, facts);
    first.push(performance.now() - started);
  }
  const some = first.length / 4;
  console.log(
    `  the first ${some} one by one ${spread(first.slice(0, some), 3)} ms, the last ${spread(first.slice(-some), 3)}`,
  );
  const seal = (turn) => {
    const bytes = bytesOf(turn);
    createHash('sha256').update(bytes).digest('hex');
    crc32(bytes);
  };
  const single = await interleave({ 'write and rename': writePlainly, 'floor: the same, SHA-256 and CRC-32': (turn) => (writePlainly(turn), seal(turn)), 'ours, not waiting for the disk': (turn) => one.save(ready[turn].key, ready[turn].batch, facts) }, 30); // prettier-ignore
  claim('of writing and renaming the same bytes', ratio(single, 'ours, not waiting for the disk', 'write and rename'), 3, 'at most'); // prettier-ignore

  console.log('A save of a day of one row');
  const daily = keysBetween({ symbol: 'BTCUSDT', interval: '1d', start: '2010-01-01', end: '2024-01-01' }).slice(
    0,
    (ROUNDS + 1) * 61,
  );
  const oneRow = daily.map((key) => ({ key, batch: day(key) }));
  for (const { key, batch } of oneRow) await early.save(key, batch, facts);
  let saved = 0;
  // What a new file costs is the disk's: ext4 without a journal passes over each inode that was freed in the last minutes.
  const size = statSync(join(early.root, cachePath(daily[0]))).size;
  const rowBytes = new Uint8Array(size);
  const callsAlone = () => {
    const name = String(plainly++);
    const file = openSync(join(scratch, 'tmp', name), 'wx');
    writeSync(file, rowBytes, 0, size, 0);
    closeSync(file);
    linkSync(join(scratch, 'tmp', name), join(scratch, 'entries', name));
    unlinkSync(join(scratch, 'tmp', name));
  };
  const row = await interleave({ 'floor: the calls that make its file': callsAlone, 'ours, not waiting for the disk': () => one.save(oneRow[saved].key, oneRow[saved++].batch, facts) }, 60); // prettier-ignore
  claim('milliseconds of a save of one row', median(row['ours, not waiting for the disk']), 0.12, 'at most');

  // 50,000 names in 25 folders, one of them that of the saves. What is in the files is nothing to a save of another.
  const full = new UnifiedCacheManager({ root: join(base, 'full'), ...saving });
  const empty = new UnifiedCacheManager({ root: join(base, 'empty'), ...saving });
  for (let symbol = 0; symbol < 25; symbol++) {
    const name = symbol === 0 ? 'BTCUSDT' : `SYMBOL${symbol}USDT`;
    const days = keysBetween({ symbol: name, interval: '1m', start: '2010-01-01', end: '2015-06-24' });
    const paths = days.slice(0, 2000).map((key) => join(full.root, cachePath(key)));
    mkdirSync(dirname(paths[0]), { recursive: true });
    for (const path of paths) linkSync(files[symbol], path);
  }
  const grown = await interleave({ 'into an empty cache': (turn) => empty.save(ready[turn].key, ready[turn].batch, facts), 'beside 50,000 entries': (turn) => full.save(ready[turn].key, ready[turn].batch, facts) }, 30); // prettier-ignore
  claim('beside 50,000 entries of an empty cache', ratio(grown, 'beside 50,000 entries', 'into an empty cache'), 1.2, 'at most'); // prettier-ignore

  console.log(`Many saves together: ${ready.length} days`);
  const bulk = (name, durability) => (turn) =>
    new UnifiedCacheManager({ root: join(base, `${name}-${turn}`), durability }).saveMany(ready.map((each) => ({ ...each, facts }))); // prettier-ignore
  const many = await interleave({ 'not waiting': bulk('none', 'none'), 'group commit': bulk('group', 'group') }); // prettier-ignore
  claim('a durable bulk save of one that does not wait', ratio(many, 'group commit', 'not waiting'), 1.3, 'at most'); // prettier-ignore

  process.exitCode = missedClaims() > 0 ? 1 : 0;
} finally {
  rmSync(base, { recursive: true, force: true });
}
