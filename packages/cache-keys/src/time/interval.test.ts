import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import assert from 'node:assert/strict';
import {
  barCloseTime,
  barCount,
  barsPerDay,
  ceilOpenTime,
  expectedOpenTimes,
  floorOpenTime,
  type Interval,
  intervalMicroseconds,
  INTERVALS,
  isInterval,
  nextOpenTime,
  restInterval,
} from './interval.ts';
import { isoText } from './time-input.ts';
import { codeOf } from '../contract/errors.fixture.ts';
import { runs } from '../contract/runs.fixture.ts';

const RUNS = runs(10_000);
const anyInterval = fc.constantFrom(...INTERVALS);
const anyMillisecond = fc.integer({ min: Date.parse('1969-01-01'), max: Date.parse('2099-12-31') });

/** What luxon takes for the start of the bar. */
function luxonOpenTime(interval: Interval, instant: number): DateTime {
  const moment = DateTime.fromMillis(instant, { zone: 'utc' });
  if (interval === '1mo') return moment.startOf('month');
  if (interval === '1w') return moment.startOf('week');
  if (interval === '3d') {
    const days = Math.floor(moment.startOf('day').diff(DateTime.utc(1970, 1, 2), 'days').days);
    return DateTime.utc(1970, 1, 2).plus({ days: Math.floor(days / 3) * 3 });
  }
  const amount = parseInt(interval, 10);
  const day = moment.startOf('day');
  const unit = ({ s: 1, m: 60, h: 3600, d: 86_400 } as const)[interval.at(-1) as 's' | 'm' | 'h' | 'd'] * 1000 * amount;
  return day.plus({ milliseconds: Math.floor((instant - day.toMillis()) / unit) * unit });
}

function luxonNext(interval: Interval, open: DateTime): DateTime {
  const unit = interval.endsWith('mo')
    ? 'months'
    : ({ s: 'seconds', m: 'minutes', h: 'hours', d: 'days', w: 'weeks' } as const)[interval.at(-1) as 's'];
  return open.plus({ [unit]: parseInt(interval, 10) });
}

describe(barsPerDay, () => {
  it('counts the bars of a full day', () => {
    expect(Object.fromEntries(INTERVALS.map((interval) => [interval, barsPerDay(interval)]))).toEqual({
      '1s': 86_400,
      '1m': 1440,
      '3m': 480,
      '5m': 288,
      '15m': 96,
      '30m': 48,
      '1h': 24,
      '2h': 12,
      '4h': 6,
      '6h': 4,
      '8h': 3,
      '12h': 2,
      '1d': 1,
      '3d': undefined,
      '1w': undefined,
      '1mo': undefined,
    });
  });
});

describe(intervalMicroseconds, () => {
  it('is the length of a bar, and none for a month', () => {
    expect(intervalMicroseconds('1s')).toBe(1_000_000n);
    expect(intervalMicroseconds('3d')).toBe(259_200_000_000n);
    expect(intervalMicroseconds('1w')).toBe(604_800_000_000n);
    expect(intervalMicroseconds('1mo')).toBeUndefined();
  });
});

describe(floorOpenTime, () => {
  it.each<[Interval, string, string]>([
    ['1m', '2024-01-01T12:34:56.789012Z', '2024-01-01T12:34:00Z'],
    ['1h', '2024-01-01T12:00:00Z', '2024-01-01T12:00:00Z'],
    ['8h', '2024-01-01T15:59:59.999999Z', '2024-01-01T08:00:00Z'],
    ['1d', '2024-01-01T23:59:59Z', '2024-01-01T00:00:00Z'],
    ['3d', '1970-01-01', '1969-12-30T00:00:00Z'],
    ['3d', '1970-01-02', '1970-01-02T00:00:00Z'],
    ['3d', '1970-01-04T23:59', '1970-01-02T00:00:00Z'],
    ['3d', '1970-01-05', '1970-01-05T00:00:00Z'],
    ['1w', '2024-01-07T23:59', '2024-01-01T00:00:00Z'],
    ['1w', '2024-01-08', '2024-01-08T00:00:00Z'],
    ['1mo', '2024-02-29T12:00', '2024-02-01T00:00:00Z'],
  ])('of %s at %s is %s', (interval, instant, expected) => {
    expect(isoText(floorOpenTime(interval, instant))).toBe(expected);
  });

  it('agrees with luxon', () => {
    fc.assert(
      fc.property(anyInterval, anyMillisecond, (interval, instant) => {
        const open = luxonOpenTime(interval, instant);
        assert.equal(floorOpenTime(interval, instant), BigInt(open.toMillis()) * 1000n);
        const next = BigInt(luxonNext(interval, open).toMillis()) * 1000n;
        assert.equal(nextOpenTime(interval, floorOpenTime(interval, instant)), next);
        assert.equal(ceilOpenTime(interval, instant), open.toMillis() === instant ? BigInt(instant) * 1000n : next);
      }),
      RUNS,
    );
  });
});

describe(barCloseTime, () => {
  it.each(['1m', '1w', '1mo'] as const)('of %s is the last microsecond, or what was published instead', (interval) => {
    const open = floorOpenTime(interval, '2024-02-10');
    const end = nextOpenTime(interval, open);
    assert.equal(barCloseTime(interval, open, end - 1000n), end - 1n);
    for (const published of [end - 1n, end - 2000n, end, open]) {
      assert.equal(barCloseTime(interval, open, published), published);
    }
  });
});

describe(expectedOpenTimes, () => {
  it('has the bars that open within the half-open range', () => {
    const times = (interval: Interval, start: string, end: string) =>
      [...expectedOpenTimes(interval, start, end)].map(isoText);
    expect(times('12h', '2024-01-01', '2024-01-02')).toEqual(['2024-01-01T00:00:00Z', '2024-01-01T12:00:00Z']);
    expect(times('12h', '2024-01-01T00:00:00.000001', '2024-01-02T00:00:00.000001')).toEqual([
      '2024-01-01T12:00:00Z',
      '2024-01-02T00:00:00Z',
    ]);
    expect(times('1w', '2024-01-01', '2024-01-15')).toEqual(['2024-01-01T00:00:00Z', '2024-01-08T00:00:00Z']);
    expect(times('1mo', '2024-01-15', '2024-03-01')).toEqual(['2024-02-01T00:00:00Z']);
    expect(times('1d', '2024-01-01T01:00', '2024-01-01T02:00')).toEqual([]);
    expect(times('1d', '2024-01-01', '2024-01-01')).toEqual([]);
    expect(times('1mo', '9999-12-01', '9999-12-31T23:59')).toEqual(['9999-12-01T00:00:00Z']);
  });

  it('has a full day’s bars for each interval', () => {
    for (const interval of INTERVALS) {
      const bars = barsPerDay(interval);
      if (bars !== undefined) expect(expectedOpenTimes(interval, '2024-02-29', '2024-03-01')).toHaveLength(bars);
    }
  });

  it('agrees with luxon, bar by bar', () => {
    fc.assert(
      fc.property(
        anyInterval,
        anyMillisecond,
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 999 }),
        (interval, start, bars, more) => {
          const lengthOfBar = Number((intervalMicroseconds(interval) ?? 2_678_400_000_000n) / 1000n);
          const end = start + bars * lengthOfBar + more;
          const expected: bigint[] = [];
          for (let open = luxonOpenTime(interval, start); open.toMillis() < end; open = luxonNext(interval, open)) {
            if (open.toMillis() >= start) expected.push(BigInt(open.toMillis()) * 1000n);
          }
          assert.deepEqual([...expectedOpenTimes(interval, start, end)], expected);
          assert.equal(barCount(interval, start, end), expected.length);
        },
      ),
      runs(1_000),
    );
  });

  it('refuses a range that ends before it starts', () => {
    expect(codeOf(() => expectedOpenTimes('1m', '2024-01-02', '2024-01-01'))).toBe('E_KEY_RANGE');
    expect(codeOf(() => barCount('1mo', '2024-01-02', '2024-01-01'))).toBe('E_KEY_RANGE');
  });
});

describe(isInterval, () => {
  it('knows the archive’s spellings alone', () => {
    expect(INTERVALS.every(isInterval)).toBe(true);
    for (const other of ['1M', '1H', '7h', '60s', '', 'constructor', 1, undefined, null])
      expect(isInterval(other)).toBe(false);
  });
});

describe(restInterval, () => {
  it('spells a month as REST does', () => {
    expect(INTERVALS.map(restInterval).join(' ')).toBe('1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M');
  });
});
