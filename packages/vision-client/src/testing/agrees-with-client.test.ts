import { type CacheKey, cacheKey, spanOf } from '@vision-cache/cache-keys';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VisionDataClient, type VisionAnswer } from '../index.ts';
import { BinanceRestClient } from '../rest/index.ts';
import { type ArchiveServer, createSyntheticArchive, startArchiveServer } from './index.ts';

const NOW = '2024-07-01T12:00:00Z';
const life = { listed: '2024-05-01T09:30', intervals: ['1m', '1h', '1d', '1w'] } as const;
const archive = createSyntheticArchive({
  symbols: [
    { symbol: 'BTCUSDT', ...life },
    { symbol: 'BTCUSDT', marketType: 'um', ...life },
    { symbol: 'BTCUSD_PERP', marketType: 'cm', ...life },
  ],
  now: NOW,
  eventsPerDay: 100,
  irregularities: [
    { name: 'duplicates', date: '2024-05-11' },
    { name: 'unsorted', date: '2024-05-12' },
    { name: 'foreign-rows', date: '2024-05-13' },
    { name: 'short-archive', date: '2024-05-14' },
    { name: 'outage', symbol: 'BTCUSDT', start: '2024-05-15T12:39:41.646Z', end: '2024-05-15T14:00:00Z' },
    { name: 'wrong-checksum', date: '2024-05-16' },
    { name: 'missing-file', date: '2024-05-17' },
  ],
});

let server: ArchiveServer;
let client: VisionDataClient;
beforeAll(async () => {
  server = await startArchiveServer(archive);
  client = new VisionDataClient({ baseUrl: server.baseUrl, listingUrl: server.listingUrl });
});
afterAll(() => server.close());

const rowsOf = (answer: VisionAnswer) => (answer.status === 'ok' ? answer.batch : answer);

describe('what the client decodes of the archive is what the archive made', () => {
  it.each(['2024-05-01', '2024-05-11', '2024-05-12', '2024-05-13', '2024-05-14', '2024-05-15'])(
    'the irregular day %s',
    async (date) => {
      const key = cacheKey({ symbol: 'BTCUSDT', interval: '1m', date }) as CacheKey;
      expect(rowsOf(await client.fetch(key))).toEqual(archive.fileRows(key));
    },
  );

  it('a wrong CHECKSUM is an error, a missing file a value', async () => {
    const key = (date: string) => cacheKey({ symbol: 'BTCUSDT', interval: '1h', date }) as CacheKey;
    await expect(client.fetch(key('2024-05-16'))).rejects.toMatchObject({ code: 'E_CHECKSUM_MISMATCH' });
    expect((await client.fetch(key('2024-05-17'))).status).toBe('missing');
    expect((await client.fetch(key('2024-07-01'))).status).toBe('missing');
  });

  it('REST gives the same rows as the file', async () => {
    const rest = new BinanceRestClient({ baseUrls: server.restUrls, now: () => Date.parse(NOW) });
    for (const [marketType, symbol] of [
      ['spot', 'BTCUSDT'],
      ['um', 'BTCUSDT'],
      ['cm', 'BTCUSD_PERP'],
    ] as const) {
      const key = cacheKey({ marketType, symbol, interval: '1h', date: '2024-05-20' }) as CacheKey;
      const { batch } = await rest.fetch(key, spanOf('2024-05-20'));
      expect(batch).toEqual(rowsOf(await client.fetch(key)));
    }
  });
});
