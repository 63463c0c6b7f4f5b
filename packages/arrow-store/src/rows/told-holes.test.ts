import { afterEach, describe, expect, it } from '@jest/globals';
import { type ColumnBatch, cacheKey, spanOf } from '@vision-cache/cache-keys';
import type { EntryFacts, SaveFacts } from '../contract/entry-facts.ts';
import { anyRows } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

afterEach(removeTempRoots);

const HOUR = 3_600_000_000n;
const key = cacheKey({ marketType: 'um', dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' });
const { start } = spanOf(key.date);
const span = (from: number, to: number) => ({ start: start + BigInt(from) * HOUR, end: start + BigInt(to) * HOUR });
const told = (from: number, to: number) => ({ ...span(from, to), kind: 'publisher-hole', evidence: 'no file' });

/** A row at each full hour of a stretch. */
function hourly(from: number, to: number): ColumnBatch {
  const { dataset, columns } = anyRows(key, 24);
  const cut = Object.entries(columns).map(([name, column]) => [name, (column as Float64Array).slice(from, to)]);
  return { dataset, numRows: to - from, columns: Object.fromEntries(cut) };
}

async function saved(...saves: readonly (readonly [ColumnBatch, Partial<SaveFacts>])[]): Promise<EntryFacts> {
  const cache = new UnifiedCacheManager({ root: tempRoot() });
  for (const [batch, facts] of saves) {
    await cache.save(key, batch as never, { source: 'vision', asOf: '2026-01-01', ...facts });
  }
  const [facts] = await new UnifiedCacheManager({ root: cache.root }).coverage([key]);
  return facts as EntryFacts;
}

const nothing = hourly(0, 0);

describe('a hole that was told of rows without a grid', () => {
  it('of a part of a day goes when the day comes with rows in it', async () => {
    const facts = await saved([nothing, { spans: [span(6, 12)], holes: [told(6, 12)] }], [hourly(0, 24), {}]);
    expect(facts).toMatchObject({ state: 'complete', rows: 24, holes: [] });
  });

  it('goes only where rows are: what was told of the rest stays, as far as it is without any', async () => {
    const partly = [hourly(0, 9), { spans: [span(0, 9)] }] as const;
    const facts = await saved([nothing, { spans: [span(6, 12)], holes: [told(6, 12)] }], partly);
    expect(facts.holes).toEqual([told(9, 12)]);
  });

  it('never overlaps another one: first of a part, and then of the whole day', async () => {
    const { holes } = await saved(
      [nothing, { spans: [span(6, 12)], holes: [told(6, 12)] }],
      [nothing, { holes: [told(0, 24)] }],
    );
    const sorted = [...holes].sort((a, b) => (a.start < b.start ? -1 : 1));
    for (const [at, hole] of sorted.entries()) expect(hole.start >= (sorted[at - 1]?.end ?? 0n)).toBe(true);
    expect(sorted[0]?.start).toBe(start);
    expect(sorted.at(-1)?.end).toBe(start + 24n * HOUR);
  });

  it('stays where an answer without rows says nothing new', async () => {
    const facts = await saved([nothing, { spans: [span(6, 12)], holes: [told(6, 12)] }], [nothing, { spans: [span(0, 6)] }]); // prettier-ignore
    expect(facts.holes).toEqual([told(6, 12)]);
  });
});
