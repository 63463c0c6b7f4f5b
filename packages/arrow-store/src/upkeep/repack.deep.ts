import { afterEach, describe, expect, it } from '@jest/globals';
import { BINANCE, cachePath, createCatalog, type Interval } from '@vision-cache/cache-keys';
import { cpSync } from 'node:fs';
import { bundledStore, run } from '../child-process.fixture.ts';
import { rootCatalog } from '../read/root-catalog.ts';
import { bars, fromVision } from '../rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import { repack } from './repack.ts';

afterEach(removeTempRoots);

const range = { symbol: 'BTCUSDT', interval: '1h', start: '2024-01-20', end: '2024-02-10' } as const;
const days = BINANCE.keysBetween(range);
const ROWS = days.length * 24;

/** Repacks, and is killed at one of its calls that change something: before it, or in the middle of a write. */
const REPACK = `
let left = input.calls;
const killed = (call) => (...args) => {
  if (left-- === 0) {
    if (call === 'write') S.nodeFileSystem.write(args[0], [args[1][0].subarray(0, args[1][0].length >> 1)], args[2]);
    process.kill(process.pid, 'SIGKILL');
  }
  return S.nodeFileSystem[call](...args);
};
const fileSystem = { ...S.nodeFileSystem };
for (const call of ['open', 'write', 'rename', 'link', 'unlink', 'makeFolder', 'sync']) fileSystem[call] = killed(call);
for await (const series of S.repack({ root: input.root, monthly: input.monthly, fileSystem })) void series;
process.stdout.write('ended\\n');`;

/** Reads all the time, as one who opens the cache by what its root says; prints how often, or which rows it missed. */
const READER = `
let reads = 0;
process.stdout.write('reads\\n');
for (let last = false; !last; ) {
  last = fs.existsSync(input.until);
  const catalog = S.rootCatalog(input.root);
  const cache = new S.UnifiedCacheManager({ root: input.root, catalog, verify: 'always' });
  try {
    for (let round = 0; round < 3; round++) {
      const { batch } = await cache.loadMany(catalog.keysBetween(input.range));
      if (batch.numRows !== input.rows) throw new Error('only ' + batch.numRows + ' rows');
      reads++;
    }
  } catch (error) {
    if (error.code !== 'E_HOMES') throw error;
  }
  await new Promise(setImmediate);
}
process.stdout.write(reads + '\\n');`;

async function filled(monthly: readonly Interval[]): Promise<string> {
  const root = tempRoot();
  const cache = new UnifiedCacheManager({ root });
  await cache.saveMany(days.map((key) => ({ key, batch: bars(key), facts: fromVision })));
  if (monthly.length > 0) await all(repack({ root, monthly }));
  return root;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

async function columnsOf(root: string) {
  const catalog = rootCatalog(root);
  const cache = new UnifiedCacheManager({ root, catalog, verify: 'always' });
  return (await cache.loadMany(catalog.keysBetween(range))).batch.columns;
}

describe('a repack', () => {
  it.each<readonly [string, readonly Interval[], readonly Interval[]]>([
    ['days into months', [], ['1h']],
    ['months into days', ['1h'], []],
  ])('of %s that is killed at any of its calls loses nothing, and ends when it is run again', async (_, from, to) => {
    const store = bundledStore();
    const before = await filled(from);
    const columns = await columnsOf(before);
    const expected = createCatalog(BINANCE.datasets, { monthly: to }).keysBetween(range).map(cachePath);
    let kills = 0;
    for (let calls = 0, hasEnded = false; !hasEnded; calls += 4) {
      const roots = [0, 1].map((shift) => {
        const root = tempRoot();
        cpSync(before, root, { recursive: true });
        return { root, child: run(store, REPACK, { root, monthly: to, calls: calls + 2 * shift }) };
      });
      for (const { root, child } of roots) {
        const { signal, lines, errors } = await child.ended;
        expect(errors).toBe('');
        if (signal === 'SIGKILL') kills++;
        else expect(lines).toEqual(['ended']);
        hasEnded = signal === null;
        expect(await columnsOf(root)).toEqual(columns);
        await all(repack({ root, monthly: to }));
        expect(filesBelow(root).filter((path) => path.endsWith('.arrow'))).toEqual(expected);
        expect(await columnsOf(root)).toEqual(columns);
        await new UnifiedCacheManager({ root, catalog: rootCatalog(root) }).sweep();
        expect(filesBelow(root).filter((path) => /\/(tmp|leases)\//.test(path))).toEqual([]);
      }
    }
    expect(kills).toBeGreaterThan(20);
  });

  it('lets readers find every row while it goes on and is killed', async () => {
    const store = bundledStore();
    const root = await filled([]);
    const until = `${tempRoot()}/until`;
    const script = `import fs from 'node:fs';\n${READER}`;
    const readers = [0, 1].map(() => run(store, script, { root, range, rows: ROWS, until }));
    while (readers.some(({ lines, process }) => lines.length === 0 && process.exitCode === null)) await new Promise((resolve) => setTimeout(resolve, 5)); // prettier-ignore
    for (const calls of [30, 3000, 45, 3000, 60, 20, 3000, 3000]) {
      const monthly = rootCatalog(root).monthly.length === 0 ? ['1h'] : [];
      await run(store, REPACK, { root, monthly, calls }).ended;
    }
    cpSync(`${root}/CACHEDIR.TAG`, until);
    for (const { ended } of readers) {
      const { code, errors, lines } = await ended;
      expect([code, errors]).toEqual([0, '']);
      expect(Number(lines[1])).toBeGreaterThan(3);
    }
  });
});
