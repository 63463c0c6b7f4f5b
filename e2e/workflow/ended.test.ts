import { expect, it } from '@jest/globals';
import { openSetup } from './compose.ts';

it('a nature that has ended says so, with evidence, and strict lets it pass', async () => {
  const symbol = 'BTCUSD_PERP';
  const now = '2025-03-01T12:00:00Z';
  const setup = await openSetup({
    now,
    sources: 'vision',
    archive: {
      now,
      symbols: [{ symbol, marketType: 'cm', natures: ['liquidationSnapshot'], listed: '2024-09-01', delisted: '2024-10-15' }],
    },
  });
  try {
    const query = { marketType: 'cm', dataNature: 'liquidationSnapshot', symbol, start: '2024-10-14', end: '2024-10-20' };
    const { coverage, batch } = await setup.manager.get(query);
    expect(batch.numRows).toBeGreaterThan(0);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['ended']);
    expect(coverage.gaps[0]!.evidence).toContain('nothing after 2024-10-14');
    const asked = setup.server.requests.length;
    expect((await setup.manager.get(query)).coverage.gaps).toEqual(coverage.gaps);
    expect(setup.server.requests).toHaveLength(asked);
    const late = await setup.manager.get({ ...query, start: '2025-01-10', end: '2025-01-12' });
    expect(late.coverage.gaps.map(({ kind }) => kind)).toEqual(['ended']);
    await expect(setup.manager.get(query, { refuse: ['ended'] })).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
  } finally {
    await setup.close();
  }
}); // prettier-ignore
