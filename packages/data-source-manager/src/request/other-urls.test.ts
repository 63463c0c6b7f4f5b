import { expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { span } from '../__fixtures__/market.ts';

it('leaves a day of its own file alone when a month is refreshed, whatever the archive calls its files', async () => {
  const symbols = { NEWUSDT: { listed: '2023-01-01' } };
  const unpublished = ['2024-02-19'];
  const { manager, archive } = compose({ archive: { symbols, unpublished, shift: { '2024-02': 50 } }, rest: false });
  const fetch = archive.fetch.bind(archive);
  Object.assign(archive, {
    fetch: async (...args: Parameters<typeof fetch>) => {
      const answer = await fetch(...args);
      if (answer.status !== 'ok') return answer;
      return { ...answer, facts: { ...answer.facts, sourceUrl: `https://mirror/${args[0].date}.zip` } };
    },
  });
  const query = { symbol: 'NEWUSDT', interval: '1h', ...span('2024-02-20', '2024-02-21') } as const;
  const { batch: own } = await manager.getKlines(query);
  const wide = { ...query, ...span('2024-02-19T23:00', '2024-02-20T01:00') };
  for (let time = 0; time < 2; time++) {
    await manager.getKlines(wide, { mode: 'refresh' });
    const { batch } = await manager.getKlines(query);
    expect(batch.columns.close).toEqual(own.columns.close);
  }
});
