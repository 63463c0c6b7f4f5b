import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { BINANCE, cacheKey, spanOf } from '@vision-cache/cache-keys';
import { afterAll, describe, expect, it } from '@jest/globals';
import { removeTempFolders, tempFolder } from '../__fixtures__/command.fixture.ts';
import { coverageOfSeries } from '../show/coverage-of-series.ts';
import type { CachedSeries } from '../series/cached-series.ts';

const DAY = 86_400_000_000n;

/** Days of trades, ten a day; what `idOf` says of the row's number from the first day on. */
async function cacheOf(dates: readonly string[], idOf: (row: number) => number) {
  const cache = new UnifiedCacheManager({ root: tempFolder() });
  const of = { marketType: 'spot', dataNature: 'aggTrades', symbol: 'BTCUSDT' } as const;
  for (const [index, date] of dates.entries()) {
    const key = cacheKey({ ...of, date });
    const rows = Array.from({ length: 10 }, (_, row) => index * 10 + row);
    const ids = BigInt64Array.from(rows, (row) => BigInt(idOf(row)));
    const times = BigInt64Array.from(rows, (_, row) => spanOf(date).start + (BigInt(row) * DAY) / 10n);
    const ones = Float64Array.from(rows, () => 1);
    const flags = Uint8Array.from(rows, (row) => row % 2);
    await cache.save(
      key,
      {
        dataset: 'binance/spot/aggTrades',
        numRows: 10,
        columns: {
          agg_trade_id: ids,
          price: ones,
          quantity: ones,
          first_trade_id: ids,
          last_trade_id: ids,
          transact_time: times,
          is_buyer_maker: flags,
          is_best_match: flags,
        },
      },
      { source: 'vision', asOf: spanOf(date).end + DAY },
    );
  }
  const series = {
    exchange: 'binance',
    ...of,
    packagingFrequency: 'daily',
    interval: undefined,
    name: 'aggTrades/BTCUSDT',
    dates,
  } as unknown as CachedSeries;
  return coverageOfSeries(cache, BINANCE, series, Date.UTC(2024, 5, 1));
}

describe('ids that are missing in the cache', () => {
  afterAll(removeTempFolders);
  const DATES = ['2024-01-01', '2024-01-02'];

  it('are told within a day, which is not all there then', async () => {
    const { complete, gaps, days } = await cacheOf(DATES, (row) => (row < 5 ? row : row + 7));
    expect(complete).toBe(false);
    expect(gaps).toEqual([
      { from: '2024-01-01T09:36:00Z', to: '2024-01-01T12:00:00Z', kind: 'missing-ids', evidence: '7 ids, 5 to 11' },
    ]);
    expect(days.map(({ state }) => state)).toEqual(['part', 'whole']);
  });

  it('are told from one day to the next', async () => {
    const { complete, gaps } = await cacheOf(DATES, (row) => (row < 10 ? row : row + 1));
    expect([complete, gaps.map(({ evidence }) => evidence)]).toEqual([false, ['the id 10']]);
  });

  it('are none where they step by one, nor over a day that is not there, which is the gap itself', async () => {
    expect((await cacheOf(DATES, (row) => row)).gaps).toEqual([]);
    const { gaps } = await cacheOf(['2024-01-01', '2024-01-03'], (row) => (row < 10 ? row : row + 900));
    expect(gaps.map(({ kind }) => kind)).toEqual(['not-cached']);
  });
});
