import { expect, it } from '@jest/globals';
import { BINANCE, createCatalog } from '@vision-cache/cache-keys';
import { openHouse } from './compose.ts';

const catalog = createCatalog(BINANCE.datasets, { monthly: ['1h', '1d'] });
const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-02-20' } as const;

it('a month that goes on comes from its days, each once, and then from its own file', async () => {
  const house = await openHouse({ catalog, now: '2024-03-20T12:30:00Z', sources: 'vision' });
  try {
    const first = { ...query, end: '2024-03-10' };
    const plan = await house.manager.plan(first);
    const before = house.server.requests.length;
    const { batch, coverage } = await house.manager.get(first);
    expect(batch.numRows).toBe((10 + 9) * 24);
    expect(coverage.gaps).toEqual([]);
    // February whole, and nine days of March.
    expect(house.requests().zips).toBe(1 + 9);
    expect(house.server.requests.length - before).toBe(plan.requests);

    const next = await house.manager.get({ ...query, end: '2024-03-12' });
    expect(next.coverage.gaps).toEqual([]);
    expect(house.requests().zips).toBe(1 + 9 + 2);
    await house.manager.get({ ...query, end: '2024-03-12' });
    expect(house.requests().zips).toBe(1 + 9 + 2);

    house.clock.at = Date.parse('2024-04-20T00:00:00Z');
    const whole = await house.manager.get({ ...query, end: '2024-04-01' });
    expect(whole.batch.numRows).toBe((10 + 31) * 24);
    expect(whole.coverage.complete).toBe(true);
    expect(house.requests().zips).toBe(1 + 9 + 2 + 1);
  } finally {
    await house.close();
  }
});

it('the day that goes on, and one whose file is late, are not published yet', async () => {
  const house = await openHouse({ catalog, now: '2024-03-20T12:30:00Z', sources: 'vision' });
  try {
    const { coverage } = await house.manager.get({ ...query, end: '2024-03-20T12:00:00Z' });
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['not-published-yet']);
    expect(coverage.gaps[0]!.start).toBeGreaterThanOrEqual(BigInt(Date.parse('2024-03-19')) * 1000n);
    const { zips } = house.requests();
    await house.manager.get({ ...query, end: '2024-03-20T12:00:00Z' });
    expect(house.requests().zips).toBeLessThanOrEqual(zips + 1);
  } finally {
    await house.close();
  }
});
