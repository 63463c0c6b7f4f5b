import { describe, expect } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';
import { barsWithin, dayKey, span } from '../__fixtures__/market.ts';
import { BTC_HOURS, days, fault, HOURS, LOOSE, told } from './fault.fixture.ts';

const day = { ...BTC_HOURS, start: '2024-02-10', end: '2024-02-11' };
const symbols = { BTCUSDT: BTC };

describe('a daily file, a monthly file and a page of REST are asked each for itself', () => {
  fault('D04', 'days of a month that another manager stores meanwhile are answered to the one that waits', async () => {
    const cache = new FakeCache();
    const archive = { symbols: { NEWUSDT: { listed: '2024-01-27' } }, unpublished: days('2024-01-27', '2024-02-01') };
    const [a, b] = [compose({ cache, archive, rest: false }), compose({ cache, archive, rest: false })];
    const [, second] = await Promise.all([
      a.manager.getKlines({ ...HOURS, start: '2024-01-06', end: '2024-01-24' }, LOOSE),
      b.manager.getKlines({ ...HOURS, start: '2024-01-16', end: '2024-02-01' }, LOOSE),
    ]);
    expect(second.batch).toEqual(barsWithin('NEWUSDT', '1h', span('2024-01-27', '2024-02-01')));
    expect([...cache.absences.keys()].filter((path) => cache.entries.has(path))).toEqual([]);
  });

  fault('D05', 'a month that failed is asked again, also where its day had no file a moment ago', async () => {
    const { manager } = compose({
      archive: { symbols, unpublished: ['2024-02-10'], failures: { '2024-02': 1 } },
      rest: false,
    });
    const first = await manager.getKlines(day, LOOSE);
    expect(told(first.coverage.gaps)).toEqual(['source-failed 2024-02-10..2024-02-11']);
    expect((await manager.getKlines(day)).batch.numRows).toBe(24);
  });

  fault('D05b', 'a month is asked again after a listing that failed once', async () => {
    const { manager, archive } = compose({
      now: '2024-03-10T12:00:00Z',
      archive: { symbols, unpublished: ['2024-02-10'] },
      rest: false,
    });
    const { list } = archive;
    Object.assign(archive, {
      list: () => {
        throw new Error('service unavailable');
      },
    });
    await manager.getKlines(day, LOOSE);
    Object.assign(archive, { list });
    expect((await manager.getKlines(day)).batch.numRows).toBe(24);
  });

  fault('D06', 'the published month of a day without a file of its own is asked', async () => {
    const { manager } = compose({
      now: '2024-03-10T12:00:00Z',
      archive: { symbols, unpublished: ['2024-02-10'] },
      rest: false,
    });
    expect((await manager.getKlines(day, LOOSE)).batch.numRows).toBe(24);
  });

  fault('D29', "a hole of a month's file in a day that was not asked for is asked of the day's own file", async () => {
    const short = { '2024-01': [span('2024-01-20T04:00', '2024-01-20T05:00')] };
    const { manager } = compose({ archive: { symbols, short }, rest: false });
    await manager.getKlines({ ...BTC_HOURS, start: '2024-01-01', end: '2024-01-17' });
    const { batch } = await manager.getKlines({ ...BTC_HOURS, start: '2024-01-20', end: '2024-01-21' }, LOOSE);
    expect(batch.numRows).toBe(24);
  });

  fault('D20', "a month that was begun before a day was stored does not replace the day's own values", async () => {
    const cache = new FakeCache();
    const [slow, quick] = [
      compose({ cache, archive: { symbols, shift: { '2024-01': 50 } }, rest: false }),
      compose({ cache, archive: { symbols }, rest: false }),
    ];
    const fetch = slow.archive.fetch.bind(slow.archive);
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    // Long enough for the day; a day that waits for the month's lease finds the month's rows and asks for nothing.
    Object.assign(slow.archive, {
      fetch: async (...[key, options]: Parameters<typeof fetch>) => {
        begin();
        for (let turn = 0; turn < 500; turn++) await Promise.resolve();
        return fetch(key, options);
      },
    });
    const month = slow.manager.getKlines({ ...BTC_HOURS, start: '2024-01-01', end: '2024-02-01' });
    await begun;
    await quick.manager.getKlines({ ...BTC_HOURS, start: '2024-01-05', end: '2024-01-06' });
    const ofMonth = await month;
    const own = barsWithin('BTCUSDT', '1h', span('2024-01-05', '2024-01-06')).columns.close;
    const shift = quick.archive.asked.includes('2024-01-05') ? 0 : 50;
    const { batch } = await cache.loadMany([dayKey('2024-01-05')]);
    expect([...batch.columns.close]).toEqual([...own].map((close) => close + shift));
    expect([...ofMonth.batch.columns.close.slice(96, 120)]).toEqual([...batch.columns.close]);
  });

  fault('D24', 'a hole that others explained is asked of a source that is added later', async () => {
    const hole = span('2024-02-10T05:00', '2024-02-10T07:00');
    const alone = compose({ archive: false, rest: { symbols, short: [hole] } });
    const first = await alone.manager.getKlines(day, LOOSE);
    expect(first.coverage.gaps).toMatchObject([{ kind: 'no-data', ...hole }]);
    const both = compose({ cache: alone.cache, archive: { symbols }, rest: { symbols, short: [hole] } });
    expect((await both.manager.getKlines(day)).batch.numRows).toBe(24);
  });
});
