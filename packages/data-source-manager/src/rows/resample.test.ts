import { describe, expect, it } from '@jest/globals';
import { expectedOpenTimes, type Interval } from '@vision-cache/cache-keys';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { bars, barsWithin, span, SPOT_KLINES } from '../__fixtures__/market.ts';
import { resample } from './resample.ts';

const quarter = span('2024-01-01', '2024-04-01');
const hours = barsWithin('BTCUSDT', '1h', quarter);

describe(resample, () => {
  it('aggregates as an exchange does', () => {
    const fine = barsWithin('BTCUSDT', '1m', span('2024-01-01', '2024-01-01T02:00'));
    const { batch, bars, incomplete } = resample(SPOT_KLINES, fine, { from: '1m', to: '1h' });
    const { columns } = fine;
    expect(batch.numRows).toBe(2);
    expect([...batch.columns.open]).toEqual([columns.open[0], columns.open[60]]);
    expect([...batch.columns.close]).toEqual([columns.close[59], columns.close[119]]);
    expect(batch.columns.high[0]).toBe(Math.max(...columns.high.subarray(0, 60)));
    expect(batch.columns.low[1]).toBe(Math.min(...columns.low.subarray(60, 120)));
    expect(batch.columns.volume[0]).toBe(columns.volume.subarray(0, 60).reduce((a, b) => a + b));
    expect(batch.columns.count[1]).toBe(columns.count.subarray(60, 120).reduce((a, b) => a + b));
    expect(batch.columns.close_time[0]).toBe(batch.columns.open_time[1]! - 1n);
    expect([...bars]).toEqual([60, 60]);
    expect([...incomplete]).toEqual([0, 0]);
  });

  it.each([
    ['1w', '2024-01-01'],
    ['1mo', '2024-01-01'],
    ['3d', '2024-01-01'],
    ['1d', '2024-01-01'],
    ['12h', '2024-01-01'],
  ] as const)('opens bars of %s where the archive does', (to: Interval, first: string) => {
    const { batch } = resample(SPOT_KLINES, hours, { from: '1h', to });
    expect(batch.columns.open_time[0]).toBe(span(first, first).start);
    const expected = expectedOpenTimes(to, span(first, first).start, quarter.end);
    expect(batch.columns.open_time).toEqual(expected);
  });

  it('marks the bars that lack some of theirs', () => {
    const gappy = barsWithin('BTCUSDT', '1h', quarter, [span('2024-02-10T05:00', '2024-02-10T06:00')]);
    const { bars, incomplete } = resample(SPOT_KLINES, gappy, { from: '1h', to: '1d' });
    expect(incomplete.reduce((a, b) => a + b)).toBe(1);
    expect(bars[40]).toBe(23);
    const edges = resample(SPOT_KLINES, barsWithin('BTCUSDT', '1h', span('2024-01-03T12:00', '2024-01-18')), {
      from: '1h',
      to: '1w',
    });
    expect([...edges.incomplete]).toEqual([1, 0, 1]);
  });

  it("makes a zone's days, with 23 and 25 hours where its clock changes", () => {
    const spring = barsWithin('BTCUSDT', '1h', span('2024-03-29T23:00', '2024-04-01T22:00'));
    const { batch, bars, incomplete } = resample(SPOT_KLINES, spring, { from: '1h', to: '1d', zone: 'Europe/Berlin' });
    const days = [...batch.columns.open_time].map((time) =>
      DateTime.fromMillis(Number(time / 1000n), { zone: 'Europe/Berlin' }).toFormat('yyyy-MM-dd HH:mm'),
    );
    expect(days).toEqual(['2024-03-30 00:00', '2024-03-31 00:00', '2024-04-01 00:00']);
    expect([...bars]).toEqual([24, 23, 24]);
    expect([...incomplete]).toEqual([0, 0, 0]);
  });

  it("counts hours from the zone's midnight, and ends the last bar with its day", () => {
    // On that Sunday Berlin's clock goes from 02:00 to 03:00: the day has 23 hours.
    const sunday = barsWithin('BTCUSDT', '1h', span('2024-03-30T23:00', '2024-03-31T22:00'));
    const { batch, bars, incomplete } = resample(SPOT_KLINES, sunday, { from: '1h', to: '4h', zone: 'Europe/Berlin' });
    expect([...bars]).toEqual([4, 4, 4, 4, 4, 3]);
    expect([...incomplete]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(batch.columns.open_time[0]).toBe(sunday.columns.open_time[0]);
    expect(batch.columns.open_time[5]).toBe(sunday.columns.open_time[20]);
    // Kolkata's clock is half an hour off.
    const day = barsWithin('BTCUSDT', '30m', span('2024-01-01T18:30', '2024-01-02T18:30'));
    expect([...resample(SPOT_KLINES, day, { from: '30m', to: '6h', zone: 'Asia/Kolkata' }).bars]).toEqual([
      12, 12, 12, 12,
    ]);
  });

  it("makes a zone's weeks and months", () => {
    const zone = 'America/New_York';
    const month = barsWithin('BTCUSDT', '1h', span('2024-03-01T05:00', '2024-04-01T04:00'));
    expect([...resample(SPOT_KLINES, month, { from: '1h', to: '1mo', zone }).bars]).toEqual([31 * 24 - 1]);
    const week = barsWithin('BTCUSDT', '1h', span('2024-03-04T05:00', '2024-03-11T04:00'));
    expect([...resample(SPOT_KLINES, week, { from: '1h', to: '1w', zone }).bars]).toEqual([7 * 24 - 1]);
  });

  it('takes a bar off the grid for the place that it falls into', () => {
    const fine = bars('BTCUSDT', BigInt64Array.of(0n, 60_000_000n, 90_000_000n, 180_000_000n), '1m');
    const { bars: made, incomplete } = resample(SPOT_KLINES, fine, { from: '1m', to: '5m' });
    expect([...made]).toEqual([3]);
    expect([...incomplete]).toEqual([1]);
  });

  it('gives the same bars for the same interval', () => {
    const { batch, incomplete } = resample(SPOT_KLINES, hours, { from: '1h', to: '1h' });
    expect(batch).toEqual(hours);
    expect(incomplete.every((each) => each === 0)).toBe(true);
  });

  it('refuses bars that do not add up', () => {
    const refusal = expect.objectContaining({ code: 'E_RESAMPLE' });
    expect(() => resample(SPOT_KLINES, hours, { from: '8h', to: '12h' })).toThrow(refusal);
    expect(() => resample(SPOT_KLINES, hours, { from: '3d', to: '1w' })).toThrow(refusal);
    expect(() => resample(SPOT_KLINES, hours, { from: '1w', to: '1mo' })).toThrow(refusal);
    expect(() => resample(SPOT_KLINES, hours, { from: '1mo', to: '1mo' })).toThrow(refusal);
    expect(() => resample(SPOT_KLINES, hours, { from: '1h', to: '3d', zone: 'Europe/Berlin' })).toThrow(refusal);
    expect(() => resample(SPOT_KLINES, hours, { from: '1h', to: '1m' })).toThrow(refusal);
    expect(() => resample(SPOT_KLINES, hours, { from: '1h', to: '1d', zone: 'Mars/Olympus' })).toThrow(refusal);
    // Days of Kolkata begin at half past six in the evening, UTC.
    expect(() => resample(SPOT_KLINES, hours, { from: '1h', to: '1d', zone: 'Asia/Kolkata' })).toThrow(refusal);
  });

  it('ends a day at midnight where its clocks go forward at midnight, and begins it with the first midnight of two', () => {
    // No 00:00 on 2018-11-04 in São Paulo; 00:00 twice on 2020-11-01 in Havana.
    const cases = [
      { zone: 'America/Sao_Paulo', start: '2018-11-04T03:00', end: '2018-11-06T02:00', bars: [23, 24] },
      { zone: 'America/Havana', start: '2020-11-01T04:00', end: '2020-11-03T05:00', bars: [25, 24] },
    ];
    for (const { zone, start, end, bars: expected } of cases) {
      const made = resample(SPOT_KLINES, barsWithin('BTCUSDT', '1h', span(start, end)), { from: '1h', to: '1d', zone });
      expect([...made.bars]).toEqual(expected);
      expect([...made.incomplete]).toEqual([0, 0]);
      expect(made.batch.columns.open_time[0]).toBe(span(start, end).start);
    }
    const late = barsWithin('BTCUSDT', '1h', span('2020-11-01T05:00', '2020-11-02T05:00'));
    const made = resample(SPOT_KLINES, late, { from: '1h', to: '1d', zone: 'America/Havana' });
    expect([...made.batch.columns.open_time, ...made.incomplete]).toEqual([
      span('2020-11-01T04:00', '2021-01-01').start,
      1,
    ]);
  });

  it.each(['America/Sao_Paulo', 'Asia/Beirut', 'America/Havana', 'America/New_York'])(
    'divides three years into the days, weeks and months of %s without rest',
    (zone) => {
      const fine = barsWithin('BTCUSDT', '1h', span('2018-09-01', '2021-12-01'));
      for (const to of ['4h', '1d', '1w', '1mo'] as const) {
        const { bars: made, incomplete } = resample(SPOT_KLINES, fine, { from: '1h', to, zone });
        expect(made.reduce((sum, count) => sum + count, 0)).toBe(fine.numRows);
        expect([...incomplete.slice(1, -1)].filter((flag) => flag === 1)).toEqual([]);
      }
    },
  );

  it('loses no volume and no trade', () => {
    const all: Interval[] = ['5m', '15m', '30m', '1h', '4h', '12h', '1d', '3d', '1w', '1mo'];
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.nat({ max: 2000 }), fc.nat({ max: 2000 }), (to, skip, take) => {
        const start = quarter.start + BigInt(skip) * 60_000_000n;
        const fine = barsWithin('BTCUSDT', '1m', { start, end: start + BigInt(take) * 60_000_000n });
        const { batch, bars } = resample(SPOT_KLINES, fine, { from: '1m', to });
        expect(batch.columns.volume.reduce((a, b) => a + b, 0)).toBeCloseTo(
          fine.columns.volume.reduce((a, b) => a + b, 0),
          3,
        );
        expect(batch.columns.count.reduce((a, b) => a + b, 0n)).toBe(fine.columns.count.reduce((a, b) => a + b, 0n));
        expect(bars.reduce((a, b) => a + b, 0)).toBe(take);
      }),
      { numRuns: 40 },
    );
  });
});
