import { expectedOpenTimes, type Interval, INTERVALS, floorOpenTime, timeSpan } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { span } from '../__fixtures__/market.ts';
import { findGaps } from './find-gaps.ts';

const at = (iso: string): bigint => timeSpan(iso, iso).start;

describe(findGaps, () => {
  it('finds none where every bar is there', () => {
    const day = span('2024-01-01', '2024-01-02');
    expect(findGaps(expectedOpenTimes('1m', day.start, day.end), '1m', day)).toEqual([]);
  });

  it('finds a missing bar at 00:00 like any other', () => {
    const days = span('2024-01-01', '2024-01-03');
    const times = expectedOpenTimes('1h', days.start, days.end).filter((time) => time !== at('2024-01-02'));
    expect(findGaps(times, '1h', days)).toEqual([span('2024-01-02', '2024-01-02T01:00')]);
  });

  it('finds the whole span where nothing is there', () => {
    expect(findGaps(new BigInt64Array(), '1h', span('2024-01-01', '2024-01-02'))).toEqual([
      span('2024-01-01', '2024-01-02'),
    ]);
  });

  it('takes a bar off the grid for the place that it falls into', () => {
    const hours = span('2018-02-09T09:00', '2018-02-09T12:00');
    const times = BigInt64Array.of(1_518_168_494_789_000n, at('2018-02-09T11:00'));
    expect(findGaps(times, '1h', hours)).toEqual([span('2018-02-09T10:00', '2018-02-09T11:00')]);
  });

  it('is not misled by bars that come twice', () => {
    const hours = span('2024-01-01T00:00', '2024-01-01T03:00');
    const times = BigInt64Array.of(at('2024-01-01T00:00'), at('2024-01-01T00:00'), at('2024-01-01T02:00'));
    expect(findGaps(times, '1h', hours)).toEqual([span('2024-01-01T01:00', '2024-01-01T02:00')]);
  });

  it('begins at the first bar that opens within the span', () => {
    expect(findGaps(new BigInt64Array(), '1h', span('2024-01-01T00:30', '2024-01-01T01:00'))).toEqual([]);
    expect(findGaps(new BigInt64Array(), '1h', span('2024-01-01T00:30', '2024-01-01T01:30'))).toEqual([
      span('2024-01-01T01:00', '2024-01-01T01:30'),
    ]);
  });

  it.each(INTERVALS)('finds exactly the bars of %s that were taken out', (interval: Interval) => {
    const ends: Partial<Record<Interval, string>> = {
      '1s': '2024-01-01T00:05',
      '1m': '2024-01-01T06:00',
      '3m': '2024-01-02',
      '5m': '2024-01-02',
    };
    const whole = span(
      '2024-01-01',
      ends[interval] ??
        (interval.endsWith('o') || interval.endsWith('w') || interval.endsWith('d') ? '2025-01-01' : '2024-01-08'),
    );
    const all = expectedOpenTimes(interval, whole.start, whole.end);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: all.length - 1 }), { maxLength: 20 }), (out) => {
        const taken = new Set(out.map((index) => all[index]!));
        const gaps = findGaps(
          all.filter((time) => !taken.has(time)),
          interval,
          whole,
        );
        const found = all.filter((time) => gaps.some(({ start, end }) => time >= start && time < end));
        expect(new Set(found)).toEqual(taken);
        expect(
          gaps.every(
            ({ start, end }) =>
              floorOpenTime(interval, start) === start && (end === whole.end || floorOpenTime(interval, end) === end),
          ),
        ).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
