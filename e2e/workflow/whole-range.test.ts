import type { Progress, Revision } from '@vision-cache/data-source-manager';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { describe, expect, it } from '@jest/globals';
import { useSetups } from './use-setups.ts';

const setup = useSetups();

const symbols = [{ symbol: 'BTCUSDT', listed: '2022-12-01', intervals: ['4h'] }] as const;
const year = { symbol: 'BTCUSDT', interval: '4h', start: '2023-01-01', end: '2024-01-01' } as const;

describe('a year', () => {
  it('takes what the plan said, and less than an eighth of the requests of one zip a day', async () => {
    const of = await setup({ archive: { symbols } });
    const plan = await of.manager.plan(year);
    expect(of.requests()).toMatchObject({ zips: 0, checksums: 0, rest: 0, listings: 2 });
    expect(plan).toMatchObject({ requests: 24, requestsByDay: 730, weight: 0, gaps: [] });
    expect(plan.steps.every((step) => step.from === 'archive' && step.listed)).toBe(true);

    const seen: Progress[] = [];
    const { batch } = await of.manager.getKlines(year, { onProgress: (progress) => seen.push(progress) });
    expect(batch.numRows).toBe(365 * 6);
    expect(of.requests()).toEqual({ zips: 12, checksums: 12, rest: 0, listings: 2 });
    expect(of.server.requests.length).toBeLessThan(730 / 8);
    expect(seen).toHaveLength(12);
    expect(seen.at(-1)!.entries).toEqual({ done: 365, total: 365 });
    expect((await of.manager.plan(year)).requests).toBe(0);
  });

  it('streams in the order of time, no further ahead than is read', async () => {
    const of = await setup({ archive: { symbols } });
    let rows = 0;
    let parts = 0;
    for await (const { batch, span } of of.manager.segments(year, { ahead: 1 })) {
      rows += batch.numRows;
      expect(batch.columns.open_time[0]).toBe(span.start);
      if (++parts === 3) break;
    }
    expect(rows).toBe((31 + 28 + 31) * 6);
    expect(of.requests().zips).toBe(3);
  });

  it('is fetched by two managers at once as if by one', async () => {
    const of = await setup({ archive: { symbols } });
    const other = await setup({ root: of.root, server: of.server });
    const [one, two] = await Promise.all([of.manager.getKlines(year), other.manager.getKlines(year)]);
    expect(two.batch).toEqual(one.batch);
    expect(of.requests().zips).toBe(12);
  });
});

describe('audit', () => {
  it('finds the one file that was published anew in two requests, and fetches only that', async () => {
    const of = await setup({
      archive: { symbols, irregularities: [{ name: 'republished', date: '2024-03-04', at: '2024-03-25T00:00:00Z' }] },
    });
    const log: Revision[] = [];
    const manager = new DataSourceManager({
      cache: of.cache,
      sources: [of.vision],
      now: () => of.clock.at,
      revisions: {
        append: (revision) => {
          log.push(revision);
          return Promise.resolve();
        },
      },
    });
    const query = { ...year, start: '2024-03-01', end: '2024-03-11' } as const;
    const before = await manager.getKlines(query);
    expect(await manager.audit(query)).toMatchObject({
      checked: 10,
      unchanged: 10,
      revisions: [],
      unknown: [],
      failed: [],
    });

    of.clock.at = Date.parse('2024-03-26T00:00:00Z');
    of.server.forget();
    const { revisions } = await manager.audit(query);
    expect(of.requests()).toEqual({ zips: 1, checksums: 1, rest: 0, listings: 2 });
    expect(revisions).toMatchObject([{ key: { date: '2024-03-04' }, added: 0, withdrawn: 0 }]);
    const [revision] = revisions;
    expect(revision!.after.sourceSha256).not.toBe(revision!.before.sourceSha256);
    expect(revision!.changed.flatMap(({ conflicts }) => conflicts.map(({ column }) => column))).toEqual(
      Array<string>(6).fill('volume'),
    );
    expect(log).toEqual(revisions);

    const after = await manager.getKlines(query, { mode: 'offline' });
    expect(after.batch.columns.volume).not.toEqual(before.batch.columns.volume);
    expect(after.batch.columns.close).toEqual(before.batch.columns.close);
    expect(await manager.audit(query)).toMatchObject({ checked: 10, unchanged: 10 });
  });
});

describe('reconcile', () => {
  it('shows that the daily file is right where a month disagrees, as REST does', async () => {
    const of = await setup({
      archive: { symbols, irregularities: [{ name: 'monthly-disagrees', date: '2024-01', days: ['2024-01-10'] }] },
    });
    const { comparisons } = await of.manager.reconcile({ ...year, start: '2024-01-09', end: '2024-01-12' });
    expect(comparisons.map(({ left, right, common, conflicts }) => [left, right, common, conflicts.length])).toEqual([
      ['vision daily', 'vision monthly', 18, 6],
      ['vision daily', 'rest', 18, 0],
      ['vision monthly', 'rest', 18, 6],
    ]);
  });
});
