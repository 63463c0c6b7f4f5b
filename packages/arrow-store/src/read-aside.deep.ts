import { afterEach, describe, expect, it } from '@jest/globals';
import { bundledStore, run } from './child-process.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';

afterEach(removeTempRoots);

/** So many days that some of them are read on other threads; each has a few versions that can be told apart. */
const COMMON = `
  const { default: fs } = await import('node:fs');
  const keys = S.keysBetween({ symbol: 'BTCUSDT', interval: '1m', start: '2024-03-01', end: '2024-03-26' });
  let state = input.seed;
  const pick = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const LENGTHS = [1440, 1440, 1440, 720, 1, 0];
  const SEEDS = 3;
  const wholes = keys.map((key) => Array.from({ length: SEEDS }, (_, seed) => S.bars(key, { seed: seed + 11 })));
  const version = (day, seed, rows) => {
    const { dataset, columns } = wholes[day][seed];
    const cut = Object.entries(columns).map(([name, column]) => [name, column.subarray(0, rows)]);
    return { dataset, numRows: rows, columns: Object.fromEntries(cut) };
  };
  const until = Date.now() + input.milliseconds;`;

/**
 * Replaces days by other versions of them; and, if it is told to, spoils, cuts and removes them. A file is written into
 * only once it is older than the clock of its file system is coarse: before that, its time would stay the same.
 */
const DISTURBER = `${COMMON}
  const cache = new S.UnifiedCacheManager({ root: input.root, durability: 'none' });
  const facts = { source: 'rest', asOf: '2026-01-01' };
  const done = {};
  const spoil = (file, change) => {
    const open = fs.openSync(file, 'r+');
    try {
      const { size, mtimeMs } = fs.fstatSync(open);
      if (size > 100_000 && Date.now() - mtimeMs > 50) change(open, size);
    } finally {
      fs.closeSync(open);
    }
  };
  const gentle = {
    replace: (day, file) => S.writeArrowFile(file, version(day, pick(SEEDS), LENGTHS[pick(6)]), facts, { durability: 'none' }),
    unite: (day) => cache.save(keys[day], version(day, pick(SEEDS), 1440), facts),
  };
  const rough = {
    ...gentle,
    invalidate: (day) => cache.invalidate(keys[day]),
    remove: (_, file) => fs.unlinkSync(file),
    cut: (_, file) => spoil(file, (open, size) => fs.ftruncateSync(open, pick(size))),
    write: (_, file) => spoil(file, (open, size) => fs.writeSync(open, Buffer.alloc(1 + pick(5000), pick(256)), 0, undefined, pick(size - 5000))),
    writeAndHeal: async (day, file) => {
      spoil(file, (open, size) => fs.writeSync(open, Buffer.alloc(64, pick(256)), 0, 64, pick(size - 64)));
      await gentle.unite(day);
    },
  };
  // Mostly days are there, so that there is much to be read aside.
  const actions = [...Object.entries(input.isRough ? rough : gentle), ...Array(input.isRough ? 12 : 0).fill(['unite', gentle.unite])];
  while (Date.now() < until) {
    const day = pick(keys.length);
    const [name, act] = actions[pick(actions.length)];
    try {
      await act(day, input.root + '/' + S.cachePath(keys[day]));
      done[name] = (done[name] ?? 0) + 1;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pick(4)));
  }
  process.stdout.write(JSON.stringify(done) + '\\n');`;

/** Loads all days again and again, several loads at a time, and ends with an error at anything that nobody saved. */
const READER = `${COMMON}
  const names = Object.keys(wholes[0][0].columns);
  const bytesOf = (column) => Buffer.from(column.buffer, column.byteOffset, column.byteLength);
  const isVersion = (day, columns, from, rows) =>
    wholes[day].some(({ columns: whole }) =>
      Object.entries(columns).every(
        ([name, column]) => bytesOf(column.subarray(from, from + rows)).equals(bytesOf(whole[name].subarray(0, rows))),
      ),
    );
  const counts = { loads: 0, days: 0, misses: 0, aborted: 0, changing: 0 };
  const cache = new S.UnifiedCacheManager({ root: input.root, verify: input.verify });
  const openFiles = () => fs.readdirSync('/proc/self/fd').length;
  await cache.loadMany(keys).catch(() => undefined);
  const openBefore = openFiles();
  let asked = 0, told = 0;
  const { hits: before, misses: missesBefore } = cache.stats();

  async function load() {
    const columns = pick(3) === 0 ? ['open_time', 'close'] : undefined;
    const into = pick(2) === 0 ? undefined : { close: new Float64Array(keys.length * 1440), open_time: new BigInt64Array(keys.length * 1440) };
    const signal = pick(4) === 0 ? AbortSignal.timeout(pick(8)) : undefined;
    counts.loads++;
    try {
      const { batch, entries } = await cache.loadMany(keys, { columns, into, signal });
      let from = 0;
      entries.forEach((facts, day) => {
        const rows = facts?.rows ?? 0;
        if (facts === undefined) counts.misses++;
        else if (!isVersion(day, batch.columns, from, rows)) throw new Error('rows that nobody saved: ' + keys[day].date);
        counts.days++;
        from += rows;
      });
      if (from !== batch.numRows) throw new Error(from + ' rows of ' + batch.numRows);
      told += entries.filter((facts) => facts === undefined).length;
      asked += entries.length;
    } catch (error) {
      if (error.code === 'E_ABORTED') counts.aborted++;
      else if (error.code === 'E_LOCKED') counts.changing++;
      else throw error;
    }
    if (into === undefined) return;
    into.close.fill(-1);
    into.open_time.fill(-1n);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    if (into.close.some((value) => value !== -1) || into.open_time.some((value) => value !== -1n)) throw new Error('written to later');
  }

  async function loadOne() {
    const day = pick(keys.length);
    const found = await cache.load(keys[day], pick(2) === 0 ? {} : { columns: ['close', 'volume'] });
    asked++;
    if (found === undefined) told++;
    else if (!isVersion(day, found.columns, 0, found.numRows)) throw new Error('one that nobody saved: ' + keys[day].date);
  }

  while (Date.now() < until) await Promise.all([load(), load(), loadOne(), loadOne()]);
  const { hits, misses } = cache.stats();
  if (misses - missesBefore !== told) throw new Error(misses - missesBefore + ' misses counted of ' + told);
  if (hits.new - before.new !== asked - told) throw new Error(hits.new - before.new + ' hits counted of ' + (asked - told));
  if (openFiles() !== openBefore) throw new Error(openFiles() + ' files open, and ' + openBefore + ' before');
  process.stdout.write(JSON.stringify(counts) + '\\n');`;

describe('loads of many days while other processes', () => {
  const always = ['always', 'once'] as const;
  it.each([
    ['replace them, verifying each once and never', { isRough: false, policies: ['once', 'never'], disturbers: 3 }],
    ['replace, spoil, cut and remove them', { isRough: true, policies: always, disturbers: 2 }],
  ])('%s, answer for each day one version of it or nothing', async (_, { isRough, policies, disturbers }) => {
    const store = bundledStore();
    const input = { root: tempRoot(), milliseconds: 6000, isRough };
    const all = [
      ...Array.from({ length: disturbers }, (__, place) => run(store, DISTURBER, { ...input, seed: 401 + place * 17 })),
      ...policies.map((verify, place) => run(store, READER, { ...input, seed: 907 + place * 13, verify })),
    ];
    const ended = await Promise.all(all.map((each) => each.ended));
    expect(ended.map(({ code, errors }) => [code, errors])).toEqual(ended.map(() => [0, '']));
    if (process.env['VISION_CACHE_TELL']) console.log(ended.flatMap(({ lines }) => lines).join('\n'));
    for (const { lines } of ended.slice(disturbers)) {
      const counts = JSON.parse(lines[0]!) as Record<string, number>;
      expect(counts).toMatchObject({ loads: expect.any(Number), changing: 0 });
      expect(counts['days']).toBeGreaterThan(500);
    }
  });
});
