import { describe, expect } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';
import { BTC_HOURS, fault } from './fault.fixture.ts';

const symbols = { BTCUSDT: BTC };

describe('the form of an answer', () => {
  fault('D23', 'has its columns in one order, from a source and from the cache', async () => {
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const query = { ...BTC_HOURS, start: '2024-03-01', end: '2024-03-02' };
    const orders: string[][] = [];
    for (let run = 0; run < 2; run++) {
      const { batch } = await manager.getKlines(query, { columns: ['volume', 'open_time'] });
      orders.push(Object.keys(batch.columns));
    }
    expect(orders[0]).toEqual(orders[1]);
  });

  fault('D23b', 'gives an edge without a bar to the same neighbour each time', async () => {
    for (const interval of ['3d', '1w', '1mo'] as const) {
      const life = { NEWUSDT: { listed: '2024-01-15' } };
      const { manager } = compose({ archive: { symbols: life }, rest: { symbols: life } });
      const query = { symbol: 'NEWUSDT', interval, start: '2023-12-07', end: '2024-03-06' };
      const bounds: unknown[] = [];
      for (let run = 0; run < 2; run++) {
        const { coverage } = await manager.getKlines(query, { strict: false });
        bounds.push({
          spans: coverage.spans.map(({ start, end }) => [start, end]),
          gaps: coverage.gaps.map(({ start, end, kind }) => [start, end, kind]),
        });
      }
      expect(bounds[0]).toEqual(bounds[1]);
    }
  });

  fault('D23c', 'leaves no edge of a segment uncovered', async () => {
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    const query = { symbol: 'BTCUSDT', interval: '1w', start: '2024-01-30', end: '2024-03-02' } as const;
    for await (const { span, coverage } of manager.segments(query)) {
      const parts = [...coverage.spans, ...coverage.gaps].sort((a, b) => (a.start < b.start ? -1 : 1));
      let at = span.start;
      for (const { start, end } of parts) {
        expect(start).toBe(at);
        at = end;
      }
      expect(at).toBe(span.end);
    }
  });
});
