import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';
import { barsWithin, dayKey, span } from '../__fixtures__/market.ts';

const hours = { symbol: 'BTCUSDT', interval: '1h' } as const;
const noSpace = (): Error => Object.assign(new Error('no space left'), { code: 'E_NO_SPACE' });

/** A cache that has what it has, and takes nothing more. */
function full(cache: FakeCache): FakeCache {
  cache.failSaves = Infinity;
  return cache;
}

describe('a cache that can store nothing more', () => {
  it('costs nothing of a day that it has in part', async () => {
    const { manager, cache } = compose();
    await manager.getKlines({ ...hours, start: '2024-03-20', end: '2024-03-20T06:00' });
    full(cache);
    const { batch, coverage } = await manager.getKlines({ ...hours, start: '2024-03-20', end: '2024-03-20T12:00' });
    expect(batch).toEqual(barsWithin('BTCUSDT', '1h', span('2024-03-20', '2024-03-20T12:00')));
    expect(coverage.complete).toBe(true);
  });

  it('costs nothing of a day that two sources have together', async () => {
    const short = { '2024-03-02': [span('2024-03-02T18:00', '2024-03-03')] };
    const { manager } = compose({ archive: { short }, cache: full(new FakeCache()) });
    const { batch, coverage, warnings } = await manager.getKlines({ ...hours, start: '2024-03-02', end: '2024-03-03' });
    expect(batch).toEqual(barsWithin('BTCUSDT', '1h', span('2024-03-02', '2024-03-03')));
    expect(coverage.complete).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/^BTCUSDT 2024-03-02 could not be stored: .*E_NO_SPACE/)]);
  });

  it('still shows what neither it nor a source has', async () => {
    const hole = span('2024-03-20T07:00', '2024-03-20T09:00');
    const symbols = { BTCUSDT: { ...BTC, outages: [hole] }, ETHUSDT: BTC, BNBUSDT: BTC };
    const { manager, cache } = compose({ rest: { symbols } });
    await manager.getKlines({ ...hours, start: '2024-03-20', end: '2024-03-20T06:00' });
    full(cache);
    const query = { ...hours, start: '2024-03-20', end: '2024-03-20T12:00' };
    const { batch, coverage } = await manager.getKlines(query, { strict: false });
    expect(batch.numRows).toBe(10);
    expect(coverage.gaps).toMatchObject([{ kind: 'no-data', ...hole }]);
  });

  it('leaves the rows in the order of time, whatever columns are asked for', async () => {
    const { manager, cache } = compose();
    await manager.getKlines({ ...hours, start: '2024-03-03', end: '2024-03-04' });
    full(cache);
    const query = { ...hours, start: '2024-03-02T05:00', end: '2024-03-04' };
    const truth = barsWithin('BTCUSDT', '1h', span('2024-03-02T05:00', '2024-03-04')).columns;
    const { batch } = await manager.getKlines(query, { columns: ['open_time', 'close'] });
    expect(batch.columns).toEqual({ open_time: truth.open_time, close: truth.close });
    const closes = await manager.getKlines(query, { columns: ['close'] });
    expect(closes.batch.columns).toEqual({ close: truth.close });
  });

  it('never keeps a migrated value over the one of a source', async () => {
    const { manager, cache } = compose();
    const truth = barsWithin('BTCUSDT', '1h', span('2024-03-02', '2024-03-03'));
    const quote_volume = new Float64Array(24).fill(NaN);
    const old = { ...truth, columns: { ...truth.columns, quote_volume } };
    cache.put(dayKey('2024-03-02'), old, { state: 'degraded', source: 'migrated' });
    full(cache);
    const { batch } = await manager.getKlines({ ...hours, start: '2024-03-02', end: '2024-03-03' });
    expect(batch).toEqual(truth);
  });

  it('keeps its own archive rows over those of REST', async () => {
    const { manager, cache } = compose({ archive: false });
    const half = barsWithin('BTCUSDT', '1h', span('2024-03-02', '2024-03-02T12:00'));
    half.columns.volume.fill(7);
    const spans = [span('2024-03-02', '2024-03-02T12:00')];
    cache.put(dayKey('2024-03-02'), half, { state: 'partial', source: 'vision', spans });
    full(cache);
    const query = { ...hours, start: '2024-03-02', end: '2024-03-03' };
    const { batch } = await manager.getKlines(query, { mode: 'refresh' });
    expect(batch.columns.volume.slice(0, 12)).toEqual(half.columns.volume);
    expect(batch.numRows).toBe(24);
  });
});

describe('a cache that fails otherwise', () => {
  const query = { ...hours, start: '2024-03-02', end: '2024-03-03' };

  it('without leases (a read-only folder) still gives the rows', async () => {
    const { manager, cache } = compose();
    cache.lease = () => Promise.reject(noSpace());
    expect((await manager.getKlines(query)).coverage.complete).toBe(true);
    cache.lease = () => Promise.resolve({ release: () => Promise.reject(noSpace()) });
    expect((await manager.getKlines({ ...query, start: '2024-03-01' })).coverage.complete).toBe(true);
  });

  it('is E_CACHE wherever it cannot be read, and no error of its own', async () => {
    const { manager, cache } = compose();
    await manager.getKlines(query);
    cache.coverage = () => Promise.reject(noSpace());
    const unreadable = { code: 'E_CACHE', details: { operation: 'coverage' } };
    await expect(manager.plan(query)).rejects.toMatchObject(unreadable);
    await expect(manager.audit(query)).rejects.toMatchObject(unreadable);
    await expect(manager.getKlines({ ...query, start: '2024-03-01' })).rejects.toMatchObject(unreadable);
  });

  it('is no matter where the caller has stopped', async () => {
    const { manager, cache } = compose();
    const stop = new AbortController();
    cache.coverage = () => {
      stop.abort();
      return Promise.reject(noSpace());
    };
    await expect(manager.plan(query, { signal: stop.signal })).rejects.toMatchObject({ code: 'E_ABORTED' });
  });
});

describe('another process that stores more of a day meanwhile', () => {
  it('makes no hole that nobody sees: facts and rows are of one moment', async () => {
    const holes = [span('2024-03-02T03:00', '2024-03-02T04:00'), span('2024-03-02T06:00', '2024-03-02T07:00')];
    const symbols = { BTCUSDT: { ...BTC, outages: holes }, ETHUSDT: BTC, BNBUSDT: BTC };
    const { manager, cache, rest } = compose({ archive: false, rest: { symbols } });
    const key = dayKey('2024-03-02');
    const rows = barsWithin('BTCUSDT', '1h', span('2024-03-02', '2024-03-02T09:00'), holes);
    const [first] = [span('2024-03-02', '2024-03-02T09:00')];
    await cache.save(key, rows, { source: 'vision', spans: [first], asOf: '2024-03-20' });
    const fetch = rest.fetch.bind(rest);
    rest.fetch = async (...of) => {
      rest.fetch = fetch;
      const more = span('2024-03-02T09:00', '2024-03-02T12:00');
      const theirs = barsWithin('BTCUSDT', '1h', span('2024-03-02T10:00', '2024-03-02T12:00'));
      await cache.save(key, barsWithin('BTCUSDT', '1h', holes[1]!), {
        source: 'other',
        spans: [holes[1]!],
        asOf: '2024-03-20',
      });
      await cache.save(key, theirs, { source: 'other', spans: [more], asOf: '2024-03-20' });
      return fetch(...of);
    };
    const { batch, coverage } = await manager.getKlines(
      { ...hours, start: '2024-03-02', end: '2024-03-02T09:00' },
      { strict: false },
    );
    const known = coverage.spans.reduce((bars, { start, end }) => bars + Number((end - start) / 3_600_000_000n), 0);
    expect(batch.numRows).toBe(known);
    expect(coverage.gaps).toMatchObject([{ kind: 'no-data', ...holes[0] }]);
  });
});
