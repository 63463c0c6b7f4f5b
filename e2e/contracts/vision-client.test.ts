import { VisionDataClient } from '@vision-cache/vision-client';
import { BinanceRestClient } from '@vision-cache/vision-client/rest';
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';
import { archiveSourceContract, rangeSourceContract } from './source-port-contract.ts';

const now = (): number => Date.parse('2024-03-20T12:30:00Z');

async function serve() {
  const archive = createSyntheticArchive({ now, symbols: [{ symbol: 'BTCUSDT', listed: '2024-01-10T06:00:00Z' }] });
  const server = await startArchiveServer(archive);
  return {
    server,
    truth: archive.rows.bind(archive),
    fail: () => {
      server.faults.add({ fault: 'server-error' });
    },
    requests: () => server.requests.length,
    close: () => server.close(),
  };
}

archiveSourceContract('VisionDataClient', async () => {
  const { server, ...rest } = await serve();
  const source = new VisionDataClient({
    baseUrl: server.baseUrl,
    listingUrl: server.listingUrl,
    retry: { attempts: 1 },
    now,
  });
  return { source, ...rest };
});

rangeSourceContract('BinanceRestClient', async () => {
  const { server, ...rest } = await serve();
  return { source: new BinanceRestClient({ baseUrls: server.restUrls, retry: { attempts: 1 }, now }), ...rest };
});
