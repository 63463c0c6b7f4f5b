import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import assert from 'node:assert/strict';
import { isUtcDay, isUtcMonth } from './calendar.ts';
import { codeOf } from '../contract/errors.fixture.ts';
import { anyDay } from '../keys/key.fixture.ts';
import { epochMicroseconds } from './time-input.ts';
import { daysBetween, monthsBetween, spanOf, timeSpan, utcDay, utcMonth } from './utc-date.ts';
import { runs } from '../contract/runs.fixture.ts';

const RUNS = runs(10_000);
const DAY = 86_400_000;
const at = (text: string): number => Date.parse(text);
const anyMillisecond = fc.integer({ min: at('1970-01-01'), max: at('2099-12-31') });

describe(utcDay, () => {
  it('is the UTC day of an instant', () => {
    expect(utcDay('2024-01-01T23:59:59.999999Z')).toBe('2024-01-01');
    expect(utcDay('2024-01-01T23:00-05:00')).toBe('2024-01-02');
    expect(utcDay(-1n)).toBe('1969-12-31');
    expect(utcDay('2024-02')).toBe('2024-02-01');
    expect(utcDay('0001-01-01')).toBe('0001-01-01');
  });

  it('does not depend on the machine’s zone', () => {
    expect(utcDay(DateTime.fromISO('2024-01-01T08:30', { zone: 'Asia/Tokyo' }))).toBe('2023-12-31');
  });

  it('agrees with luxon', () => {
    fc.assert(
      fc.property(anyMillisecond, (instant) => {
        const moment = DateTime.fromMillis(instant, { zone: 'utc' });
        assert.equal(utcDay(instant), moment.toISODate());
        assert.equal(utcMonth(instant), moment.toFormat('yyyy-MM'));
      }),
      RUNS,
    );
  });
});

describe(isUtcDay, () => {
  it('knows no digits but 0 to 9: the neighbours of those in ASCII would add up to a month', () => {
    expect(isUtcDay('2024-0:-01')).toBe(false);
    expect(isUtcDay('2024-1/-01')).toBe(false);
    expect(isUtcMonth('2024-0:')).toBe(false);
  });

  it('agrees with luxon on any eight digits', () => {
    const digits = (length: number) =>
      fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: length, maxLength: length });
    fc.assert(
      fc.property(digits(4), digits(2), digits(2), (year, month, day) => {
        const isDay = DateTime.fromISO(`${year}-${month}-${day}`, { zone: 'utc' }).isValid && year !== '0000';
        assert.equal(isUtcDay(`${year}-${month}-${day}`), isDay);
        const isMonth = Number(month) >= 1 && Number(month) <= 12 && year !== '0000';
        assert.equal(isUtcMonth(`${year}-${month}`), isMonth);
      }),
      RUNS,
    );
  });

  it('takes one spelling', () => {
    fc.assert(
      fc.property(anyDay, (day) => isUtcDay(day) && isUtcMonth(day.slice(0, 7))),
      RUNS,
    );
    for (const text of [
      '2024/01/01',
      '2024-01/01',
      '2024-1-01',
      '2024-01-1 ',
      '2024-01-001',
      '+024-01-01',
      '2024-0 -01',
      '2024-01-0a',
    ]) {
      expect(isUtcDay(text)).toBe(false);
    }
    for (const text of ['2024/01', '2024-1', '2024-001', '202401', '2024-0/', '2024-:1', '2024-13', '2024-00']) {
      expect(isUtcMonth(text)).toBe(false);
    }
  });
});

describe(spanOf, () => {
  it('is half-open', () => {
    expect(spanOf('2024-01-01')).toEqual({ start: 1_704_067_200_000_000n, end: 1_704_153_600_000_000n });
    expect(spanOf('2024-02')).toEqual({
      start: BigInt(at('2024-02-01')) * 1000n,
      end: BigInt(at('2024-03-01')) * 1000n,
    });
    expect(spanOf('2023-12').end).toBe(spanOf('2024-01').start);
  });

  it('agrees with luxon on every month', () => {
    for (let month = DateTime.utc(1899, 1); month.year < 2101; month = month.plus({ months: 1 })) {
      const { start, end } = spanOf(month.toFormat('yyyy-MM'));
      assert.equal(start, BigInt(month.toMillis()) * 1000n);
      assert.equal(end, BigInt(month.plus({ months: 1 }).toMillis()) * 1000n);
    }
  });

  it('knows the leap years of every century', () => {
    const days = (month: string) => Number((spanOf(month).end - spanOf(month).start) / 86_400_000_000n);
    expect(['0004-02', '0100-02', '0400-02', '1000-02', '1200-02', '2000-02', '2100-02'].map(days)).toEqual([
      29, 28, 29, 28, 29, 29, 28,
    ]);
  });

  it('has an end also for the last day and month', () => {
    expect(spanOf('9999-12-31').end - spanOf('9999-12-31').start).toBe(86_400_000_000n);
    expect(spanOf('9999-12').end).toBe(spanOf('9999-12-31').end);
  });

  it('begins where the text as a time does', () => {
    for (const text of ['0001-01-01', '0099-12-31', '0100-03', '1970-01-01', '2024-02-29', '9999-12-31']) {
      expect(spanOf(text).start).toBe(epochMicroseconds(text));
    }
    fc.assert(
      fc.property(anyDay, (day) => {
        expect(spanOf(day).start).toBe(epochMicroseconds(day));
      }),
    );
  });

  it.each(['2024', '2024-01-01T00:00', '2024-02-30', '', undefined, 20_240_101])('refuses %j', (text) => {
    expect(codeOf(() => spanOf(text as string))).toBe('E_KEY_TIME');
  });
});

describe(timeSpan, () => {
  it('may be empty and may not end before it starts', () => {
    expect(timeSpan('2024-01-01', '2024-01-01T00:00Z')).toEqual({
      start: 1_704_067_200_000_000n,
      end: 1_704_067_200_000_000n,
    });
    expect(() => timeSpan('2024-01-02', '2024-01-01')).toThrow(
      expect.objectContaining({
        code: 'E_KEY_RANGE',
        details: { start: '2024-01-02T00:00:00Z', end: '2024-01-01T00:00:00Z' },
        message: 'The range ends (2024-01-01T00:00:00Z) before it starts (2024-01-02T00:00:00Z).',
      }),
    );
  });
});

describe(daysBetween, () => {
  it('has every day that the half-open range touches', () => {
    expect(daysBetween('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29']);
    expect(daysBetween('2024-02-28T23:59', '2024-02-29T00:00')).toEqual(['2024-02-28']);
    expect(daysBetween('2024-02-28T23:59', '2024-02-29T00:00:00.000001')).toEqual(['2024-02-28', '2024-02-29']);
    expect(daysBetween('2024-02-28', '2024-02-28')).toEqual([]);
    expect(daysBetween('1969-12-31', '1970-01-02')).toEqual(['1969-12-31', '1970-01-01']);
    expect(daysBetween('9999-12-31', '9999-12-31T23:59:59.999999')).toEqual(['9999-12-31']);
  });

  it('agrees with luxon', () => {
    fc.assert(
      fc.property(anyMillisecond, fc.integer({ min: 0, max: 60 * DAY }), (start, length) => {
        const days: string[] = [];
        const end = start + length;
        for (
          let day = DateTime.fromMillis(start, { zone: 'utc' }).startOf('day');
          length > 0 && day.toMillis() < end;
          day = day.plus({ days: 1 })
        ) {
          days.push(day.toISODate()!);
        }
        assert.deepEqual(daysBetween(start, end), days);
      }),
      runs(1_000),
    );
  });
});

describe(monthsBetween, () => {
  it('has every month that the half-open range touches', () => {
    expect(monthsBetween('2023-11-30', '2024-02-01')).toEqual(['2023-11', '2023-12', '2024-01']);
    expect(monthsBetween('2023-11-30', '2024-02-01T00:00:00.000001')).toEqual([
      '2023-11',
      '2023-12',
      '2024-01',
      '2024-02',
    ]);
    expect(monthsBetween('2024-02', '2024-02')).toEqual([]);
    expect(monthsBetween('0001-01', '0001-02-02')).toEqual(['0001-01', '0001-02']);
  });

  it('agrees with luxon', () => {
    fc.assert(
      fc.property(anyMillisecond, fc.integer({ min: 1, max: 800 * DAY }), (start, length) => {
        const months: string[] = [];
        for (
          let month = DateTime.fromMillis(start, { zone: 'utc' }).startOf('month');
          month.toMillis() < start + length;
          month = month.plus({ months: 1 })
        ) {
          months.push(month.toFormat('yyyy-MM'));
        }
        assert.deepEqual(monthsBetween(start, start + length), months);
      }),
      runs(1_000),
    );
  });
});
