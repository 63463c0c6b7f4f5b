// A loopback archive in a process of its own, so that its work is not counted as that of who asks it: 2023 of the symbols
// and the interval that it is given as JSON, `{ names, interval }`, or of other months, `from` and `to`. Every monthly object
// is made before it says that it is ready, and everything that it has made is kept.
import { cacheKey, monthsBetween, visionChecksumKey, visionObjectKey } from '@vision-cache/cache-keys';
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';

const { names, interval, from = '2023-01-01', to = '2024-01-01' } = JSON.parse(process.argv[2]);
const symbols = names.map((symbol) => ({ symbol, listed: '2022-12-01', intervals: [interval] }));
const archive = createSyntheticArchive({ now: '2024-02-01T00:00:00Z', symbols });
const made = new Map();
function object(path) {
  if (!made.has(path)) made.set(path, archive.object(path));
  return made.get(path);
}
for (const symbol of names)
  for (const date of monthsBetween(from, to)) {
    const key = cacheKey({ symbol, interval, packagingFrequency: 'monthly', date });
    object(visionObjectKey(key));
    object(visionChecksumKey(key));
  }
const server = await startArchiveServer({ ...archive, object });
process.on('message', (message) => {
  if (message === 'count') {
    const requests = server.requests.map(({ path }) => path);
    const bytes = requests.reduce((sum, path) => sum + (made.get(path.replace(/^\//, ''))?.body.length ?? 0), 0);
    process.send({ requests, bytes });
  }
  if (message === 'forget') server.forget();
});
process.on('disconnect', () => process.exit());
process.send({ baseUrl: server.baseUrl, listingUrl: server.listingUrl });
