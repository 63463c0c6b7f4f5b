// The loopback archive of universe.bench.mjs, in a process of its own: a year of 1d of the symbols that it is given.
// Makes every monthly object before it says that it is ready.
import { cacheKey, monthsBetween, visionChecksumKey, visionObjectKey } from '@vision-cache/cache-keys';
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';

const names = JSON.parse(process.argv[2]);
const symbols = names.map((symbol) => ({ symbol, listed: '2022-12-01', intervals: ['1d'] }));
const archive = createSyntheticArchive({ now: '2024-02-01T00:00:00Z', symbols });
for (const symbol of names)
  for (const date of monthsBetween('2023-01-01', '2024-01-01')) {
    const key = cacheKey({ symbol, interval: '1d', packagingFrequency: 'monthly', date });
    archive.object(visionObjectKey(key));
    archive.object(visionChecksumKey(key));
  }
const server = await startArchiveServer(archive);
process.on('disconnect', () => process.exit());
process.send({ baseUrl: server.baseUrl, listingUrl: server.listingUrl });
