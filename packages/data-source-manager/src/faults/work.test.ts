import { describe, expect } from '@jest/globals';
import { compose, NOW } from '../__fixtures__/compose.ts';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import { BTC, FakeArchive, FakeRest } from '../__fixtures__/fake-sources.ts';
import { barsWithin, span } from '../__fixtures__/market.ts';
import type { PlanStep } from '../index.ts';
import { askedTwice, BTC_HOURS, fault, HOURS, LOOSE, managerOf, told } from './fault.fixture.ts';

const symbols = { BTCUSDT: BTC };
const january = { ...BTC_HOURS, start: '2024-01-01', end: '2024-02-01' };
const short = { '2024-03-02': [span('2024-03-02T18:00', '2024-03-03')] };

describe('a request that is made again', () => {
  fault('D14', 'asks for nothing and stores nothing of a hole of the publisher, in a new process', async () => {
    const archive = { symbols, short };
    const first = compose({ archive, rest: false });
    const query = { ...BTC_HOURS, start: '2024-03-01', end: '2024-03-06' };
    const { coverage } = await first.manager.getKlines(query, LOOSE);
    const stored = first.cache.calls.save + first.cache.calls.saveAbsent;
    for (const run of [1, 2]) {
      const again = compose({ cache: first.cache, archive, rest: false });
      const answer = await again.manager.getKlines(query, LOOSE);
      expect({ run, gaps: answer.coverage.gaps }).toEqual({ run, gaps: coverage.gaps });
      expect([again.archive.asked, again.archive.listed]).toEqual([[], 0]);
      expect(first.cache.calls.save + first.cache.calls.saveAbsent).toBe(stored);
    }
  });

  fault('D15', 'does not fetch a hole from the second of two archives again', async () => {
    const cache = new FakeCache();
    const open = () => {
      const archives = ['one', 'two'].map((name) => new FakeArchive({ name, symbols, short, until: '2024-03-20' }));
      return { archives, manager: managerOf(cache, archives) };
    };
    const query = { ...BTC_HOURS, start: '2024-03-02', end: '2024-03-03' };
    const first = open();
    await first.manager.getKlines(query, LOOSE);
    expect(first.archives.map(({ asked }) => asked.includes('2024-03-02'))).toEqual([true, true]);
    const again = open();
    await again.manager.getKlines(query, LOOSE);
    expect(again.archives.map(({ asked }) => asked)).toEqual([[], []]);
  });

  fault('D26', 'asks nobody for a range in which no bar opens', async () => {
    const { manager, archive, rest } = compose({ archive: { symbols }, rest: { symbols } });
    const query = { symbol: 'BTCUSDT', interval: '1w', start: '2024-03-07', end: '2024-03-08' } as const;
    for (const run of [1, 2]) {
      const { batch, coverage } = await manager.getKlines(query);
      expect({ run, rows: batch.numRows, gaps: coverage.gaps }).toEqual({ run, rows: 0, gaps: [] });
    }
    expect([archive.asked, rest.asked]).toEqual([[], []]);
  });

  fault(
    'D27',
    "asks nobody for a day of a month of which all is known, also where another source's day is",
    async () => {
      const life = { NEWUSDT: { listed: '2023-01-01', delisted: '2023-11-10' } };
      const alone = compose({ archive: false, rest: { symbols: life } });
      await alone.manager.getKlines({ ...HOURS, start: '2023-12-05', end: '2023-12-06' }, LOOSE);
      const { cache } = alone;
      const query = { ...HOURS, start: '2023-12-01', end: '2024-01-01' };
      const both = compose({ cache, archive: { symbols: life }, rest: { symbols: life } });
      await both.manager.getKlines(query, LOOSE);
      const stored = cache.calls.save + cache.calls.saveAbsent;
      const again = compose({ cache, archive: { symbols: life }, rest: { symbols: life } });
      for (const range of [query, { ...query, start: '2023-12-05', end: '2023-12-06' }]) {
        await again.manager.getKlines(range, LOOSE);
      }
      expect([again.archive.asked, again.archive.listed, again.rest.asked]).toEqual([[], 0, []]);
      expect(cache.calls.save + cache.calls.saveAbsent).toBe(stored);
    },
  );
});

describe('one request', () => {
  fault('D17', 'asks for no span of REST twice, where the day next to the archive has rows', async () => {
    const life = { NEWUSDT: { listed: '2023-01-01' } };
    const { manager, rest } = compose({
      now: '2024-02-13T05:28:00Z',
      rest: { symbols: life },
      archive: { symbols: life, until: '2024-02-04' },
    });
    const { batch } = await manager.getKlines({ ...HOURS, start: '2024-02-01', end: '2024-02-13T05:00' });
    expect(batch.numRows).toBe(12 * 24 + 5);
    expect(askedTwice(rest.asked, 'NEWUSDT')).toEqual([]);
  });

  fault('D19', 'does not fetch the day that another one fetches, also where it has a hole', async () => {
    const cache = new FakeCache();
    const [a, b] = [1, 2].map(() => compose({ cache, archive: { symbols, short }, rest: false }));
    const query = { ...BTC_HOURS, start: '2024-03-02', end: '2024-03-03' };
    const answers = await Promise.all([a!.manager.getKlines(query, LOOSE), b!.manager.getKlines(query, LOOSE)]);
    expect(answers.map(({ batch }) => batch.numRows)).toEqual([18, 18]);
    expect([...a!.archive.asked, ...b!.archive.asked].filter((date) => date === '2024-03-02')).toHaveLength(1);
  });

  fault('D30', 'refreshes a month by its file alone, and takes over what was published anew', async () => {
    const { manager, archive } = compose({ archive: { symbols }, rest: false });
    await manager.getKlines(january);
    expect(archive.asked).toEqual(['2024-01']);
    archive.revised.set('2024-01', { etag: 'anew', shift: 5 });
    const { batch } = await manager.getKlines(january, { mode: 'refresh' });
    expect(archive.asked).toEqual(['2024-01', '2024-01']);
    const closes = [...barsWithin('BTCUSDT', '1h', span('2024-01-01', '2024-02-01')).columns.close];
    expect([...batch.columns.close]).toEqual(closes.map((close) => close + 5));
  });
});

describe('the activity', () => {
  fault('D16', 'counts each day once, also where a month replaces days of REST', async () => {
    const first = compose({ archive: false, rest: { symbols } });
    await first.manager.getKlines({ ...january, end: '2024-01-04' });
    const { manager } = compose({ cache: first.cache, archive: { symbols }, rest: { symbols } });
    const { activity } = await manager.getKlines(january);
    expect(activity).toMatchObject({ hits: 3, misses: 28, absent: 0 });
  });

  fault('D16b', 'counts each day once, also one that another request fetches meanwhile', async () => {
    const cache = new FakeCache();
    const managers = [1, 2].map(() => compose({ cache, archive: { symbols }, rest: false }).manager);
    const query = { ...BTC_HOURS, start: '2024-03-01', end: '2024-03-06' };
    const answers = await Promise.all(managers.map(async (manager) => manager.getKlines(query)));
    const sums = answers.map(({ activity: { hits, misses, absent } }) => hits + misses + absent);
    expect(sums).toEqual([5, 5]);
  });

  fault('D16c', 'counts no hit of an entry of which nothing has closed', async () => {
    const { manager } = compose({ now: '2024-03-06T12:00:00Z', archive: { symbols }, rest: { symbols } });
    const query = { symbol: 'BTCUSDT', interval: '1w', start: '2024-03-01', end: '2024-04-01' } as const;
    const { activity, batch } = await manager.getKlines(query);
    expect(batch.numRows).toBe(0);
    expect(activity).toMatchObject({ hits: 0, misses: 0 });
  });
});

describe('a plan', () => {
  fault('D18', 'knows the second archive and the second source of ranges', async () => {
    const now = (): number => Date.parse(NOW);
    const archives = [new FakeArchive({ name: 'one', symbols: {} }), new FakeArchive({ name: 'two', symbols })];
    const ranges = [new FakeRest({ name: 'un', now, symbols: {} }), new FakeRest({ name: 'deux', now, symbols })];
    const manager = managerOf(new FakeCache(), [...archives, ...ranges]);
    const query = { ...BTC_HOURS, start: '2024-03-01', end: '2024-03-04' };
    const plan = await manager.plan(query);
    const sources = new Set(
      [...plan.steps, ...((plan as { ifMissing?: readonly object[] }).ifMissing ?? [])].map(
        (step) => (step as { source?: string }).source,
      ),
    );
    expect([...sources].sort()).toEqual(expect.arrayContaining(['two']));
  });

  fault('D18b', 'tells the rest of a gap of which a part is asked for again', async () => {
    const archive = { symbols, unpublished: ['2024-02-10', '2024-02-11', '2024-02'], until: '2024-03-20' };
    const first = compose({ archive, rest: false });
    const { cache } = first;
    await first.manager.getKlines({ ...BTC_HOURS, start: '2024-02-10', end: '2024-02-11' }, LOOSE);
    const second = compose({ cache, archive, rest: false, now: '2024-04-10T12:00:00Z' });
    await second.manager.getKlines({ ...BTC_HOURS, start: '2024-02-11', end: '2024-02-12' }, LOOSE);
    const third = compose({ cache, archive, rest: false, now: '2024-04-25T12:00:00Z' });
    const plan = await third.manager.plan({ ...BTC_HOURS, start: '2024-02-10', end: '2024-02-12' });
    expect(told(plan.gaps)).toContain('publisher-hole 2024-02-11..2024-02-12');
  });

  fault('D18c', 'tells what is asked first, as certain, and what a 404 adds', async () => {
    for (const [start, end] of [
      ['2024-01-01', '2024-03-20T12:00'],
      ['2024-03-10', '2024-03-13'],
    ] as const) {
      const query = { ...BTC_HOURS, start, end };
      const { manager, archive, rest } = compose({ archive: { symbols }, rest: { symbols } });
      const plan = (await manager.plan(query)) as unknown as {
        readonly certain: readonly PlanStep[];
        readonly ifMissing: readonly PlanStep[];
      };
      await manager.getKlines(query);
      const objects = plan.certain.flatMap((step) => (step.from === 'archive' ? [step.key.date] : []));
      const spans = plan.certain.flatMap((step) =>
        step.from === 'range' ? [{ start: step.start, end: step.end }] : [],
      );
      expect(objects.sort()).toEqual([...archive.asked].sort());
      expect(spans).toEqual(rest.asked.map((each) => ({ start: each.start, end: each.end })));
      expect(plan.ifMissing.length).toBeGreaterThan(0);
    }
  });
});
