import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINANCE, cachePath, createCatalog } from '@vision-cache/cache-keys';
import { type FileSystem, nodeFileSystem } from './file-system.ts';
import { bars, fromVision } from '../rows.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { rootCatalog } from '../read/root-catalog.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

afterEach(removeTempRoots);

const byMonth = createCatalog(BINANCE.datasets, { monthly: ['1h'] });
const month = byMonth.cacheKey({ symbol: 'BTCUSDT', interval: '1h', packagingFrequency: 'monthly', date: '2024-01' });
const day = BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' });
const marker = (root: string): unknown =>
  JSON.parse(readFileSync(join(root, '.vision-cache/format.json'), 'utf8')) as unknown;

describe('a root that keeps an interval by the month', () => {
  it('records it under a major that older versions refuse', async () => {
    const root = tempRoot();
    await new UnifiedCacheManager({ root, catalog: byMonth }).save(month, bars(month), fromVision);
    expect(marker(root)).toMatchObject({ name: 'vision-cache', major: 2, monthly: ['1h'] });
    expect(filesBelow(root)).toContain(cachePath(month));
    expect((await new UnifiedCacheManager({ root, catalog: byMonth }).load(month))?.numRows).toBe(31 * 24);
  });

  it('records it also on a file system without second names', async () => {
    const root = tempRoot();
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      link() {
        throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
      },
    };
    await new UnifiedCacheManager({ root, catalog: byMonth, fileSystem }).save(month, bars(month), fromVision);
    expect(marker(root)).toMatchObject({ major: 2, monthly: ['1h'] });
  });

  it.each(['load', 'save', 'coverage', 'loadMany'] as const)('refuses another catalog: %s', async (verb) => {
    const root = tempRoot();
    await new UnifiedCacheManager({ root, catalog: byMonth }).save(month, bars(month), fromVision);
    const before = filesBelow(root);
    const other = new UnifiedCacheManager({ root });
    const call = { load: () => other.load(day), save: () => other.save(day, bars(day), fromVision),
      coverage: () => other.coverage([day]), loadMany: () => other.loadMany([day]) }; // prettier-ignore
    await expect(call[verb]()).rejects.toMatchObject({
      code: 'E_HOMES',
      message: expect.stringContaining('with { monthly: ["1h"] }'),
    });
    expect(filesBelow(root)).toEqual(before);
  });

  it('refuses a monthly catalog for a root that keeps it by the day', async () => {
    const root = tempRoot();
    await new UnifiedCacheManager({ root }).save(day, bars(day), fromVision);
    await expect(new UnifiedCacheManager({ root, catalog: byMonth }).load(month)).rejects.toMatchObject({
      code: 'E_HOMES',
      message: expect.stringContaining('without `monthly`'),
    });
  });

  it('is seen by a manager that was there before: it answers no false miss', async () => {
    const root = tempRoot();
    const before = new UnifiedCacheManager({ root });
    await before.save(day, bars(day), fromVision);
    writeFileSync(
      join(root, '.vision-cache/format.json'),
      '{"name":"vision-cache","major":2,"minor":1,"monthly":["1h"]}',
    );
    const later = BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-02' });
    await expect(before.load(later)).rejects.toMatchObject({ code: 'E_HOMES' });
    await expect(before.coverage([later])).rejects.toMatchObject({ code: 'E_HOMES' });
    await expect(before.loadMany([later])).rejects.toMatchObject({ code: 'E_HOMES' });
    await expect(before.save(later, bars(later), fromVision)).rejects.toMatchObject({ code: 'E_HOMES' });
  });

  it('tells its catalog, and is made without rows by init', async () => {
    const root = join(tempRoot(), 'cache');
    expect(rootCatalog(root).monthly).toEqual([]);
    await new UnifiedCacheManager({ root, catalog: byMonth }).init();
    expect(filesBelow(root)).toEqual(['.vision-cache/format.json', 'CACHEDIR.TAG']);
    expect(rootCatalog(root).monthly).toEqual(['1h']);
    await expect(new UnifiedCacheManager({ root }).init()).rejects.toMatchObject({ code: 'E_HOMES' });
  });

  it.each(['{', '', '[]', '{"name":"other"}', undefined])(
    'is told by its entries if its marker says %j',
    async (text) => {
      const root = tempRoot();
      await new UnifiedCacheManager({ root, catalog: byMonth }).save(month, bars(month), fromVision);
      if (text === undefined) rmSync(join(root, '.vision-cache'), { recursive: true });
      else writeFileSync(join(root, '.vision-cache/format.json'), text);
      const catalog = rootCatalog(root);
      expect(catalog.monthly).toEqual(['1h']);
      await expect(new UnifiedCacheManager({ root }).save(day, bars(day), fromVision)).rejects.toMatchObject({
        code: 'E_HOMES',
      });
      const cache = new UnifiedCacheManager({ root, catalog });
      expect((await cache.load(month))?.numRows).toBe(31 * 24);
      await cache.save(month, bars(month, { bars: [0] }), fromVision);
      expect(marker(root)).toMatchObject({ major: 2, monthly: ['1h'] });
    },
  );

  it('is of the policy of whoever is first', async () => {
    const root = tempRoot();
    const daily = new UnifiedCacheManager({ root });
    const monthly = new UnifiedCacheManager({ root, catalog: byMonth });
    const outcomes = await Promise.allSettled([
      daily.save(day, bars(day), fromVision),
      monthly.save(month, bars(month), fromVision),
    ]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toEqual([{ status: 'rejected', reason: expect.objectContaining({ code: 'E_HOMES' }) }]);
    const entries = filesBelow(root).filter((path) => path.startsWith('binance/'));
    expect(entries).toHaveLength(1);
  });

  it.each(['{"major":3}', '{"major":2}', '{"major":2,"monthly":[]}', '{"major":2,"monthly":["7h"]}'])(
    'is none of a newer format: %s',
    async (text) => {
      const root = tempRoot();
      await new UnifiedCacheManager({ root }).save(day, bars(day), fromVision);
      writeFileSync(join(root, '.vision-cache/format.json'), text);
      await expect(new UnifiedCacheManager({ root }).load(day)).rejects.toMatchObject({ code: 'E_NEWER_FORMAT' });
    },
  );
});
