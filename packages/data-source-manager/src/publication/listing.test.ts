import { BINANCE } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { dayKey, span } from '../__fixtures__/market.ts';
import { hasEnded, isPublished, listedRange, listedSize, type Listing, sideOfPublished } from './listing.ts';

const object = (date: string) => ({ key: dayKey('2024-01-01'), size: date.length, etag: 'e', lastModified: '' });
const listing = (days: string[], months: string[] | undefined, more: Partial<Listing> = {}): Listing => ({
  daily: new Map(days.map((date) => [date, object(date)])),
  monthly: months && new Map(months.map((date) => [date, object(date)])),
  dailyFrom: days[0],
  dailyTo: undefined,
  ...more,
});
const month = (date: string) =>
  BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1h', packagingFrequency: 'monthly', date } as never) as never;

describe(isPublished, () => {
  const known = listing(['2024-01-10', '2024-01-12'], ['2024-01'], { dailyTo: '2024-01-12' });

  it('tells of what was listed, and of nothing else', () => {
    expect(isPublished(known, dayKey('2024-01-10'))).toBe(true);
    expect(isPublished(known, dayKey('2024-01-11'))).toBe(false);
    expect(isPublished(known, dayKey('2024-01-09'))).toBeUndefined();
    expect(isPublished(known, dayKey('2024-01-13'))).toBeUndefined();
    expect(isPublished(undefined, dayKey('2024-01-10'))).toBeUndefined();
    expect(isPublished(listing([], undefined), dayKey('2024-01-10'))).toBeUndefined();
  });

  it('tells of months where months were listed', () => {
    expect(isPublished(known, month('2024-01'))).toBe(true);
    expect(isPublished(known, month('2024-02'))).toBe(false);
    expect(isPublished(listing(['2024-01-10'], undefined), month('2024-01'))).toBeUndefined();
  });
});

describe(listedSize, () => {
  it('is that of the object, where it is listed', () => {
    const known = listing(['2024-01-10'], ['2024-01']);
    expect(listedSize(known, dayKey('2024-01-10'))).toBe(10);
    expect(listedSize(known, month('2024-01'))).toBe(7);
    expect(listedSize(known, dayKey('2024-01-11'))).toBeUndefined();
    expect(listedSize(undefined, month('2024-01'))).toBeUndefined();
  });
});

describe(sideOfPublished, () => {
  it.each([
    ['2024-01-09', 'before'],
    ['2024-01-11', 'within'],
    ['2024-01-13', 'after'],
  ] as const)('of %s it says %s', (date, side) => {
    expect(sideOfPublished(listing(['2024-01-10', '2024-01-12'], undefined), dayKey(date))).toBe(side);
  });

  it('tells by the months where no day is listed', () => {
    const known = listing([], ['2024-02', '2024-03']);
    expect(sideOfPublished(known, dayKey('2024-01-31'))).toBe('before');
    expect(sideOfPublished(known, dayKey('2024-02-10'))).toBe('within');
    expect(sideOfPublished(known, dayKey('2024-04-01'))).toBe('after');
  });

  it('says so where nothing is published', () => {
    expect(sideOfPublished(listing([], []), dayKey('2024-01-01'))).toBe('nothing');
    expect(sideOfPublished(listing(['2024-01-10'], undefined), dayKey('2024-01-10'))).toBe('within');
  });
});

describe(listedRange, () => {
  it('says the day where the month says less', () => {
    expect(listedRange(listing(['2024-01-10', '2024-03-02'], ['2024-01', '2024-02']))).toEqual({
      first: '2024-01-10',
      last: '2024-03-02',
    });
    expect(listedRange(listing(['2024-02-10'], ['2024-01', '2024-03']))).toEqual({ first: '2024-01', last: '2024-03' });
  });

  it('does with either, and with neither', () => {
    expect(listedRange(listing([], ['2024-01', '2024-02']))).toEqual({ first: '2024-01', last: '2024-02' });
    expect(listedRange(listing(['2024-01-10'], undefined))).toEqual({ first: '2024-01-10', last: '2024-01-10' });
    expect(listedRange(listing([], undefined))).toBeUndefined();
  });
});

describe(hasEnded, () => {
  const at = (date: string) => span(date, date).start;

  it('waits as long as the archive may take for the next day or month', () => {
    const days = listing(['2024-01-10'], undefined);
    expect(hasEnded(days, at('2024-01-18'))).toBe(false);
    expect(hasEnded(days, at('2024-01-19'))).toBe(true);
    const months = listing([], ['2024-01']);
    expect(hasEnded(months, at('2024-03-20'))).toBe(false);
    expect(hasEnded(months, at('2024-03-22'))).toBe(true);
  });

  it('is told by a listing that finds no day at all, and not by none', () => {
    const none = listing([], ['2024-01'], { dailyFrom: '2024-02-01' });
    expect(hasEnded(none, at('2024-02-08'))).toBe(false);
    expect(hasEnded(none, at('2024-02-09'))).toBe(true);
    expect(hasEnded(listing([], undefined), at('2030-01-01'))).toBe(false);
  });
});
