import { isoText } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import { metricsOf, NatureArchive, type NatureArchiveOptions, NatureRange, type Row, tradesOf } from '../__fixtures__/nature-sources.ts'; // prettier-ignore
import type { RequestOptions } from '../contract/answer.ts';
import type { Gap } from '../contract/coverage.ts';
import type { SourcePort } from '../contract/ports.ts';
import { DataSourceManager } from '../data-source-manager.ts';

const METRICS = { marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT' } as const;
const TRADES = { marketType: 'um', dataNature: 'aggTrades', symbol: 'BTCUSDT' } as const;

function setup(files: NatureArchiveOptions['files'], ranges: readonly SourcePort[] = [], at = '2024-04-01T12:00:00Z') {
  const clock = { at: Date.parse(at) };
  const cache = new FakeCache();
  const archive = new NatureArchive({ files });
  const manager = new DataSourceManager({ cache, sources: [archive, ...ranges], now: () => clock.at });
  return { archive, cache, clock, manager };
}

const told = ({ start, end, kind }: Gap) => `${kind} ${isoText(start)} ${isoText(end)}`;

describe('a file with half of its rows', () => {
  const files = { '2024-02-16': metricsOf('2024-02-16', (minute) => minute < 13 * 60 + 30) };
  const query = { ...METRICS, start: '2024-02-16', end: '2024-02-17' };

  it('is told as a short file, which strict lets pass and refuse does not', async () => {
    const { manager, archive } = setup(files);
    const { coverage, batch, warnings } = await manager.get(query);
    expect(batch.numRows).toBe(162);
    expect(coverage).toMatchObject({ complete: false, missingIds: [] });
    expect(coverage.gaps.map(told)).toEqual(['short-file 2024-02-16T13:30:00Z 2024-02-17T00:00:00Z']);
    expect(coverage.gaps[0]!.evidence).toContain('one expects a row every 5m');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('1 gap in');
    const asked = archive.asked.length;
    const warm = await manager.get(query);
    expect(warm).toMatchObject({ coverage: { gaps: coverage.gaps, complete: false }, warnings });
    expect(archive.asked).toHaveLength(asked);
    const offline = await manager.get(query, { mode: 'offline' });
    expect(offline.coverage.gaps).toEqual(coverage.gaps);
    await expect(manager.get(query, { refuse: ['short-file'] })).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
    await expect(manager.get(query, { refuse: ['short'] as never })).rejects.toMatchObject({ code: 'E_OPTION' });
  });

  it('is asked for again after a month', async () => {
    const { manager, archive, clock } = setup(files);
    await manager.get(query);
    const { length } = archive.asked;
    clock.at += 31 * 86_400_000;
    await manager.get(query);
    expect(archive.asked.length).toBeGreaterThan(length);
  });

  it('is filled by a source that has the rest', async () => {
    const rest = new NatureRange(metricsOf('2024-02-16').map((row) => ({ ...row, create_time: (row['create_time'] as bigint) - 1n }))); // prettier-ignore
    const { manager } = setup(files, [rest]);
    const { coverage, batch } = await manager.get(query);
    expect(coverage).toMatchObject({ complete: true, gaps: [] });
    expect(batch.numRows).toBe(288);
  });
});

describe('missing ids', () => {
  const day = (date: string, first: number, keep?: (id: number) => boolean): Row[] => tradesOf(date, first, keep);
  const files = {
    '2024-02-01': day('2024-02-01', 1000, (id) => id < 1100 || id > 1199),
    '2024-02-02': day('2024-02-02', 2450),
  };
  const query = { ...TRADES, start: '2024-02-01', end: '2024-02-03' };
  const expected = [
    { from: 1100n, to: 1199n, after: at('2024-02-01T01:39:00Z'), before: at('2024-02-01T03:20:00Z') },
    { from: 2440n, to: 2449n, after: at('2024-02-01T23:59:00Z'), before: at('2024-02-02T00:00:00Z') },
  ];

  it('are told within a day and from day to day, and no time gap is made of them', async () => {
    const { manager, archive } = setup(files);
    const { coverage, warnings } = await manager.get(query);
    expect(coverage).toMatchObject({ complete: false, gaps: [], missingIds: expected });
    expect(warnings).toEqual([expect.stringContaining('110 ids missing in 2 places')]);
    const json = JSON.parse(JSON.stringify(coverage)) as { missingIds: unknown[]; span: unknown };
    expect(json.span).toEqual({ start: '2024-02-01T00:00:00Z', end: '2024-02-03T00:00:00Z' });
    expect(json.missingIds[0]).toEqual({ from: '1100', to: '1199', after: '2024-02-01T01:39:00Z', before: '2024-02-01T03:20:00Z' }); // prettier-ignore
    const asked = archive.asked.length;
    for (const options of [{}, { mode: 'offline' }, { columns: ['price'] }] as readonly RequestOptions[]) {
      const again = await manager.get(query, options);
      expect(again.coverage.missingIds).toEqual(expected);
      expect(Object.keys(again.batch.columns)).toHaveLength(options.columns?.length ?? Object.keys(again.batch.columns).length); // prettier-ignore
    }
    expect(archive.asked).toHaveLength(asked);
    await expect(manager.get(query, { refuse: ['short-file'] })).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
  });

  it('are told between a day and its neighbour in the cache, without a request', async () => {
    const { manager, archive } = setup(files);
    await manager.get({ ...query, end: '2024-02-02' });
    const second = await manager.get({ ...query, start: '2024-02-02' });
    expect(second.coverage.missingIds).toEqual([expected[1]]);
    expect(archive.asked.filter((date) => date !== '2024-02')).toEqual(['2024-02-01', '2024-02-02']);
    const part = await manager.get({ ...query, start: '2024-02-01T02:00', end: '2024-02-01T03:00' });
    expect(part.coverage.missingIds).toEqual([expected[0]]);
    const other = await manager.get({ ...query, start: '2024-02-01T04:00', end: '2024-02-01T05:00' });
    expect(other.coverage).toMatchObject({ complete: true, missingIds: [] });
  });
});

function at(iso: string): bigint {
  return BigInt(Date.parse(iso)) * 1000n;
}

describe('ids that one source lacks', () => {
  const full = tradesOf('2024-02-01', 1000);
  const short = tradesOf('2024-02-01', 1000, (id) => id < 1100 || id > 1199);
  const query = { ...TRADES, start: '2024-02-01', end: '2024-02-02' };

  it('are had of a source of ranges, which is asked for them alone, and once', async () => {
    const rest = new NatureRange(full);
    const { manager } = setup({ '2024-02-01': short }, [rest]);
    const { batch, coverage } = await manager.get(query);
    expect(rest.asked).toEqual([{ start: at('2024-02-01T01:39:00Z') + 1n, end: at('2024-02-01T03:20:00Z') }]);
    expect(batch.numRows).toBe(1440);
    expect(coverage).toMatchObject({ complete: true, missingIds: [] });
    const empty = new NatureRange([]);
    const other = setup({ '2024-02-01': short }, [empty]);
    const cold = await other.manager.get(query);
    expect(cold.coverage).toMatchObject({ complete: false, gaps: [], missingIds: [{ from: 1100n, to: 1199n }] });
    const asked = [empty.asked.length, other.archive.asked.length];
    const warm = await other.manager.get(query);
    expect(warm.coverage).toMatchObject({ complete: false, gaps: [], missingIds: [{ from: 1100n, to: 1199n }] });
    expect([empty.asked.length, other.archive.asked.length]).toEqual(asked);
  });

  it('are looked for in the file of the day where the one of the month lacks them, also at its end', async () => {
    const month = Array.from({ length: 29 }, (_, day) => day + 1).flatMap((day) => {
      const date = `2024-02-${String(day).padStart(2, '0')}`;
      return tradesOf(date, 1440 * day, (id) => day !== 5 || id < 1440 * 6 - 100);
    });
    const files = { '2024-02': month, '2024-02-05': tradesOf('2024-02-05', 1440 * 5) };
    const { manager, archive } = setup(files);
    const { batch, coverage } = await manager.get({ ...TRADES, start: '2024-02-01', end: '2024-03-01' });
    expect(archive.asked).toContain('2024-02-05');
    expect(batch.numRows).toBe(29 * 1440);
    expect(coverage).toMatchObject({ complete: true, missingIds: [] });
    const { length } = archive.asked;
    await manager.get({ ...TRADES, start: '2024-02-01', end: '2024-03-01' });
    expect(archive.asked).toHaveLength(length);
  });

  it('are looked for at both ends of a run of days that the file of the month lacks', async () => {
    const days = Array.from({ length: 29 }, (_, day) => `2024-02-${String(day + 1).padStart(2, '0')}`);
    const lacks = (id: number): boolean => id >= 1440 * 6 - 100 && id < 1440 * 7 + 100;
    const month = days.flatMap((date, day) => tradesOf(date, 1440 * (day + 1), (id) => !lacks(id)));
    const own = days.slice(4, 7).map((date, day) => [date, tradesOf(date, 1440 * (day + 5))] as const);
    const { manager, archive } = setup({ '2024-02': month, ...Object.fromEntries(own) });
    const { batch, coverage } = await manager.get({ ...TRADES, start: '2024-02-01', end: '2024-03-01' });
    expect(archive.asked).toEqual(expect.arrayContaining(['2024-02-05', '2024-02-06', '2024-02-07']));
    expect(batch.numRows).toBe(29 * 1440);
    expect(coverage).toMatchObject({ complete: true, missingIds: [] });
  });
});

describe('ids that a source of ranges lacks', () => {
  it('are had of the archive when it has published its file, also over midnight', async () => {
    const days = ['2024-03-29', '2024-03-30'] as const;
    const all = days.flatMap((date, day) => tradesOf(date, 1440 * day));
    const lacks = (id: number): boolean => (id >= 600 && id < 700) || (id >= 1400 && id < 1500);
    const rest = new NatureRange(all.filter((row) => !lacks(Number(row['agg_trade_id']))));
    const files: Record<string, readonly Row[]> = {};
    const { manager, archive, clock } = setup(files, [rest], '2024-03-31T02:00:00Z');
    const query = { ...TRADES, start: days[0], end: '2024-03-31' };
    const first = await manager.get(query);
    expect(first.coverage.missingIds.map(({ from, to }) => [from, to])).toEqual([[600n, 699n], [1400n, 1499n]]); // prettier-ignore
    const asked = [archive.asked.length, rest.asked.length];
    await manager.get(query);
    expect([archive.asked.length, rest.asked.length]).toEqual(asked);
    for (const [day, date] of days.entries()) files[date] = tradesOf(date, 1440 * day);
    clock.at += 86_400_000;
    const later = await manager.get(query);
    expect([later.batch.numRows, later.coverage.complete]).toEqual([2880, true]);
    expect(rest.asked).toHaveLength(asked[1]!);
  });
});

describe('a manager that can ask nobody', () => {
  it('says of a month that another asked for in part what it says offline', async () => {
    const { cache, manager, clock } = setup({});
    const query = { ...TRADES, start: '2024-02-03', end: '2024-02-05' };
    await manager.get(query, { strict: false });
    const rest = Object.assign(new NatureRange([]), { covers: () => false });
    const other = new DataSourceManager({ cache, sources: [rest], now: () => clock.at });
    const wide = { ...query, start: '2024-02-01', end: '2024-02-20' };
    const kinds = async (mode: 'fill' | 'offline') =>
      (await other.get(wide, { strict: false, mode })).coverage.gaps.map(({ kind }) => kind);
    expect(await kinds('fill')).toEqual(['not-cached', 'publisher-hole', 'not-cached']);
    expect(await kinds('offline')).toEqual(['not-cached', 'publisher-hole', 'not-cached']);
  });
});

describe('up to now', () => {
  const rows = [...tradesOf('2024-03-31', 0), ...tradesOf('2024-04-01', 1440)];
  const query = { ...TRADES, start: '2024-03-31', end: '2024-04-02' };
  const inHours = (hours: number) => `2024-04-01T${String(hours).padStart(2, '0')}:00:00Z`;

  it('a source of ranges gives what the archive has not yet', async () => {
    const rest = new NatureRange(rows);
    const { manager, clock } = setup({ '2024-03-31': tradesOf('2024-03-31', 0) }, [rest]);
    const { batch, coverage } = await manager.get(query);
    expect(batch.numRows).toBe(1440 + 12 * 60);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['not-published-yet']);
    expect(rest.asked).toEqual([{ start: at('2024-04-01T00:00:00Z'), end: at('2024-04-01T12:00:00Z') }]);
    clock.at += 3_600_000;
    const later = await manager.get(query);
    expect(later.batch.numRows).toBe(1440 + 13 * 60);
    expect(rest.asked[1]!.start).toBeGreaterThan(at('2024-04-01T11:58:00Z'));
  });

  it('what it left out is a gap that says so and is asked for again, and what it does not have is none of these', async () => {
    const until = at(inHours(3));
    const rest = new NatureRange(rows, ({ start }) => ({ start, end: until > start ? until : start + 3_600_000_000n }));
    const { manager } = setup({}, [rest]);
    const { coverage } = await manager.get({ ...query, start: '2024-04-01', end: inHours(6) }, { strict: false });
    expect(coverage.gaps.map(told)).toEqual([`source-failed ${inHours(3)} ${inHours(6)}`]);
    expect(coverage.gaps[0]!.evidence).toContain('a part of it only');
    const again = await manager.get({ ...query, start: '2024-04-01', end: inHours(6) }, { strict: false });
    expect(again.coverage.gaps.map(told)).toEqual([`source-failed ${inHours(4)} ${inHours(6)}`]);
    const old = new NatureRange(metricsOf('2024-04-01'), ({ end }) => ({ start: end, end }));
    const files = { '2024-02-16': metricsOf('2024-02-16', (minute) => minute < 720) };
    const metrics = setup(files, [old]);
    const short = await metrics.manager.get({ ...METRICS, start: '2024-02-16', end: '2024-02-17' });
    expect(short.coverage.gaps.map(told)).toEqual(['short-file 2024-02-16T12:00:00Z 2024-02-17T00:00:00Z']);
    await metrics.manager.get({ ...METRICS, start: '2024-02-16', end: '2024-02-17' });
    expect(old.asked).toHaveLength(1);
  });

  it('the plan tells what the span weighs', async () => {
    const rest = Object.assign(new NatureRange(rows), { estimate: () => ({ requests: 100, weight: 400 }) });
    const { manager } = setup({}, [rest]);
    expect(await manager.plan({ ...query, start: '2024-04-01' })).toMatchObject({ requests: 100, weight: 400 });
  });
});

describe('columns that are asked for', () => {
  it('are those of the answer, for the compiler as well', async () => {
    const { manager } = setup({ '2024-02-01': tradesOf('2024-02-01', 0) });
    const { batch } = await manager.get({ ...TRADES, start: '2024-02-01', end: '2024-02-02' }, { columns: ['price'] });
    const price: Float64Array = batch.columns.price;
    expect(price).toHaveLength(1440);
    // @ts-expect-error it was not asked for
    expect(batch.columns.quantity).toBeUndefined();
  });
});

describe('a source of ranges that has nothing', () => {
  class Refusing extends NatureRange {
    override fetch(): never {
      throw Object.assign(new Error('Invalid symbol. (-1121)'), {
        code: 'E_REST_REFUSED',
        details: { binanceCode: -1121 },
      });
    }
  }
  const query = { marketType: 'um', dataNature: 'fundingRate', symbol: 'BTCUSDT' } as const;
  const loose = { strict: false } as const;

  it.each([
    ['of a month without a file', '2024-02-05T16:00', '2024-02-05T17:00'],
    ['of the month that goes on', '2024-04-01T08:00', '2024-04-01T09:00'],
  ])('is told so at once, again and offline, and no file is called short: %s', async (_, start, end) => {
    for (const rest of [new Refusing([]), new NatureRange([])]) {
      const { manager } = setup({}, [rest]);
      const kinds = async (mode: 'fill' | 'offline') =>
        (await manager.get({ ...query, start, end }, { ...loose, mode })).coverage.gaps.map(({ kind }) => kind);
      expect([await kinds('fill'), await kinds('fill'), await kinds('offline')]).toEqual([['no-data'], ['no-data'], ['no-data']]); // prettier-ignore
    }
  });
});

describe('ids in parts of a range', () => {
  it('are told as missing where the file of the day before ended hours before it', async () => {
    const files = {
      '2024-02-01': tradesOf('2024-02-01', 1000, (id) => id < 1500),
      '2024-02-02': tradesOf('2024-02-02', 2440),
    };
    const { manager } = setup(files);
    const missing: unknown[] = [];
    for await (const part of manager.segments({ ...TRADES, start: '2024-02-01', end: '2024-02-03' }, { ahead: 1 }))
      missing.push(...part.coverage.missingIds.map(({ from, to }) => [from, to]));
    expect(missing).toEqual([[1500n, 2439n]]);
  });
});
