import { describe, expect } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';
import { span } from '../__fixtures__/market.ts';
import { fault, LOOSE, told } from './fault.fixture.ts';

const NAMES = ['ADAUSDT', 'BTCUSDT', 'ETHUSDT', 'BNBUSDT'] as const;
/** A market in which everything stands still at the same times. */
const still = (...outages: ReturnType<typeof span>[]) => {
  const symbols = Object.fromEntries(NAMES.map((name) => [name, { ...BTC, outages }]));
  return { archive: { symbols }, rest: { symbols } };
};

describe('a market that stands still', () => {
  fault('D12', 'has an outage in each of its holes, however many there are', async () => {
    const holes = [2, 4, 6, 8, 10, 12].map((day) => {
      const date = `2024-02-${String(day).padStart(2, '0')}`;
      return span(`${date}T05:00`, `${date}T0${day > 9 ? 7 : 6}:00`);
    });
    const { manager } = compose(still(...holes));
    const query = { symbol: 'ADAUSDT', interval: '1h', start: '2024-02-01', end: '2024-02-14' } as const;
    const { coverage } = await manager.getKlines(query, LOOSE);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(holes.map(() => 'exchange-outage'));
    expect(coverage.gaps).toMatchObject(holes);
  });

  fault('D12b', 'has an outage of a week that ends in the next month', async () => {
    const { manager } = compose(still(span('2024-01-29', '2024-02-05')));
    const query = { symbol: 'ADAUSDT', interval: '1w', start: '2024-01-01', end: '2024-02-26' } as const;
    const { coverage } = await manager.getKlines(query, LOOSE);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['exchange-outage']);
  });

  fault('D12c', 'has an outage of a month', async () => {
    const { manager } = compose(still(span('2023-05-01', '2023-06-01')));
    const query = { symbol: 'ADAUSDT', interval: '1mo', start: '2023-01-01', end: '2023-12-01' } as const;
    const { coverage } = await manager.getKlines(query, LOOSE);
    expect(told(coverage.gaps)).toEqual(['exchange-outage 2023-05-01..2023-06-01']);
  });

  fault('D12d', 'has an outage in a range that lies within it', async () => {
    const { manager } = compose(still(span('2024-02-05', '2024-02-05T22:00')));
    const query = { symbol: 'ADAUSDT', interval: '1m', start: '2024-02-05T10:00', end: '2024-02-05T11:00' } as const;
    const { coverage } = await manager.getKlines(query, LOOSE);
    expect(coverage.gaps).toMatchObject([{ kind: 'exchange-outage', ...span(query.start, query.end) }]);
  });
});
