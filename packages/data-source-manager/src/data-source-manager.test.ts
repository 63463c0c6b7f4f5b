import { describe, expect, it } from '@jest/globals';
import { FakeCache } from './__fixtures__/fake-cache.ts';
import { compose } from './__fixtures__/compose.ts';
import { barsWithin, span } from './__fixtures__/market.ts';

const hours = { symbol: 'BTCUSDT', interval: '1h' } as const;

describe('getKlines', () => {
  it('fetches what the cache lacks, and asks for nothing the second time', async () => {
    const { manager, archive, rest } = compose();
    const query = { ...hours, start: '2024-03-01', end: '2024-03-04' };

    const first = await manager.getKlines(query);
    expect(first.batch).toEqual(barsWithin('BTCUSDT', '1h', span('2024-03-01', '2024-03-04')));
    expect(first.coverage.complete).toBe(true);
    expect(first.activity).toMatchObject({
      hits: 0,
      misses: 3,
      sources: { vision: { asked: 3, rows: 72, requests: 6 } },
    });

    const second = await manager.getKlines(query);
    expect(second.batch).toEqual(first.batch);
    expect(second.activity).toMatchObject({ hits: 3, misses: 0, sources: {} });
    expect(archive.asked).toEqual(['2024-03-01', '2024-03-02', '2024-03-03']);
    expect(rest.asked).toEqual([]);
    expect(second.coverage.spans).toEqual([
      { ...span('2024-03-01', '2024-03-04'), source: 'vision', via: 'cache', layout: 'new', state: 'complete' },
    ]);
  });

  it('takes a month when half of its days are wanted, and single days otherwise', async () => {
    const { manager, archive } = compose();
    await manager.getKlines({ ...hours, start: '2024-01-10', end: '2024-02-03' });
    expect(archive.asked).toEqual(['2024-01', '2024-02-01', '2024-02-02']);
  });

  it('keeps the days of a month that were not asked for', async () => {
    const { manager, archive } = compose();
    await manager.getKlines({ ...hours, start: '2024-01-10', end: '2024-02-01' });
    const { activity } = await manager.getKlines({ ...hours, start: '2024-01-01', end: '2024-02-01' });
    expect(archive.asked).toEqual(['2024-01']);
    expect(activity).toMatchObject({ hits: 31, misses: 0 });
  });

  it('answers today with closed bars only, stores them as partial and completes them later', async () => {
    const cache = new FakeCache();
    const first = compose({ cache });
    const query = { ...hours, start: '2024-03-19', end: '2024-03-21' };
    const morning = await first.manager.getKlines(query);
    expect(morning.batch.numRows).toBe(24 + 12);
    expect(morning.coverage.gaps).toMatchObject([
      { ...span('2024-03-20T12:00Z', '2024-03-21'), kind: 'not-published-yet' },
    ]);
    expect(first.archive.asked).toEqual(['2024-03-19']);

    const second = compose({ cache, now: '2024-03-20T18:10:00Z' });
    const evening = await second.manager.getKlines(query);
    expect(evening.batch.numRows).toBe(24 + 18);
    expect(second.archive.asked).toEqual([]);
    expect(second.rest.asked).toMatchObject([span('2024-03-20T12:00Z', '2024-03-20T18:00Z')]);

    const third = compose({ cache, now: '2024-03-22T00:00:00Z', archive: { until: '2024-03-22' } });
    const later = await third.manager.getKlines(query);
    expect(later.batch.numRows).toBe(48);
    expect(third.archive.asked).toEqual(['2024-03-20']);
    expect(later.coverage.complete).toBe(true);
  });
});
