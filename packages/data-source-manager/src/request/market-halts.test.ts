import { describe, expect, it } from '@jest/globals';
import type { TimeSpan } from '@vision-cache/cache-keys';
import { compose } from '../__fixtures__/compose.ts';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import { span } from '../__fixtures__/market.ts';
import { told } from '../faults/fault.fixture.ts';

/** A market of which all symbols, those that are its witnesses as well, stand still. */
const still = (outage: TimeSpan) => {
  const truth = { listed: '2019-01-01', outages: [outage] };
  return { NEWUSDT: truth, BTCUSDT: truth, ETHUSDT: truth, BNBUSDT: truth };
};

describe('a market that stands still until after the last bar that has closed', () => {
  it('has delisted nothing: shorter bars tell that it goes on', async () => {
    const symbols = still(span('2024-08-19', '2024-10-08T21:00'));
    const now = '2024-10-22T21:47:00Z';
    const { manager } = compose({ now, archive: { symbols, unpublished: ['2024-09'] }, rest: { symbols } });
    const query = { symbol: 'NEWUSDT', interval: '1mo', start: '2024-09-01', end: '2024-10-01' } as const;
    const { coverage } = await manager.getKlines(query);
    expect(told(coverage.gaps)).toEqual(['exchange-outage 2024-09-01..2024-10-01']);
  });

  it('is known to have stood still before the next bar has closed', async () => {
    const symbols = still(span('2024-03-20T09:00', '2024-03-20T12:10'));
    const { manager } = compose({ now: '2024-03-20T12:30:00Z', archive: false, rest: { symbols } });
    const query = { symbol: 'NEWUSDT', interval: '1h', start: '2024-03-20T06:00', end: '2024-03-20T12:00' } as const;
    const { coverage } = await manager.getKlines(query);
    expect(told(coverage.gaps)).toEqual(['exchange-outage 2024-03-20T09..2024-03-20T12']);
  });
});

describe('a market that stands still to this moment', () => {
  it.each(['1h', '1d', '1mo'] as const)('has delisted nothing, and is looked at again: %s', async (interval) => {
    const bar = { '1h': '2024-03-31T09:00', '1d': '2024-03-10', '1mo': '2023-12-01' }[interval];
    const query = { symbol: 'NEWUSDT', interval, start: bar, end: '2024-04-01' } as const;
    const cache = new FakeCache();
    const ask = async (now: string, symbols: ReturnType<typeof still>) => {
      const archive = { symbols, until: bar.slice(0, 10) };
      const { manager, rest } = compose({ cache, now, archive, rest: { symbols } });
      const { coverage } = await manager.getKlines(query, { strict: false });
      return { kind: coverage.gaps[0]!.kind, asked: rest.asked.length };
    };
    const going = still(span(bar, '2025-01-01'));
    expect((await ask('2024-03-31T12:30:00Z', going)).kind).toBe('no-data');
    expect(await ask('2024-03-31T12:31:00Z', going)).toEqual({ kind: 'no-data', asked: 0 });
    const over = still(span(bar, '2024-03-31T14:00'));
    expect((await ask('2024-04-10T20:00:00Z', over)).kind).toBe('exchange-outage');
  });
});
