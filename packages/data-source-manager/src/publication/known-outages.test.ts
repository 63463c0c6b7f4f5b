import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { span } from '../__fixtures__/market.ts';
import { KNOWN_OUTAGES, knownOutage, knownOutagesWithin } from './known-outages.ts';

const SPOT = { exchange: 'binance', marketType: 'spot' };
const REAL = process.env['VISION_CACHE_REAL_DATA'];
const FACTS = REAL === undefined ? undefined : join(REAL, 'checksum-audit', 'btcusdt_1s_facts.json');

/** Days of the audit on which rows are missing for another reason than an outage. */
const NO_OUTAGE = ['2017-08-17', '2021-12-24', '2024-11-19'];

describe('the table of known outages', () => {
  it('is in order, and each line has its source', () => {
    const starts = KNOWN_OUTAGES.map(({ from }) => from);
    expect([...starts].sort()).toEqual(starts);
    expect(KNOWN_OUTAGES.every(({ from, to, source }) => from < to && source !== '')).toBe(true);
  });

  if (FACTS === undefined || !existsSync(FACTS)) {
    it.skip('agrees with the audit, second by second (needs VISION_CACHE_REAL_DATA)', () => {});
  } else {
    const { irregular_days: days } = JSON.parse(readFileSync(FACTS, 'utf8')) as {
      irregular_days: { date: string; unique_timestamps: number }[];
    };
    it.each(days.filter(({ date }) => !NO_OUTAGE.includes(date)))(
      'has the missing seconds of $date',
      ({ date, unique_timestamps }) => {
        const day = span(date, `${date}T23:59:59.999999Z`);
        const missing = knownOutagesWithin(SPOT, { start: day.start, end: day.end + 1n }).reduce(
          (seconds, { start, end }) => {
            const from = Math.max(Date.parse(start), Date.parse(date));
            return seconds + (Math.min(Date.parse(end), Date.parse(date) + 86_400_000) - from) / 1000;
          },
          0,
        );
        // The second of two outages on 2019-11-13 is known in whole minutes only: 300 seconds stand for 217.
        expect(missing - (date === '2019-11-13' ? 83 : 0)).toBe(86_400 - unique_timestamps);
      },
    );
  }
});

describe(knownOutage, () => {
  it('explains a hole within an outage, at every interval', () => {
    expect(knownOutage(SPOT, span('2019-05-15T03:00', '2019-05-15T13:00'))).toContain('known outage');
    expect(knownOutage(SPOT, span('2019-05-15T04:00', '2019-05-15T12:00'))).toContain('known outage');
    expect(knownOutage(SPOT, span('2018-02-08T01:00', '2018-02-09T09:00'))).toContain('#365');
  });

  it('explains no hole that is longer than the outage, or of another market', () => {
    expect(knownOutage(SPOT, span('2019-05-15T03:00', '2019-05-15T14:00'))).toBeUndefined();
    expect(knownOutage(SPOT, span('2019-05-15T14:00', '2019-05-15T15:00'))).toBeUndefined();
    expect(
      knownOutage({ exchange: 'binance', marketType: 'um' }, span('2021-08-13T02:00', '2021-08-13T03:00')),
    ).toBeUndefined();
  });
});

describe('an outage of an index', () => {
  const um = (dataNature: string) => ({ exchange: 'binance', marketType: 'um', dataNature });
  const hole = span('2024-08-12T10:02', '2024-08-12T10:04');

  it('explains the hole of its natures only (#483, #484)', () => {
    expect(knownOutage(um('markPriceKlines'), hole)).toContain('#483');
    expect(knownOutage(um('indexPriceKlines'), hole)).toContain('#483');
    expect(knownOutage(um('klines'), hole)).toBeUndefined();
    expect(knownOutage({ exchange: 'binance', marketType: 'um' }, hole)).toBeUndefined();
    expect(knownOutage(um('markPriceKlines'), span('2023-11-10T03:40', '2023-11-10T04:05'))).toContain('#484');
    expect(knownOutage(um('indexPriceKlines'), span('2023-11-10T03:40', '2023-11-10T04:05'))).toBeUndefined();
    expect(knownOutagesWithin(um('markPriceKlines'), span('2023-11-01', '2024-09-01'))).toHaveLength(2);
    expect(knownOutagesWithin(um('klines'), span('2023-11-01', '2024-09-01'))).toEqual([]);
  });

  it.each([
    ['2020-01-19', 29],
    ['2020-12-17', 24],
    ['2022-07-12', 10],
    ['2024-08-12', 2],
  ])('lacks on %s the %i minutes that #483 counts', (date, minutes) => {
    const day = span(date, `${date}T23:59:59`);
    for (const nature of ['markPriceKlines', 'indexPriceKlines']) {
      const found = knownOutagesWithin(um(nature), day);
      const length = found.reduce((sum, { start, end }) => sum + (Date.parse(end) - Date.parse(start)) / 60_000, 0);
      expect(length).toBe(minutes);
      expect(found.every(({ evidence }) => evidence.includes('#483'))).toBe(true);
    }
    expect(knownOutagesWithin(um('premiumIndexKlines'), day)).toEqual([]);
  });

  it('explains no more than its minutes', () => {
    expect(knownOutage(um('markPriceKlines'), span('2020-12-17T07:32', '2020-12-17T07:56'))).toContain('#483');
    expect(knownOutage(um('markPriceKlines'), span('2020-12-17T07:32', '2020-12-17T08:00'))).toBeUndefined();
    expect(knownOutage(um('indexPriceKlines'), span('2022-07-12T13:07', '2022-07-12T13:22'))).toBeUndefined();
  });
});

describe(knownOutagesWithin, () => {
  it('lists those that touch a span, and none of another market', () => {
    const days = span('2017-12-04', '2017-12-19');
    const listed = knownOutagesWithin(SPOT, days);
    expect(listed.map(({ start }) => start.slice(0, 10))).toEqual(['2017-12-04', '2017-12-18', '2017-12-18']);
    expect(listed.every(({ evidence }) => evidence.includes('#365'))).toBe(true);
    expect(knownOutagesWithin(SPOT, span('2017-12-04T06:48', '2017-12-04T06:50'))).toHaveLength(1);
    expect(knownOutagesWithin(SPOT, span('2017-12-05', '2017-12-18'))).toEqual([]);
    expect(knownOutagesWithin({ exchange: 'binance', marketType: 'um' }, days)).toEqual([]);
  });
});
