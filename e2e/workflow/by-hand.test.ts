import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cacheKey, daysBetween } from '@vision-cache/cache-keys';
import { VisionDataClient } from '@vision-cache/vision-client';
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';
import { expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

it.each(['spot', 'um'] as const)(
  'VisionDataClient and UnifiedCacheManager do the job of %s without a manager',
  async (marketType) => {
    const now = (): number => Date.parse('2024-03-20T12:30:00Z');
    const server = await startArchiveServer(
      createSyntheticArchive({ now, symbols: [{ symbol: 'BTCUSDT', marketType }] }),
    );
    const root = mkdtempSync(join(tmpdir(), 'vision-cache-by-hand-'));
    try {
      const cache = new UnifiedCacheManager({ root, now });
      const vision = new VisionDataClient({ baseUrl: server.baseUrl, listingUrl: server.listingUrl, now });
      const keys = daysBetween('2024-03-01', '2024-03-06').map((date) =>
        cacheKey({ marketType, symbol: 'BTCUSDT', interval: '1h', date } as never),
      );
      const activity = { hits: 0, misses: 0 };
      const day = async (key: (typeof keys)[number]) => {
        const cached = await cache.load(key);
        if (cached !== undefined) {
          activity.hits++;
          return cached;
        }
        activity.misses++;
        const answer = await vision.fetch(key);
        if (answer.status === 'missing') throw new Error(answer.evidence);
        await cache.save(key, answer.batch, { ...answer.facts, asOf: now() });
        return answer.batch;
      };

      const first = [];
      for (const key of keys) first.push((await day(key)).columns);
      expect(activity).toEqual({ hits: 0, misses: 5 });
      expect(server.requests).toHaveLength(10);

      const second = [];
      for (const key of keys) second.push((await day(key)).columns);
      expect(activity).toEqual({ hits: 5, misses: 5 });
      expect(server.requests).toHaveLength(10);
      expect(second).toEqual(first);
      expect(first).toEqual(keys.map((key) => server.archive.rows(key).columns));
      expect(cache.stats()).toMatchObject({ misses: 5, saves: 5 });
    } finally {
      await server.close();
      rmSync(root, { recursive: true, force: true });
    }
  },
);
