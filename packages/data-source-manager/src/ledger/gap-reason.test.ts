import { BINANCE, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { dayKey, span } from '../__fixtures__/market.ts';
import type { Listing } from '../publication/listing.ts';
import { keyAt } from '../query/month-key.ts';
import { parseQuery } from '../query/query.ts';
import { coverageOfLedger } from './coverage-of.ts';
import { record, startLedger } from './ledger.ts';
import { type NoRows, objectOf, type Observation } from './observation.ts';

const day = span('2024-02-01', '2024-02-02');
const key = dayKey('2024-02-01', '1h');
const { sources } = compose({ archive: {}, rest: {} });

/** The kinds of the gaps of one day of which a request has learnt these things. */
function kindsAfter(...observations: readonly Observation[]): string[] {
  const query = parseQuery({ symbol: 'BTCUSDT', interval: '1h', ...day }, BINANCE);
  const now = span('2024-06-01', '2024-06-02').start;
  const ledger = startLedger({ query, catalog: BINANCE, now, sources, facts: [undefined] });
  record(ledger, ...observations);
  return coverageOfLedger(ledger).gaps.map(({ kind }) => kind);
}

const listing: Listing = {
  monthly: new Map(),
  daily: new Map([['2024-02-20', { key: dayKey('2024-02-20', '1h'), size: 1, etag: '', lastModified: '' }]]),
  dailyFrom: '2024-01-01',
  dailyTo: '2024-02-20',
};
const listed: Observation = { type: 'listed', source: 'vision', listing };
/** Neither the day nor its month has a file. */
const noFiles = (['2024-02-01', '2024-02'] as const).map((date): NoRows => {
  const packagingFrequency = date.length === 7 ? 'monthly' : 'daily';
  const object = objectOf(keyAt(key, packagingFrequency, date, BINANCE));
  const question = { source: 'vision', kind: 'archive', object, span: spanOf(date) } as const;
  return { type: 'no-rows', question, outcome: 'not-published', evidence: 'not in the listing' };
});
const noBars = (within: TimeSpan, outcome: NoRows['outcome'] = 'no-rows'): NoRows => ({
  type: 'no-rows',
  question: { source: 'rest', kind: 'range', span: within },
  outcome,
  evidence: outcome,
});
const silence = (within: TimeSpan): Observation => ({ type: 'silence', source: 'rest', span: within });

describe('a day before everything that an archive lists', () => {
  it.each<[string, string, readonly Observation[]]>([
    ['is not listed yet where nobody else can be asked', 'not-listed-yet', []],
    ['says nothing of the life of a symbol that REST knows', 'no-data', [noBars(day)]],
    ['is not listed yet where REST refuses the name', 'not-listed-yet', [noBars(day, 'unknown-symbol')]],
    ['is not listed yet where REST has nothing older', 'not-listed-yet', [noBars(day), silence(span('2017-01-01', '2024-02-01'))]], // prettier-ignore
    ['is not listed yet where REST is silent for a week around', 'not-listed-yet', [noBars(span('2024-01-28', '2024-02-06'))]], // prettier-ignore
    ['says nothing where REST is silent for some days', 'no-data', [noBars(span('2024-01-31', '2024-02-05'))]],
  ])('%s', (_, kind, observations) => {
    expect(kindsAfter(listed, ...noFiles, ...observations)).toEqual([kind]);
  });
});
