// The table of what an entry can be, over every kind of home: by the day and by the month, with an interval and without.
import {
  BINANCE,
  type CacheKey,
  cachePath,
  type Catalog,
  type ColumnBatch,
  createCatalog,
  type Dataset,
  legacyCachePath,
  spanOf,
} from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Setup } from './compose.ts';
import { useSetups } from './use-setups.ts';

const openSetup = useSetups();

const hoursByMonth = createCatalog(BINANCE.datasets, { monthly: ['1h'] });
const daily = { date: '2024-03-05', start: '2024-03-05', end: '2024-03-06' } as const;
const monthly = { packagingFrequency: 'monthly', date: '2024-01', start: '2024-01-01', end: '2024-02-01' } as const;

interface Home {
  readonly name: string;
  readonly series: object;
  readonly period: typeof daily | typeof monthly;
  /** Below the root: the old file, or where a project would look for one that has none. */
  readonly old: string;
  readonly hasOldPath: boolean;
  readonly catalog?: Catalog;
}

const HOMES: readonly Home[] = [
  {
    name: 'spot 1h, by the day',
    series: { symbol: 'BTCUSDT', interval: '1h' },
    period: daily,
    old: 'BTCUSDT/1h/2024-03-05.arrow',
    hasOldPath: true,
  },
  {
    name: 'um 1h, by the day',
    series: { marketType: 'um', symbol: 'BTCUSDT', interval: '1h' },
    period: daily,
    old: 'BTCUSDT/1h/2024-03-05.arrow',
    hasOldPath: false,
  },
  {
    name: 'um metrics, by the day',
    series: { marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT' },
    period: daily,
    old: 'BTCUSDT/2024-03-05.arrow',
    hasOldPath: false,
  },
  {
    name: 'spot 1mo, by the month',
    series: { symbol: 'BTCUSDT', interval: '1mo' },
    period: monthly,
    old: 'BTCUSDT/1M/2024-01-01.arrow',
    hasOldPath: true,
  },
  {
    name: 'cm 1mo, by the month',
    series: { marketType: 'cm', symbol: 'BTCUSD_PERP', interval: '1mo' },
    period: monthly,
    old: 'BTCUSD_PERP/1M/2024-01-01.arrow',
    hasOldPath: false,
  },
  {
    name: 'spot 1w, by the month',
    series: { symbol: 'BTCUSDT', interval: '1w' },
    period: monthly,
    old: 'BTCUSDT/1w/2024-01-01.arrow',
    hasOldPath: false,
  },
  {
    name: 'um fundingRate, by the month',
    series: { marketType: 'um', dataNature: 'fundingRate', symbol: 'BTCUSDT' },
    period: monthly,
    old: 'BTCUSDT/2024-01-01.arrow',
    hasOldPath: false,
  },
  {
    name: 'spot 1h, by the month of a catalog',
    series: { symbol: 'BTCUSDT', interval: '1h' },
    period: monthly,
    old: 'BTCUSDT/1h/2024-01-01.arrow',
    hasOldPath: false,
    catalog: hoursByMonth,
  },
];

const none = { zips: 0, checksums: 0, rest: 0, listings: 0 };
const once = { ...none, zips: 1, checksums: 1 };

const numbers = (batch: ColumnBatch): Record<string, unknown[]> =>
  Object.fromEntries(
    Object.entries(batch.columns as Record<string, Iterable<unknown>>).map(([name, column]) => [name, [...column]]),
  );

describe.each(HOMES)('an entry of $name', ({ series, period, old, hasOldPath, catalog = BINANCE }) => {
  const { start, end, ...named } = period;
  const key: CacheKey = catalog.cacheKey({ ...series, ...named } as never);
  const query = { ...series, start, end };
  const get = (of: Setup) => of.manager.get(query as never);
  const truth = (of: Setup) => numbers(of.archive.rows<Dataset>(key));
  const open = async (more: Parameters<typeof openSetup>[0] = {}): Promise<Setup> => {
    const opened = await openSetup({ catalog, ...more });
    return opened;
  };

  /** A setup whose cache holds the entry under the new path, the old one, both or neither. */
  async function withEntries(...layouts: readonly ('new' | 'old')[]) {
    const of = await open();
    const newFile = join(of.root, cachePath(key));
    const oldFile = join(of.root, old);
    if (layouts.length > 0) {
      await get(of);
      mkdirSync(dirname(oldFile), { recursive: true });
      if (layouts.includes('old')) cpSync(newFile, oldFile);
      if (!layouts.includes('new')) rmSync(newFile);
    }
    of.server.forget();
    return { of, newFile, oldFile, before: layouts.includes('old') ? readFileSync(oldFile) : undefined };
  }

  it('has the old path that the table says, or none', () => {
    expect(legacyCachePath(key)).toBe(hasOldPath ? old : undefined);
  });

  it('under the new path is a hit there', async () => {
    const { of } = await withEntries('new');
    const { activity, batch } = await get(of);
    expect(activity).toMatchObject({ hits: 1, misses: 0, hitsByLayout: { new: 1, old: 0 } });
    expect(numbers(batch)).toEqual(truth(of));
    expect(of.requests()).toEqual(none);
  });

  it(`under an old path only is ${hasOldPath ? 'a hit there' : 'a miss'}, and the old file stays as it is`, async () => {
    const { of, oldFile, before } = await withEntries('old');
    const { activity, batch, coverage } = await get(of);
    expect(activity).toMatchObject(
      hasOldPath
        ? { hits: 1, misses: 0, hitsByLayout: { new: 0, old: 1 } }
        : { hits: 0, misses: 1, hitsByLayout: { new: 0, old: 0 } },
    );
    expect(coverage.spans).toMatchObject([
      hasOldPath ? { layout: 'old', via: 'cache' } : { layout: 'new', via: 'fetch' },
    ]);
    expect(numbers(batch)).toEqual(truth(of));
    expect(of.requests()).toEqual(hasOldPath ? none : once);
    expect(readFileSync(oldFile)).toEqual(before);
  });

  it('under both is a hit under the new one', async () => {
    const { of } = await withEntries('new', 'old');
    const { activity } = await get(of);
    expect(activity).toMatchObject({ hits: 1, misses: 0, hitsByLayout: { new: 1, old: 0 } });
    expect(of.requests()).toEqual(none);
  });

  it('under neither is a miss, fetched once, and then a hit', async () => {
    const { of } = await withEntries();
    const { activity, batch } = await get(of);
    expect(activity).toMatchObject({ hits: 0, misses: 1 });
    expect(numbers(batch)).toEqual(truth(of));
    expect(of.requests()).toEqual(once);
    expect((await get(of)).activity).toMatchObject({ hits: 1, misses: 0, sources: {} });
    expect(of.requests()).toEqual(once);
  });

  it(`that is damaged ${hasOldPath ? 'does not hide a good old one' : 'is fetched anew, whatever lies beside it'}`, async () => {
    const { of, newFile } = await withEntries('new', 'old');
    const bytes = readFileSync(newFile);
    bytes[bytes.length >> 1]! ^= 0x10;
    writeFileSync(newFile, bytes);
    // Another process: this one has verified the file, and would not read it again.
    const other = await open({ root: of.root, server: of.server });
    const { activity, batch } = await get(other);
    expect(activity).toMatchObject(
      hasOldPath ? { hits: 1, misses: 0, hitsByLayout: { new: 0, old: 1 } } : { hits: 0, misses: 1 },
    );
    expect(numbers(batch)).toEqual(truth(of));
    expect(of.requests()).toEqual(hasOldPath ? none : once);
  });

  it('that is damaged, with no old one, is a miss and is healed', async () => {
    const { of, newFile } = await withEntries('new');
    writeFileSync(newFile, readFileSync(newFile).subarray(0, 1000));
    const other = await open({ root: of.root, server: of.server });
    const { activity, batch } = await get(other);
    expect(activity).toMatchObject({ hits: 0, misses: 1 });
    expect(numbers(batch)).toEqual(truth(of));
    expect(of.requests()).toEqual(once);
    of.server.forget();
    expect((await get(other)).activity).toMatchObject({ hits: 1, misses: 0 });
    expect(of.requests()).toEqual(none);
  });

  it('that is partial is completed, and no row of it is lost', async () => {
    const { of } = await withEntries();
    const whole = of.archive.rows<Dataset>(key);
    const span = spanOf(key.date);
    const middle = (span.start + span.end) / 2n;
    const { timeColumn } = catalog.datasetOf(key);
    const times = (whole.columns as Record<string, BigInt64Array>)[timeColumn]!;
    // A bar that goes on behind the middle is not over there.
    const rows = key.interval === '1mo' ? 0 : times.filter((time) => time < middle).length;
    const columns = Object.fromEntries(
      Object.entries(whole.columns as Record<string, { slice(from: number, to: number): unknown }>).map(
        ([name, column]) => [name, column.slice(0, rows)],
      ),
    );
    const half = { dataset: whole.dataset, numRows: rows, columns } as unknown as ColumnBatch;
    const spans = [{ start: span.start, end: middle }];
    await of.cache.save(key, half, { source: 'rest', asOf: of.clock.at, spans });
    expect((await of.cache.coverage([key]))[0]).toMatchObject({ state: 'partial' });

    const { activity, batch, coverage } = await get(of);
    expect(activity).toMatchObject({ hits: 0, misses: 1 });
    expect(numbers(batch)).toEqual(truth(of));
    expect(coverage.complete).toBe(true);
    expect(of.requests().zips).toBe(1);
    of.server.forget();
    expect((await get(of)).activity).toMatchObject({ hits: 1, misses: 0 });
    expect(of.requests()).toEqual(none);
  });

  it('that was invalidated is a miss, also where an old file stays', async () => {
    const { of, before, oldFile } = await withEntries('new', 'old');
    await of.cache.invalidate(key);
    const { activity } = await get(of);
    expect(activity).toMatchObject({ hits: 0, misses: 1 });
    expect(of.requests()).toEqual(once);
    expect(readFileSync(oldFile)).toEqual(before);
  });
});

describe('a day that is still running', () => {
  const day = '2024-03-05';
  const query = { symbol: 'BTCUSDT', interval: '1h', start: day, end: '2024-03-06' } as const;

  it('is kept in part, asked for what came since, and completed by the archive', async () => {
    const of = await openSetup({ now: '2024-03-05T12:20:00Z' });
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
    const { batch, activity, coverage } = await of.manager.getKlines(query);
    const key = BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: day });
    expect(numbers(batch)).toEqual(numbers(of.archive.rows(key)));
    expect(activity).toMatchObject({ misses: 1 });
    expect(of.requests()).toEqual(once);
    expect(coverage.complete).toBe(true);
  });
});
