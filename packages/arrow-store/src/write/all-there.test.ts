import { afterEach, describe, expect, it } from '@jest/globals';
import { type CacheKey, cacheKey, cachePath, spanOf } from '@vision-cache/cache-keys';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SaveFacts } from '../contract/entry-facts.ts';
import { type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { anyRows, bars, fromRest, fromVision, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot, treeHash } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

afterEach(removeTempRoots);

const key = klinesKey();
const { start } = spanOf(key.date);
const hours = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const span = (from: number, to: number) => ({ start: start + BigInt(from) * 3_600_000_000n, end: start + BigInt(to) * 3_600_000_000n }); // prettier-ignore
const hole = { ...span(5, 6), kind: 'no-data', evidence: 'x' };
const withHole = bars(key, { bars: [...hours(0, 5), ...hours(6, 24)] });
const first: SaveFacts = { ...fromVision, holes: [hole], quality: { duplicates: 1 } };

async function saved(): Promise<string> {
  const root = tempRoot();
  await new UnifiedCacheManager({ root }).save(key, withHole, first);
  return root;
}

describe('a save of rows that are all there', () => {
  it.each<readonly [string, typeof withHole, SaveFacts]>([
    ['the same again', withHole, first],
    ['without what was said of them', withHole, fromVision],
    ['a part of them', bars(key, { bars: hours(6, 12) }), { ...fromVision, spans: [span(6, 12)] }],
    ['of a source that is trusted less', bars(key, { bars: hours(6, 12) }), { ...fromRest, spans: [span(6, 12)] }],
    ['none of them', bars(key, { bars: [] }), { ...fromRest, spans: [span(5, 6)], holes: [hole] }],
  ])('writes nothing: %s', async (_, batch, facts) => {
    const root = await saved();
    const before = treeHash(root);
    let written = 0;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      write: (file, bytes, position) => {
        written += bytes.reduce((sum, part) => sum + part.length, 0);
        return nodeFileSystem.write(file, bytes, position);
      },
    };
    const cache = new UnifiedCacheManager({ root, fileSystem });
    const [known] = await cache.coverage([key]);
    const result = await cache.save(key, batch, facts);
    expect(result).toEqual({ facts: known, conflicts: [] });
    expect(written).toBeLessThan(2000); // its lease
    expect(treeHash(root)).toBe(before);
  });

  it.each<readonly [string, typeof withHole, SaveFacts, object]>([
    ['another ETag', withHole, { ...first, sourceEtag: 'b' }, { sourceEtag: 'b' }],
    ['another reason', withHole, { ...first, holes: [{ ...hole, kind: 'exchange-outage' }] }, { holes: [{ ...hole, kind: 'exchange-outage' }] }],
    ['other counts', withHole, { ...first, quality: { duplicates: 2 } }, { quality: { duplicates: 2 } }],
    ['a row more', bars(key), fromVision, { rows: 24, holes: [] }],
    ['another value', bars(key, { bars: [7], seed: 9 }), { ...fromVision, spans: [span(7, 8)] }, { rows: 23 }],
  ])('is a save where it says more: %s', async (_, batch, facts, expected) => {
    const root = await saved();
    const before = treeHash(root);
    const result = await new UnifiedCacheManager({ root }).save(key, batch, facts);
    expect(result.facts).toMatchObject(expected);
    expect(treeHash(root)).not.toBe(before);
  }); // prettier-ignore

  it('removes what was remembered against them', async () => {
    const root = await saved();
    const cache = new UnifiedCacheManager({ root });
    await cache.saveAbsent(key, { source: 'x', kind: 'x', evidence: '', askedAt: 1n, believedUntil: 2n });
    const record = join(root, `.vision-cache/absent/${cachePath(key)}.json`);
    expect(existsSync(record)).toBe(true);
    await cache.save(key, withHole, first);
    expect(existsSync(record)).toBe(false);
  });

  it('of texts and flags is seen as well', async () => {
    const trades: CacheKey = cacheKey({ marketType: 'um', dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' });
    const options: CacheKey = cacheKey({ marketType: 'option', dataNature: 'EOHSummary', symbol: 'BTCUSDT', date: '2023-06-01' });
    for (const other of [trades, options]) {
      const root = tempRoot();
      const cache = new UnifiedCacheManager({ root });
      await cache.save(other, anyRows(other, 40), fromRest);
      const before = treeHash(root);
      await cache.save(other, anyRows(other, 40), fromRest);
      expect(treeHash(root)).toBe(before);
    }
  }); // prettier-ignore
});
