import { BINANCE, type CacheKey, type ColumnBatch, type Dataset, spanOf } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import type { Setup } from './compose.ts';
import { useSetups } from './use-setups.ts';

const setup = useSetups();

const none = { zips: 0, checksums: 0, rest: 0, listings: 0 };
const keyOf = (input: object): CacheKey => BINANCE.cacheKey(input as never);
const timesOf = (batch: ColumnBatch): bigint[] => [...(batch.columns as { open_time: BigInt64Array }).open_time];

/** What an answer must hold: the market's own rows, cut to the range. */
function truth(of: Setup, keys: readonly CacheKey[], start: bigint, end: bigint) {
  const rows = keys.map((key) => of.archive.rows<Dataset>(key));
  const names = Object.keys(rows[0]!.columns);
  const within = rows
    .flatMap((batch) => timesOf(batch).map((time, row) => ({ time, batch, row })))
    .filter(({ time }) => time >= start && time < end);
  return Object.fromEntries(
    names.map((name) => [
      name,
      within.map(({ batch, row }) => (batch.columns as Record<string, ArrayLike<unknown>>)[name]![row]),
    ]),
  );
}

function numbers(batch: ColumnBatch): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(batch.columns as Record<string, Iterable<unknown>>).map(([name, column]) => [name, [...column]]),
  );
}

describe.each([
  {
    name: 'spot, by the day',
    query: { marketType: 'spot', symbol: 'BTCUSDT', interval: '1h' },
    start: '2024-03-01',
    end: '2024-03-04',
    objects: 3,
  },
  {
    name: 'um, by the day',
    query: { marketType: 'um', symbol: 'BTCUSDT', interval: '5m' },
    start: '2024-03-01',
    end: '2024-03-04',
    objects: 3,
  },
  {
    name: 'cm, by the day',
    query: { marketType: 'cm', symbol: 'BTCUSD_PERP', interval: '1h' },
    start: '2024-03-01',
    end: '2024-03-04',
    objects: 3,
  },
  {
    name: 'spot, from a month',
    query: { marketType: 'spot', symbol: 'BTCUSDT', interval: '1h' },
    start: '2024-01-01',
    end: '2024-02-01',
    objects: 1,
  },
  {
    name: 'um, from a month',
    query: { marketType: 'um', symbol: 'BTCUSDT', interval: '1h' },
    start: '2024-01-05',
    end: '2024-02-01',
    objects: 1,
  },
  {
    name: 'weeks, kept by the month',
    query: { marketType: 'spot', symbol: 'BTCUSDT', interval: '1w' },
    start: '2023-11-01',
    end: '2024-02-01',
    objects: 3,
  },
] as const)('request, miss, fetch, save, hit: $name', ({ query, start, end, objects }) => {
  it('asks once, and is right to the number', async () => {
    const of = await setup();
    const keys = BINANCE.keysBetween({ ...query, start, end } as never) as CacheKey[];
    const range = { start: spanOf(start).start, end: spanOf(end).start };

    const first = await of.manager.get({ ...query, start, end });
    expect(of.requests()).toEqual({ ...none, zips: objects, checksums: objects });
    expect(first.activity).toMatchObject({
      hits: 0,
      misses: keys.length,
      sources: { vision: { asked: objects, missing: 0, failed: 0 } },
    });
    expect(first.coverage).toMatchObject({
      complete: true,
      gaps: [],
      spans: [{ ...range, source: 'vision', via: 'fetch', layout: 'new' }],
    });
    expect(numbers(first.batch)).toEqual(truth(of, keys, range.start, range.end));

    of.server.forget();
    const second = await of.manager.get({ ...query, start, end });
    expect(of.requests()).toEqual(none);
    expect(second.activity).toEqual({
      hits: keys.length,
      misses: 0,
      absent: 0,
      hitsByLayout: { new: keys.length, old: 0 },
      sources: {},
    });
    expect(numbers(second.batch)).toEqual(numbers(first.batch));

    // Another process, which knows nothing but the folder.
    const other = await setup({ root: of.root, server: of.server });
    const third = await other.manager.get({ ...query, start, end });
    expect(of.requests()).toEqual(none);
    expect(numbers(third.batch)).toEqual(numbers(first.batch));
  });
});

describe('a source that fails', () => {
  const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-01', end: '2024-03-06' } as const;

  it('leaves its span to the next one, and the rest to itself', async () => {
    const of = await setup();
    of.server.faults.add({ fault: 'server-error', path: 'BTCUSDT-1h-2024-03-03.zip' });
    const { batch, coverage } = await of.manager.getKlines(query);
    expect(batch.numRows).toBe(120);
    expect(coverage.spans.map(({ source }) => source)).toEqual(['vision', 'rest', 'vision']);
    expect(of.requests().rest).toBe(1);
  });

  it('is a reason in the coverage when all fail, and never an empty day', async () => {
    const of = await setup();
    of.server.faults.add({ fault: 'server-error', path: 'BTCUSDT-1h-2024-03-03.zip' });
    of.server.faults.add({ fault: 'server-error', path: '/klines?' });
    await expect(of.manager.getKlines(query)).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
    const { batch, coverage } = await of.manager.getKlines(query, { strict: false });
    expect(batch.numRows).toBe(96);
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', ...spanOf('2024-03-03') }]);
  });

  it('with a bad checksum is not used', async () => {
    const of = await setup({ sources: 'vision' });
    of.server.faults.add({ fault: 'wrong-body', path: 'BTCUSDT-1h-2024-03-03.zip' });
    const { coverage } = await of.manager.getKlines(query, { strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', ...spanOf('2024-03-03') }]);
    expect(await of.cache.has(keyOf({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-03' }))).toBe(false);
  });
});
