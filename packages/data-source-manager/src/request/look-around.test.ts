import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { BTC, FakeArchive } from '../__fixtures__/fake-sources.ts';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import { managerOf } from '../faults/fault.fixture.ts';
import { span } from '../__fixtures__/market.ts';
import { onePage, stepsBack } from '../plan/steps-back.ts';

const hours = { symbol: 'NEWUSDT', interval: '1h' } as const;
const loose = { strict: false } as const;
const told = (gaps: readonly { kind: string; start: bigint; end: bigint }[]): unknown[] =>
  gaps.map(({ kind, start, end }) => [kind, start, end]);
const gap = (kind: string, start: string, end: string): unknown[] => [
  kind,
  span(start, end).start,
  span(start, end).end,
];

describe('a source of spans alone', () => {
  const query = { ...hours, start: '2024-03-08', end: '2024-03-10' };

  it('has no rows before its first ones: the symbol was not listed yet, unless older rows are there', async () => {
    const ofLife = async (listed: string) => {
      const symbols = { NEWUSDT: { listed, outages: [span('2024-03-07T15:00', '2024-03-08T10:00')] } };
      const { manager, rest } = compose({ archive: false, rest: { symbols } });
      const { coverage, activity } = await manager.getKlines(query, loose);
      return { gaps: told(coverage.gaps), asked: rest.asked.filter(({ symbol }) => symbol === 'NEWUSDT'), activity };
    };
    const isNew = await ofLife('2024-03-08T10:00');
    expect(isNew.gaps).toEqual([gap('not-listed-yet', '2024-03-08', '2024-03-08T10:00')]);
    for (const listed of ['2023-01-01', '2024-03-05', '2024-03-06T03:00']) {
      const isOld = await ofLife(listed);
      expect({ listed, gaps: isOld.gaps }).toEqual({
        listed,
        gaps: [gap('no-data', '2024-03-08', '2024-03-08T10:00')],
      });
    }
    expect(isNew.asked.map(({ interval }) => interval)).toEqual(['1h', '1mo', '1d']);
    expect(isNew.activity.sources['rest']).toMatchObject({ asked: 3, requests: 3 });
  });

  it('that cannot be asked for older rows leaves the gap without data, and is asked nothing else', async () => {
    const symbols = { NEWUSDT: { listed: '2024-03-08T10:00' } };
    const { manager, rest } = compose({ archive: false, rest: { symbols } });
    const fetch = rest.fetch.bind(rest);
    Object.assign(rest, {
      fetch: (...args: Parameters<typeof fetch>) => {
        if (args[0].interval === '1mo') throw new Error('service unavailable');
        return fetch(...args);
      },
    });
    const { coverage, activity } = await manager.getKlines(query, loose);
    expect(told(coverage.gaps)).toEqual([gap('no-data', '2024-03-08', '2024-03-08T10:00')]);
    expect(activity.sources['rest']).toMatchObject({ asked: 2, failed: 1, requests: rest.asked.length + 1 });
  });
});

describe('an archive that began after its symbol', () => {
  const symbols = { NEWUSDT: { listed: '2023-08-27', outages: [span('2024-02-01T19:00', '2024-02-01T20:00')] } };
  const archive = { symbols: { NEWUSDT: { listed: '2024-02-20' } } };
  const query = { ...hours, start: '2024-02-01T19:00', end: '2024-02-01T20:00' };

  it('makes nothing unlisted that a source of spans has older rows of', async () => {
    const { manager } = compose({ archive, rest: { symbols } });
    const { coverage } = await manager.getKlines(query, loose);
    expect(told(coverage.gaps)).toEqual([gap('no-data', '2024-02-01T19:00', '2024-02-01T20:00')]);
  });

  it('and a source of spans that has nothing older: the symbol was not listed yet', async () => {
    const { manager } = compose({ archive, rest: { symbols: archive.symbols } });
    const { coverage } = await manager.getKlines(query);
    expect(told(coverage.gaps)).toEqual([gap('not-listed-yet', '2024-02-01T19:00', '2024-02-01T20:00')]);
  });
});

describe('a request that is aborted before it has explained a hole', () => {
  it('leaves the hole to be asked for again', async () => {
    const symbols = { NEWUSDT: { listed: '2023-01-01' }, BTCUSDT: BTC, ETHUSDT: BTC, BNBUSDT: BTC };
    const query = { ...hours, start: '2024-03-19', end: '2024-03-20' };
    // An hour late.
    const first = compose({ archive: false, rest: { symbols, short: [span('2024-03-19T20:00', '2024-03-19T21:00')] } });
    const stop = new AbortController();
    const fetch = first.rest.fetch.bind(first.rest);
    Object.assign(first.rest, {
      fetch: (...args: Parameters<typeof fetch>) => {
        if (args[0].symbol === 'BTCUSDT') stop.abort();
        return fetch(...args);
      },
    });
    await expect(first.manager.getKlines(query, { ...loose, signal: stop.signal })).rejects.toMatchObject({
      code: 'E_ABORTED',
    });
    const { manager } = compose({ cache: first.cache, archive: false, rest: { symbols }, now: '2024-05-20T00:00:00Z' });
    const { batch, coverage } = await manager.getKlines(query);
    expect([batch.numRows, coverage.complete]).toEqual([24, true]);
  });
});

describe('an archive that has stopped', () => {
  const life = { listed: '2023-01-01' };
  const archive = { symbols: { NEWUSDT: { ...life, delisted: '2024-02-10' } } };
  const query = { ...hours, start: '2024-03-19', end: '2024-03-20' };

  it('makes nothing delisted by itself', async () => {
    const { manager } = compose({ archive, rest: false, now: '2024-08-01T00:00:00Z' });
    const { coverage } = await manager.getKlines(query, loose);
    expect(told(coverage.gaps)).toEqual([gap('publisher-hole', '2024-03-19', '2024-03-20')]);
  });

  it('makes nothing delisted that a source of spans had a day before', async () => {
    const symbols = { NEWUSDT: { ...life, outages: [span('2024-03-18T20:00', '2024-03-21')] } };
    const { manager } = compose({ archive, rest: { symbols } });
    const { coverage } = await manager.getKlines(query, loose);
    expect(told(coverage.gaps)).toEqual([gap('no-data', '2024-03-19', '2024-03-20')]);
  });

  it('and a source of spans that has been silent for a week: the symbol is delisted', async () => {
    const { manager, rest } = compose({ archive, rest: { symbols: archive.symbols } });
    const { coverage } = await manager.getKlines(query);
    expect(told(coverage.gaps)).toEqual([gap('delisted', '2024-03-19', '2024-03-20')]);
    expect(rest.asked).toHaveLength(2);
  });
});

describe('a month that is remembered as delisted', () => {
  it('stays so when some of its days are asked for again, and its file is not there', async () => {
    const symbols = { NEWUSDT: { listed: '2023-01-01', delisted: '2023-11-18' } };
    const { manager } = compose({ archive: { symbols }, rest: { symbols }, now: '2024-10-24T18:00:00Z' });
    await manager.getKlines({ ...hours, start: '2024-08-01', end: '2024-09-10' });
    await manager.getKlines({ ...hours, start: '2024-08-05', end: '2024-08-08' }, { ...loose, mode: 'refresh' });
    const query = { ...hours, start: '2024-08-02', end: '2024-08-20' };
    const { coverage } = await manager.getKlines(query, { ...loose, mode: 'offline' });
    expect(told(coverage.gaps)).toEqual([gap('delisted', '2024-08-02', '2024-08-20')]);
  });
});

describe('a part of a day of a name that is refused', () => {
  it('is asked for once in 30 days, makes no entry, and says nothing of the rest of its day', async () => {
    const cache = new FakeCache();
    const query = { ...hours, start: '2024-03-11T05:00', end: '2024-03-11T06:00' };
    const ask = async (now: string, other: object = {}) => {
      const { manager, rest } = compose({ cache, archive: false, rest: { symbols: { BTCUSDT: BTC } }, now });
      const { coverage } = await manager.getKlines({ ...query, ...other }, loose);
      const own = rest.asked.filter(({ symbol }) => symbol === 'NEWUSDT').length;
      return [coverage.gaps.map(({ kind }) => kind), own];
    };
    expect(await ask('2024-03-20T12:00:00Z')).toEqual([['no-data'], 1]);
    expect(await ask('2024-03-20T12:10:00Z')).toEqual([['no-data'], 0]);
    expect(await ask('2024-03-20T12:10:00Z', { end: '2024-03-11T07:00' })).toEqual([['no-data'], 1]);
    expect(await ask('2024-05-20T12:00:00Z')).toEqual([['no-data'], 1]);
    expect([...cache.entries.keys()]).toEqual([]);
  });
});

describe('a hole that two archives have been asked for, in part', () => {
  it('is not asked for again, nor told as not asked, when a month has come once more', async () => {
    const symbols = { NEWUSDT: { listed: '2023-12-22', outages: [span('2024-01-13T16:00', '2024-01-15T08:00')] } };
    const query = { ...hours, start: '2024-01-13T23:00', end: '2024-01-14T01:00' };
    const cache = new FakeCache();
    for (const now of ['2024-03-26T14:00:00Z', '2024-05-25T14:00:00Z']) {
      const archives = ['vision', 'mirror'].map(
        (name) => new FakeArchive({ name, symbols, unpublished: ['2024-01-14'], until: now.slice(0, 10) }),
      );
      const { coverage } = await managerOf(cache, archives, now).getKlines(query, loose);
      expect(told(coverage.gaps)).toEqual([gap('publisher-hole', '2024-01-13T23:00', '2024-01-14T01:00')]);
    }
  });
});

describe('a market that stands still for weeks', () => {
  it('has delisted nothing', async () => {
    const outages = [span('2024-01-20', '2024-02-28')];
    const listed = '2023-01-01';
    const symbols = { NEWUSDT: { listed, outages }, BTCUSDT: { ...BTC, outages }, ETHUSDT: { ...BTC, outages }, BNBUSDT: { ...BTC, outages } }; // prettier-ignore
    const { manager } = compose({ archive: { symbols, until: '2024-01-20' }, rest: { symbols } });
    const { coverage } = await manager.getKlines({ ...hours, interval: '1d', start: '2024-02-01', end: '2024-02-10' });
    expect(told(coverage.gaps)).toEqual([gap('exchange-outage', '2024-02-01', '2024-02-10')]);
  });
});

describe('an archive that failed on a day', () => {
  it('is asked for the month of another day without a file, within what it has', async () => {
    const archive = {
      symbols: { NEWUSDT: { listed: '2023-01-01' } },
      unpublished: ['2024-02-16'],
      failures: { '2024-02-15': 1 },
    };
    const { manager } = compose({ archive, rest: false });
    const { batch } = await manager.getKlines({ ...hours, start: '2024-02-15', end: '2024-02-17' }, loose);
    expect(batch.numRows).toBe(48);
  });
});

describe('an archive that failed on a day, where REST has nothing older than its own first rows', () => {
  it('is asked for the month of days that it does not list, and what it is not asked for is no failure of it', async () => {
    const archive = { symbols: { NEWUSDT: { listed: '2023-12-10' } }, failures: { '2023-12-12': 1 } };
    const symbols = { NEWUSDT: { listed: '2023-12-09T10:00' } };
    const query = { ...hours, start: '2023-12-07T09:00', end: '2023-12-14T02:00' };
    const first = compose({ archive, rest: { symbols } });
    const { coverage } = await first.manager.getKlines(query);
    expect(told(coverage.gaps)).toEqual([gap('not-listed-yet', '2023-12-07T09:00', '2023-12-09T10:00')]);
    const again = compose({ cache: first.cache, archive, rest: { symbols } });
    expect(told((await again.manager.getKlines(query)).coverage.gaps)).toEqual(told(coverage.gaps));
    expect([again.archive.asked, again.rest.asked]).toEqual([[], []]);
  });
});

describe('a name that nobody knows', () => {
  it('is asked for once where its answer is wanted all the same, and told offline as well', async () => {
    const query = { ...hours, start: '2024-01-01', end: '2024-01-05' };
    const first = compose({ archive: { symbols: {} }, rest: { symbols: {} } });
    const { coverage } = await first.manager.getKlines(query, loose);
    const again = compose({ cache: first.cache, archive: { symbols: {} }, rest: { symbols: {} } });
    const offline = await again.manager.getKlines(query, { ...loose, mode: 'offline' });
    expect(told(offline.coverage.gaps)).toEqual(told(coverage.gaps));
    expect(told((await again.manager.getKlines(query, loose)).coverage.gaps)).toEqual(told(coverage.gaps));
    expect([again.archive.asked, again.archive.listed, again.rest.asked]).toEqual([[], 0, []]);
  });
});

describe(stepsBack, () => {
  it('goes on without rest and without overlap, in ever shorter bars', () => {
    const steps = stepsBack('15m', span('2017-01-01', '2024-03-08T10:45'));
    expect(steps.map(({ interval }) => interval)).toEqual(['1mo', '1d', '1h', '15m']);
    steps.slice(1).forEach((step, index) => expect(step.span.start).toBe(steps[index]!.span.end));
    expect(stepsBack('1mo', span('2017-01-01', '2024-03-01'))).toEqual([
      { interval: '1mo', span: span('2017-01-01', '2024-03-01') },
    ]);
  });
});

describe(onePage, () => {
  it('takes longer bars where a page has no room for those of the series', () => {
    expect(onePage('1m', span('2024-03-01', '2024-03-01T05:00'))?.interval).toBe('1m');
    expect(onePage('1m', span('2024-03-01', '2024-03-08'))?.interval).toBe('1h');
    expect(onePage('1m', span('2024-03-08', '2024-03-08'))).toBeUndefined();
  });
});
