import { BINANCE, cachePath } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { cpSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Setup } from './compose.ts';
import { useSetups } from './use-setups.ts';

const setup = useSetups();

const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-01', end: '2024-03-06' } as const;
const pathOf = (of: Setup, date: string): string =>
  join(of.root, cachePath(BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1h', date } as never)));

/** A cache of which one day is cut off and another one holds the rows of the day before it. */
async function spoiled(): Promise<{ of: Setup; again: Setup }> {
  const of = await setup();
  await of.manager.getKlines(query);
  truncateSync(pathOf(of, '2024-03-03'), 777);
  cpSync(pathOf(of, '2024-03-04'), pathOf(of, '2024-03-05'));
  return { of, again: await setup({ root: of.root, server: of.server }) };
}

describe('entries of the cache that are damaged, or another day', () => {
  it('are fetched again, and that is told once with their number', async () => {
    const { again } = await spoiled();
    const { batch, coverage, quality, warnings } = await again.manager.getKlines(query);
    expect([batch.numRows, coverage.complete]).toEqual([120, true]);
    expect(quality).toEqual({ healed: 2 });
    expect(warnings).toEqual(['Odd, but not gaps: 2 damaged entries of the cache that were repaired.']);
    const warm = await again.manager.getKlines(query);
    expect(warm).toMatchObject({ quality: {}, warnings: [], activity: { hits: 5, misses: 0 } });
  });

  it('are told as damaged where nobody may be asked', async () => {
    const { again } = await spoiled();
    const { coverage, quality, warnings } = await again.manager.getKlines(query, { mode: 'offline', strict: false });
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['not-cached', 'not-cached']);
    expect(quality).toEqual({ damaged: 2 });
    expect(warnings).toEqual([
      'Odd, but not gaps: 2 damaged entries of the cache that were moved aside and are missing.',
    ]);
    expect((await again.manager.getKlines(query)).coverage.complete).toBe(true);
  });
});
