import { afterEach, describe, expect, it } from '@jest/globals';
import { type CacheKey, type ColumnBatch, cacheKey, cachePath, spanOf } from '@vision-cache/cache-keys';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArrowFile, writeArrowFile } from '../arrow-file.ts';
import { anyRows, bars, fromRest, fromVision, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import { VisionCacheManager } from '../vision-cache-manager.ts';

afterEach(removeTempRoots);

const key = klinesKey();
const { start } = spanOf(key.date);
const HOUR = 3_600_000_000n;
const cache = () => new UnifiedCacheManager({ root: tempRoot(), durability: 'none' });
const changed = <B extends ColumnBatch>(batch: B, columns: object): B => ({
  ...batch,
  columns: { ...batch.columns, ...columns },
});

describe('rows that are saved', () => {
  it('may not hold a bar that was unfinished when the source was asked', async () => {
    const noon = { ...fromRest, asOf: start + 12n * HOUR };
    await expect(cache().save(key, bars(key), noon)).rejects.toMatchObject({
      code: 'E_UNFINISHED',
      details: { row: 12 },
    });
    const half = bars(key, { bars: Array.from({ length: 12 }, (_, bar) => bar) });
    const store = cache();
    const { facts } = await store.save(key, half, noon);
    expect(facts).toMatchObject({ state: 'partial', spans: [{ start, end: start + 12n * HOUR }], holes: [] });
    await expect(store.save(key, half, { ...noon, asOf: start + 12n * HOUR - 1n })).rejects.toMatchObject({
      code: 'E_UNFINISHED',
    });
  });

  it('are sorted, and repeats left out, conflicting ones told', async () => {
    const batch = bars(key, { bars: [3, 1, 2, 1, 2] });
    const close = batch.columns.close.slice();
    close[4] = 1;
    const { facts, conflicts } = await cache().save(key, changed(batch, { close }), { ...fromRest, spans: [] });
    expect(facts).toMatchObject({ rows: 3, first: start + HOUR, last: start + 3n * HOUR });
    expect(conflicts).toEqual([
      expect.objectContaining({ time: start + 2n * HOUR, column: 'close', dropped: 1, keptSource: 'rest' }),
    ]);
  });

  it('have the last microsecond as close time, but for one that was published otherwise', async () => {
    const batch = bars(key);
    const close_time = batch.columns.close_time.map((time) => time - 999n); // the last millisecond
    close_time[5] = batch.columns.open_time[5]! + 39n * 60_000_000n;
    const store = cache();
    await store.save(key, changed(batch, { close_time }), fromVision);
    const expected = batch.columns.close_time.slice();
    expected[5] = close_time[5];
    expect((await store.load(key))!.columns.close_time).toEqual(expected);
  });

  it.each([
    ['E_BATCH', 'rows of another day', (batch: ColumnBatch) => changed(batch, { open_time: bars(klinesKey({ date: '2024-01-02' })).columns.open_time })], // prettier-ignore
    ['E_BATCH', 'rows of another dataset', (batch: ColumnBatch) => ({ ...batch, dataset: 'binance/um/klines' })],
    ['E_BATCH', 'columns of other lengths', (batch: ColumnBatch) => changed(batch, { close: new Float64Array(3) })],
    ['E_SCHEMA', 'a column of another kind', (batch: ColumnBatch) => changed(batch, { close: new Float32Array(24) })],
    ['E_SCHEMA', 'a column too many', (batch: ColumnBatch) => changed(batch, { ignore: new Float64Array(24) })],
    ['E_SCHEMA', 'a column too few', (batch: ColumnBatch) => changed(batch, { close: undefined })],
  ])('are refused with %s for %s', async (code, _, spoil) => {
    await expect(cache().save(key as CacheKey, spoil(bars(key as CacheKey)), fromVision)).rejects.toMatchObject({
      code,
    });
  });

  it('tell their holes, with the reasons that are known', async () => {
    const batch = bars(key, { bars: Array.from({ length: 24 }, (_, bar) => bar).filter((bar) => ![4, 5, 13].includes(bar)) }); // prettier-ignore
    const known = [
      { start: start + 13n * HOUR, end: start + 14n * HOUR, kind: 'exchange-outage', evidence: '2023-03-24' },
    ];
    const store = cache();
    const { facts } = await store.save(key, batch, { ...fromVision, holes: known });
    expect(facts).toMatchObject({
      state: 'complete',
      holes: [{ start: start + 4n * HOUR, end: start + 6n * HOUR }, known[0]],
    });
    expect((await store.save(key, bars(key, { bars: [] }), fromRest)).facts.holes).toEqual(facts.holes);
    expect((await store.save(key, bars(key, { bars: [4, 5, 13] }), fromRest)).facts).toMatchObject({
      holes: [],
      source: 'vision',
      contributions: [{ source: 'rest', spans: [{ start: start + 4n * HOUR, end: start + 6n * HOUR }, { start: start + 13n * HOUR, end: start + 14n * HOUR }] }], // prettier-ignore
    });
  });

  it('of a source that lacked columns are degraded, and give way to any other', async () => {
    const store = cache();
    const poor = changed(bars(key, { seed: 2 }), { quote_volume: new Float64Array(24).fill(NaN) });
    const { facts } = await store.save(key, poor, {
      ...fromRest,
      source: 'migrated',
      missingColumns: ['quote_volume'],
    });
    expect(facts).toMatchObject({ state: 'degraded', missingColumns: ['quote_volume'] });
    const { facts: healed, conflicts } = await store.save(key, bars(key), fromVision);
    expect(healed).toMatchObject({ state: 'complete', missingColumns: [], contributions: [] });
    expect(conflicts.some(({ column }) => column === 'quote_volume')).toBe(false);
  });

  it('without an identity are one row only where they are equal in every column', async () => {
    const snapshot = cacheKey({ marketType: 'cm', dataNature: 'liquidationSnapshot', symbol: 'BTCUSD_PERP', date: '2024-01-01' }); // prettier-ignore
    const store = cache();
    const batch = anyRows(snapshot, 10);
    await store.save(snapshot, batch, fromVision);
    expect((await store.save(snapshot, batch, fromVision)).facts.rows).toBe(10);
    const other = changed(batch, { price: batch.columns.price.map((price) => price + 1) });
    expect((await store.save(snapshot, other, fromVision)).facts.rows).toBe(20);
  });
});

describe("the roadmap's names", () => {
  it('save, load and invalidate through the same writer and reader', async () => {
    const store = cache();
    const file = await store.saveToCache(bars(key), 'BTCUSDT', '1h', '2024-01-01');
    expect(file).toBe(join(store.root, cachePath(key)));
    expect(store.getCachePath('BTCUSDT', '1h', '2024-01-01', 'binance', 'spot')).toBe(file);
    expect(await store.loadFromCache('BTCUSDT', '1h', '2024-01-01')).toMatchObject({ numRows: 24 });
    expect(await VisionCacheManager.loadFromCache(file)).toMatchObject({ numRows: 24, facts: { source: 'unknown' } });
    await store.invalidateCache('BTCUSDT', '1h', '2024-01-01');
    expect(await VisionCacheManager.loadFromCache(file)).toBeUndefined();
    await VisionCacheManager.saveToCache(bars(key), file, '2024-01-01');
    expect(await store.load(key)).toMatchObject({ numRows: 24 });
    await expect(VisionCacheManager.saveToCache(bars(key), file, '2024-01-02')).rejects.toMatchObject({
      code: 'E_BATCH',
    });
    await expect(VisionCacheManager.saveToCache(bars(key), join(store.root, 'a.arrow'), '2024-01-01')).rejects.toMatchObject({ code: 'E_KEY_PATH' }); // prettier-ignore
  });
});

describe('one file', () => {
  it('is written and read by its path, with the bytes that the cache writes', async () => {
    const store = cache();
    await store.save(key, bars(key), fromVision);
    const file = join(tempRoot(), 'deep/er', cachePath(key));
    const facts = await writeArrowFile(file, bars(key), fromVision);
    expect(await readArrowFile(file)).toEqual({ ...bars(key), facts });
    expect(readFileSync(file)).toEqual(readFileSync(join(store.root, cachePath(key))));
    await expect(readArrowFile(`${file}x`)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });
});
