import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';
import { bars, barsWithin, span } from '../__fixtures__/market.ts';

const hours = { symbol: 'BTCUSDT', interval: '1h' } as const;

describe('a month that ends within a week', () => {
  const query = { symbol: 'BTCUSDT', interval: '1w', start: '2024-01-01', end: '2024-02-01' } as const;
  const early = { now: '2024-02-02T12:00:00Z', rest: false } as const;

  it('is answered and stored without the week that has not ended, whether or not its file has it', async () => {
    for (const short of [{}, { '2024-01': [span('2024-01-29', '2024-01-30')] }]) {
      const first = compose({ ...early, archive: { until: '2024-02-02', short } });
      const { batch, coverage, warnings } = await first.manager.getKlines(query);
      expect(batch).toEqual(barsWithin('BTCUSDT', '1w', span('2024-01-01', '2024-01-29')));
      expect(coverage.gaps).toMatchObject([{ kind: 'not-published-yet', ...span('2024-01-29', '2024-02-01') }]);
      expect(warnings).toEqual([]);

      const later = compose({ cache: first.cache, now: '2024-02-05T00:00:00Z', rest: false });
      expect((await later.manager.getKlines(query)).batch.numRows).toBe(5);
      await later.manager.getKlines(query);
      expect(later.archive.asked).toEqual(['2024-01']);
    }
  });
});

describe('REST that does not have the last bar yet', () => {
  it('is asked for it again, also when the day has ended and there is no archive', async () => {
    const last = [span('2024-03-20T11:00', '2024-03-20T12:00')];
    const query = { ...hours, start: '2024-03-20', end: '2024-03-20T12:00' };
    const now = '2024-03-20T12:00:01Z';
    const first = compose({ archive: false, rest: { short: last }, now });
    expect((await first.manager.getKlines(query)).coverage.gaps).toMatchObject([
      { kind: 'not-published-yet', ...last[0] },
    ]);
    const second = compose({ archive: false, cache: first.cache, now: '2024-03-20T12:01:00Z' });
    expect((await second.manager.getKlines(query)).coverage.complete).toBe(true);
    expect(second.rest.asked).toMatchObject(last);
  });

  it('is asked for it again, where it was the last of a day', async () => {
    const last = [span('2024-03-19T23:00', '2024-03-20')];
    const query = { ...hours, start: '2024-03-19', end: '2024-03-20' };
    const first = compose({ archive: false, rest: { short: last }, now: '2024-03-20T00:00:01Z' });
    await first.manager.getKlines(query);
    const second = compose({ archive: false, cache: first.cache, now: '2024-03-20T00:01:00Z' });
    expect((await second.manager.getKlines(query)).batch.numRows).toBe(24);
  });

  it('does not have what it still lacks after a while: that is remembered', async () => {
    const last = [span('2024-03-20T11:00', '2024-03-20T12:00')];
    const query = { ...hours, start: '2024-03-20', end: '2024-03-20T12:00' };
    const symbols = { BTCUSDT: BTC };
    const { manager, rest } = compose({ archive: false, rest: { symbols, short: last } });
    for (const asked of [1, 1]) {
      const { coverage } = await manager.getKlines(query, { strict: false });
      expect(coverage.gaps).toMatchObject([{ kind: 'no-data', ...last[0] }]);
      expect(rest.asked.filter(({ symbol }) => symbol === 'BTCUSDT')).toHaveLength(asked);
    }
  });
});

describe('a hole in rows of REST of which nobody could say why', () => {
  it('is asked for again, and explained then', async () => {
    const hole = span('2024-03-02T05:00', '2024-03-02T07:00');
    const symbols = { BTCUSDT: { ...BTC, outages: [hole] }, ETHUSDT: BTC, BNBUSDT: BTC };
    const { manager } = compose({ archive: false, rest: { symbols, failures: 1, failing: 'ETHUSDT' } });
    const query = { ...hours, start: '2024-03-02', end: '2024-03-03' };
    const kinds = async () => (await manager.getKlines(query, { strict: false })).coverage.gaps.map(({ kind }) => kind);
    expect(await kinds()).toEqual(['source-failed']);
    expect(await kinds()).toEqual(['no-data']);
  });
});

describe('a listing that cannot be had', () => {
  const symbols = { NEWUSDT: { listed: '2024-02-10' } };
  const query = { ...hours, symbol: 'NEWUSDT', start: '2024-02-01', end: '2024-02-04' };

  it('leaves open why days are missing: they are no absence of thirty days', async () => {
    const { manager, archive, cache } = compose({ archive: { symbols }, rest: { symbols } });
    const { list } = archive;
    Object.assign(archive, {
      list: () => {
        throw new Error('service unavailable');
      },
    });
    const { coverage } = await manager.getKlines(query, { strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', evidence: expect.stringContaining('listing') }]);
    expect([...cache.absences.keys()]).toEqual([]);
    Object.assign(archive, { list });
    expect((await manager.getKlines(query)).coverage.gaps).toMatchObject([{ kind: 'not-listed-yet' }]);
  });

  it('because another request was stopped, is had by who still waits', async () => {
    const { manager, archive } = compose({ archive: { symbols }, rest: { symbols } });
    const list = archive.list!.bind(archive);
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    Object.assign(archive, {
      list: async function* (...[from, options]: Parameters<typeof list>) {
        begin();
        await held;
        options?.signal?.throwIfAborted();
        yield* list(from, options);
      },
    });
    const stop = new AbortController();
    const stopped = manager.getKlines(query, { signal: stop.signal });
    await begun;
    const waiting = manager.getKlines(query);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'E_ABORTED' });
    goOn();
    expect((await waiting).coverage.gaps).toMatchObject([{ kind: 'not-listed-yet' }]);
  });

  it('makes an audit say what it could not compare, and no more', async () => {
    const { manager, archive } = compose();
    const days = { ...hours, start: '2024-03-01', end: '2024-03-03' };
    await manager.getKlines(days);
    Object.assign(archive, {
      list: () => {
        throw new Error('service unavailable');
      },
    });
    const { failed, checked } = await manager.audit(days);
    expect(failed.map(({ key, error }) => `${key.date} ${error}`)).toEqual([
      '2024-03-01 the listing: service unavailable',
      '2024-03-02 the listing: service unavailable',
    ]);
    expect(checked).toBe(0);
  });
});

describe('the kind of a gap', () => {
  it('is source-failed where a refresh asked in vain', async () => {
    const { manager, cache } = compose();
    await manager.getKlines({ ...hours, start: '2024-03-20', end: '2024-03-20T06:00' });
    const failing = compose({ cache, rest: { failures: 9 } });
    const { coverage } = await failing.manager.getKlines(
      { ...hours, start: '2024-03-20', end: '2024-03-20T12:00' },
      { strict: false, mode: 'refresh' },
    );
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', ...span('2024-03-20T06:00', '2024-03-20T12:00') }]);
  });

  it('is not-published-yet where half a day is there and only its archive is to come, each time', async () => {
    const query = { ...hours, start: '2024-03-19', end: '2024-03-20' };
    const { manager, cache } = compose({ now: '2024-03-19T12:30:00Z' });
    await manager.getKlines(query);
    const next = compose({ cache, now: '2024-03-20T01:00:00Z', archive: { until: '2024-03-19' }, rest: false });
    for (const asked of [1, 1]) {
      const { coverage } = await next.manager.getKlines(query);
      expect(coverage.gaps).toMatchObject([{ kind: 'not-published-yet', ...span('2024-03-19T12:00', '2024-03-20') }]);
      expect(next.archive.asked).toHaveLength(asked);
    }
  });
});

describe('an absence', () => {
  it('that was written by a clock years ahead is not believed', async () => {
    const ahead = compose({ now: '2035-03-19T12:30:00Z', archive: { until: '2024-03-19' }, rest: { symbols: {} } });
    const query = { ...hours, start: '2024-03-19', end: '2024-03-20' };
    await ahead.manager.getKlines(query, { strict: false });
    expect(ahead.cache.absences.size).toBeGreaterThan(0);
    expect((await compose({ cache: ahead.cache }).manager.getKlines(query)).coverage.complete).toBe(true);
  });
});

describe('rows out of order', () => {
  it('are no answer: they could not be told apart by the day', async () => {
    const { manager, archive } = compose({ rest: false });
    const rows = archive.rows.bind(archive);
    archive.rows = (key) =>
      bars('BTCUSDT', (rows(key).columns as { open_time: BigInt64Array }).open_time.slice().reverse(), '1h');
    const { batch, coverage } = await manager.getKlines(
      { ...hours, start: '2024-03-02', end: '2024-03-03' },
      { strict: false },
    );
    expect(batch.numRows).toBe(0);
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', evidence: expect.stringContaining('order') }]);
  });
});
