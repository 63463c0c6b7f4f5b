import { expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { span } from '../__fixtures__/market.ts';

const symbols = { NEWUSDT: { listed: '2023-01-01' } };

/** An archive whose files of February differ from those of its days, by 50, and are called otherwise than Binance's. */
function composeMirror(unpublished: readonly string[]) {
  const { manager, archive } = compose({ archive: { symbols, unpublished, shift: { '2024-02': 50 } }, rest: false });
  const fetch = archive.fetch.bind(archive);
  Object.assign(archive, {
    fetch: async (...args: Parameters<typeof fetch>) => {
      const answer = await fetch(...args);
      if (answer.status !== 'ok') return answer;
      return { ...answer, facts: { ...answer.facts, sourceUrl: `https://mirror/${args[0].date}.zip` } };
    },
  });
  return { manager, archive };
}

const day = { symbol: 'NEWUSDT', interval: '1h', ...span('2024-02-20', '2024-02-21') } as const;

it('leaves a day of its own file alone when a month is refreshed, whatever the archive calls its files', async () => {
  const { manager } = composeMirror(['2024-02-19']);
  const { batch: own } = await manager.getKlines(day);
  const wide = { ...day, ...span('2024-02-19T23:00', '2024-02-20T01:00') };
  for (let time = 0; time < 2; time++) {
    await manager.getKlines(wide, { mode: 'refresh' });
    const { batch } = await manager.getKlines(day);
    expect(batch.columns.close).toEqual(own.columns.close);
  }
});

it('leaves it alone as well when it is one of the days that a refresh asks the month for', async () => {
  const { manager, archive } = composeMirror([]);
  const { batch: own } = await manager.getKlines(day);
  archive.asked.length = 0;
  await manager.getKlines({ ...day, ...span('2024-02-01', '2024-03-01') }, { mode: 'refresh' });
  expect(archive.asked).toContain('2024-02');
  expect((await manager.getKlines(day)).batch.columns.close).toEqual(own.columns.close);
});
