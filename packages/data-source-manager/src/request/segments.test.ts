import { describe, expect, it } from '@jest/globals';
import { BINANCE, type CacheKey, type ColumnBatch, type Dataset } from '@vision-cache/cache-keys';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import { NatureArchive, tradesOf } from '../__fixtures__/nature-sources.ts';
import { DataSourceManager } from '../data-source-manager.ts';
import { timesOf } from '../rows/batch-rows.ts';

const DATES = ['2023-05-01', '2023-05-02'];
const files = Object.fromEntries(DATES.map((date, day) => [date, tradesOf(date, day * 1440)]));
const query = { marketType: 'um', dataNature: 'aggTrades', symbol: 'BTCUSDT', start: '2023-05-01', end: '2023-05-03' } as const; // prettier-ignore

/** As the client answers for a file in which two runs of rows alternate: sorted, and counted. */
function setup(unsorted: number) {
  const archive = new NatureArchive({ files, quality: { unsorted } });
  const now = () => Date.parse('2024-04-01T12:00Z');
  return new DataSourceManager({ cache: new FakeCache(), sources: [archive], now });
}

async function timesIn(parts: AsyncIterable<{ batch: ColumnBatch }>): Promise<bigint[]> {
  const times: bigint[] = [];
  const dataset = BINANCE.datasetOf<Dataset>(BINANCE.keysBetween(query)[0] as CacheKey);
  for await (const { batch } of parts) times.push(...timesOf(dataset, batch));
  return times;
}

describe('parts of a range whose files interleave two runs (#288, #293)', () => {
  it('are in the order of time, and say how many rows were not', async () => {
    const manager = setup(199);
    const times = await timesIn(manager.segments(query));
    expect(times).toHaveLength(2880);
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
    for await (const { quality, warnings } of manager.segments(query)) {
      expect(quality).toEqual({ unsorted: 199 });
      expect(warnings).toEqual(['Odd, but not gaps: 199 rows that were out of time order and were sorted.']);
    }
  });

  it('are an error where that is asked for, cold and warm', async () => {
    const manager = setup(199);
    for (let pass = 0; pass < 2; pass++) {
      const read = timesIn(manager.segments(query, { order: 'refuse' }));
      await expect(read).rejects.toMatchObject({ code: 'E_ORDER', details: { unsorted: 199 } });
    }
    expect(await timesIn(setup(0).segments(query, { order: 'refuse' }))).toHaveLength(2880);
    const other = timesIn(manager.segments(query, { order: 'batch' as never }));
    await expect(other).rejects.toMatchObject({ code: 'E_OPTION' });
  });
});

describe('columns that parts are asked for', () => {
  it('are those of each part, for the compiler as well', async () => {
    let rows = 0;
    for await (const { batch } of setup(0).segments(query, { columns: ['price', 'agg_trade_id'] })) {
      const price: Float64Array = batch.columns.price;
      const ids: BigInt64Array = batch.columns.agg_trade_id;
      rows += price.length;
      expect(ids).toHaveLength(price.length);
      // @ts-expect-error it was not asked for
      expect(batch.columns.quantity).toBeUndefined();
    }
    expect(rows).toBe(2880);
    const bars = setup(0).segments({ symbol: 'BTCUSDT', interval: '1h', start: query.start, end: query.end }, { columns: ['close'], strict: false }); // prettier-ignore
    for await (const { batch } of bars) {
      const close: Float64Array = batch.columns.close;
      expect(close).toHaveLength(batch.numRows);
      // @ts-expect-error it was not asked for
      expect(batch.columns.open).toBeUndefined();
    }
  });
});
