import { BINANCE, type CacheKey, cacheKey } from '@vision-cache/cache-keys';
import type { VisionDataClient } from '@vision-cache/vision-client';
import { describe, expect, it } from '@jest/globals';
import type { Series } from '../series/series-name.ts';
import { firstPublished } from './first-published.ts';

const SERIES = {
  exchange: 'binance',
  marketType: 'spot',
  dataNature: 'klines',
  packagingFrequency: 'daily',
  symbol: 'ADABKRW',
  interval: '1h',
} as Series;

/** An archive that lists these dates, in this order. */
function archiveOf(dates: Readonly<Record<'daily' | 'monthly', readonly string[]>>): VisionDataClient {
  const list = async function* ({ packagingFrequency }: CacheKey) {
    for (const date of dates[packagingFrequency]) {
      yield await Promise.resolve({ key: cacheKey({ ...SERIES, packagingFrequency, date } as never) });
    }
  };
  return { list } as unknown as VisionDataClient;
}

describe('the first published day', () => {
  const { signal } = new AbortController();

  it('is the first of all months, also of one without its zero, which is listed behind October (#469)', async () => {
    const archive = archiveOf({ daily: [], monthly: ['2020-09', '2020-10', '2020-08'] });
    expect(await firstPublished(SERIES, BINANCE, archive, signal)).toBe(BigInt(Date.UTC(2020, 7, 1)) * 1000n);
  });

  it('is the earlier one of days and months, and nothing where nothing is listed', async () => {
    const archive = archiveOf({ daily: ['2020-07-15', '2020-07-16'], monthly: ['2020-08'] });
    expect(await firstPublished(SERIES, BINANCE, archive, signal)).toBe(BigInt(Date.UTC(2020, 6, 15)) * 1000n);
    expect(await firstPublished(SERIES, BINANCE, archiveOf({ daily: [], monthly: [] }), signal)).toBeUndefined();
  });
});
