import { keysBetween } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';
import { barsWithin, dayKey, span } from '../__fixtures__/market.ts';
import { coverageOf } from '../ledger/coverage-of.ts';
import { hasPlaces, wholePlaces } from '../spans/grid-places.ts';

describe('a part of a bar', () => {
  it('has no place in the grid, and is wanted as the whole of it', () => {
    expect(hasPlaces('1mo', span('2024-01-15', '2024-02-01'))).toBe(false);
    expect(hasPlaces('1mo', span('2024-01-15', '2024-02-02'))).toBe(true);
    expect(hasPlaces(undefined, span('2024-01-15', '2024-01-16'))).toBe(true);
    const day = span('2024-01-01', '2024-01-02');
    expect(wholePlaces('4h', span('2024-01-01T05:00', '2024-01-01T09:00'), day)).toEqual(
      span('2024-01-01T04:00', '2024-01-01T12:00'),
    );
    expect(wholePlaces('1w', span('2024-02-01', '2024-02-03'), span('2024-02-01', '2024-03-01'))).toEqual(
      span('2024-02-01', '2024-02-05'),
    );
  });

  it('at the edge of a range is no gap, and belongs to what lies next to it', () => {
    const asked = span('2024-01-15', '2024-03-01');
    const keys = keysBetween({ symbol: 'BTCUSDT', interval: '1mo', ...asked });
    const known = {
      source: 'vision',
      state: 'complete',
      layout: 'new',
      rows: 1,
      spans: [span('2024-02-01', '2024-03-01')],
      holes: [],
    } as const;
    const input = { span: asked, keys, interval: '1mo', now: span('2024-06-01', '2024-06-02').start } as const;
    expect(coverageOf({ ...input, facts: [undefined, known] })).toMatchObject({
      complete: true,
      gaps: [],
      spans: [{ ...asked, source: 'vision' }],
    });
    expect(coverageOf({ ...input, facts: [undefined, undefined] })).toMatchObject({
      spans: [],
      gaps: [{ ...asked, kind: 'not-cached' }],
    });
  });

  it('is not what is asked for again and again', async () => {
    const outage = span('2024-03-02T05:00', '2024-03-02T07:00');
    const symbols = { BTCUSDT: { ...BTC, outages: [outage] }, ETHUSDT: BTC, BNBUSDT: BTC };
    const { manager, archive, rest } = compose({ archive: { symbols }, rest: { symbols } });
    const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-02T05:20', end: '2024-03-02T06:40' } as const;
    const first = await manager.getKlines(query, { strict: false });
    const asked = [archive.asked.length, rest.asked.length];
    expect(await manager.getKlines(query, { strict: false })).toMatchObject({
      coverage: { gaps: first.coverage.gaps },
    });
    expect([archive.asked.length, rest.asked.length]).toEqual(asked);
  });
});

describe('a symbol that REST has longer than the archive', () => {
  it('is not called not listed yet while REST could not be asked', async () => {
    const life = { ADAUSDT: { listed: '2024-03-10' } };
    const query = { symbol: 'ADAUSDT', interval: '1h', start: '2024-02-20', end: '2024-03-12' } as const;
    const failing = compose({ archive: { symbols: life }, rest: { symbols: life, failures: 1 } });
    const { coverage } = await failing.manager.getKlines(query, { strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'source-failed', ...span('2024-02-20', '2024-03-10') }]);
    expect((await failing.manager.getKlines(query)).coverage.gaps).toMatchObject([{ kind: 'not-listed-yet' }]);
  });
});

describe('days that another process stored meanwhile', () => {
  it('are told of as their rows are', async () => {
    const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-01', end: '2024-03-03' } as const;
    const { cache, manager, archive } = compose({ archive: { failures: { '2024-03-02': 9 } }, rest: false });
    const fetchOf = archive.fetch.bind(archive);
    const theirs = barsWithin('BTCUSDT', '1h', span('2024-03-02', '2024-03-03'));
    archive.fetch = async (key, options) => {
      if (key.date === '2024-03-02')
        await cache.save(dayKey(key.date), theirs, { source: 'other', asOf: '2024-03-20' });
      return fetchOf(key, options);
    };
    const { batch, coverage } = await manager.getKlines(query, { strict: false });
    expect(batch).toEqual(barsWithin('BTCUSDT', '1h', span('2024-03-01', '2024-03-03')));
    expect(coverage).toMatchObject({ complete: true, gaps: [] });
  });
});
