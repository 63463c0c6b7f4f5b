import { cacheKey } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { zipOf } from '../testing/index.ts';
import { decodeStream, type StreamOrder } from './decode-stream.ts';

const KEY = cacheKey({ marketType: 'um', dataNature: 'aggTrades', symbol: 'BTCUSDT', date: '2023-05-01' });
const DAY = Date.UTC(2023, 4, 1);
/** Two runs of ids and times that alternate row by row, the second an hour behind the first. */
const interleaved = Array.from({ length: 400 }, (_, row) => {
  const [at, run] = [row >> 1, row & 1];
  return `${1 + at + run * 200},1,1,1,1,${DAY + at * 1000 + run * 3_600_000},true\n`;
}).join('');
const ARCHIVE = zipOf('BTCUSDT-aggTrades-2023-05-01.csv', new TextEncoder().encode(interleaved));

async function read(order: StreamOrder): Promise<{ ids: number[]; batches: number; unsorted: number }> {
  const found = { ids: [] as number[], batches: 0, unsorted: 0 };
  for await (const { batch, quality } of decodeStream(ARCHIVE, KEY, { batchRows: 100, order })) {
    found.batches++;
    found.unsorted += quality.unsorted;
    for (const id of (batch.columns as unknown as { agg_trade_id: BigInt64Array }).agg_trade_id)
      found.ids.push(Number(id));
    expect(quality.rows).toBe(batch.numRows);
  }
  return found;
}

const inOrder = Array.from({ length: 400 }, (_, row) => row + 1);

describe('a file that interleaves two runs of rows (#288, #293)', () => {
  it('is sorted within each batch, and no further', async () => {
    const { ids, batches } = await read('batch');
    expect([batches, ids.length]).toEqual([4, 400]);
    expect(ids).not.toEqual(inOrder);
    expect([...ids].sort((a, b) => a - b)).toEqual(inOrder);
  });

  it('is in the order of time where the whole is asked for, with the report of the whole once', async () => {
    const { ids, batches, unsorted } = await read('whole');
    expect([batches, unsorted]).toEqual([4, 199]);
    expect(ids).toEqual(inOrder);
  });

  it('is an error where that is asked for', async () => {
    await expect(read('refuse')).rejects.toMatchObject({ code: 'E_CSV_ORDER' });
  });

  it('is none where the rows are in order', async () => {
    const plain = zipOf(
      'BTCUSDT-aggTrades-2023-05-01.csv',
      new TextEncoder().encode(inOrder.map((id) => `${id},1,1,1,1,${DAY + id},true\n`).join('')),
    );
    let rows = 0;
    for await (const { batch } of decodeStream(plain, KEY, { batchRows: 100, order: 'refuse' })) rows += batch.numRows;
    expect(rows).toBe(400);
  });
});
