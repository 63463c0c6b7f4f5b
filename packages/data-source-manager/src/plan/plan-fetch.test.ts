import { keysBetween, monthsBetween, spanOf } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dayKey, span } from '../__fixtures__/market.ts';
import type { Listing } from '../publication/listing.ts';
import { planFetch } from './plan-fetch.ts';
import type { FetchPlan } from './plan-steps.ts';
import type { KnownFacts } from '../contract/ports.ts';

const NOW = '2024-06-15T12:30:00Z';
const year = { symbol: 'BTCUSDT', interval: '1m', start: '2023-01-01', end: '2024-01-01' } as const;
const nothing = (query: object): KnownFacts[] => keysBetween(query as never).map(() => undefined);
const dates = (plan: FetchPlan): string[] =>
  plan.steps.flatMap((step) => (step.from === 'archive' ? [step.key.date] : []));
const complete = (date: string): KnownFacts => ({
  source: 'vision',
  state: 'complete',
  layout: 'new',
  rows: 1440,
  spans: [spanOf(date)],
  holes: [],
});

describe(planFetch, () => {
  it('takes a year from its twelve months, with an eighth of the requests of its days and less', () => {
    const plan = planFetch(year, nothing(year), undefined, NOW);
    expect(dates(plan)).toEqual(monthsBetween('2023-01-01', '2024-01-01'));
    expect(plan.requests).toBe(24);
    expect(plan.requestsByDay).toBe(730);
    expect(plan.bytes).toBeGreaterThan(0);
    expect(plan.weight).toBe(0);
  });

  it('takes days where less than half of a month is missing', () => {
    const keys = keysBetween({ ...year, start: '2023-01-01', end: '2023-02-01' } as never);
    const facts = keys.map(({ date }) => (date < '2023-01-20' ? complete(date) : undefined));
    const plan = planFetch({ ...year, end: '2023-02-01' }, facts, undefined, NOW);
    expect(dates(plan)).toEqual(keys.slice(19).map(({ date }) => date));
    expect(plan.steps[0]).toEqual({ from: 'cache', ...span('2023-01-01', '2023-01-20') });
  });

  it('takes no month that is not published yet, unless the listing has it', () => {
    const may = { ...year, start: '2024-05-20', end: '2024-06-01' };
    expect(dates(planFetch(may, nothing(may), undefined, NOW))).toHaveLength(12);
    const month = { ...year, start: '2024-05-01', end: '2024-06-01' };
    const soon = '2024-06-10T00:00:00Z';
    expect(dates(planFetch(month, nothing(month), undefined, soon))).toHaveLength(31);
    const object = { key: dayKey('2024-05-01', '1m'), size: 5_000_000, etag: 'e', lastModified: '' };
    const listing: Listing = {
      monthly: new Map([['2024-05', object]]),
      daily: new Map(),
      dailyFrom: undefined,
      dailyTo: undefined,
    };
    const plan = planFetch(month, nothing(month), listing, soon);
    expect(dates(plan)).toEqual(['2024-05']);
    expect(plan.bytes).toBe(5_000_000);
  });

  it("takes today's closed bars from REST and says that the rest has not closed", () => {
    const query = { ...year, start: '2024-06-14', end: '2024-06-16' };
    const plan = planFetch(query, nothing(query), undefined, NOW);
    expect(plan.steps).toMatchObject([
      { from: 'archive', ...span('2024-06-14', '2024-06-15') },
      { from: 'range', ...span('2024-06-15', '2024-06-15T12:30'), requests: 1, weight: 2 },
    ]);
    expect(plan.gaps).toMatchObject([{ kind: 'not-published-yet', ...span('2024-06-15T12:30', '2024-06-16') }]);
  });

  it('asks only for the missing rest of a partial day, and again for nothing that is absent', () => {
    const query = { ...year, start: '2024-06-14', end: '2024-06-16' };
    const absent: KnownFacts = {
      state: 'absent',
      source: 'vision, rest',
      kind: 'no-data',
      evidence: '404; empty',
      askedAt: 0n,
      believedUntil: spanOf('2024-07-01').start,
      asked: [
        { source: 'vision', object: 'binance/spot/klines/daily/BTCUSDT/1m/2024-06-14', outcome: 'not-published' },
        { source: 'rest', span: spanOf('2024-06-14'), outcome: 'no-rows' },
      ],
    };
    const partial: KnownFacts = {
      ...complete('2024-06-15')!,
      state: 'partial',
      spans: [span('2024-06-15', '2024-06-15T10:00')],
    } as KnownFacts;
    const plan = planFetch(query, [absent, partial], undefined, NOW);
    expect(plan.steps).toMatchObject([
      { from: 'cache', ...span('2024-06-15', '2024-06-15T10:00') },
      { from: 'range', ...span('2024-06-15T10:00', '2024-06-15T12:30') },
    ]);
    expect(plan.gaps[0]).toMatchObject({ kind: 'no-data', ...span('2024-06-14', '2024-06-15') });
    const expired = planFetch(query, [{ ...absent, believedUntil: 1n }, partial], undefined, NOW);
    expect(dates(expired)).toEqual(['2024-06-14']);
  });

  it('plans nothing for what is cached, and nothing without sources', () => {
    const keys = keysBetween(year as never);
    const plan = planFetch(
      year,
      keys.map(({ date }) => complete(date)),
      undefined,
      NOW,
    );
    expect(plan).toMatchObject({
      steps: [{ from: 'cache', ...span('2023-01-01', '2024-01-01') }],
      gaps: [],
      requests: 0,
    });
    const offline = planFetch({ ...year, archive: null, range: null }, nothing(year), undefined, NOW);
    expect(offline).toMatchObject({ steps: [], requests: 0, gaps: [span('2023-01-01', '2024-01-01')] });
  });

  it('asks REST for what the listing lacks, and says so where there is no REST', () => {
    const query = { ...year, start: '2024-06-01', end: '2024-06-04' };
    const object = { key: dayKey('2024-06-01', '1m'), size: 70_000, etag: 'e', lastModified: '' };
    const listing: Listing = {
      monthly: new Map(),
      daily: new Map([
        ['2024-06-01', object],
        ['2024-06-03', object],
      ]),
      dailyFrom: '2024-06-01',
      dailyTo: '2024-06-04',
    };
    const plan = planFetch(query, nothing(query), listing, NOW);
    expect(dates(plan)).toEqual(['2024-06-01', '2024-06-03']);
    expect(plan.steps.filter(({ from }) => from === 'range')).toMatchObject([span('2024-06-02', '2024-06-03')]);
    const without = planFetch({ ...query, range: null }, nothing(query), listing, NOW);
    expect(without.gaps).toMatchObject([
      { kind: 'publisher-hole', evidence: 'vision: not in the listing', ...span('2024-06-02', '2024-06-03') },
    ]);
  });

  it('plans days of trades, of which neither bars nor REST are known', () => {
    const trades = { symbol: 'BTCUSDT', dataNature: 'aggTrades', start: '2024-06-01', end: '2024-06-03' } as const;
    const plan = planFetch(trades, nothing(trades), undefined, NOW);
    expect(dates(plan)).toEqual(['2024-06-01', '2024-06-02']);
    expect(plan).toMatchObject({ bytes: 0, weight: 0, requests: 4 });
  });

  it("reckons with a source's own estimate", () => {
    const query = { ...year, start: '2024-06-15', end: '2024-06-16' };
    const range = { name: 'own', covers: () => true, estimate: () => ({ requests: 7, weight: 70 }) };
    expect(planFetch({ ...query, range }, nothing(query), undefined, NOW)).toMatchObject({ requests: 7, weight: 70 });
  });

  it('divides every range into cache, fetches and gaps', () => {
    const month = { ...year, start: '2024-06-01', end: '2024-06-20' };
    const keys = keysBetween(month as never);
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 19, maxLength: 19 }),
        fc.nat({ max: 19 * 24 }),
        (cached, hour) => {
          const now = spanOf('2024-06-01').start + BigInt(hour) * 3_600_000_000n;
          const facts = keys.map(({ date }, index) =>
            cached[index] === true && spanOf(date).end <= now ? complete(date) : undefined,
          );
          const plan = planFetch(month, facts, undefined, now);
          const parts = [...plan.steps, ...plan.gaps].sort((a, b) => (a.start < b.start ? -1 : 1));
          let at = plan.span.start;
          for (const { start, end } of parts) {
            expect(start).toBe(at);
            at = end;
          }
          expect(at).toBe(plan.span.end);
        },
      ),
    );
  });
});
