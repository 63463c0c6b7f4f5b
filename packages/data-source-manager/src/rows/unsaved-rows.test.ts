import { BINANCE, createCatalog } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { barsWithin, dayKey, span, SPOT_KLINES } from '../__fixtures__/market.ts';
import type { EntryFacts } from '../contract/ports.ts';
import { rankBy, type SourceRank, uniteFacts, withUnsaved } from './unsaved-rows.ts';

const day = span('2024-03-01', '2024-03-02');
const key = dayKey('2024-03-01');
const facts = (source: string, state: EntryFacts['state'] = 'complete'): EntryFacts => ({
  source,
  state,
  layout: 'new',
  rows: 24,
  spans: [day],
  holes: [],
});

const OF_CATALOG = createCatalog(BINANCE.datasets, { sourceRanks: { mine: 9, yours: 4 } }).sourceRank;

/** Whose close of the first bar is kept: rows of `other` are 100 higher. */
function keptOf(cached: EntryFacts, other: EntryFacts, rank: SourceRank): string {
  const batch = barsWithin('BTCUSDT', '1h', day);
  const higher = barsWithin('BTCUSDT', '1h', day);
  higher.columns.close.forEach((close, row) => (higher.columns.close[row] = close + 100));
  const unsaved = [{ batch: higher, facts: other }];
  const { columns } = withUnsaved(SPOT_KLINES, key, '1h', { batch, facts: cached }, unsaved, rank);
  return (columns['close'] as Float64Array)[0] === batch.columns.close[0] ? cached.source : other.source;
}

describe('rows that the cache could not take', () => {
  it.each([
    ['mine', 'yours', OF_CATALOG, 'mine'],
    ['yours', 'mine', OF_CATALOG, 'mine'],
    ['yours', 'others', OF_CATALOG, 'yours'],
    ['others', 'third', OF_CATALOG, 'third'],
    ['vision', 'rest', BINANCE.sourceRank, 'vision'],
    ['migrated', 'rest', BINANCE.sourceRank, 'rest'],
    ['a', 'b', rankBy(['b', '*', 'a']), 'b'],
    ['a', 'c', rankBy(['b', '*', 'a']), 'c'],
    ['a', 'c', rankBy(['a']), 'a'],
  ])('of %s and %s are kept as the ranks say', (cached, other, rank, kept) => {
    expect(keptOf(facts(cached), facts(other), rank)).toBe(kept);
    expect(uniteFacts(key, facts(cached), facts(other), rank).source).toBe(kept);
  });

  it('are kept whole rather than degraded, whatever their source', () => {
    expect(keptOf(facts('mine', 'degraded'), facts('others'), OF_CATALOG)).toBe('others');
  });
});
