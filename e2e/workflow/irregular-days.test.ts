import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY, play, SCENARIOS } from './irregular-day-scenarios.ts';

/** One of each kind; all 37 take a minute, and are in irregular-days.deep.ts. */
const OF_EACH_KIND = ['2017-08-17', '2017-12-18', '2018-02-08', '2018-02-09', '2019-11-13', '2021-12-24', '2024-11-19'];

describe('the irregular days of BTCUSDT', () => {
  it('are 37', () => {
    expect(SCENARIOS).toHaveLength(37);
  });

  it.each(SCENARIOS.filter(({ date }) => OF_EACH_KIND.includes(date)))(
    '$date: gaps to the second, asked once',
    async (scenario) => {
      await play(scenario);
    },
    60_000,
  );

  const real = process.env['VISION_CACHE_REAL_DATA'];
  const facts = real === undefined ? '' : join(real, 'checksum-audit', 'btcusdt_1s_facts.json');
  if (existsSync(facts)) {
    it('are those of the audit, second by second', () => {
      const { irregular_days: days } = JSON.parse(readFileSync(facts, 'utf8')) as {
        irregular_days: { date: string; unique_timestamps: number }[];
      };
      const audited = days.map(({ date, unique_timestamps }) => [date, DAY - unique_timestamps]);
      // REST had the rows that the archive of 2024-11-19 lacked.
      const claimed = SCENARIOS.map(({ date, missing }) => [date, date === '2024-11-19' ? DAY - 67_806 : missing]);
      expect(new Map(claimed as [string, number][])).toEqual(new Map(audited as [string, number][]));
    });
  } else {
    it.skip('are those of the audit (needs VISION_CACHE_REAL_DATA)', () => {});
  }
});
