import { expect, it } from '@jest/globals';
import { openHouse } from './compose.ts';

it('a nature that has ended says so, with evidence, and strict lets it pass', async () => {
  const symbol = 'BTCUSD_PERP';
  const now = '2025-03-01T12:00:00Z';
  const house = await openHouse({
    now,
    sources: 'vision',
    archive: {
      now,
      symbols: [{ symbol, marketType: 'cm', natures: ['liquidationSnapshot'], listed: '2024-09-01', delisted: '2024-10-15' }],
    },
  });
  try {
    const query = { marketType: 'cm', dataNature: 'liquidationSnapshot', symbol, start: '2024-10-14', end: '2024-10-20' };
    const { coverage, batch } = await house.manager.get(query);
    expect(batch.numRows).toBeGreaterThan(0);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['ended']);
    expect(coverage.gaps[0]!.evidence).toContain('nothing after 2024-10-14');
    const asked = house.server.requests.length;
    expect((await house.manager.get(query)).coverage.gaps).toEqual(coverage.gaps);
    expect(house.server.requests).toHaveLength(asked);
    const late = await house.manager.get({ ...query, start: '2025-01-10', end: '2025-01-12' });
    expect(late.coverage.gaps.map(({ kind }) => kind)).toEqual(['ended']);
    await expect(house.manager.get(query, { refuse: ['ended'] })).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
  } finally {
    await house.close();
  }
}); // prettier-ignore
