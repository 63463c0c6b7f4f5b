import { afterEach, describe, expect, it } from '@jest/globals';
import { type CacheKey, parseCachePath, spanOf } from '@vision-cache/cache-keys';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EntryFacts } from '../contract/entry-facts.ts';
import { bars, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot, treeHash } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

// Made by tools/golden/make-format-1.0.mjs from the code of version 0.1.0, with what that code answered of it.
const golden = fileURLToPath(new URL('__fixtures__/format-1.0', import.meta.url));

interface Answer {
  readonly path: string;
  readonly facts?: unknown;
  readonly columns?: Readonly<Record<string, readonly unknown[]>>;
}
const revive = (_: string, value: unknown) =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
const answers = JSON.parse(readFileSync(join(golden, 'answers.json'), 'utf8'), revive) as readonly Answer[];

afterEach(removeTempRoots);

function copy(): string {
  const root = join(tempRoot(), 'cache');
  cpSync(join(golden, 'cache'), root, { recursive: true });
  return root;
}

const keyOf = (path: string): CacheKey => parseCachePath(path);

describe('a tree of format 1.0', () => {
  it.each(answers)('$path is answered as 0.1.0 answered it', async ({ path, facts, columns }) => {
    const cache = new UnifiedCacheManager({ root: copy() });
    const key = keyOf(path);
    expect(await cache.coverage([key])).toEqual([facts]);
    const loaded = await cache.load(key);
    const found = loaded && Object.fromEntries(Object.entries(loaded.columns).map(([name, column]) => [name, Array.from(column as Float64Array)])); // prettier-ignore
    expect(found).toEqual(columns);
    expect(loaded?.facts).toEqual(loaded && facts);
  });

  it('is whole, and reading it changes nothing', async () => {
    const root = copy();
    const before = treeHash(root);
    const cache = new UnifiedCacheManager({ root });
    const found = [];
    for await (const file of cache.verify()) found.push(file.status);
    expect(found).toEqual(Array.from({ length: 9 }, () => 'ok'));
    for await (const entry of cache.entries()) await cache.load(entry.key);
    expect(treeHash(root)).toBe(before);
  });

  it('tells of no hole and no absence whom it asked, so that they count as unknown', async () => {
    const cache = new UnifiedCacheManager({ root: copy() });
    const known = await cache.coverage(answers.map(({ path }) => keyOf(path)));
    const holes = known.flatMap((facts) => (facts !== undefined && 'holes' in facts ? facts.holes : []));
    expect(holes.length).toBeGreaterThan(2);
    for (const hole of holes) expect(Object.keys(hole)).not.toContain('asked');
    for (const facts of known) if (facts?.state === 'absent') expect(facts).not.toHaveProperty('asked');
  });

  it('is completed: a partial day, an absent one, an old one, one that was invalidated, a told hole', async () => {
    const root = copy();
    const cache = new UnifiedCacheManager({ root });
    const dates = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-06', '2024-01-07', '2024-01-08'];
    const keys = [...dates.map((date) => klinesKey({ date })), klinesKey({ symbol: 'NEWUSDT', date: '2024-01-06' })];
    const items = keys.map((key) => ({ key, batch: bars(key), facts: { source: 'vision', asOf: '2024-03-01' } }));
    await cache.saveMany(items);
    const known = await new UnifiedCacheManager({ root }).coverage(keys);
    for (const facts of known as readonly EntryFacts[]) {
      expect(facts).toMatchObject({ state: 'complete', rows: 24, holes: [], source: 'vision', layout: 'new' });
    }
  });

  it('keeps what it knows of a day that grows', async () => {
    const root = copy();
    const key = klinesKey({ date: '2024-01-03' });
    const start = spanOf(key.date).start;
    const spans = [{ start: start + 6n * 3_600_000_000n, end: start + 12n * 3_600_000_000n }];
    const batch = bars(key, { bars: [6, 7, 8, 9, 10, 11] });
    const cache = new UnifiedCacheManager({ root, readLegacy: 'off' });
    const { facts } = await cache.save(key, batch, { source: 'rest', spans, asOf: '2024-03-01' });
    expect(facts).toMatchObject({ state: 'partial', rows: 12, spans: [{ start, end: spans[0]!.end }] });
    expect((await cache.load(key))?.columns.close.subarray(0, 6)).toEqual(bars(key).columns.close.subarray(0, 6));
  });
});
