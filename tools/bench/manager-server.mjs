// The loopback archive of manager.bench.mjs, in a process of its own, so that its work is not counted as the manager's.
// Makes every object of the year before it says that it is ready.
import { cacheKey, monthsBetween, visionChecksumKey, visionObjectKey } from '@vision-cache/cache-keys';
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';

const symbols = [{ symbol: 'BTCUSDT', listed: '2022-12-01', intervals: ['1m'] }];
const archive = createSyntheticArchive({ now: '2024-02-01T00:00:00Z', symbols });
for (const date of monthsBetween('2023-01-01', '2024-01-01')) {
  const key = cacheKey({ symbol: 'BTCUSDT', interval: '1m', packagingFrequency: 'monthly', date });
  archive.object(visionObjectKey(key));
  archive.object(visionChecksumKey(key));
}
const server = await startArchiveServer(archive);
process.on('message', (message) => {
  if (message === 'count') process.send({ requests: server.requests.map(({ path }) => path) });
  if (message === 'forget') server.forget();
});
process.on('disconnect', () => process.exit());
process.send({ baseUrl: server.baseUrl, listingUrl: server.listingUrl });
