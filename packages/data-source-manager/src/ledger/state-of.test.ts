import { BINANCE } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';
import { span } from '../__fixtures__/market.ts';

const hours = { symbol: 'NEWUSDT', interval: '1h' } as const;
const loose = { strict: false } as const;
const symbols = { NEWUSDT: { listed: '2023-01-01' } };

describe('what is remembered of a month', () => {
  it('holds for the holes of its days: its file is not asked for again, nor told as not asked', async () => {
    const unpublished = ['2024-03-10', '2024-03-11'];
    const outages = [span('2024-03-11T22:00', '2024-03-12')];
    const market = { NEWUSDT: { listed: '2023-01-01', outages } };
    const archive = { symbols: market, unpublished, hasListing: false };
    const now = '2024-04-02T12:00:00Z';
    const first = compose({ archive: { ...archive, until: '2024-03-31' }, rest: { symbols: market }, now });
    const query = { ...hours, start: '2024-03-10', end: '2024-03-11' };
    await first.manager.getKlines(query, loose);
    const second = compose({
      cache: first.cache,
      archive: { ...archive, until: '2024-03-31' },
      rest: { symbols: market },
      now,
    });
    const { coverage } = await second.manager.getKlines({ ...query, start: '2024-03-11', end: '2024-03-12' }, loose);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['no-data']);
    expect(second.archive.asked).toEqual(['2024-03-11']);
  });
});

describe('a refresh', () => {
  it('tells rows that the file lacks now as cached, and not as fetched', async () => {
    const first = compose({ archive: { symbols }, rest: false });
    const query = { ...hours, start: '2024-02-10', end: '2024-02-11' };
    await first.manager.getKlines(query);
    const short = { '2024-02-10': [span('2024-02-10T10:00', '2024-02-10T15:00')] };
    const { manager } = compose({ cache: first.cache, archive: { symbols, short }, rest: false });
    const { coverage } = await manager.getKlines(query, { ...loose, mode: 'refresh' });
    expect(coverage.spans.map(({ via, start, end }) => [via, start, end])).toEqual([
      ['fetch', span('2024-02-10', '2024-02-11').start, short['2024-02-10'][0]!.start],
      ['cache', short['2024-02-10'][0]!.start, short['2024-02-10'][0]!.end],
      ['fetch', short['2024-02-10'][0]!.end, span('2024-02-10', '2024-02-11').end],
    ]);
  });
});

describe('an outage of the exchange', () => {
  const hole = span('2024-03-08T10:00', '2024-03-08T12:00');
  const query = { ...hours, start: '2024-03-08', end: '2024-03-09' };
  const outages = [hole];
  const market = {
    NEWUSDT: { listed: '2023-01-01', outages },
    BTCUSDT: { ...BTC, outages },
    ETHUSDT: { ...BTC, outages },
    BNBUSDT: { ...BTC, outages },
  };
  const archive = { symbols: market, hasListing: false, unpublished: ['2024-03-08', '2024-03'] };

  it('is believed for good, also where a file of its month may still come', async () => {
    const first = compose({ archive, rest: { symbols: market }, now: '2024-04-02T12:00:00Z' });
    await first.manager.getKlines(query);
    const key = BINANCE.keysBetween(query)[0]!;
    const [facts] = await first.cache.coverage([key]);
    expect(facts).toMatchObject({ holes: [{ ...hole, kind: 'exchange-outage' }] });
    expect(facts?.state === 'complete' ? facts.holes[0]?.believedUntil : 0n).toBeUndefined();
  });
});
