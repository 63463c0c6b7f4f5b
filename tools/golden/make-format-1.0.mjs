// Makes the golden tree of format 1.0 anew, from the code that wrote that format: `node tools/golden/make-format-1.0.mjs`.
// What it makes is in the repository, and the same each time; it shows where the tree came from and is run by nobody else.
import { buildSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The last commit that wrote format 1.0. */
const COMMIT = '8474918';
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'packages/arrow-store/src/format/__fixtures__/format-1.0');

const scratch = mkdtempSync(join(tmpdir(), 'golden-'));
try {
  const archive = execFileSync('git', ['archive', COMMIT, 'packages/arrow-store', 'packages/cache-keys'], { cwd: root, maxBuffer: 2 ** 28 }); // prettier-ignore
  execFileSync('tar', ['x', '-C', scratch], { input: archive });
  mkdirSync(join(scratch, 'node_modules/@vision-cache'), { recursive: true });
  symlinkSync(join(scratch, 'packages/cache-keys'), join(scratch, 'node_modules/@vision-cache/cache-keys'));
  for (const name of ['apache-arrow', 'fzstd']) symlinkSync(join(root, 'node_modules', name), join(scratch, 'node_modules', name)); // prettier-ignore
  writeFileSync(
    join(scratch, 'packages/arrow-store/entry.ts'),
    `export * from './src/index.ts'; export * from './src/rows.fixture.ts'; export * from '@vision-cache/cache-keys';
     export * as old from './src/legacy/old-file.fixture.ts';`,
  );
  const store = join(scratch, 'store.mjs');
  buildSync({
    entryPoints: [join(scratch, 'packages/arrow-store/entry.ts')],
    outfile: store,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@vision-cache/source'],
    external: ['apache-arrow'],
    preserveSymlinks: false,
  });
  await make(await import(pathToFileURL(store).href));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function make(S) {
  rmSync(folder, { recursive: true, force: true });
  const cacheRoot = join(folder, 'cache');
  mkdirSync(cacheRoot, { recursive: true });
  const cache = new S.UnifiedCacheManager({ root: cacheRoot, now: () => Date.UTC(2024, 2, 1) });
  const day = (date) => S.klinesKey({ date });
  const spanOf = (date, from, to) => ({
    start: S.spanOf(date).start + BigInt(from) * 3_600_000_000n,
    end: S.spanOf(date).start + BigInt(to) * 3_600_000_000n,
  });
  const hours = (from, to) => Array.from({ length: to - from }, (_, index) => from + index);
  const asOf = '2024-03-01';

  await cache.save(day('2024-01-01'), S.bars(day('2024-01-01')), { ...S.fromVision, sourceEtag: '"abc"', sourceLastModified: '2024-01-02T08:00:00.000Z', asOf }); // prettier-ignore
  // A hole that is explained, and one that nobody has explained.
  await cache.save(day('2024-01-02'), S.bars(day('2024-01-02'), { bars: [...hours(0, 4), ...hours(6, 12), ...hours(13, 24)] }), {
    source: 'vision', asOf,
    holes: [{ ...spanOf('2024-01-02', 4, 6), kind: 'exchange-outage', evidence: 'three symbols have no bars there' }],
  }); // prettier-ignore
  await cache.save(day('2024-01-03'), S.bars(day('2024-01-03'), { bars: hours(0, 6) }), { source: 'rest', asOf, spans: [spanOf('2024-01-03', 0, 6)] }); // prettier-ignore
  // Half a day of the archive, the rest of another source.
  await cache.save(day('2024-01-04'), S.bars(day('2024-01-04'), { bars: hours(0, 12) }), { source: 'vision', asOf, spans: [spanOf('2024-01-04', 0, 12)] }); // prettier-ignore
  await cache.save(day('2024-01-04'), S.bars(day('2024-01-04'), { bars: hours(10, 24), seed: 2 }), { source: 'rest', asOf, spans: [spanOf('2024-01-04', 10, 24)] }); // prettier-ignore
  await cache.save(day('2024-01-05'), S.bars(day('2024-01-05')), { source: 'migrated', asOf, missingColumns: ['quote_volume'] }); // prettier-ignore
  // As the engine of 0.1.0 remembered it of a day and of a whole month.
  const absent = {
    source: 'vision, rest',
    kind: 'not-listed-yet',
    evidence: 'the archive lists nothing of it before 2024-02-10',
    askedAt: S.epochMicroseconds('2024-03-01'),
    believedUntil: S.epochMicroseconds('2024-03-31'),
  };
  await cache.saveAbsent(S.klinesKey({ symbol: 'NEWUSDT', date: '2024-01-06' }), absent);
  await cache.saveAbsent(S.klinesKey({ symbol: 'NEWUSDT', interval: '1mo', date: '2024-01', packagingFrequency: 'monthly' }), absent); // prettier-ignore

  const putOld = (date) => {
    const bytes = S.old.ipc(S.old.pandasColumns(S.old.bars(24, S.spanOf(date).start)));
    mkdirSync(join(cacheRoot, 'BTCUSDT/1h'), { recursive: true });
    // check-paths: allow a golden tree spells the path that it plants
    writeFileSync(join(cacheRoot, `BTCUSDT/1h/${date}.arrow`), bytes);
  };
  putOld('2024-01-06'); // of the old layout only
  putOld('2024-01-07'); // and one that no longer counts
  await cache.save(day('2024-01-07'), S.bars(day('2024-01-07')), { source: 'vision', asOf });
  await cache.invalidate(day('2024-01-07'));
  // A partial entry beside an old file that has the rest.
  putOld('2024-01-08');
  // check-paths: allow a golden tree spells the path that it plants
  rmSync(join(cacheRoot, 'binance/spot/klines/daily/BTCUSDT/1h/2024-01-08.arrow'), { force: true });
  await new S.UnifiedCacheManager({ root: cacheRoot, readLegacy: 'off' }).save(
    day('2024-01-08'), S.bars(day('2024-01-08'), { bars: hours(20, 24) }), { source: 'rest', asOf, spans: [spanOf('2024-01-08', 20, 24)] },
  ); // prettier-ignore

  const week = S.klinesKey({ marketType: 'um', interval: '1w', date: '2024-01', packagingFrequency: 'monthly' });
  await cache.save(week, S.bars(week), { source: 'vision', asOf });
  for (const [dataNature, rows] of [
    ['trades', 40],
    ['metrics', 24],
  ]) {
    const key = S.cacheKey({ marketType: 'um', dataNature, symbol: 'BTCUSDT', date: '2024-01-01' });
    const facts = dataNature === 'trades' ? { spans: [spanOf('2024-01-01', 0, 24)], holes: [{ ...spanOf('2024-01-01', 3, 4), kind: 'publisher-hole', evidence: 'the file lacks it' }] } : {}; // prettier-ignore
    await cache.save(key, S.anyRows(key, rows), { source: 'vision', asOf, ...facts });
  }

  rmSync(join(cacheRoot, '.vision-cache/tmp'), { recursive: true, force: true });
  rmSync(join(cacheRoot, '.vision-cache/leases'), { recursive: true, force: true });
  await tell(S, cacheRoot);
}

/** What this version answers of the tree, beside the tree. */
async function tell(S, cacheRoot) {
  const cache = new S.UnifiedCacheManager({ root: cacheRoot });
  const keys = [
    ...['01', '02', '03', '04', '05', '06', '07', '08', '09'].map((number) => S.klinesKey({ date: `2024-01-${number}` })),
    S.klinesKey({ symbol: 'NEWUSDT', date: '2024-01-06' }),
    S.klinesKey({ symbol: 'NEWUSDT', interval: '1mo', date: '2024-01', packagingFrequency: 'monthly' }),
    S.klinesKey({ marketType: 'um', interval: '1w', date: '2024-01', packagingFrequency: 'monthly' }),
    S.cacheKey({ marketType: 'um', dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' }),
    S.cacheKey({ marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT', date: '2024-01-01' }),
  ]; // prettier-ignore
  const plain = (_, value) => (typeof value === 'bigint' ? `${value}n` : ArrayBuffer.isView(value) ? Array.from(value) : value); // prettier-ignore
  const answers = [];
  for (const key of keys) {
    const [facts] = await cache.coverage([key]);
    const loaded = await cache.load(key);
    answers.push({ path: S.cachePath(key), facts, columns: loaded?.columns });
  }
  writeFileSync(join(folder, 'answers.json'), `${JSON.stringify(answers, plain)}\n`);
}
