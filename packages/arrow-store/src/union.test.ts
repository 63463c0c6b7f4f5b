import { describe, expect, it } from '@jest/globals';
import { type ColumnBatch, cachePath, spanOf } from '@vision-cache/cache-keys';
import * as fc from 'fast-check';
import type { SaveFacts } from './contract/entry-facts.ts';
import { MemoryFileSystem } from './memory-file-system.fixture.ts';
import { bars, klinesKey } from './rows.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

const root = '/cache';
const key = klinesKey({ interval: '2h' });
const BARS = 12;
const { start } = spanOf(key.date);
const instant = (bar: number) => start + BigInt(bar) * 7_200_000_000n;
/** From the least trusted to the most; each has values of its own. */
const SOURCES = ['migrated', 'rest', 'vision'] as const;

interface Part {
  readonly source: number;
  readonly from: number;
  readonly bars: readonly number[];
}

/** What one source gives: some bars of a stretch for which it answers. */
const part: fc.Arbitrary<Part> = fc
  .record({
    source: fc.integer({ min: 0, max: SOURCES.length - 1 }),
    from: fc.integer({ min: 0, max: BARS - 1 }),
    asked: fc.array(fc.boolean(), { minLength: 1, maxLength: BARS }),
  })
  .map(({ source, from, asked }) => {
    const given = asked.map((has, bar) => (has ? from + bar : -1)).filter((bar) => bar !== -1 && bar < BARS);
    return { source, from, bars: given.length === 0 ? [from] : given };
  });

async function saved(parts: readonly Part[]) {
  const fileSystem = new MemoryFileSystem();
  const cache = new UnifiedCacheManager({ root, fileSystem, durability: 'none', readLegacy: 'off' });
  for (const { source, from, bars: given } of parts) {
    const spans = [{ start: instant(from), end: instant(given[given.length - 1]! + 1) }];
    const facts: SaveFacts = { source: SOURCES[source]!, asOf: '2026-01-01', spans };
    await cache.save(key, bars(key, { bars: given, seed: source + 1 }), facts);
  }
  return { entry: (await cache.load(key))!, bytes: fileSystem.files().get(`${root}/${cachePath(key)}`)! };
}

const closes = ({ columns }: ColumnBatch) => [...(columns as { close: Float64Array }).close];

describe('saves of parts', () => {
  it('lose no row, whatever their order: each is of the most trusted source that gave it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
        const best = new Map<number, number>();
        for (const { source, bars: given } of parts) {
          for (const bar of given) best.set(bar, Math.max(source, best.get(bar) ?? 0));
        }
        const there = [...best.keys()].sort((a, b) => a - b);
        const { entry } = await saved(parts);
        expect([...entry.columns.open_time]).toEqual(there.map(instant));
        const expected = there.map((bar) => closes(bars(key, { bars: [bar], seed: best.get(bar)! + 1 }))[0]);
        expect(closes(entry)).toEqual(expected);
        const answered = (bar: number) =>
          entry.facts.spans.some((span) => span.start <= instant(bar) && instant(bar) < span.end);
        const inHole = (bar: number) =>
          entry.facts.holes.some((hole) => hole.start <= instant(bar) && instant(bar) < hole.end);
        for (let bar = 0; bar < BARS; bar++) expect(inHole(bar)).toBe(answered(bar) && !best.has(bar));
      }),
      { numRuns: 40 },
    );
  });

  it('know of each row whose it is, however many gave them', async () => {
    const minutes = klinesKey({ interval: '1m' });
    const fileSystem = new MemoryFileSystem();
    const cache = new UnifiedCacheManager({ root, fileSystem, durability: 'none', readLegacy: 'off' });
    for (let bar = 0; bar < 300; bar++) {
      const batch = bars(minutes, { bars: [bar] });
      await cache.save(minutes, batch, { source: 'rest', sourceUrl: `https://rest.test/${bar}`, asOf: '2026-01-01' });
    }
    const { facts, columns } = (await cache.load(minutes))!;
    const all = [{ ...facts, spans: [{ start: columns.open_time[299]! }] }, ...facts.contributions];
    const found = all.map(({ sourceUrl, spans }) => [sourceUrl, spans.map((span) => span.start)]);
    expect(new Map(found as [string, bigint[]][])).toEqual(
      new Map(Array.from(columns.open_time, (time, bar) => [`https://rest.test/${bar}`, [time]])),
    );
  });

  it('give the same bytes in every order', async () => {
    const shuffled = fc
      .array(part, { minLength: 2, maxLength: 5 })
      .chain((parts) => fc.tuple(fc.constant(parts), fc.shuffledSubarray(parts, { minLength: parts.length })));
    await fc.assert(
      fc.asyncProperty(shuffled, async ([parts, others]) => {
        const [one, another] = [await saved(parts), await saved(others)];
        expect(Buffer.compare(one.bytes, another.bytes)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
