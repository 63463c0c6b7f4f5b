import { BINANCE, type CacheKey, type ColumnBatch, epochMicroseconds, isoText } from '@vision-cache/cache-keys';
import type { Gap } from '@vision-cache/data-source-manager';
import { describe, expect, it } from '@jest/globals';
import type { Setup } from './compose.ts';
import { useSetups } from './use-setups.ts';

const openSetup = useSetups();

/** After 2026-06-25, from when on rows of metrics bear the start of what they tell of. */
const NOW = '2026-11-20T12:30:00Z';
async function open(options: Parameters<typeof openSetup>[0] = {}): Promise<Setup> {
  const archive = {
    symbols: [
      { symbol: 'BTCUSDT', listed: '2026-09-01' },
      { symbol: 'BTCUSDT', marketType: 'um', listed: '2026-09-01' },
      { symbol: 'BTCUSD_PERP', marketType: 'cm', listed: '2026-09-01' },
    ],
    ...options.archive,
  } as const;
  const setup = await openSetup({ now: NOW, tails: true, ...options, archive });
  return setup;
}

/** The rows of the day that has not ended, as the market made them, until an instant. */
function truthUntil(setup: Setup, key: object, end: bigint): Record<string, unknown[]> {
  const made = BINANCE.cacheKey(key as never) as CacheKey;
  const { columns } = setup.archive.rows(made) as unknown as { columns: Record<string, ArrayLike<unknown>> };
  const time = BINANCE.datasetOf(made as never) as unknown as { timeColumn: string };
  const times = Array.from(columns[time.timeColumn] as ArrayLike<bigint>);
  // REST tells milliseconds.
  const count = times.filter((at) => at / 1000n <= end / 1000n).length;
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, Array.from(column).slice(0, count)]),
  );
}

const rowsOf = ({ columns }: { columns: ColumnBatch['columns'] }): Record<string, unknown[]> =>
  Object.fromEntries(Object.entries(columns as object).map(([name, column]) => [name, Array.from(column as ArrayLike<unknown>)])); // prettier-ignore

/** What happens is told at once, and yet of the last minute more may come. */
function expectTheLastMinuteOpen(gaps: readonly Gap[]): void {
  expect(gaps).toMatchObject([{ kind: 'not-published-yet', end: epochMicroseconds(NOW) }]);
  expect(gaps[0]!.end - gaps[0]!.start).toBeLessThanOrEqual(60_000_000n);
}

const TODAY = { start: '2026-11-20', end: '2026-11-20T12:30:00Z' } as const;
const SYMBOLS = { spot: 'BTCUSDT', um: 'BTCUSDT', cm: 'BTCUSD_PERP' } as const;

describe('up to now, over REST', () => {
  it.each(['spot', 'um', 'cm'] as const)('aggregate trades of %s', async (marketType) => {
    const setup = await open({ archive: { eventsPerDay: 2500 } });
    const key = { marketType, dataNature: 'aggTrades', symbol: SYMBOLS[marketType] } as const;
    const { batch, coverage, activity } = await setup.manager.get({ ...key, ...TODAY, start: '2026-11-19' });
    expect(coverage.missingIds).toEqual([]);
    expectTheLastMinuteOpen(coverage.gaps);
    expect(coverage.spans.map(({ source }) => source)).toEqual(['vision', 'rest']);
    const truth = truthUntil(setup, { ...key, date: '2026-11-20' }, setup.archive.now());
    const yesterday = truthUntil(setup, { ...key, date: '2026-11-19' }, setup.archive.now());
    const rows = rowsOf(batch);
    const [of, names] = [yesterday['price']!.length, Object.keys(truth).filter((name) => name !== 'transact_time')];
    for (const name of names) expect({ name, rows: rows[name]!.slice(of) }).toEqual({ name, rows: truth[name] });
    expect(activity.sources['rest']!.requests).toBeGreaterThan(1);
    setup.clock.at += 3_600_000;
    setup.server.forget();
    const later = await setup.manager.get({ ...key, ...TODAY, end: '2026-11-20T13:30:00Z' });
    expect(later.coverage.missingIds).toEqual([]);
    expect(later.batch.numRows).toBeGreaterThan(truth['price']!.length);
    expect(setup.server.requests.every(({ path }) => path.includes('aggTrades'))).toBe(true);
  });

  it('aggregate trades are bounded, and the rest is a gap that is asked for again', async () => {
    const setup = await open({ archive: { eventsPerDay: 36_000 }, tails: { maxPages: 2 } });
    const query = { marketType: 'um', dataNature: 'aggTrades', symbol: 'BTCUSDT', start: '2026-11-20', end: '2026-11-20T02:00:00Z' } as const; // prettier-ignore
    const plan = await setup.manager.plan(query);
    expect(plan).toMatchObject({ requests: 2, weight: 40 });
    const first = await setup.manager.get(query, { strict: false });
    expect(first.coverage.gaps).toMatchObject([{ kind: 'source-failed' }]);
    expect(first.coverage.gaps[0]!.evidence).toContain('maxPages');
    expect(first.batch.numRows).toBe(1999);
    const second = await setup.manager.get(query);
    expect(second.coverage).toMatchObject({ complete: true, missingIds: [] });
  });

  it.each(['um', 'cm'] as const)('funding rates of %s', async (marketType) => {
    const setup = await open();
    const key = { marketType, dataNature: 'fundingRate', symbol: SYMBOLS[marketType] } as const;
    const { batch, coverage } = await setup.manager.get({ ...key, start: '2026-10-01', end: TODAY.end });
    expectTheLastMinuteOpen(coverage.gaps);
    expect(coverage.spans.map(({ source }) => source)).toEqual(['vision', 'rest']);
    const truth = truthUntil(setup, { ...key, date: '2026-11', packagingFrequency: 'monthly' }, setup.archive.now());
    const october = truthUntil(setup, { ...key, date: '2026-10', packagingFrequency: 'monthly' }, setup.archive.now());
    const rows = rowsOf(batch);
    for (const [name, column] of Object.entries(truth)) expect({ name, rows: rows[name] }).toEqual({ name, rows: [...october[name]!, ...column] }); // prettier-ignore
  });

  it('open interest and ratios of um', async () => {
    const setup = await open();
    const key = { marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT' } as const;
    const { batch, coverage } = await setup.manager.get({ ...key, ...TODAY });
    expectTheLastMinuteOpen(coverage.gaps);
    const truth = truthUntil(setup, { ...key, date: '2026-11-20' }, setup.archive.now());
    const rows = rowsOf(batch);
    expect(rows['create_time']).toHaveLength(150);
    for (const name of Object.keys(rows)) expect({ name, rows: rows[name] }).toEqual({ name, rows: truth[name]!.slice(0, 150) }); // prettier-ignore
  });

  it.each([
    ['um', 'markPriceKlines', 'BTCUSDT'],
    ['um', 'indexPriceKlines', 'BTCUSDT'],
    ['um', 'premiumIndexKlines', 'BTCUSDT'],
    ['cm', 'markPriceKlines', 'BTCUSD_PERP'],
    ['cm', 'indexPriceKlines', 'BTCUSD'],
    ['cm', 'premiumIndexKlines', 'BTCUSD_PERP'],
  ] as const)('bars of %s %s', async (marketType, dataNature, symbol) => {
    const setup = await open();
    const query = { marketType, dataNature, symbol, interval: '5m', start: '2026-11-19', end: TODAY.end } as const;
    const { batch, coverage } = await setup.manager.get(query);
    expect(coverage).toMatchObject({ complete: true, gaps: [] });
    expect(batch.numRows).toBe(288 + 150);
    expect(isoText(batch.columns.open_time.at(-1)!)).toBe('2026-11-20T12:25:00Z');
  });
});

describe('what REST refuses', () => {
  const ask = async (setup: Setup, path: string) => {
    const response = await fetch(`${setup.server.restUrls.um}${path}`);
    const content = (await response.json()) as { code?: number } & unknown[];
    return response.status === 200 ? content.length : content.code;
  };
  const at = Date.parse('2026-11-20T00:00:00Z');

  it.each([
    ['/fapi/v1/aggTrades', -1102],
    ['/fapi/v1/aggTrades?symbol=NONEUSDT', -1121],
    ['/fapi/v1/aggTrades?symbol=BTCUSDT&limit=0', -1130],
    ['/fapi/v1/aggTrades?symbol=BTCUSDT&startTime=x', -1100],
    [`/fapi/v1/aggTrades?symbol=BTCUSDT&startTime=${at}&endTime=${at + 3_600_000}`, -1127],
    [`/fapi/v1/aggTrades?symbol=BTCUSDT&startTime=${at}&endTime=${at + 3_599_999}`, 83],
    ['/fapi/v1/aggTrades?symbol=BTCUSDT', 500],
    ['/fapi/v1/aggTrades?symbol=BTCUSDT&limit=5000', 1000],
    ['/fapi/v1/fundingRate?symbol=BTCUSDT', 100],
    ['/dapi/v1/fundingRate?symbol=BTCUSD_PERP&limit=1000', 242],
    ['/futures/data/openInterestHist?symbol=BTCUSDT', -1102],
    ['/futures/data/openInterestHist?symbol=BTCUSDT&period=7m', -1130],
    ['/futures/data/openInterestHist?symbol=BTCUSDT&period=5m', 30],
    [`/futures/data/takerlongshortRatio?symbol=BTCUSDT&period=1h&limit=500&startTime=${at}`, 13],
    [`/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&startTime=${at - 31 * 86_400_000}`, -1130],
  ] as const)('%s answers %d', async (path, expected) => {
    expect(await ask(await open(), path)).toBe(expected);
  });
});
