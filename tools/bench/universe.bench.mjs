// A cross-section of daily bars: 395 symbols over a year of 1d, kept by the month, into one panel; the same tree read by
// polars and pyarrow; the room it takes; moving it between homes; and fetching it, kept by the month and by the day.
//   VISION_CACHE_BENCH_ROUNDS    rounds of each (default 7)
//   VISION_CACHE_BENCH_SYMBOLS   symbols of the panel (default 395); a tenth of them is fetched
import { repack, toPanel, UnifiedCacheManager } from '@vision-cache/arrow-store';
import { BINANCE, createCatalog, expectedOpenTimes, spanOf } from '@vision-cache/cache-keys';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { createSyntheticArchive } from '@vision-cache/vision-client/testing';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claim, interleave, median, missedClaims, ratio, ROUNDS, spread } from './measure.mjs';

const SYMBOLS = Number(process.env.VISION_CACHE_BENCH_SYMBOLS ?? 395);
const base = mkdtempSync(join(process.env.VISION_CACHE_BENCH_DIR ?? tmpdir(), 'vision-cache-universe-'));
const range = { interval: '1d', start: '2023-01-01', end: '2024-01-01' };
const names = Array.from({ length: SYMBOLS }, (_, place) => `S${place}USDT`);
const byMonth = createCatalog(BINANCE.datasets, { monthly: ['1d'] });
const keysOf = (catalog, symbols) => symbols.flatMap((symbol) => catalog.keysBetween({ ...range, symbol }));
const facts = { source: 'vision', sourceUrl: 'https://data.binance.vision/made.zip', asOf: '2026-01-01' };

function rowsOf(key, place) {
  const { start, end } = spanOf(key.date);
  const open_time = expectedOpenTimes('1d', start, end);
  const of = (scale) => Float64Array.from(open_time, (_, row) => Math.round((place + row + 1) * scale * 1e4) / 1e4);
  const [open, close] = [of(1), of(1.5)];
  const columns = { open_time, open, high: close, low: open, close, volume: of(3), close_time: open_time.map((time) => time + 86_399_999_999n), quote_volume: of(4), count: open_time.map((_, row) => BigInt(row)), taker_buy_volume: of(1), taker_buy_quote_volume: of(2) }; // prettier-ignore
  return { dataset: 'binance/spot/klines', numRows: open_time.length, columns };
}

async function fill(root, catalog, symbols = names, durability = 'none') {
  const cache = new UnifiedCacheManager({ root, catalog, durability });
  await cache.saveMany(keysOf(catalog, symbols).map((key, place) => ({ key, batch: rowsOf(key, place), facts })));
  return cache;
}

function sizeOf(folder) {
  let [bytes, files] = [0, 0];
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!each.isFile() || !each.name.endsWith('.arrow')) continue;
    bytes += statSync(join(each.parentPath, each.name)).size;
    files++;
  }
  return { bytes, files };
}

const python = (way, folder, rounds) => {
  const script = fileURLToPath(new URL('universe.py', import.meta.url));
  const { stdout, status } = spawnSync('python3', [script, way, folder, String(rounds)], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
};

async function drain(items) {
  let entries = 0;
  for await (const { entries: moved } of items) entries += moved;
  return entries;
}

const timed = async (task) => {
  const started = performance.now();
  const answer = await task();
  return { ms: performance.now() - started, answer };
};

try {
  const root = join(base, 'monthly');
  await fill(root, byMonth);
  const folder = join(root, 'binance/spot/klines/monthly');
  const keys = keysOf(byMonth, names);
  const cache = new UnifiedCacheManager({ root, catalog: byMonth });
  const panelOf = async () =>
    toPanel(await cache.loadSeries(keys, { columns: ['open_time', 'close'] }), 'close', byMonth);
  const panel = await panelOf();
  const rows = panel.times.length * panel.symbols.length;
  const total = panel.values.reduce((sum, value) => sum + value, 0);

  console.log(`${SYMBOLS} symbols × a year of 1d by the month: ${keys.length} files, ${rows} rows, warm`);
  const read = await interleave({ 'into one panel': panelOf });
  claim('into one panel', median(read['into one panel']) / 1000, 0.6, 'at most', 's');
  for (const way of ['polars', 'pyarrow']) {
    const peer = python(way, folder, ROUNDS);
    if (peer === undefined) {
      console.log(`  Python's ${way} is not here: left out`);
      continue;
    }
    if (peer.rows !== rows || Math.abs(peer.total / total - 1) > 1e-9)
      throw new Error(`${way} read ${peer.rows} rows, sum ${peer.total}; here ${rows}, ${total}`);
    console.log(`  ${`Python's ${way}, the same two columns`.padEnd(44)} ${spread(peer.times, 3)} ms`);
    if (way === 'polars') claim('polars scans the tree', median(peer.times) / 1000, 0.6, 'at most', 's');
    console.log(`    ${way} of ours: ${(median(peer.times) / median(read['into one panel'])).toFixed(2)} ×`);
  }
  const { bytes, files } = sizeOf(root);
  const columnBytes = rows * Object.keys(rowsOf(keys[0], 0).columns).length * 8;
  const du = Number(spawnSync('du', ['-s', '-B1', root], { encoding: 'utf8' }).stdout.split('\t')[0]);
  console.log(`  ${files} files, ${(bytes / 1e6).toFixed(1)} MB, du ${(du / 1e6).toFixed(1)} MB`);
  claim('apparent bytes of the columns', bytes / columnBytes, 12, 'at most');

  const made = createSyntheticArchive({ symbols: names, now: '2025-06-01' });
  for (const interval of ['1m', '1d']) {
    const listed = await timed(() => made.list({ prefix: `data/spot/daily/klines/${names[0]}/${interval}/` }));
    console.log(`  the synthetic archive's first listing of one symbol's ${interval}: ${listed.ms.toFixed(0)} ms`);
    claim(`first listing of ${interval}`, listed.ms / 1000, 0.3, 'at most', 's');
  }

  const few = names.slice(0, Math.max(1, Math.round(SYMBOLS / 10)));
  const days = keysOf(BINANCE, few).length;
  console.log(`Moving ${days} days of ${few.length} symbols`);
  const moves = { save: [], months: [], days: [] };
  for (let round = 0; round <= Math.min(ROUNDS, 3); round++) {
    const moved = join(base, `moved-${round}`);
    const save = await timed(() => fill(moved, BINANCE, few, 'group'));
    const months = await timed(() => drain(repack({ root: moved, monthly: ['1d'] })));
    const back = await timed(() => drain(repack({ root: moved, monthly: [] })));
    if (months.answer !== days || back.answer !== few.length * 12)
      throw new Error(`${months.answer} and ${back.answer} moved`);
    rmSync(moved, { recursive: true });
    if (round === 0) continue;
    moves.save.push(save.ms);
    moves.months.push(months.ms);
    moves.days.push(back.ms);
  }
  for (const [name, times] of Object.entries(moves)) console.log(`  ${name.padEnd(44)} ${spread(times, 0)} ms`);
  claim('days into months', (days / median(moves.months)) * 1000, 6000, 'at least', 'days/s');
  claim('back into days, of saving them', ratio(moves, 'days', 'save'), 1.5, 'at most');

  console.log(`Fetching a year of 1d of ${few.length} symbols over loopback`);
  const server = fork(new URL('loopback-archive.mjs', import.meta.url), [JSON.stringify({ names: few, interval: '1d' })], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }); // prettier-ignore
  const [{ baseUrl, listingUrl }] = await once(server, 'message');
  const now = () => Date.parse('2024-02-01T00:00:00Z');
  let turn = 0;
  const fetchWith = (catalog) => async () => {
    const own = new UnifiedCacheManager({ root: join(base, `fetched-${turn++}`), catalog, now });
    const client = new VisionDataClient({ baseUrl, listingUrl });
    const manager = new DataSourceManager({ cache: own, sources: [client], catalog, now });
    for await (const each of manager.getMany(few.map((symbol) => ({ ...range, symbol }))))
      if (each.error !== undefined || each.batch.numRows !== 365) throw each.error ?? new Error('rows are missing');
  };
  const fetched = await interleave({ 'by the month': fetchWith(byMonth), 'by the day': fetchWith(BINANCE) }, 1, Math.min(ROUNDS, 3)); // prettier-ignore
  server.disconnect();
  claim('by the day of by the month', ratio(fetched, 'by the day', 'by the month'), 8, 'at least');
  process.exitCode = missedClaims() > 0 ? 1 : 0;
} finally {
  rmSync(base, { recursive: true, force: true });
}
