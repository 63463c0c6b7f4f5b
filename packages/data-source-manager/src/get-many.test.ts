import { describe, expect, it } from '@jest/globals';
import { compose } from './__fixtures__/compose.ts';
import { BTC } from './__fixtures__/fake-sources.ts';
import { inArrivalOrder } from './concurrency/arrival-order.ts';
import type { ManyProgress } from './get-many.ts';

const symbols = { AAAUSDT: BTC, BBBUSDT: BTC, CCCUSDT: BTC };
const day = { interval: '1h', start: '2024-03-01', end: '2024-03-02' } as const;
const queries = Object.keys(symbols).map((symbol) => ({ symbol, ...day }));

describe('getMany', () => {
  it('answers each query as getKlines does', async () => {
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const rows = new Map<string, unknown>();
    for await (const each of manager.getMany(queries)) {
      rows.set(each.query.symbol, each.error === undefined ? each.batch : each.error);
    }
    for (const query of queries) expect(rows.get(query.symbol)).toEqual((await manager.getKlines(query)).batch);
  });

  it('tells a failure with its query and answers the others', async () => {
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const answers = new Map<string, string>();
    for await (const each of manager.getMany([{ symbol: 'btc', ...day }, ...queries])) {
      answers.set(each.query.symbol, each.error === undefined ? `${each.batch.numRows} rows` : each.error.code);
    }
    expect(Object.fromEntries(answers)).toEqual({
      btc: 'E_QUERY',
      AAAUSDT: '24 rows',
      BBBUSDT: '24 rows',
      CCCUSDT: '24 rows',
    });
  });

  it('counts the queries that are done in its progress', async () => {
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const told: ManyProgress<(typeof queries)[number]>[] = [];
    const many = manager.getMany(queries, { concurrency: 1, onProgress: (progress) => told.push(progress) });
    for await (const { error } of many) expect(error).toBeUndefined();
    expect(told.map(({ query, queries: { done } }) => [query.symbol, done])).toEqual([
      ['AAAUSDT', 0],
      ['BBBUSDT', 1],
      ['CCCUSDT', 2],
    ]);
  });

  it('ends for its signal', async () => {
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const controller = new AbortController();
    const taken: string[] = [];
    const all = async (): Promise<void> => {
      for await (const { query } of manager.getMany(queries, { concurrency: 1, signal: controller.signal })) {
        taken.push(query.symbol);
        controller.abort('enough');
      }
    };
    await expect(all()).rejects.toMatchObject({ code: 'E_ABORTED', details: { reason: 'enough' } });
    expect(taken).toEqual(['AAAUSDT']);
  });

  it('refuses a concurrency of nothing', () => {
    expect(() => compose().manager.getMany(queries, { concurrency: 0 })).toThrow(
      expect.objectContaining({ code: 'E_OPTION' }),
    );
  });
});

describe(inArrivalOrder, () => {
  const gates = () => {
    const open = new Map<number, () => void>();
    const work = (item: number): Promise<number> => new Promise((resolve) => open.set(item, () => resolve(item)));
    return { open, work };
  };

  it('gives what is ready first, and begins the next when a result is taken', async () => {
    const { open, work } = gates();
    const stream = inArrivalOrder([1, 2, 3], work, { concurrency: 2 });
    const first = stream.next();
    expect([...open.keys()]).toEqual([1, 2]);
    open.get(2)!();
    expect((await first).value).toBe(2);
    expect([...open.keys()]).toEqual([1, 2]);
    const second = stream.next();
    expect([...open.keys()]).toEqual([1, 2, 3]);
    open.get(1)!();
    expect((await second).value).toBe(1);
    const third = stream.next();
    open.get(3)!();
    expect((await third).value).toBe(3);
    expect((await stream.next()).done).toBe(true);
  });

  it('stops what is under way when the consumer leaves', async () => {
    const stopped: number[] = [];
    const work = (item: number, signal: AbortSignal): Promise<number> =>
      item === 1
        ? Promise.resolve(1)
        : new Promise((_, reject) =>
            signal.addEventListener('abort', () => {
              stopped.push(item);
              reject(new Error('stopped'));
            }),
          );
    for await (const item of inArrivalOrder([1, 2, 3], work, { concurrency: 3 })) {
      expect(item).toBe(1);
      break;
    }
    expect(stopped).toEqual([2, 3]);
  });
});
