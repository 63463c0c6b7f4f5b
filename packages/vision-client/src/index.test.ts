import { cacheKey } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { VISION_LISTING_URL, VisionDataClient } from './index.ts';

const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-10' });
const LISTING = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';

/** The URLs that a client lists from. */
async function listedFrom(options: { readonly baseUrl?: string }): Promise<readonly string[]> {
  const asked: string[] = [];
  const fetch = (input: string | URL | Request): Promise<Response> => {
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
    asked.push(`${origin}${pathname}`.replace(/\/$/, ''));
    return Promise.resolve(new Response(LISTING, { headers: { 'content-type': 'application/xml' } }));
  };
  for await (const each of new VisionDataClient({ ...options, fetch }).list(key)) throw new Error(each.etag);
  return asked;
}

describe('VISION_LISTING_URL', () => {
  it('is listed from, but for a mirror, which lists itself', async () => {
    expect(await listedFrom({})).toEqual([VISION_LISTING_URL]);
    expect(await listedFrom({ baseUrl: 'https://mirror.test' })).toEqual(['https://mirror.test']);
  });
});
