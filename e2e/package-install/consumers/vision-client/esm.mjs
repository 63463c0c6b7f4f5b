import assert from 'node:assert/strict';
import { cacheKey } from '@vision-cache/cache-keys';
import { isVisionClientError, VisionDataClient } from '@vision-cache/vision-client';
import { createSyntheticArchive } from '@vision-cache/vision-client/testing';

const archive = createSyntheticArchive();
const fetch = async (url) => {
  const object = archive.object(decodeURIComponent(new URL(url).pathname).slice(1));
  return object ? new Response(object.body) : new Response('', { status: 404 });
};
const client = new VisionDataClient({ fetch });

const day = await client.fetch(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' }));
assert.equal(day.status, 'ok');
assert.equal(day.batch.numRows, 24);
assert.ok(day.batch.columns.close instanceof Float64Array);

const future = await client.fetch(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2030-01-01' }));
assert.equal(future.status, 'missing');

const broken = new VisionDataClient({ fetch: async () => new Response('no zip'), retry: { attempts: 1 } });
await assert.rejects(
  () => broken.fetch(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' })),
  isVisionClientError,
);
