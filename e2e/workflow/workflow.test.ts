import {
  BINANCE,
  type CacheKey,
  cachePath,
  type ColumnBatch,
  type Dataset,
  legacyCachePath,
  spanOf,
} from '@vision-cache/cache-keys';
import { afterEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type House, openHouse } from './compose.ts';

const houses: House[] = [];
afterEach(async () => {
  await Promise.all(houses.splice(0).map((house) => house.close()));
});
async function house(...options: Parameters<typeof openHouse>): Promise<House> {
  const opened = await openHouse(...options);
  houses.push(opened);
  return opened;
}

const none = { zips: 0, checksums: 0, rest: 0, listings: 0 };
const keyOf = (input: object): CacheKey => BINANCE.cacheKey(input as never);
const timesOf = (batch: ColumnBatch): bigint[] => [...(batch.columns as { open_time: BigInt64Array }).open_time];

/** What an answer must hold: the market's own rows, cut to the range. */
function truth(of: House, keys: readonly CacheKey[], start: bigint, end: bigint) {
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
    const of = await house();
    const keys = BINANCE.keysBetween({ ...query, start, end } as never) as CacheKey[];
    const range = { start: spanOf(start).start, end: spanOf(end).start };

    const first = await of.manager.get({ ...query, start, end });
    expect(of.requests()).toEqual({ ...none, zips: objects, checksums: objects });
    expect(first.account).toMatchObject({
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
    expect(second.account).toEqual({
      hits: keys.length,
      misses: 0,
      absent: 0,
      hitsByLayout: { new: keys.length, old: 0 },
      sources: {},
    });
    expect(numbers(second.batch)).toEqual(numbers(first.batch));

    // Another process, which knows nothing but the folder.
    const other = await house({ root: of.root, server: of.server });
    const third = await other.manager.get({ ...query, start, end });
    expect(of.requests()).toEqual(none);
    expect(numbers(third.batch)).toEqual(numbers(first.batch));
  });
});

describe('an entry', () => {
  const day = '2024-03-05';
  const query = { symbol: 'BTCUSDT', interval: '1h', start: day, end: '2024-03-06' } as const;
  const key = keyOf({ symbol: 'BTCUSDT', interval: '1h', date: day });
  const once = { ...none, zips: 1, checksums: 1 };

  /** A house whose cache holds the day under the new path, the old one, both or neither. */
  async function withEntries(
    layouts: readonly ('new' | 'old')[],
  ): Promise<{ of: House; newFile: string; oldFile: string }> {
    const of = await house();
    const newFile = join(of.root, cachePath(key));
    const oldFile = join(of.root, legacyCachePath(key)!);
    if (layouts.length > 0) {
      await of.manager.getKlines(query);
      mkdirSync(dirname(oldFile), { recursive: true });
      if (layouts.includes('old')) cpSync(newFile, oldFile);
      if (!layouts.includes('new')) rmSync(newFile);
    }
    of.server.forget();
    return { of, newFile, oldFile };
  }

  it('under the new path is a hit there', async () => {
    const { of } = await withEntries(['new']);
    const { account } = await of.manager.getKlines(query);
    expect(account).toMatchObject({ hits: 1, misses: 0, hitsByLayout: { new: 1, old: 0 } });
    expect(of.requests()).toEqual(none);
  });

  it('under the old path only is a hit there, and the old file stays as it is', async () => {
    const { of, oldFile } = await withEntries(['old']);
    const before = readFileSync(oldFile);
    const { account, batch, coverage } = await of.manager.getKlines(query);
    expect(account).toMatchObject({ hits: 1, misses: 0, hitsByLayout: { new: 0, old: 1 } });
    expect(coverage.spans).toMatchObject([{ layout: 'old', via: 'cache' }]);
    expect(numbers(batch)).toEqual(truth(of, [key], spanOf(day).start, spanOf(day).end));
    expect(of.requests()).toEqual(none);
    expect(readFileSync(oldFile).equals(before)).toBe(true);
  });

  it('under both is a hit under the new one', async () => {
    const { of } = await withEntries(['new', 'old']);
    const { account } = await of.manager.getKlines(query);
    expect(account).toMatchObject({ hits: 1, hitsByLayout: { new: 1, old: 0 } });
    expect(of.requests()).toEqual(none);
  });

  it('under neither is a miss, fetched once', async () => {
    const { of } = await withEntries([]);
    const { account } = await of.manager.getKlines(query);
    expect(account).toMatchObject({ hits: 0, misses: 1 });
    expect(of.requests()).toEqual(once);
  });

  it('that is damaged does not hide a good old one', async () => {
    const { of, newFile } = await withEntries(['new', 'old']);
    const bytes = readFileSync(newFile);
    bytes[bytes.length >> 1]! ^= 0x10;
    writeFileSync(newFile, bytes);
    // Another process: this one has verified the file, and would not read it anew.
    const other = await house({ root: of.root, server: of.server });
    const { account, batch } = await other.manager.getKlines(query);
    expect(account).toMatchObject({ hits: 1, misses: 0, hitsByLayout: { new: 0, old: 1 } });
    expect(numbers(batch)).toEqual(truth(of, [key], spanOf(day).start, spanOf(day).end));
    expect(of.requests()).toEqual(none);
  });

  it('that is damaged, with no old one, is a miss and is healed', async () => {
    const { of, newFile } = await withEntries(['new']);
    writeFileSync(newFile, readFileSync(newFile).subarray(0, 1000));
    const other = await house({ root: of.root, server: of.server });
    const { account, batch } = await other.manager.getKlines(query);
    expect(account).toMatchObject({ hits: 0, misses: 1 });
    expect(numbers(batch)).toEqual(truth(of, [key], spanOf(day).start, spanOf(day).end));
    expect(of.requests()).toEqual(once);
    of.server.forget();
    expect((await other.manager.getKlines(query)).account).toMatchObject({ hits: 1, misses: 0 });
    expect(of.requests()).toEqual(none);
  });

  it('that is partial is completed, and no row of it is lost', async () => {
    const of = await house({ now: '2024-03-05T12:20:00Z' });
    const morning = await of.manager.getKlines(query);
    expect(morning.batch.numRows).toBe(12);
    expect(of.requests()).toEqual({ ...none, rest: 1 });
    of.server.forget();
    await of.manager.getKlines(query);
    expect(of.requests()).toEqual(none);

    of.clock.at = Date.parse('2024-03-05T18:00:00Z');
    expect((await of.manager.getKlines(query)).batch.numRows).toBe(18);
    expect(of.requests()).toEqual({ ...none, rest: 1 });

    of.server.forget();
    of.clock.at = Date.parse('2024-03-06T09:00:00Z');
    const { batch, account, coverage } = await of.manager.getKlines(query);
    expect(numbers(batch)).toEqual(truth(of, [key], spanOf(day).start, spanOf(day).end));
    expect(account).toMatchObject({ misses: 1 });
    expect(of.requests()).toEqual(once);
    expect(coverage.complete).toBe(true);
  });

  it('of another market never answers: um does not read the old file of spot', async () => {
    const { of } = await withEntries(['old']);
    const { account, batch } = await of.manager.getKlines<'um'>({ ...query, marketType: 'um' });
    expect(account).toMatchObject({ hits: 0, misses: 1 });
    const um = keyOf({ marketType: 'um', symbol: 'BTCUSDT', interval: '1h', date: day });
    expect(numbers(batch)).toEqual(truth(of, [um], spanOf(day).start, spanOf(day).end));
    expect(of.requests()).toEqual(once);
  });
});

describe('a source that fails', () => {
  const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-01', end: '2024-03-06' } as const;

  it('leaves its span to the next one, and the rest to itself', async () => {
    const of = await house();
    of.server.faults.add({ fault: 'server-error', path: 'BTCUSDT-1h-2024-03-03.zip' });
    const { batch, coverage } = await of.manager.getKlines(query);
    expect(batch.numRows).toBe(120);
    expect(coverage.spans.map(({ source }) => source)).toEqual(['vision', 'rest', 'vision']);
    expect(of.requests().rest).toBe(1);
  });

  it('is a reason in the coverage when all fail, and never an empty day', async () => {
    const of = await house();
    of.server.faults.add({ fault: 'server-error', path: 'BTCUSDT-1h-2024-03-03.zip' });
    of.server.faults.add({ fault: 'server-error', path: '/klines?' });
    await expect(of.manager.getKlines(query)).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
    const { batch, coverage } = await of.manager.getKlines(query, { strict: false });
    expect(batch.numRows).toBe(96);
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', ...spanOf('2024-03-03') }]);
  });

  it('with a bad checksum is not used', async () => {
    const of = await house({ sources: 'vision' });
    of.server.faults.add({ fault: 'wrong-body', path: 'BTCUSDT-1h-2024-03-03.zip' });
    const { coverage } = await of.manager.getKlines(query, { strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', ...spanOf('2024-03-03') }]);
    expect(await of.cache.has(keyOf({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-03' }))).toBe(false);
  });
});
