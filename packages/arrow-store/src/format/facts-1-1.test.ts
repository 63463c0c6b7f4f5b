import { afterEach, describe, expect, it } from '@jest/globals';
import { BINANCE, type CacheKey, cacheKey, cachePath, spanOf } from '@vision-cache/cache-keys';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { AbsentFacts, Asked, EntryFacts, SaveFacts } from '../contract/entry-facts.ts';
import { anyRows, bars, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import { openBytes } from './decode-entry.ts';
import { crc32Zlib } from '../frame/crc32-zlib.ts';

afterEach(removeTempRoots);

const HOUR = 3_600_000_000n;
const asOf = '2026-01-01';
const day = klinesKey();
const { start, end } = spanOf(day.date);
const trades = cacheKey({ marketType: 'um', dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' });
const span = (from: number, to: number) => ({ start: start + BigInt(from) * HOUR, end: start + BigInt(to) * HOUR });
const hours = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

const asked: readonly Asked[] = [
  { source: 'vision', object: 'binance/spot/klines/daily/BTCUSDT/1h/2024-01-01', outcome: 'no-rows' },
  { source: 'vision', object: 'binance/spot/klines/monthly/BTCUSDT/1h/2024-01', outcome: 'not-published' },
  { source: 'rest', span: span(0, 24), outcome: 'unknown-symbol' },
];

async function stored(root: string, key: CacheKey): Promise<EntryFacts> {
  const [facts] = await new UnifiedCacheManager({ root, readLegacy: 'off' }).coverage([key]);
  return facts as EntryFacts;
}

async function saved(key: CacheKey, ...saves: readonly (readonly [ReturnType<typeof anyRows>, SaveFacts])[]) {
  const root = tempRoot();
  const cache = new UnifiedCacheManager({ root });
  for (const [batch, facts] of saves) await cache.save(key, batch, facts);
  return stored(root, key);
}

describe('what format 1.1 keeps of an entry', () => {
  it('who was asked for a hole, and how long the answer is believed', async () => {
    const hole = { ...span(4, 6), kind: 'no-data', evidence: 'both lack it', asked, believedUntil: end + HOUR };
    const batch = bars(day, { bars: [...hours(0, 4), ...hours(6, 10), ...hours(11, 24)] });
    const facts = await saved(day, [batch, { source: 'vision', asOf, holes: [hole] }]);
    expect(facts.holes).toEqual([hole, span(10, 11)]);
    const later = { ...span(10, 11), kind: 'no-data', asked: asked.slice(2) };
    const explained = await saved(day, [batch, { source: 'vision', asOf, holes: [hole] }], [bars(day, { bars: [] }), { source: 'rest', asOf, spans: [span(10, 11)], holes: [later] }]); // prettier-ignore
    expect(explained.holes).toEqual([hole, later]);
  });

  it('does not make one hole of two whose answers differ', async () => {
    const [first, second] = [{ ...span(4, 5), kind: 'no-data', asked }, { ...span(5, 6), kind: 'no-data', asked: asked.slice(1) }]; // prettier-ignore
    const batch = bars(day, { bars: [...hours(0, 4), ...hours(6, 24)] });
    expect((await saved(day, [batch, { source: 'vision', asOf, holes: [first, second] }])).holes).toEqual([first, second]); // prettier-ignore
  });

  it('ids that are missing, counts of quality, the digest of another algorithm, and the source import', async () => {
    const missingIds = [
      { from: 3n, to: 7n, after: start, before: start + HOUR },
      { from: 900n, to: 900n },
    ];
    const quality = { zeroQuantity: 2, duplicates: 96 };
    const sourceDigest = { algorithm: 'md5', hex: 'ab'.repeat(16) } as const;
    const batch = anyRows(trades, 10, 100);
    const facts = await saved(trades, [batch, { source: 'import', asOf, missingIds, quality, sourceDigest }]);
    expect(facts).toMatchObject({ source: 'import', missingIds, quality, sourceDigest });
    expect(facts).not.toHaveProperty('sourceSha256');
    const sha256 = { algorithm: 'sha256', hex: 'cd'.repeat(32) } as const;
    const other = await saved(trades, [batch, { source: 'x', asOf, sourceDigest: sha256 }]);
    expect(other).toMatchObject({ sourceDigest: sha256, sourceSha256: sha256.hex });
    expect(other).not.toHaveProperty('missingIds');
    expect(other).not.toHaveProperty('quality');
  });

  it('leaves out missing ids that came later, and tells the rows around the rest', async () => {
    const ids = (...list: readonly bigint[]) => {
      const batch = anyRows(trades, list.length);
      return { ...batch, columns: { ...batch.columns, id: BigInt64Array.from(list) } } as typeof batch;
    };
    const first = ids(1n, 2n, 8n, 9n);
    const later = ids(4n, 5n);
    const facts = await saved(
      trades,
      [first, { source: 'vision', asOf, missingIds: [{ from: 3n, to: 7n }] }],
      [later, { source: 'rest', asOf, missingIds: [{ from: 6n, to: 7n }] }],
    );
    const times = later.columns.time;
    expect(facts.missingIds).toEqual([
      { from: 3n, to: 3n, before: times[0] },
      { from: 6n, to: 7n, after: times[1] },
    ]);
  });

  it('adds counts of other spans, and counts the same answer once', async () => {
    const half = (from: number, to: number, quality: Record<string, number>) =>
      [bars(day, { bars: hours(from, to) }), { source: 'vision', asOf, spans: [span(from, to)], quality }] as const;
    const both = [half(0, 12, { duplicates: 2 }), half(12, 24, { duplicates: 1, offGrid: 1 })] as const;
    expect((await saved(day, ...both)).quality).toEqual({ duplicates: 3, offGrid: 1 });
    expect((await saved(day, ...both, both[1])).quality).toEqual({ duplicates: 3, offGrid: 1 });
    expect((await saved(day, ...both, half(0, 24, { duplicates: 5 }))).quality).toEqual({ duplicates: 5 });
  });

  it('of an absence, who was asked for what', async () => {
    const root = tempRoot();
    const facts: Omit<AbsentFacts, 'state'> = { source: 'vision', kind: 'no-data', evidence: 'e', askedAt: start, believedUntil: end, asked }; // prettier-ignore
    await new UnifiedCacheManager({ root }).saveAbsent(day, facts);
    expect(await stored(root, day)).toEqual({ state: 'absent', ...facts });
  });

  it('of the symbols of a source, with their age', async () => {
    const root = tempRoot();
    const of = { exchange: 'binance', marketType: 'spot', dataNature: 'klines', packagingFrequency: 'daily' };
    const cache = new UnifiedCacheManager({ root });
    expect(await cache.symbols(of)).toBeUndefined();
    const lives = [
      { first: '2020-01-01', last: '2022-05-13' },
      { first: '2022-05-31', last: '2024-01-01' },
    ];
    const list = { source: 'vision', askedAt: start, symbols: [{ symbol: 'BTCUSDT' }, { symbol: 'LITUSDT', lives }] };
    await cache.saveSymbols(of, list);
    expect(await new UnifiedCacheManager({ root }).symbols(of)).toEqual(list);
    expect(await cache.symbols({ ...of, marketType: 'um' })).toBeUndefined();
    const none = { source: 'vision', askedAt: end, symbols: [{ symbol: 'BTCUSDT', lives: [] }] };
    await cache.saveSymbols({ ...of, interval: '1h' }, none);
    expect(await cache.symbols({ ...of, interval: '1h' })).toEqual(none);
    expect(await cache.symbols({ ...of, interval: '1d' })).toBeUndefined();
    expect(await cache.symbols(of)).toEqual(list);
    for await (const file of cache.verify()) throw new Error(file.path);
  });

  it('in loadMany as in coverage', async () => {
    const root = tempRoot();
    const cache = new UnifiedCacheManager({ root });
    const hole = { ...span(4, 6), kind: 'no-data', asked };
    await cache.save(day, bars(day, { bars: [...hours(0, 4), ...hours(6, 24)] }), { source: 'vision', asOf, holes: [hole], quality: { a: 1 } }); // prettier-ignore
    const { entries } = await new UnifiedCacheManager({ root }).loadMany([day]);
    expect(entries).toMatchObject([{ holes: [hole], quality: { a: 1 } }]);
  });
});

describe('the CRC-32 of each column', () => {
  const options = cacheKey({ marketType: 'option', dataNature: 'EOHSummary', symbol: 'BTCUSDT', date: '2023-06-01' });
  it.each<readonly [string, CacheKey, number]>([
    ['klines', day, 24],
    ['a day of flags', trades, 37],
    ['texts', options, 24],
  ])('is that of its bytes in the file, of %s', async (_, key, rows) => {
    const root = tempRoot();
    const batch = key === day ? bars(day) : anyRows(key, rows);
    await new UnifiedCacheManager({ root }).save(key, batch, { source: 'vision', asOf });
    const bytes = readFileSync(join(root, cachePath(key)));
    const { columnCrc32, layout, bodyAt } = openBytes(bytes, BINANCE, crc32Zlib, undefined);
    const found = layout.columns.map(({ offset, length, textOffsets }) =>
      crc32(bytes.subarray(bodyAt + (textOffsets ?? { offset }).offset, bodyAt + offset + length)).toString(16).padStart(8, '0'),
    ); // prettier-ignore
    expect(columnCrc32).toEqual(found);
  });
});
