import { cacheKey, visionChecksumKey, visionObjectKey, visionUrl } from '@vision-cache/cache-keys';
import { afterEach, describe, expect, it } from '@jest/globals';
import { setupServer } from 'msw/node';
import { VisionDataClient } from '../../vision-data-client.ts';
import { createSyntheticArchive, type FaultRule } from '../index.ts';
import { archiveHandlers } from './index.ts';

const archive = createSyntheticArchive({ symbols: ['BTCUSDT', { symbol: 'BTCUSDT', marketType: 'um' }] });
const KEY = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-15' });

let stop: (() => void) | undefined;
afterEach(() => stop?.());
function listen(...faults: FaultRule[]): void {
  const server = setupServer(...archiveHandlers(archive, { faults }));
  server.listen({ onUnhandledRequest: 'error' });
  stop = () => server.close();
}

describe(archiveHandlers, () => {
  it('answers for the hosts of Binance', async () => {
    listen();
    const zip = await fetch(visionUrl(visionObjectKey(KEY)));
    expect(new Uint8Array(await zip.arrayBuffer())).toEqual(new Uint8Array(archive.object(visionObjectKey(KEY))!.body));
    const listing = await fetch('https://s3-ap-northeast-1.amazonaws.com/data.binance.vision?prefix=data/&delimiter=/');
    expect(await listing.text()).toContain('<Prefix>data/spot/</Prefix>');
    for (const root of [
      'https://api.binance.com/api/v3',
      'https://data-api.binance.vision/api/v3',
      'https://fapi.binance.com/fapi/v1',
    ]) {
      const rows = (await (await fetch(`${root}/klines?symbol=BTCUSDT&interval=1d&limit=3`)).json()) as unknown[];
      expect(rows).toHaveLength(3);
    }
    expect((await fetch(visionUrl(visionObjectKey(cacheKey({ ...KEY, date: '2099-01-01' } as never))))).status).toBe(
      404,
    );
  });

  it('answers a client of this package that has been told nothing of it', async () => {
    listen();
    const answer = await new VisionDataClient({ now: () => Date.now() }).fetch(KEY);
    expect(answer).toMatchObject({ status: 'ok', batch: archive.fileRows(KEY) });
  });

  it('has the faults that msw can express', async () => {
    listen(
      { fault: 'banned', path: '/klines/', times: 1 },
      { fault: 'wrong-checksum', path: 'CHECKSUM', times: 1 },
      { fault: 'reset', times: 1 },
    );
    const banned = await fetch(visionUrl(visionObjectKey(KEY)));
    expect([banned.status, banned.headers.get('retry-after')]).toEqual([418, '120']);
    const checksum = await (await fetch(visionUrl(visionChecksumKey(KEY)))).text();
    expect(checksum).not.toBe(Buffer.from(archive.object(visionChecksumKey(KEY))!.body).toString());
    await expect(fetch(visionUrl(visionObjectKey(KEY)))).rejects.toThrow();
    expect((await fetch(visionUrl(visionObjectKey(KEY)))).status).toBe(200);
  });

  it.each(['truncated', 'stall', 'redirect-loop', 'garbage'] as const)(
    'refuses to pretend that it can do %s',
    async (fault) => {
      expect(() => archiveHandlers(archive, { faults: [{ fault }] })).toThrow(/startArchiveServer/);
    },
  );
});
