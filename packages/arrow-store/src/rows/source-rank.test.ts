import { afterEach, describe, expect, it } from '@jest/globals';
import { BINANCE, createCatalog } from '@vision-cache/cache-keys';
import { bars, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

afterEach(removeTempRoots);

const key = klinesKey();
const asOf = '2026-01-01';

describe('which of two sources is kept', () => {
  it.each([
    ['the default', undefined, 'vision'],
    ['those that a catalog gives', { mine: 5, vision: 1 }, 'mine'],
  ] as const)('follows from the ranks of the catalog: %s', async (_, sourceRanks, winner) => {
    const catalog = createCatalog(BINANCE.datasets, sourceRanks === undefined ? {} : { sourceRanks });
    const cache = new UnifiedCacheManager({ root: tempRoot(), catalog });
    await cache.save(key, bars(key, { seed: 1 }), { source: 'vision', asOf });
    const { facts, conflicts } = await cache.save(key, bars(key, { seed: 2 }), { source: 'mine', asOf });
    expect(facts).toMatchObject({ source: winner, contributions: [] });
    expect(conflicts[0]).toMatchObject({ keptSource: winner });
    expect((await cache.load(key))?.columns.close).toEqual(
      bars(key, { seed: winner === 'mine' ? 2 : 1 }).columns.close,
    );
  });

  it('is the later one where they are equal', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    await cache.save(key, bars(key, { seed: 1 }), { source: 'a', asOf });
    expect((await cache.save(key, bars(key, { seed: 2 }), { source: 'b', asOf })).facts.source).toBe('b');
  });
});
