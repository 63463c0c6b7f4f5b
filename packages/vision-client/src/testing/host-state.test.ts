import { cacheKey } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { VisionDataClient } from '../vision-data-client.ts';
import { createSyntheticArchive, forgetHosts, startArchiveServer } from './index.ts';

describe('a ban of one test', () => {
  it('does not reach the next, which clears the faults', async () => {
    const server = await startArchiveServer(createSyntheticArchive({ now: '2024-02-01' }));
    const client = new VisionDataClient({ baseUrl: server.baseUrl });
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-10' });
    try {
      server.faults.add({ fault: 'banned', times: 1 });
      await expect(client.fetch(key)).rejects.toMatchObject({ code: 'E_BANNED' });
      await expect(client.fetch(key)).rejects.toMatchObject({ code: 'E_BANNED' });
      server.faults.clear();
      expect((await client.fetch(key)).status).toBe('ok');
    } finally {
      await server.close();
    }
  });

  it('is forgotten by a client that exists, while the faults stay', async () => {
    const server = await startArchiveServer(createSyntheticArchive({ now: '2024-02-01' }));
    const client = new VisionDataClient({ baseUrl: server.baseUrl });
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-10' });
    try {
      server.faults.add({ fault: 'banned', times: 1 });
      await expect(client.fetch(key)).rejects.toMatchObject({ code: 'E_BANNED' });
      forgetHosts();
      expect((await client.fetch(key)).status).toBe('ok');
    } finally {
      await server.close();
    }
  });
});
