import { expect, it } from '@jest/globals';
import { BINANCE, createCatalog } from '@vision-cache/cache-keys';
import { openSetup } from './compose.ts';

const catalog = createCatalog(BINANCE.datasets, { monthly: ['1h', '1d'] });
const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-02-20' } as const;

it('a month that goes on comes from its days, each once, and then from its own file', async () => {
  const setup = await openSetup({ catalog, now: '2024-03-20T12:30:00Z', sources: 'vision' });
  try {
    const first = { ...query, end: '2024-03-10' };
    const plan = await setup.manager.plan(first);
    const before = setup.server.requests.length;
    const { batch, coverage } = await setup.manager.get(first);
    expect(batch.numRows).toBe((10 + 9) * 24);
    expect(coverage.gaps).toEqual([]);
    // February whole, and nine days of March.
    expect(setup.requests().zips).toBe(1 + 9);
    expect(setup.server.requests.length - before).toBe(plan.requests);

    const next = await setup.manager.get({ ...query, end: '2024-03-12' });
    expect(next.coverage.gaps).toEqual([]);
    expect(setup.requests().zips).toBe(1 + 9 + 2);
    await setup.manager.get({ ...query, end: '2024-03-12' });
    expect(setup.requests().zips).toBe(1 + 9 + 2);

    setup.clock.at = Date.parse('2024-04-20T00:00:00Z');
    const whole = await setup.manager.get({ ...query, end: '2024-04-01' });
    expect(whole.batch.numRows).toBe((10 + 31) * 24);
    expect(whole.coverage.complete).toBe(true);
    expect(setup.requests().zips).toBe(1 + 9 + 2 + 1);
  } finally {
    await setup.close();
  }
});

it('the day that goes on, and one whose file is late, are not published yet', async () => {
  const setup = await openSetup({ catalog, now: '2024-03-20T12:30:00Z', sources: 'vision' });
  try {
    const { coverage } = await setup.manager.get({ ...query, end: '2024-03-20T12:00:00Z' });
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['not-published-yet']);
    expect(coverage.gaps[0]!.start).toBeGreaterThanOrEqual(BigInt(Date.parse('2024-03-19')) * 1000n);
    const { zips } = setup.requests();
    await setup.manager.get({ ...query, end: '2024-03-20T12:00:00Z' });
    expect(setup.requests().zips).toBeLessThanOrEqual(zips + 1);
  } finally {
    await setup.close();
  }
});
