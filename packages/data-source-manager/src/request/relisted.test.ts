import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { span } from '../__fixtures__/market.ts';
import { days, HOURS, LOOSE, told } from '../faults/fault.fixture.ts';

/** One name, two assets: traded until 2023-05-13 10:00, and from 2023-06-06 14:00 on. */
const PAUSE = span('2023-05-13T10:00', '2023-06-06T14:00');
const LIT = { listed: '2022-01-01', outages: [PAUSE] };
const symbols = { NEWUSDT: LIT };
const UNPUBLISHED = days('2023-05-14', '2023-06-06');
const setup = (rest: Parameters<typeof compose>[0] = {}) =>
  compose({ archive: { symbols, unpublished: UNPUBLISHED }, rest: { symbols: { ...symbols, BTCUSDT: { listed: '2017-09-01' } } }, ...rest }); // prettier-ignore
const WHOLE = { ...HOURS, start: '2023-05-01', end: '2023-06-20' } as const;

describe('a symbol that was listed again', () => {
  it('is told as such, which strict lets pass: cold, warm and offline', async () => {
    const { manager, archive, rest } = setup();
    const cold = await manager.getKlines(WHOLE);
    expect(told(cold.coverage.gaps)).toEqual(['delisted 2023-05-13T10..2023-06-06T14']);
    expect(cold.coverage.gaps[0]!.evidence).toContain('it was listed again');
    expect(cold.warnings).toEqual([
      'NEWUSDT was not traded from 2023-05-13T10:00:00Z to 2023-06-06T14:00:00Z, and was listed again: rows before and after may be of different assets.', // prettier-ignore
    ]);
    expect(rest.asked.map(({ symbol }) => symbol)).not.toContain('BTCUSDT');
    const asked = [archive.asked.length, rest.asked.length];
    for (const mode of ['fill', 'offline'] as const) {
      const warm = await manager.getKlines(WHOLE, { mode });
      expect([told(warm.coverage.gaps), warm.warnings]).toEqual([told(cold.coverage.gaps), cold.warnings]);
    }
    expect([archive.asked.length, rest.asked.length]).toEqual(asked);
  });

  it('is told so in a range that lies within the pause, and in one that begins there', async () => {
    const { manager } = setup();
    const within = await manager.getKlines({ ...WHOLE, start: '2023-05-20', end: '2023-05-22' });
    expect(told(within.coverage.gaps)).toEqual(['delisted 2023-05-20..2023-05-22']);
    expect(within.coverage.gaps[0]!.evidence).toContain('listed again');
    expect(within.warnings).toEqual([]);
    const begins = await manager.getKlines({ ...WHOLE, start: '2023-06-01' });
    expect(told(begins.coverage.gaps)).toEqual(['delisted 2023-06-01..2023-06-06T14']);
    const before = await manager.getKlines({ ...WHOLE, start: '2021-12-01', end: '2022-01-05' });
    expect(told(before.coverage.gaps)).toEqual(['not-listed-yet 2021-12-01..2022-01-01']);
  });

  it('is not told of a week without rows, nor where nobody beside the archive was asked', async () => {
    const outages = [span('2023-05-13', '2023-05-20')];
    const week = { NEWUSDT: { ...LIT, outages } };
    const short = compose({
      archive: { symbols: week, unpublished: days('2023-05-13', '2023-05-20') },
      rest: { symbols: { ...week, BTCUSDT: { listed: '2017-09-01' } } },
    });
    const { coverage } = await short.manager.getKlines(WHOLE, LOOSE);
    expect(told(coverage.gaps)).toEqual(['no-data 2023-05-13..2023-05-20']);
    const alone = await setup({ rest: false }).manager.getKlines(WHOLE, LOOSE);
    expect(told(alone.coverage.gaps)).toEqual(['publisher-hole 2023-05-13T10..2023-06-06T14']);
  });

  it('is not told of a few long bars if nobody could say whether the whole market stood still', async () => {
    const rest = { symbols: { ...symbols, BTCUSDT: { listed: '2017-09-01' } }, failing: 'BTCUSDT', failures: 99 };
    const daily = { ...WHOLE, interval: '1d' } as const;
    const { coverage } = await setup({ rest }).manager.getKlines(daily, LOOSE);
    expect(told(coverage.gaps)).toEqual(['source-failed 2023-05-14..2023-06-07']);
    const looked = await setup().manager.getKlines(daily, LOOSE);
    expect(told(looked.coverage.gaps)).toContain('delisted 2023-05-14..2023-06-06');
  });

  it('is not told of a month that its archive lacks, where REST refuses the name by now', async () => {
    const life = { NEWUSDT: { listed: '2024-01-17', delisted: '2024-04-11' } };
    const { manager } = compose({
      now: '2024-05-17T10:23:00Z',
      archive: { symbols: life, unpublished: ['2024-02', ...days('2024-02-01', '2024-03-01')] },
      rest: { symbols: {} },
    });
    for (const interval of ['1h', '3d'] as const) {
      const query = { ...HOURS, interval, start: '2024-02-08', end: '2024-02-14' } as const;
      const { coverage } = await manager.getKlines(query, LOOSE);
      expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['no-data']);
    }
  });
});
