import { afterEach, expect, it } from '@jest/globals';
import { type Setup, openSetup } from './compose.ts';

let setup: Setup | undefined;
afterEach(() => setup?.close());

it('counts a day that had to be fetched as a miss, also in the cache, and as a hit only when it is asked for again', async () => {
  setup = await openSetup();
  const { manager, cache } = setup;
  const range = { symbol: 'BTCUSDT', interval: '1h', start: '2024-02-01', end: '2024-03-01' } as const;
  const cold = await manager.getKlines(range);
  expect(cold.activity).toMatchObject({ hits: 0, misses: 29 });
  expect(cache.stats()).toMatchObject({ hits: { new: 0, old: 0 }, misses: 29, saves: 29 });
  const more = await manager.getKlines({ ...range, start: '2024-01-31', end: '2024-03-02' });
  expect(more.activity).toMatchObject({ hits: 29, misses: 2 });
  expect(cache.stats()).toMatchObject({ hits: { new: 29, old: 0 }, misses: 31 });
});
