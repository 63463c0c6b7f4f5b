import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { barsWithin, span } from '../__fixtures__/market.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';

const hours = { symbol: 'BTCUSDT', interval: '1h' } as const;
const days = { ...hours, start: '2024-03-01', end: '2024-03-06' };
const all = barsWithin('BTCUSDT', '1h', span('2024-03-01', '2024-03-06'));

describe('a source that does not deliver', () => {
  it('fails for its span only: the next source is asked for that, and the rest stays with the first', async () => {
    const { manager, rest, archive } = compose({ archive: { failures: { '2024-03-03': 1 } } });
    const { batch, activity, coverage } = await manager.getKlines(days);
    expect(batch).toEqual(all);
    expect(rest.asked).toMatchObject([span('2024-03-03', '2024-03-04')]);
    expect(archive.asked).toHaveLength(5);
    expect(activity.sources).toMatchObject({ vision: { asked: 5, failed: 1 }, rest: { asked: 1, failed: 0 } });
    expect(coverage.spans.map(({ source }) => source)).toEqual(['vision', 'rest', 'vision']);
  });

  it('is a gap with its reason when no other has the rows, and never an empty answer', async () => {
    const { manager, cache } = compose({ archive: { failures: { '2024-03-03': 9 } }, rest: { failures: 9 } });
    await expect(manager.getKlines(days)).rejects.toMatchObject({
      code: 'E_INCOMPLETE',
      details: { coverage: { gaps: [{ kind: 'source-failed', evidence: expect.stringContaining('E_HTTP_503') }] } },
    });
    const { batch, coverage } = await manager.getKlines(days, { strict: false });
    expect(batch.numRows).toBe(96);
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', ...span('2024-03-03', '2024-03-04') }]);
    expect(cache.absences.size).toBe(0);
  });

  it('is asked again, for what it owes only', async () => {
    const { manager, archive, rest } = compose({ archive: { failures: { '2024-03-03': 1 } }, rest: { failures: 1 } });
    await manager.getKlines(days, { strict: false });
    const { batch } = await manager.getKlines(days);
    expect(batch).toEqual(all);
    expect(archive.asked.slice(5)).toEqual(['2024-03-03']);
    expect(rest.asked).toHaveLength(1);
  });
});

describe('the archive', () => {
  it('that is short is filled by REST, once', async () => {
    const short = { '2024-03-02': [span('2024-03-02T18:00', '2024-03-03')] };
    const { manager, rest, archive } = compose({ archive: { short } });
    const { batch, coverage } = await manager.getKlines(days);
    expect(batch).toEqual(all);
    expect(coverage.complete).toBe(true);
    expect(rest.asked).toMatchObject([span('2024-03-02T18:00', '2024-03-03')]);
    await manager.getKlines(days);
    expect([archive.asked.length, rest.asked.length]).toEqual([5, 1]);
  });

  it('without REST leaves a hole of the publisher, asked for again when REST is there', async () => {
    const short = { '2024-03-02': [span('2024-03-02T18:00', '2024-03-03')] };
    const alone = compose({ archive: { short }, rest: false });
    await expect(alone.manager.getKlines(days)).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
    const { coverage } = await alone.manager.getKlines(days, { allow: ['publisher-hole'] });
    expect(coverage.gaps).toMatchObject([{ kind: 'publisher-hole', ...span('2024-03-02T18:00', '2024-03-03') }]);
    expect(alone.archive.asked).toHaveLength(5);

    const both = compose({ cache: alone.cache });
    expect((await both.manager.getKlines(days)).batch).toEqual(all);
    expect([both.archive.asked, both.rest.asked.length]).toEqual([[], 1]);
  });

  it('that lacks a day is filled by REST, and a month that lacks a day by the day', async () => {
    const lacking = compose({ archive: { unpublished: ['2024-03-02'] } });
    expect((await lacking.manager.getKlines(days)).batch).toEqual(all);
    expect(lacking.rest.asked).toMatchObject([span('2024-03-02', '2024-03-03')]);

    const whole = { ...hours, start: '2024-01-01', end: '2024-02-01' };
    const month = compose({
      archive: {
        short: { '2024-01': [span('2024-01-09', '2024-01-10'), span('2024-01-20T04:00', '2024-01-20T05:00')] },
      },
    });
    expect((await month.manager.getKlines(whole)).batch).toEqual(
      barsWithin('BTCUSDT', '1h', span('2024-01-01', '2024-02-01')),
    );
    expect(month.archive.asked).toEqual(['2024-01', '2024-01-09', '2024-01-20']);
    expect(month.rest.asked).toEqual([]);
  });

  it('without a month is asked for its days, and not for the month again', async () => {
    const { manager, archive } = compose({ archive: { unpublished: ['2024-01'], hasListing: false } });
    await manager.getKlines({ ...hours, start: '2024-01-01', end: '2024-01-21' });
    expect(archive.asked).toHaveLength(21);
    await manager.getKlines({ ...hours, start: '2024-01-01', end: '2024-02-01' });
    expect(archive.asked.filter((date) => date === '2024-01')).toHaveLength(1);
    expect(archive.asked).toHaveLength(32);
  });

  it('without days is asked for the month, however few of its days are wanted', async () => {
    const unpublished = Array.from({ length: 31 }, (_, day) => `2024-01-${String(day + 1).padStart(2, '0')}`);
    const { manager, archive } = compose({ archive: { unpublished }, rest: false });
    const { coverage } = await manager.getKlines({ ...hours, start: '2024-01-10', end: '2024-01-11' });
    expect(coverage.complete).toBe(true);
    expect(archive.asked).toEqual(['2024-01-10', '2024-01']);
  });

  it('is right by the day where its month disagrees', async () => {
    const short = { '2024-01': [span('2024-01-09T03:00', '2024-01-09T04:00')] };
    const { manager } = compose({ archive: { short, shift: { '2024-01': 50 } } });
    const { batch, conflicts } = await manager.getKlines({ ...hours, start: '2024-01-01', end: '2024-02-01' });
    const truth = barsWithin('BTCUSDT', '1h', span('2024-01-01', '2024-02-01'));
    const ninth = 8 * 24;
    expect(batch.columns.close.slice(ninth, ninth + 24)).toEqual(truth.columns.close.slice(ninth, ninth + 24));
    expect(batch.columns.close[0]).toBe(truth.columns.close[0]! + 50);
    expect(conflicts).toHaveLength(23);
  });

  it('never replaces a day of its own by a row of its month', async () => {
    const { manager } = compose({ archive: { shift: { '2024-01': 50 } } });
    await manager.getKlines({ ...hours, start: '2024-01-05', end: '2024-01-06' });
    const { batch } = await manager.getKlines({ ...hours, start: '2024-01-01', end: '2024-02-01' });
    const fifth = barsWithin('BTCUSDT', '1h', span('2024-01-05', '2024-01-06'));
    expect(batch.columns.close.slice(96, 120)).toEqual(fifth.columns.close);
  });
});

describe('what is missing everywhere', () => {
  const hole = span('2024-03-02T05:00', '2024-03-02T07:00');

  it('is no data where other symbols have some, remembered and not asked for again', async () => {
    const symbols = { BTCUSDT: { ...BTC, outages: [hole] }, ETHUSDT: BTC, BNBUSDT: BTC };
    const { manager, cache, archive, rest } = compose({ archive: { symbols }, rest: { symbols } });
    await expect(manager.getKlines(days)).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
    const before = [archive.asked.length, rest.asked.length];
    const { coverage, activity } = await manager.getKlines(days, { allow: ['no-data'] });
    expect(coverage.gaps).toMatchObject([{ kind: 'no-data', ...hole }]);
    expect([archive.asked.length, rest.asked.length]).toEqual(before);
    expect(activity).toMatchObject({ hits: 5, misses: 0 });
    const again = compose({ cache, archive: { symbols }, rest: { symbols } });
    await again.manager.getKlines(days, { strict: false });
    expect([again.archive.asked, again.rest.asked]).toEqual([[], []]);
  });

  it('is an outage of the exchange where three liquid symbols stood still as well', async () => {
    const still = { ...BTC, outages: [hole] };
    const symbols = { ADAUSDT: still, BTCUSDT: still, ETHUSDT: still, BNBUSDT: still };
    const { manager, rest } = compose({ archive: { symbols }, rest: { symbols } });
    const { coverage } = await manager.getKlines({ ...days, symbol: 'ADAUSDT' });
    expect(coverage.gaps).toMatchObject([{ kind: 'exchange-outage', ...hole }]);
    expect(coverage.gaps[0]!.evidence).toContain('BTCUSDT, ETHUSDT, BNBUSDT');
    expect(rest.asked.map(({ symbol }) => symbol)).toEqual(['ADAUSDT', 'BTCUSDT', 'ETHUSDT', 'BNBUSDT']);
    await manager.getKlines({ ...days, symbol: 'ADAUSDT' });
    expect(rest.asked).toHaveLength(4);
  });

  it('is not known where a witness could not be asked, and found out by the next request', async () => {
    const still = { ...BTC, outages: [hole] };
    const symbols = { ADAUSDT: still, BTCUSDT: still, ETHUSDT: still, BNBUSDT: still };
    const { manager } = compose({ archive: { symbols }, rest: { symbols, failures: 1, failing: 'ETHUSDT' } });
    const ada = { ...days, symbol: 'ADAUSDT' };
    const { coverage } = await manager.getKlines(ada, { strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', ...hole }]);
    expect((await manager.getKlines(ada)).coverage.gaps).toMatchObject([{ kind: 'exchange-outage', ...hole }]);
  });

  it('is an outage also where requests end within it', async () => {
    const long = { ...BTC, outages: [span('2024-03-02T05:00', '2024-03-02T11:00')] };
    const symbols = { ADAUSDT: long, BTCUSDT: long, ETHUSDT: long, BNBUSDT: long };
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const ada = { ...hours, symbol: 'ADAUSDT' };
    for (const [start, end] of [
      ['2024-03-01', '2024-03-02T06:00'],
      ['2024-03-02T06:00', '2024-03-02T08:00'],
      ['2024-03-01', '2024-03-06'],
    ] as const) {
      const { coverage } = await manager.getKlines({ ...ada, start, end });
      expect(new Set(coverage.gaps.map(({ kind }) => kind))).toEqual(new Set(['exchange-outage']));
    }
  });

  it('is one in the part of a longer hole in which no witness has bars', async () => {
    const longer = span('2024-03-02T05:00', '2024-03-02T12:00');
    const still = { ...BTC, outages: [hole] };
    const symbols = { ADAUSDT: { ...BTC, outages: [longer] }, BTCUSDT: still, ETHUSDT: still, BNBUSDT: still };
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const { coverage } = await manager.getKlines({ ...days, symbol: 'ADAUSDT' }, { strict: false });
    expect(coverage.gaps).toMatchObject([
      { kind: 'exchange-outage', ...hole },
      { kind: 'no-data', start: hole.end, end: longer.end },
    ]);
  });

  it('is one within a hole that is longer than a page', async () => {
    const still = { ...BTC, outages: [hole] };
    const { manager } = compose({
      archive: false,
      rest: { symbols: { BTCUSDT: still, ETHUSDT: still, BNBUSDT: still } },
    });
    const { coverage } = await manager.getKlines(
      { ...days, symbol: 'ADAUSDT', start: '2024-02-01', end: '2024-03-06' },
      { strict: false },
    );
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['no-data', 'exchange-outage', 'no-data']);
    expect(coverage.gaps[1]).toMatchObject(hole);
  });

  it('is no data where there is no witness to ask', async () => {
    const symbols = { ADAUSDT: { ...BTC, outages: [hole] } };
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const { coverage } = await manager.getKlines({ ...days, symbol: 'ADAUSDT' }, { strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'no-data', ...hole }]);
  });

  it('is no outage where a witness was not yet listed', async () => {
    const still = { ...BTC, outages: [hole] };
    const symbols = { BTCUSDT: still, ETHUSDT: still, BNBUSDT: { listed: '2024-03-10' } };
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const { coverage } = await manager.getKlines(days, { strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'no-data', ...hole }]);
  });

  it('is known from the table without asking anyone', async () => {
    const outage = span('2021-08-13T02:00', '2021-08-13T06:00');
    const symbols = { BTCUSDT: { ...BTC, outages: [outage] } };
    const { manager, rest, archive } = compose({ archive: { symbols }, rest: { symbols } });
    const { coverage } = await manager.getKlines({ ...hours, start: '2021-08-13', end: '2021-08-14' });
    expect(coverage.gaps).toMatchObject([{ kind: 'exchange-outage', ...outage }]);
    expect([archive.asked, rest.asked]).toEqual([['2021-08-13'], []]);
  });
});

describe('a symbol that was not always traded', () => {
  const symbols = { NEWUSDT: { listed: '2024-02-10T08:00', delisted: '2024-03-05T10:00' } };
  const query = { ...hours, symbol: 'NEWUSDT', start: '2023-11-01', end: '2024-03-20' };
  const now = '2024-04-10T00:00:00Z';
  const archive = { symbols, until: '2024-04-10' };

  it('is not listed yet, then there, then delisted: found out with few requests and remembered', async () => {
    const first = compose({ archive, rest: { symbols }, now });
    const { coverage, batch } = await first.manager.getKlines(query);
    expect(coverage.gaps).toMatchObject([
      {
        kind: 'not-listed-yet',
        ...span('2023-11-01', '2024-02-10T08:00'),
        evidence: expect.stringContaining('2024-02-10'),
      },
      { kind: 'delisted', ...span('2024-03-05T10:00', '2024-03-20') },
    ]);
    expect(batch.numRows).toBe(24 * 24 + 2);
    expect(first.archive.asked.length + first.archive.listed + first.rest.asked.length).toBeLessThan(16);

    const second = compose({ cache: first.cache, archive, rest: { symbols }, now });
    const again = await second.manager.getKlines(query);
    expect(again.coverage).toEqual({ ...coverage, spans: expect.anything() });
    expect(again.batch).toEqual(batch);
    expect([second.archive.asked, second.rest.asked, second.archive.listed]).toEqual([[], [], 0]);
    expect(again.activity).toMatchObject({ misses: 0 });
    // A month without a day stands for all of its days.
    expect(first.cache.absences.size).toBeLessThan(40);
  });

  it('is asked for again when an absence has expired', async () => {
    const { manager, cache } = compose({ archive, rest: { symbols }, now });
    await manager.getKlines({ ...query, end: '2023-12-01' });
    const later = compose({
      cache,
      archive: { symbols: { NEWUSDT: { listed: '2023-11-20' } }, until: '2024-06-01' },
      rest: { symbols },
      now: '2024-06-01T00:00:00Z',
    });
    const { coverage } = await later.manager.getKlines({ ...query, end: '2023-12-01' });
    expect(coverage.spans).toMatchObject([span('2023-11-20', '2023-12-01')]);
  });

  it('that REST knows and the archive not yet, was not listed before its first rows', async () => {
    const symbols = { FRESHUSDT: { listed: '2024-03-19T14:00' } };
    const { manager } = compose({ archive: { symbols: {} }, rest: { symbols } });
    const { batch, coverage } = await manager.getKlines({
      ...hours,
      symbol: 'FRESHUSDT',
      start: '2024-03-01',
      end: '2024-03-20',
    });
    expect(batch.numRows).toBe(10);
    expect(coverage.gaps.map(({ kind }) => kind)).not.toContain('no-data');
    expect(coverage.gaps[0]).toMatchObject({ kind: 'not-listed-yet', start: span('2024-03-01', '2024-03-02').start });
  });

  it('is not asked for day by day far from what the archive has: one day of each side tells', async () => {
    const symbols = { SHORTUSDT: { listed: '2023-11-10T06:00', delisted: '2023-12-20T03:00' } };
    const { manager, archive, rest } = compose({ archive: { symbols }, rest: { symbols } });
    const query = { ...hours, symbol: 'SHORTUSDT', start: '2022-12-01', end: '2024-03-10' };
    const { batch, coverage } = await manager.getKlines(query);
    expect(batch.numRows).toBe(39 * 24 + 18 + 3);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['not-listed-yet', 'delisted']);
    // Both months, and the days in which they begin and end late and early.
    expect(archive.asked).toEqual(['2023-11', '2023-12', '2023-11-10', '2023-12-20']);
    expect(rest.asked).toHaveLength(2);
    await manager.getKlines(query);
    expect([archive.asked.length, rest.asked.length]).toEqual([4, 2]);
  });

  it('is asked for before the archive begins where REST has the day next to it', async () => {
    const known = { EARLYUSDT: { listed: '2023-12-01' } };
    const { manager, rest } = compose({
      archive: { symbols: { EARLYUSDT: { listed: '2024-02-01' } } },
      rest: { symbols: known },
    });
    const { batch } = await manager.getKlines({
      ...hours,
      symbol: 'EARLYUSDT',
      start: '2023-11-01',
      end: '2024-02-02',
    });
    expect(batch.numRows).toBe((31 + 31 + 1) * 24);
    expect(rest.asked.length).toBeGreaterThan(0);
  });

  it('costs no 404 for each day where months do not tell: the listing is asked', async () => {
    const { manager, archive } = compose({ archive: { symbols: { BTCUSDT: { listed: '2024-01-15' } } } });
    await manager.getKlines({ ...hours, start: '2023-11-01', end: '2024-01-20' }, { strict: false });
    expect(archive.asked).toEqual(['2023-11', '2023-12', '2024-01']);
  });

  it('that has not been traded for long is delisted, also in the last days', async () => {
    const symbols = { GONEUSDT: { listed: '2023-01-01', delisted: '2023-12-20' } };
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const { coverage } = await manager.getKlines({
      ...hours,
      symbol: 'GONEUSDT',
      start: '2024-03-17',
      end: '2024-03-20',
    });
    expect(coverage.gaps).toMatchObject([{ kind: 'delisted' }]);
  });

  it('that REST refuses is no failure of REST', async () => {
    const symbols = { GONEUSDT: { listed: '2023-01-01', delisted: '2023-12-20' } };
    const query = {
      ...hours,
      symbol: 'GONEUSDT',
      start: '2023-12-19',
      end: '2023-12-25',
    } as const;
    const { manager } = compose({ archive: { symbols } });
    expect((await manager.getKlines(query)).coverage.gaps).toMatchObject([{ kind: 'delisted' }]);

    const unlisted = compose({ archive: { symbols, hasListing: false } });
    const { coverage, activity } = await unlisted.manager.getKlines(query, { strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'no-data', evidence: expect.stringContaining('-1121') }]);
    expect(activity.sources).toMatchObject({ rest: { failed: 0, missing: 1 } });
  });

  it('that nobody knows is unknown today as well', async () => {
    const { manager, cache } = compose();
    const today = { ...hours, symbol: 'TYPOUSDT', start: '2024-03-20', end: '2024-03-21' };
    await expect(manager.getKlines(today)).rejects.toMatchObject({ code: 'E_UNKNOWN_SYMBOL' });
    await expect(manager.getKlines(today, { allow: ['no-data'] })).rejects.toMatchObject({ code: 'E_UNKNOWN_SYMBOL' });
    const { coverage } = await manager.getKlines(today, { strict: false });
    expect(coverage.gaps[0]).toMatchObject({ kind: 'no-data', evidence: expect.stringContaining('-1121') });
    for (const start of ['2024-03-20', '2024-03-19', '2024-03-19T12:00Z', '2024-03-19']) {
      const { batch } = await manager.getKlines({ ...today, start }, { strict: false });
      expect(batch.numRows).toBe(0);
    }
    // A slip of the keyboard does not become a series of the cache.
    expect([...cache.entries.keys()]).toEqual([]);
  });

  it('that nobody knows is refused in a sentence, and not taken for an empty one', async () => {
    const { manager, cache } = compose();
    await expect(
      manager.getKlines({ ...hours, symbol: 'TYPOUSDT', start: '2024-01-01', end: '2024-01-05' }),
    ).rejects.toMatchObject({
      code: 'E_UNKNOWN_SYMBOL',
      message: expect.stringContaining('TYPOUSDT'),
    });
    // That the archive has no file of the month, and nothing of any day.
    expect([...cache.absences.keys()].every((path) => path.includes('monthly'))).toBe(true);
  });
});
