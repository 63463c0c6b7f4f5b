import { type CacheKey, cacheKey } from '@vision-cache/cache-keys';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VisionDataClient, type VisionAnswer } from '../index.ts';
import { type ArchiveServer, createSyntheticArchive, startArchiveServer } from './index.ts';

const NOW = '2024-07-01T12:00:00Z';
const life = { listed: '2024-05-01T09:30', intervals: ['1m', '1h', '1d', '1w'] } as const;
const archive = createSyntheticArchive({
  symbols: [
    { symbol: 'BTCUSDT', ...life },
    { symbol: 'BTCUSDT', marketType: 'um', ...life },
    { symbol: 'BTCUSD_PERP', marketType: 'cm', ...life },
    { symbol: 'BTCUSDT', marketType: 'option', listed: '2024-05-01' },
    { symbol: 'BTCBVOLUSDT', marketType: 'option', listed: '2024-05-01' },
  ],
  now: NOW,
  eventsPerDay: 100,
});

let server: ArchiveServer;
let client: VisionDataClient;
beforeAll(async () => {
  server = await startArchiveServer(archive);
  client = new VisionDataClient({ baseUrl: server.baseUrl, listingUrl: server.listingUrl });
});
afterAll(() => server.close());

const rowsOf = (answer: VisionAnswer) => (answer.status === 'ok' ? answer.batch : answer);

// Files of all natures of a whole month: too many rows for every commit.
describe('what the client decodes of the archive is what the archive made', () => {
  it('every nature, daily and monthly', async () => {
    const seen = new Set<string>();
    for (const key of archive.keys()) {
      const id = `${key.marketType}/${key.dataNature}/${key.packagingFrequency}`;
      if (seen.has(id) || key.interval === '1w' || key.interval === '1m') continue;
      seen.add(id);
      const answer = await client.fetch(key);
      expect([id, rowsOf(answer)]).toEqual([id, archive.rows(key)]);
    }
    expect(seen.size).toBe(44);
  });

  it('both units of spot and both headers of um', async () => {
    const wide = createSyntheticArchive({ symbols: ['BTCUSDT', { symbol: 'BTCUSDT', marketType: 'um' }] });
    const at = await startArchiveServer(wide);
    const other = new VisionDataClient({ baseUrl: at.baseUrl, listingUrl: at.listingUrl });
    for (const marketType of ['spot', 'um'] as const) {
      for (const date of ['2021-06-01', '2022-06-01', '2024-12-31', '2025-01-01']) {
        const key = cacheKey({ marketType, symbol: 'BTCUSDT', interval: '1m', date }) as CacheKey;
        expect(rowsOf(await other.fetch(key))).toEqual(wide.rows(key));
      }
    }
    await at.close();
  });
});
