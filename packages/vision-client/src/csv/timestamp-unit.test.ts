import { describe, expect, it } from '@jest/globals';
import { dateTimeMicroseconds, timestampUnit } from './timestamp-unit.ts';

describe(timestampUnit.name, () => {
  it.each([
    [1_502_942_400_000, 'ms'],
    [1_735_689_600_000_000, 'us'],
    [1_735_689_600, undefined],
    [1_735_689_600_000_000_000, undefined],
    [1e11 - 1, undefined],
    [1e11, 'ms'],
    [1e14 - 1, 'ms'],
    [1e14, 'us'],
    [1e17 - 16, 'us'],
    [1e17, undefined],
    [0, undefined],
    [-1, undefined],
    [NaN, undefined],
  ])('tells %s to be in %s', (time, unit) => expect(timestampUnit(time)).toBe(unit));
});

describe(dateTimeMicroseconds.name, () => {
  it.each([
    ['2024-02-29', Date.UTC(2024, 1, 29) * 1000],
    ['2024-01-01 00:05:00', Date.UTC(2024, 0, 1, 0, 5) * 1000],
    ['2024-01-01T23:59:59.000001', Date.UTC(2024, 0, 1, 23, 59, 59) * 1000 + 1],
    ['2024-01-01 00:00:00.5', Date.UTC(2024, 0, 1) * 1000 + 500_000],
    ['2024-01-01 01:02:03', Date.UTC(2024, 0, 1, 1, 2, 3) * 1000],
  ])('reads %s as UTC', (text, microseconds) => expect(dateTimeMicroseconds(text)).toBe(microseconds));

  it.each([
    '2023-02-29',
    '2024-13-01',
    '2024-01-01 24:00:00',
    '2024-01-01 00:60:00',
    '2024-01-01 00:00:60',
    '0024-01-01',
    '2024-1-1',
    'x',
  ])('refuses %s', (text) => expect(dateTimeMicroseconds(text)).toBeUndefined());
});
