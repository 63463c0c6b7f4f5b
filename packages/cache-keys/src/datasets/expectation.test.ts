import { describe, expect, it } from '@jest/globals';
import { isCacheKeyError } from '../contract/errors.ts';
import { isUtcDay } from '../time/calendar.ts';
import { spanOf } from '../time/utc-date.ts';
import { type Dataset, defineDataset, firstInstantOf } from './dataset.ts';
import { DATASETS } from './datasets.ts';
import { type Expectation, expectationText, strengthOf } from './expectation.ts';
import { confirmsLifetime, hasEndedBefore } from './lifetime.ts';
import { assertUsable } from './usable-dataset.ts';

const NAMED = {
  exchange: 'kraken',
  marketType: 'spot',
  dataNature: 'trades',
  published: { daily: [undefined], monthly: [] },
  timeColumn: 'time',
  identity: ['id'],
  columns: {
    id: { type: 'int64', unit: 'id' },
    time: { type: 'timestamp', unit: 'us' },
    side: { type: 'text', unit: 'none' },
  },
} as const;

function refusal(more: object): string {
  try {
    assertUsable({ ...(defineDataset(NAMED) as Dataset), ...more });
    return 'taken';
  } catch (error) {
    return isCacheKeyError(error) ? `${error.code} ${error.message}` : String(error);
  }
}

describe('what is expected', () => {
  it.each(Object.values(DATASETS) as Dataset[])('of $id is said in its table', (dataset) => {
    const { expectation } = dataset;
    expect(expectation).toBeDefined();
    expect(expectationText(expectation!).length).toBeGreaterThan(10);
    // A figure that only holds as a rule stands with its reason; so does the lack of one.
    if (strengthOf(expectation!) !== 'exact') expect('reason' in expectation!).toBe(true);
  });

  it('may name a column of the dataset only, for the compiler as well', () => {
    const dataset = defineDataset({ ...NAMED, expectation: { rule: 'ids', column: 'id' } });
    expect(() => assertUsable(dataset)).not.toThrow();
    // @ts-expect-error there is no such column
    defineDataset({ ...NAMED, expectation: { rule: 'ids', column: 'trade_id' } });
    // @ts-expect-error text steps by nothing
    defineDataset({ ...NAMED, expectation: { rule: 'ids', column: 'side' } });
  });

  it.each([
    [{ expectation: { rule: 'ids', column: 'trade_id' } }, '"trade_id"'],
    [{ expectation: { rule: 'ids', column: 'side' } }, '"side"'],
    [{ expectation: { rule: 'hope' } }, '"hope"'],
    [{ expectation: { rule: 'grid', every: '7m' } }, '"7m"'],
    [{ expectation: { rule: 'pause', usualSeconds: -1, multiple: 2, reason: '' } }, 'usualSeconds'],
    [{ expectation: { rule: 'pause', usualSeconds: 1, multiple: NaN, reason: '' } }, 'multiple'],
    [{ expectation: { rule: 'silence', column: 'id', hours: '2', ids: 3, reason: '' } }, 'hours'],
    [{ expectation: { rule: 'interval', column: 'id', toleranceSeconds: null } }, 'toleranceSeconds'],
    [{ firstDay: '2009' }, 'firstDay'],
    [{ lifetime: { source: 'x' } }, 'lifetime.asOf'],
    [{ lifetime: { source: 'x', asOf: '2026-01-01', to: 'soon' } }, 'lifetime.to'],
  ])('is refused where %j makes no sense', (more, named) => {
    expect(refusal(more)).toMatch(/^E_KEY_DATASET/);
    expect(refusal(more)).toContain(named);
  });

  it('is a sentence of each rule', () => {
    const rules: Expectation[] = [
      { rule: 'grid', every: 'interval' },
      { rule: 'interval', column: 'hours', toleranceSeconds: 60 },
      { rule: 'pause', usualSeconds: 30, multiple: 10, reason: 'because' },
      { rule: 'silence', column: 'id', hours: 2, ids: 100, reason: 'because' },
    ];
    expect(rules.map(expectationText)).toEqual([
      'a row every interval of the key',
      'a row every hours, as the rows themselves say, within 60 s',
      'usually a row every 30 s, and no pause above 300 s: because',
      'usually no silence of 2 h over which id jumps by 100 or more: because',
    ]);
  });
});

describe('the days of a dataset', () => {
  it('begin with its market, or in 2009', () => {
    expect(firstInstantOf(DATASETS['binance/um/metrics'])).toBe(spanOf('2019-09-01').start);
    expect(firstInstantOf(defineDataset(NAMED))).toBe(spanOf('2009-01-01').start);
  });

  it.each((Object.values(DATASETS) as Dataset[]).filter(({ lifetime }) => lifetime !== undefined))(
    'of $id are in order and have their source',
    ({ firstDay, lifetime }) => {
      const { from, to, asOf, source } = lifetime!;
      expect([from ?? asOf, to ?? asOf, asOf].every(isUtcDay)).toBe(true);
      expect([firstDay, from ?? firstDay, to ?? asOf, asOf]).toEqual(
        [firstDay, from ?? firstDay, to ?? asOf, asOf].sort(),
      );
      expect(source).not.toBe('');
    },
  );

  it('end where a lifetime has an end, or no file was ever seen', () => {
    expect(hasEndedBefore(DATASETS['binance/cm/liquidationSnapshot'].lifetime, '2024-10-14')).toBe(false);
    expect(hasEndedBefore(DATASETS['binance/cm/liquidationSnapshot'].lifetime, '2024-10-15')).toBe(true);
    expect(hasEndedBefore(DATASETS['binance/um/liquidationSnapshot'].lifetime, '2020-01-01')).toBe(true);
    expect(hasEndedBefore(DATASETS['binance/um/metrics'].lifetime, '2099-01-01')).toBe(false);
    expect(hasEndedBefore(undefined, '2099-01-01')).toBe(false);
  });

  it('are confirmed by a listing of 30 days, and by none of later', () => {
    const now = Date.UTC(2026, 10, 28);
    const DAY = 86_400_000;
    expect([0, 30 * DAY, 30 * DAY + 1, -1].map((age) => confirmsLifetime(now - age, now))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
