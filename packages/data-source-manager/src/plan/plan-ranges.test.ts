import { BINANCE, type Interval, type TimeSpan } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { dayKey, span } from '../__fixtures__/market.ts';
import type { Need } from '../ledger/needs.ts';
import { estimateRest, planRanges } from './plan-ranges.ts';

const need = (index: number, date: string, interval: Interval, ...spans: TimeSpan[]): Need =>
  ({ index, key: dayKey(date, interval), whole: span(date, date), spans, why: 'unknown', asked: [] }) as never;

describe(planRanges, () => {
  it('asks for days that follow each other in one span', () => {
    const needs = [
      need(0, '2024-01-01', '1m', span('2024-01-01', '2024-01-02')),
      need(1, '2024-01-02', '1m', span('2024-01-02', '2024-01-03')),
    ];
    expect(planRanges(needs, '1m')).toEqual([{ key: needs[0]!.key, span: span('2024-01-01', '2024-01-03'), needs }]);
  });

  it('asks for near holes together, and names a day once', () => {
    const [first, second] = [
      span('2024-01-01T01:00', '2024-01-01T01:05'),
      span('2024-01-01T05:00', '2024-01-01T05:05'),
    ];
    const day = need(0, '2024-01-01', '1m', first, second);
    const [task, ...more] = planRanges([day], '1m');
    expect(more).toEqual([]);
    expect(task).toEqual({ key: day.key, span: { start: first.start, end: second.end }, needs: [day] });
  });

  it('asks for far holes apart', () => {
    const far = need(
      0,
      '2024-01-01',
      '1m',
      span('2024-01-01', '2024-01-01T00:05'),
      span('2024-01-01T23:00', '2024-01-02'),
    );
    expect(planRanges([far], '1m').map((task) => task.span)).toEqual(far.spans);
  });

  it('stores what has come before it asks for more than some twenty pages', () => {
    const days = Array.from({ length: 30 }, (_, of) => {
      const date = `2024-01-${String(of + 1).padStart(2, '0')}`;
      return need(of, date, '1m', span(date, span(date, date).start + 86_400_000_000n));
    });
    const tasks = planRanges(days, '1m');
    expect(tasks.flatMap((task) => task.needs)).toEqual(days);
    expect(tasks.map((task) => task.needs.length)).toEqual([13, 13, 4]);
  });

  it('reckons months by their shortest', () => {
    const months = ['2024-01', '2024-02'].map((date, index) => ({
      ...need(index, '2024-01-01', '1d'),
      spans: [span(`${date}-01`, index === 0 ? '2024-02-01' : '2024-03-01')],
    }));
    expect(planRanges(months, '1mo')).toHaveLength(1);
  });
});

describe(estimateRest, () => {
  it('counts pages of a thousand bars on spot, of 499 on futures, and one at least', () => {
    const um = BINANCE.cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' } as never);
    const trades = BINANCE.cacheKey({ dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' } as never);
    const day = span('2024-01-01', '2024-01-02');
    expect(estimateRest(dayKey('2024-01-01', '1m'), day)).toEqual({ requests: 2, weight: 4 });
    expect(estimateRest(um as never, day)).toEqual({ requests: 3, weight: 6 });
    expect(estimateRest(trades as never, day)).toEqual({ requests: 1, weight: 2 });
  });
});
