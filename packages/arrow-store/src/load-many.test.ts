import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  cacheKey,
  cachePath,
  isoText,
  keysBetween,
  spanOf,
} from '@vision-cache/cache-keys';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from './disk/file-system.ts';
import { ArrowStoreError } from './contract/errors.ts';
import { anyRows, bars, fromRest, fromVision } from './rows.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

const week = keysBetween({ symbol: 'BTCUSDT', interval: '15m', start: '2024-02-26', end: '2024-03-04' });

async function savedWeek(root = tempRoot(), keys = week): Promise<UnifiedCacheManager> {
  const cache = new UnifiedCacheManager({ root, durability: 'none' });
  await cache.saveMany(keys.map((key) => ({ key, batch: bars(key), facts: fromVision })));
  return cache;
}

function joined(keys: readonly CacheKey[], name: string, make = bars as (key: CacheKey) => ColumnBatch): unknown[] {
  return keys.flatMap((key) => Array.from((make(key).columns as Record<string, ArrayLike<unknown>>)[name]!));
}

describe('loadMany', () => {
  it.each(['always', 'once', 'never'] as const)('joins days in contiguous columns, verifying %s', async (verify) => {
    const { root } = await savedWeek();
    const cache = new UnifiedCacheManager({ root, verify });
    for (let pass = 0; pass < 3; pass++) {
      const { batch, entries } = await cache.loadMany(week);
      expect(batch.numRows).toBe(7 * 96);
      for (const [name, column] of Object.entries(batch.columns)) expect(Array.from(column as ArrayLike<unknown>)).toEqual(joined(week, name)); // prettier-ignore
      expect(entries.map((facts) => facts?.state)).toEqual(week.map(() => 'complete'));
    }
    expect(cache.stats()).toMatchObject({ hits: { new: 21, old: 0 }, misses: 0, bytesRead: 3 * 7 * 96 * 88 });
  });

  it('tells of a file that is not to be trusted once, and reads the days around it', async () => {
    const { root } = await savedWeek();
    writeFileSync(join(root, cachePath(week[2]!)), `PAR1${' '.repeat(3000)}PAR1`);
    const cache = new UnifiedCacheManager({ root });
    const { batch, entries } = await cache.loadMany(week);
    expect(batch.numRows).toBe(6 * 96);
    expect(entries.map((facts) => facts?.state)).toEqual(week.map((_, day) => (day === 2 ? undefined : 'complete')));
    expect(cache.stats()).toMatchObject({ hits: { new: 6 }, misses: 1, unsealed: 1 });
  });

  it.each([
    ['bars', week],
    ['trades', [cacheKey({ dataNature: 'aggTrades', symbol: 'BTCUSDT', date: '2024-01-01' })]],
  ] as const)('says once of which keys a damaged file was put aside: %s', async (_, keys) => {
    const root = tempRoot();
    const saving = new UnifiedCacheManager({ root, durability: 'none' });
    const rowsOf = (key: CacheKey) => (key.interval === undefined ? anyRows(key, 200) : bars(key));
    await saving.saveMany(keys.map((key) => ({ key, batch: rowsOf(key), facts: fromVision })));
    const cut = keys.at(-1)!;
    truncateSync(join(root, cachePath(cut)), 700);
    const cache = new UnifiedCacheManager({ root });
    const found = await cache.loadMany<Dataset>(keys);
    expect(found.damaged).toEqual([keys.length - 1]);
    expect(found.entries.at(-1)).toBeUndefined();
    expect(await cache.loadMany<Dataset>(keys)).not.toHaveProperty('damaged');
  });

  it('joins days with bool and text columns', async () => {
    const keys = ['2024-01-01', '2024-01-02', '2024-01-03'].map((date) => cacheKey({ marketType: 'option', dataNature: 'EOHSummary', symbol: 'BTCUSDT', date })); // prettier-ignore
    const trades = ['2024-01-01', '2024-01-02'].map((date) => cacheKey({ dataNature: 'aggTrades', symbol: 'BTCUSDT', date })); // prettier-ignore
    const root = tempRoot();
    const writer = new UnifiedCacheManager({ root });
    const rows = <D extends Dataset>(key: CacheKey<D>) => anyRows(key, 20 + Number(key.date.slice(-1)));
    for (const key of keys) await writer.save(key, rows(key), fromVision);
    for (const key of trades) await writer.save(key, rows(key), fromVision);
    const cache = new UnifiedCacheManager({ root });
    for (let pass = 0; pass < 2; pass++) {
      const options = await cache.loadMany(keys);
      expect(options.batch.columns.strike).toEqual(joined(keys, 'strike', rows));
      expect(Array.from(options.batch.columns.delta)).toEqual(joined(keys, 'delta', rows));
      const { batch } = await cache.loadMany(trades, { columns: ['is_buyer_maker', 'price'] });
      expect(Object.keys(batch.columns)).toEqual(['price', 'is_buyer_maker']);
      expect(Array.from(batch.columns.is_buyer_maker)).toEqual(joined(trades, 'is_buyer_maker', rows));
    }
  });

  it('reads only the columns and times that are asked for', async () => {
    const { root } = await savedWeek();
    const cache = new UnifiedCacheManager({ root });
    for (let pass = 0; pass < 2; pass++) {
      const start = spanOf('2024-02-27').start + 3n * 3_600_000_000n;
      const end = spanOf('2024-03-01').start + 1n;
      const { batch, entries } = await cache.loadMany(week, { columns: ['close'], start, end });
      expect(Object.keys(batch.columns)).toEqual(['close']);
      const times = joined(week, 'open_time') as bigint[];
      const closes = joined(week, 'close').filter((_, row) => times[row]! >= start && times[row]! < end);
      expect(Array.from(batch.columns.close)).toEqual(closes);
      expect(batch.numRows).toBe(closes.length);
      expect(entries).toHaveLength(7);
      const day = await cache.load(week[1]!, { columns: ['close'], start, end: '2024-02-27T04:00' });
      expect(day).toMatchObject({ numRows: 4, columns: { close: new Float64Array(closes.slice(0, 4) as number[]) } });
    }
    const file = join(root, cachePath(week[0]!));
    await expect(cache.load(week[0]!, { columns: ['closing'] })).rejects.toMatchObject({ code: 'E_SCHEMA' });
    await expect(cache.loadMany(week, { columns: ['closing'] })).rejects.toMatchObject({ code: 'E_SCHEMA' });
    expect(existsSync(file)).toBe(true);
  });

  it('fills memory of the caller', async () => {
    const cache = await savedWeek();
    const close = new Float64Array(1000).fill(-1);
    const open_time = new BigInt64Array(800);
    const { batch } = await cache.loadMany(week, { columns: ['open_time', 'close'], into: { close, open_time } });
    expect(batch.columns.close.buffer).toBe(close.buffer);
    expect(batch.columns.open_time).toEqual(open_time.subarray(0, 672));
    expect(Array.from(batch.columns.close)).toEqual(joined(week, 'close'));
    expect(close[672]).toBe(-1);
    await expect(cache.loadMany(week, { into: { close: new Float64Array(600) } })).rejects.toMatchObject({
      code: 'E_BUFFER',
    });
    await expect(cache.loadMany(week, { into: { close: new BigInt64Array(700) } })).rejects.toMatchObject({
      code: 'E_BUFFER',
    });
  });

  it('tells of each key what is known, with misses, absences and damage in between', async () => {
    const cache = await savedWeek(tempRoot(), week.filter((_, day) => day !== 2 && day !== 4)); // prettier-ignore
    const absent = { source: 'vision', kind: 'publisher-hole', evidence: '404', askedAt: 1n, believedUntil: 2n };
    await cache.saveAbsent(week[4]!, absent);
    truncateSync(join(cache.root, cachePath(week[6]!)), 5000);
    const { batch, entries } = await cache.loadMany(week);
    expect(entries.map((known) => known?.state)).toEqual(['complete', 'complete', undefined, 'complete', 'absent', 'complete', undefined]); // prettier-ignore
    expect(entries[4]).toEqual({ state: 'absent', ...absent });
    expect(Array.from(batch.columns.close)).toEqual(joined([0, 1, 3, 5].map((day) => week[day]!), 'close')); // prettier-ignore
    expect(cache.stats()).toMatchObject({ hits: { new: 4, old: 0 }, misses: 3, quarantined: 1 });
    expect(await cache.coverage(week)).toEqual(entries);
  });

  it('notices files that are replaced behind its back', async () => {
    const cache = await savedWeek();
    await cache.loadMany(week);
    const other = new UnifiedCacheManager({ root: cache.root });
    await other.save(week[3]!, bars(week[3]!, { seed: 9 }), fromVision);
    const { batch } = await cache.loadMany(week);
    expect(batch.columns.close.slice(3 * 96, 4 * 96)).toEqual(bars(week[3]!, { seed: 9 }).columns.close);
    await cache.invalidate(week[0]!);
    await cache.save(week[0]!, bars(week[0]!, { bars: [1, 2] }), fromRest);
    expect((await other.loadMany(week)).batch.numRows).toBe(6 * 96 + 2);
  });

  it('refuses keys of two datasets, and a month whose rows are kept by the day', async () => {
    const cache = await savedWeek();
    const um = cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '15m', date: '2024-02-26' });
    await expect(cache.loadMany<never>([week[0]!, um] as never)).rejects.toMatchObject({ code: 'E_BATCH' });
    const month = cacheKey({ symbol: 'BTCUSDT', interval: '15m', packagingFrequency: 'monthly', date: '2024-02' });
    await expect(cache.save(month, bars(month), fromVision)).rejects.toMatchObject({ code: 'E_BATCH' });
    expect(await cache.coverage([month])).toEqual([undefined]);
  });

  it('stops when it is told to', async () => {
    const cache = await savedWeek();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(cache.loadMany(week, { signal })).rejects.toThrow('enough');
  });
});

describe('batches', () => {
  it('gives one day after the other and passes over what is not there', async () => {
    const cache = await savedWeek(tempRoot(), week.slice(2));
    const seen: string[] = [];
    for await (const { key, numRows } of cache.batches(week)) seen.push(`${key.date} ${numRows}`);
    expect(seen).toEqual(week.slice(2).map(({ date }) => `${date} 96`));
  });
});

describe('loadTable', () => {
  it('gives Arrow users a table of the same values', async () => {
    const cache = await savedWeek();
    const table = await cache.loadTable(week, { columns: ['open_time', 'close', 'count'] });
    expect(table.schema.fields.map(String)).toEqual([
      'open_time: Timestamp<MICROSECOND, UTC>',
      'close: Float64',
      'count: Int64',
    ]);
    expect(Array.from(table.getChild('close')!.toArray() as Float64Array)).toEqual(joined(week, 'close'));
    expect(table.get(0)!.toJSON()).toMatchObject({ open_time: Date.parse('2024-02-26') });
    const key = cacheKey({ dataNature: 'aggTrades', symbol: 'BTCUSDT', date: '2024-01-01' });
    await cache.save(key, anyRows(key, 10), fromVision);
    const trades = await cache.loadTable([key]);
    expect(trades.getChild('is_buyer_maker')!.toArray()).toBeDefined();
    expect([...trades.getChild('is_buyer_maker')!].map(Number)).toEqual([...anyRows(key, 10).columns.is_buyer_maker]);
  });
});

describe('rows that bear the end of what they tell of', () => {
  it('are kept with the day that they tell of, and found by the time that they bear', async () => {
    const days = keysBetween({ marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT', start: '2026-06-23', end: '2026-06-25' }); // prettier-ignore
    const rows = (key: (typeof days)[number]) => {
      const batch = anyRows(key, 2);
      const { start, end } = spanOf(key.date);
      return { ...batch, columns: { ...batch.columns, create_time: BigInt64Array.of(start + 300_000_000n, end) } };
    };
    const cache = new UnifiedCacheManager({ root: tempRoot(), durability: 'none' });
    await cache.saveMany(days.map((key) => ({ key, batch: rows(key), facts: { ...fromVision, asOf: '2026-07-01' } })));
    const timesOf = async (start?: string, end?: string) =>
      [...(await cache.loadMany(days, { start, end })).batch.columns.create_time].map((time) => isoText(time));
    const [first, second, third] = ['2026-06-23T00:05:00Z', '2026-06-24T00:00:00Z', '2026-06-24T00:05:00Z'];
    expect(await timesOf()).toEqual([first, second, third, '2026-06-25T00:00:00Z']);
    expect(await timesOf()).toHaveLength(4); // also of files that are known
    expect(await timesOf('2026-06-23', '2026-06-24')).toEqual([first]);
    expect(await timesOf('2026-06-24')).toEqual([second, third, '2026-06-25T00:00:00Z']);
    for await (const { status } of cache.verify()) expect(status).toBe('ok');
    const late = { ...rows(days[1]!), columns: { ...rows(days[1]!).columns, create_time: BigInt64Array.of(0n, spanOf('2026-06-24').end + 1n) } }; // prettier-ignore
    await expect(cache.save(days[1]!, late, fromVision)).rejects.toMatchObject({ code: 'E_BATCH' });
  });
});

describe('entries', () => {
  it('streams every entry with its facts, by prefix, and passes over what is none', async () => {
    const cache = await savedWeek();
    const um = cacheKey({ marketType: 'um', dataNature: 'metrics', symbol: '币安人生USDT', date: '2024-02-26' });
    await cache.save(um, anyRows(um, 3), fromVision);
    writeFileSync(join(cache.root, cachePath(week[0]!).replace('2024-02-26', 'notes')), 'x');
    const paths = async (of?: Parameters<typeof cache.entries>[0]) => {
      const found: string[] = [];
      for await (const { path, facts } of cache.entries(of))
        found.push(`${path} ${facts.rows} ${isoText(facts.first!)}`);
      return found;
    };
    expect(await paths()).toHaveLength(8);
    expect(await paths({ exchange: 'binance', marketType: 'um' })).toEqual([`${cachePath(um)} 3 2024-02-26T00:00:00Z`]);
    expect(await paths({ exchange: 'binance', marketType: 'cm' })).toEqual([]);
    for (const exchange of ['..', '/', 'binance/../..', 'C:', '.', '.vision-cache/..']) {
      await expect(paths({ exchange })).rejects.toMatchObject({ code: 'E_KEY_PATH' });
    }
  });
});

describe('verify', () => {
  it('tells the good from the damaged, the unsealed and the foreign, and changes nothing', async () => {
    const cache = await savedWeek();
    const file = (day: number) => join(cache.root, cachePath(week[day]!));
    const bytes = readFileSync(file(1));
    bytes[5000]! ^= 1;
    writeFileSync(file(1), bytes);
    writeFileSync(file(2), readFileSync(file(3)));
    writeFileSync(file(4), Buffer.concat([Buffer.from('ARROW1\0\0'), Buffer.alloc(3000)]));
    writeFileSync(join(file(0), '../notes.txt'), 'x');
    const found: Record<string, string> = {};
    for await (const each of cache.verify())
      found[each.path.slice(-14)] = each.status === 'damaged' ? each.code : each.status;
    expect(Object.values(found).sort()).toEqual([
      'E_INTEGRITY',
      'E_KEY_MISMATCH',
      'foreign',
      'ok',
      'ok',
      'ok',
      'ok',
      'unsealed',
    ]);
    expect(readFileSync(file(1))).toEqual(bytes);
  });
});

describe('a file that cannot be read now', () => {
  const refusing = (code: string, of: string): FileSystem => ({
    ...nodeFileSystem,
    open: (path, how) => {
      if (path.endsWith(of)) throw Object.assign(new Error(code), { code });
      return nodeFileSystem.open(path, how);
    },
  });

  it.each([
    ['EMFILE', 'E_TOO_MANY_FILES'],
    ['EIO', 'E_IO'],
    ['EACCES', 'E_PERMISSION'],
  ])('is not left out of a list in silence, nor called damaged: %s', async (code, told) => {
    const { root } = await savedWeek();
    const fileSystem = refusing(code, cachePath(week[2]!));
    const cache = new UnifiedCacheManager({ root, fileSystem });
    const list = async () => {
      for await (const entry of cache.entries()) expect(entry.facts.layout).toBe('new');
    };
    await expect(list()).rejects.toMatchObject({ code: told });
    const found: string[] = [];
    for await (const each of cache.verify()) found.push('code' in each ? `${each.status} ${each.code}` : each.status);
    expect(found).toEqual(['ok', 'ok', `unreadable ${told}`, 'ok', 'ok', 'ok', 'ok']);
  });
});

it('decides by code, not by class', () => {
  expect(new ArrowStoreError('E_NOT_FOUND', 'x', { path: 'y' })).toBeInstanceOf(Error);
});
