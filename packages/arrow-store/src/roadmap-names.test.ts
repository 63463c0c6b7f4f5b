import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BINANCE,
  cachePath,
  type ColumnBatch,
  createCacheKeyManager,
  createCatalog,
  defineDataset,
  spanOf,
} from '@vision-cache/cache-keys';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bars, klinesKey } from './rows.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';
import { createVisionCacheManager, VisionCacheManager } from './vision-cache-manager.ts';

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

describe(createVisionCacheManager, () => {
  const kraken = defineDataset({
    exchange: 'kraken',
    marketType: 'spot',
    dataNature: 'klines',
    published: { daily: ['1h'], monthly: ['1h'] },
    timeColumn: 'open_time',
    identity: ['open_time'],
    columns: BINANCE.datasetOf('binance/spot/klines').columns,
  });
  const catalog = createCatalog([...BINANCE.datasets, kraken]);
  const { getCachePath } = createCacheKeyManager(catalog);
  const { saveToCache, loadFromCache } = createVisionCacheManager(catalog);
  const key = catalog.cacheKey({ exchange: 'kraken', symbol: 'XBTEUR', interval: '1h', date: '2024-01-01' });
  const rows: ColumnBatch = { ...bars(klinesKey()), dataset: kraken.id };

  it('saves and loads files of another exchange, where a cache of that catalog finds them', async () => {
    const root = tempRoot();
    const path = getCachePath(root, 'XBTEUR', '1h', '2024-01-01', 'kraken');
    expect(path).toBe(join(root, cachePath(key)));
    expect(await loadFromCache(path)).toBeUndefined();
    await saveToCache(rows, path, '2024-01-01');
    expect(await loadFromCache(path)).toMatchObject({ dataset: kraken.id, numRows: 24 });
    expect(await new UnifiedCacheManager({ root, catalog }).load(key)).toMatchObject({ columns: rows.columns });
  });

  it('refuses what its catalog does not name, and another day', async () => {
    const root = tempRoot();
    const path = getCachePath(root, 'XBTEUR', '1h', '2024-01-01', 'kraken');
    await expect(VisionCacheManager.saveToCache(rows, path, '2024-01-01')).rejects.toMatchObject({
      code: 'E_KEY_PATH',
    });
    await expect(saveToCache(rows, path, '2024-01-02')).rejects.toMatchObject({ code: 'E_BATCH' });
    const wrong = path.replace('1h', '2h');
    await expect(saveToCache(rows, wrong, '2024-01-01')).rejects.toMatchObject({ code: 'E_KEY_INTERVAL' });
    expect(readdirSync(root)).toEqual([]);
  });

  it('keeps a month of hours only where its catalog does', async () => {
    const root = tempRoot();
    const month = ['BTCUSDT', '1h', '2024-01', 'binance', 'spot', 'klines', 'monthly'] as const;
    const path = getCachePath(root, ...month);
    const day = bars(klinesKey());
    await expect(saveToCache(day, path, '2024-01')).rejects.toMatchObject({ code: 'E_BATCH' });
    expect(await new UnifiedCacheManager({ root }).loadFromCache(...month)).toBeUndefined();
    const byMonth = createCatalog(BINANCE.datasets, { monthly: ['1h'] });
    await createVisionCacheManager(byMonth).saveToCache(day, path, '2024-01');
    const cache = new UnifiedCacheManager({ root, catalog: byMonth });
    expect(await cache.loadFromCache(...month)).toMatchObject({ numRows: 24 });
    expect((await cache.coverage([byMonth.cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01', packagingFrequency: 'monthly' })]))[0]).toMatchObject({ spans: [spanOf('2024-01')] }); // prettier-ignore
  });
});
