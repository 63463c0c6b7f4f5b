import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bars, klinesKey } from './rows.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

const arguments_ = ['BTCUSDT', '1h', '2024-01-01'] as const;

describe("the roadmap's names", () => {
  it('resolveCachePath gives the new file, else the old one, else where it would be, and makes no folder', async () => {
    const root = tempRoot();
    const cache = new UnifiedCacheManager({ root });
    const [newer, older] = [cache.getCachePath(...arguments_), join(root, 'BTCUSDT/1h/2024-01-01.arrow')];
    expect(cache.resolveCachePath(...arguments_)).toBe(newer);
    expect(readdirSync(root)).toEqual([]);
    mkdirSync(join(root, 'BTCUSDT/1h'), { recursive: true });
    writeFileSync(older, 'an old file');
    expect(cache.resolveCachePath(...arguments_)).toBe(older);
    expect(new UnifiedCacheManager({ root, readLegacy: 'off' }).resolveCachePath(...arguments_)).toBe(newer);
    await new UnifiedCacheManager({ root, readLegacy: 'off' }).saveToCache(bars(klinesKey()), ...arguments_);
    expect(cache.resolveCachePath(...arguments_)).toBe(newer);
  });

  it('resolveCachePath knows no old path of another market, nor of a month', () => {
    const root = tempRoot();
    for (const old of ['BTCUSDT/1h/2024-01-01.arrow', 'BTCUSDT/1w/2024-01-01.arrow']) {
      mkdirSync(join(root, old, '..'), { recursive: true });
      writeFileSync(join(root, old), 'an old file');
    }
    const cache = new UnifiedCacheManager({ root });
    const um = [...arguments_, 'binance', 'um'] as const;
    expect(cache.resolveCachePath(...um)).toBe(cache.getCachePath(...um));
    const metrics = ['BTCUSDT', undefined, '2024-01-01', 'binance', 'um', 'metrics'] as const;
    expect(cache.resolveCachePath(...metrics)).toBe(cache.getCachePath(...metrics));
  });
});
