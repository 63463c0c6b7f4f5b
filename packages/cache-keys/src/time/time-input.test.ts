import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { isUtcDay } from './calendar.ts';
import { epochMicroseconds, epochMilliseconds, isoText, type TimeInput } from './time-input.ts';
import { type AnyCacheKeyError, isCacheKeyError } from '../contract/errors.ts';
import { runs } from '../contract/runs.fixture.ts';

const RUNS = runs(10_000);
const FIRST = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n;
const LAST = BigInt(Date.parse('9999-12-31T23:59:59.999Z')) * 1000n + 999n;
const anyInstant = fc.bigInt({ min: FIRST, max: LAST });

function thrownBy(call: () => unknown): AnyCacheKeyError {
  try {
    call();
  } catch (error) {
    if (isCacheKeyError(error)) return error;
  }
  throw new Error('no CacheKeyError was thrown');
}

describe(epochMicroseconds, () => {
  const newYear = 1_704_067_200_000_000n;

  it('takes offsets of up to 23:59', () => {
    expect(epochMicroseconds('2024-01-01T23:59+23:59')).toBe(newYear);
    expect(() => epochMicroseconds('2024-01-01T23:59+24:00')).toThrow('no such offset');
  });

  it.each<[string, TimeInput]>([
    ['a day', '2024-01-01'],
    ['a month', '2024-01'],
    ['a time of day', '2024-01-01T00:00'],
    ['a time with seconds', '2024-01-01T00:00:00'],
    ['a time after a space', '2024-01-01 00:00:00'],
    ['a time in UTC', '2024-01-01T00:00:00Z'],
    ['decimals', '2024-01-01T00:00:00.000000Z'],
    ['decimals after a comma', '2024-01-01T00:00:00,000Z'],
    ['nanoseconds that are none', '2024-01-01T00:00:00.000000000Z'],
    ['an offset', '2024-01-01T01:00:00+01:00'],
    ['an offset without a colon', '2024-01-01T05:30+0530'],
    ['an offset in hours', '2024-01-01 09:00:00+09'],
    ['a negative offset', '2023-12-31T19:00:00-05:00'],
    ['a Date', new Date('2024-01-01T00:00:00Z')],
    ['a Date of another realm', runInNewContext('new Date(1704067200000)') as Date],
    ['a DateTime', DateTime.fromISO('2024-01-01', { zone: 'utc' })],
    ['a DateTime of another zone', DateTime.fromISO('2024-01-01T09:00', { zone: 'Asia/Tokyo' })],
    ['what has toMillis()', { toMillis: () => 1_704_067_200_000 }],
    ['a number of milliseconds', 1_704_067_200_000],
    ['a bigint of microseconds', 1_704_067_200_000_000n],
  ])('reads %s', (_what, input) => {
    expect(epochMicroseconds(input)).toBe(newYear);
  });

  it('reads microseconds to the last', () => {
    expect(epochMicroseconds('2024-01-01T00:00:00.000001Z')).toBe(newYear + 1n);
    expect(epochMicroseconds('2024-01-01T23:59:59.999999')).toBe(newYear + 86_399_999_999n);
    expect(epochMicroseconds('2024-01-01T00:00:00.1')).toBe(newYear + 100_000n);
    expect(epochMicroseconds(1_704_067_200_000.001)).toBe(newYear + 1n);
    expect(epochMicroseconds(1_704_067_200_000.999)).toBe(newYear + 999n);
  });

  it('reads times before 1970', () => {
    expect(epochMicroseconds('1969-12-31T23:59:59.999999Z')).toBe(-1n);
    expect(epochMicroseconds(new Date(-1))).toBe(-1000n);
    expect(epochMicroseconds('0001-01-01')).toBe(FIRST);
    expect(epochMicroseconds('9999-12-31T23:59:59.999999Z')).toBe(LAST);
  });

  it.each([
    [1_704_067_200, 'probably seconds (2024-01-01T00:00:00.000Z)'],
    [1_704_067_200_000n, 'probably milliseconds (2024-01-01T00:00:00.000Z)'],
    [1_704_067_200n, 'probably seconds (2024-01-01T00:00:00.000Z)'],
    [-1.5, 'give an older date as text'],
    [1n, 'give an older date as text'],
    [20_240_101, 'give an older date as text'],
    [1_230_767_999_999, 'is before 2009'],
  ])('refuses %p, which lands before 2009: %s', (input, why) => {
    const error = thrownBy(() => epochMicroseconds(input, 'start'));
    expect([error.code, error.message.startsWith('start: '), error.message.includes(why)]).toEqual([
      'E_KEY_TIME',
      true,
      true,
    ]);
    expect(error.details).toEqual({ received: input, argument: 'start' });
  });

  it('takes 0, 2009 and what is given as text or Date', () => {
    expect([0, 0n, -0].map((zero) => epochMicroseconds(zero))).toEqual([0n, 0n, 0n]);
    expect(epochMicroseconds(1_230_768_000_000)).toBe(epochMicroseconds('2009-01-01'));
    expect(epochMicroseconds(1_230_768_000_000_000n)).toBe(epochMicroseconds(new Date('2009-01-01')));
    expect(epochMicroseconds('0202-01-01')).toBeLessThan(0n);
  });

  it('names the argument where it is no instant at all', () => {
    const error = thrownBy(() => epochMicroseconds('yesterday', 'end'));
    expect([error.message.startsWith('end: "yesterday" is not'), error.details]).toEqual([
      true,
      { received: 'yesterday', argument: 'end' },
    ]);
  });

  it('agrees with luxon, in any zone', () => {
    fc.assert(
      fc.property(anyInstant, fc.integer({ min: -14, max: 14 }), (instant, hours) => {
        const moment = DateTime.fromMillis(Number(instant / 1000n), { zone: `UTC${hours < 0 ? '' : '+'}${hours}` });
        fc.pre(moment.year >= 1 && moment.year <= 9999);
        for (const input of [moment.toISO()!, moment, moment.toJSDate()]) {
          assert.equal(epochMicroseconds(input), (instant / 1000n) * 1000n);
        }
      }),
      RUNS,
    );
  });

  it.each<[unknown, string]>([
    [1e14, 'give epoch microseconds as a bigint'],
    [1_704_067_200_000_000, 'give epoch microseconds as a bigint'],
    [-1e14, 'give epoch microseconds as a bigint'],
    [NaN, 'it is not a finite number'],
    [Infinity, 'it is not a finite number'],
    [new Date(NaN), 'an invalid Date'],
    [DateTime.invalid('no day'), 'it is not a finite number'],
    [1_704_067_200_000_000_000n, 'it is outside the years 0001 to 9999'],
    [LAST + 1n, 'it is outside the years 0001 to 9999'],
    [FIRST - 1n, 'it is outside the years 0001 to 9999'],
    [-63_000_000_000_000, 'it is outside the years 0001 to 9999'],
    ['0001-01-01T00:00+01:00', 'it is outside the years 0001 to 9999'],
    ['', 'ISO 8601 text'],
    ['2024', 'ISO 8601 text'],
    ['20240101', 'ISO 8601 text'],
    ['2024-1-1', 'ISO 8601 text'],
    ['01/02/2024', 'ISO 8601 text'],
    ['2024-01-01T', 'ISO 8601 text'],
    ['2024-01-01T00', 'ISO 8601 text'],
    ['2024-01T00:00', 'ISO 8601 text'],
    ['2024-01-01Z', 'ISO 8601 text'],
    [' 2024-01-01', 'ISO 8601 text'],
    ['2024-01-01\n', 'ISO 8601 text'],
    ['٢٠٢٤-٠١-٠١', 'ISO 8601 text'],
    ['1704067200000', 'ISO 8601 text'],
    ['2024-02-30', 'there is no such day'],
    ['2023-02-29', 'there is no such day'],
    ['1900-02-29', 'there is no such day'],
    ['2024-13-01', 'there is no such day'],
    ['2024-00-01', 'there is no such day'],
    ['2024-01-00', 'there is no such day'],
    ['2024-04-31', 'there is no such day'],
    ['0000-01-01', 'there is no such day'],
    ['2024-01-01T24:00', 'there is no such time of day'],
    ['2024-01-01T00:60', 'there is no such time of day'],
    ['2024-12-31T23:59:60Z', 'there is no such time of day'],
    ['2024-01-01T00:00+24:00', 'there is no such offset'],
    ['2024-01-01T00:00+00:60', 'there is no such offset'],
    ['2024-01-01T00:00:00.0000001', 'it is finer than a microsecond'],
    [undefined, 'is expected'],
    [null, 'is expected'],
    [true, 'is expected'],
    [{}, 'is expected'],
    [[], 'is expected'],
    [() => 0, 'is expected'],
    [Symbol('now'), 'is expected'],
  ])('refuses %p: %s', (input, why) => {
    expect(() => epochMicroseconds(input as TimeInput)).toThrow(
      expect.objectContaining({
        code: 'E_KEY_TIME',
        details: { received: input },
        message: expect.stringContaining(why),
      }),
    );
  });

  it('takes 29 February of leap years alone', () => {
    for (let year = 1; year <= 9999; year++) {
      const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
      assert.equal(isUtcDay(`${String(year).padStart(4, '0')}-02-29`), isLeap, String(year));
    }
  });
});

describe(isoText, () => {
  it('shows as many decimals as there are', () => {
    expect(isoText(1_704_067_200_000_000n)).toBe('2024-01-01T00:00:00Z');
    expect(isoText(1_704_067_200_001_000n)).toBe('2024-01-01T00:00:00.001Z');
    expect(isoText(1_704_067_200_000_001n)).toBe('2024-01-01T00:00:00.000001Z');
    expect(isoText(-1n)).toBe('1969-12-31T23:59:59.999999Z');
  });

  it('is read back as the same instant', () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        assert.equal(epochMicroseconds(isoText(instant)), instant);
      }),
      RUNS,
    );
  });

  it('shows what no Date can hold as a number', () => {
    expect(isoText(8_640_000_000_000_000_000n)).toBe('+275760-09-13T00:00:00Z');
    expect(isoText(8_640_000_000_000_001_000n)).toBe('8640000000000001000 us');
    expect(isoText(-(2n ** 63n))).toBe('-9223372036854775808 us');
  });
});

describe(epochMilliseconds, () => {
  it('leaves what is behind the rows in the memory that it is given', () => {
    const into = new Float64Array(3).fill(7);
    expect([...epochMilliseconds(BigInt64Array.of(1_000n, 2_000n), into)]).toEqual([1, 2, 7]);
  });

  it('gives every row in milliseconds', () => {
    const column = BigInt64Array.of(1_704_067_200_000_000n, 0n, -1n, -1_000n, 1_704_067_200_123_456n);
    expect([...epochMilliseconds(column)]).toEqual([1_704_067_200_000, 0, -0.001, -1, 1_704_067_200_123.456]);
  });

  it('is the nearest number to the exact quotient, and gives the microseconds back', () => {
    const year2248 = 8_773_574_400_000_000n;
    const OLDEST = 1_230_768_000_000_000n;
    fc.assert(
      fc.property(fc.bigInt({ min: -year2248, max: year2248 }), (instant) => {
        const [milliseconds] = epochMilliseconds(BigInt64Array.of(instant));
        assert.equal(milliseconds, Number(instant) / 1000);
        if (instant >= OLDEST) assert.equal(epochMicroseconds(milliseconds), instant);
      }),
      RUNS,
    );
  });

  it('reads a part of a buffer and fills a given array', () => {
    const part = BigInt64Array.of(1n, 2_000n, 3_000n).subarray(1);
    const into = new Float64Array(2);
    expect(epochMilliseconds(part, into)).toBe(into);
    expect([...into]).toEqual([2, 3]);
    expect(epochMilliseconds(new BigInt64Array())).toHaveLength(0);
  });
});
