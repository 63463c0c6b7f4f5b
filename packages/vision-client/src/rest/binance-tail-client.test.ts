import { cacheKey, DATASETS, epochMicroseconds, missingRows, type TimeSpan } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { isVisionClientError } from '../contract/errors.ts';
import { BinanceRestClient, BinanceTailClient, type BinanceTailClientOptions } from './index.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const HOUR = 3_600_000;
const span = (start: string, end: string): TimeSpan => ({
  start: epochMicroseconds(start),
  end: epochMicroseconds(end),
});
const keyOf = (
  marketType: 'spot' | 'um' | 'cm',
  dataNature: 'aggTrades' | 'fundingRate' | 'metrics',
  symbol = 'BTCUSDT',
) =>
  cacheKey({
    marketType,
    dataNature,
    symbol,
    packagingFrequency: dataNature === 'fundingRate' ? 'monthly' : 'daily',
    date: '2026-11-20',
  } as never);

type Answer = (query: Readonly<Record<string, string>>, path: string) => unknown;

/** A client of an exchange that answers by a function, and what was asked of it. */
function clientOf(answer: Answer, options: BinanceTailClientOptions = {}) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = new URL(input as string);
    asked.push(`${url.host}${url.pathname}`);
    const content = answer(Object.fromEntries(url.searchParams), url.pathname);
    return content instanceof Response ? content : new Response(JSON.stringify(content));
  };
  const own: BinanceTailClientOptions = { fetch, now: () => NOW, sleep: async () => undefined, ...options };
  const { maxPages: _pages, ...rest } = own;
  return { client: new BinanceTailClient(own), klines: new BinanceRestClient(rest), asked };
}

/** Trades 100 ms apart from midnight on, the first of id 1000. */
const START = Date.parse('2026-11-20');
const trade = (index: number) => ({
  a: 1000 + index, p: '1.5', q: '0.1', f: index, l: index, T: START + index * 100, m: index % 2 === 0, M: true,
}); // prettier-ignore
const tradesAnswer: Answer = ({ startTime, endTime, fromId, limit }) => {
  const first =
    fromId === undefined ? Math.max(0, Math.ceil((Number(startTime) - START) / 100)) : Number(fromId) - 1000;
  const end = endTime === undefined ? Infinity : Math.floor((Number(endTime) - START) / 100) + 1;
  const count = Math.max(0, Math.min(Number(limit), end - first, 100_000 - first));
  return Array.from({ length: count }, (_, row) => trade(first + row));
};

async function failing(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => 'it did not fail',
    (thrown: unknown) => thrown,
  );
  return isVisionClientError(error) ? error.code : String(error);
}

describe('aggregate trades of REST', () => {
  it('are whole: by the hour until there are some, then by id', async () => {
    const { client, asked } = clientOf(tradesAnswer);
    const { batch, answered, cost } = await client.fetch(
      keyOf('um', 'aggTrades'),
      span('2026-11-19T20:00', '2026-11-20T00:20'),
    );
    expect([batch.numRows, answered]).toEqual([12_000, undefined]);
    const dataset = DATASETS['binance/um/aggTrades'];
    const before = { time: 0n, id: 999n };
    expect(missingRows(dataset, batch, span('2026-11-19', '2026-11-21'), { before }).ids).toEqual([]);
    expect([cost.requests, asked.length]).toEqual([17, 17]);
    expect(new Set(asked)).toEqual(new Set(['fapi.binance.com/fapi/v1/aggTrades']));
  });

  it('are bounded: at most so many pages, and the rest is no answer', async () => {
    const { client, asked } = clientOf(tradesAnswer, { maxPages: 3 });
    const asking = span('2026-11-20', '2026-11-20T01:00');
    const { batch, answered, evidence } = await client.fetch(keyOf('spot', 'aggTrades'), asking);
    expect(asked).toHaveLength(3);
    expect(answered).toEqual({ start: asking.start, end: epochMicroseconds(START + 2999 * 100) });
    expect(batch.numRows).toBe(2999);
    expect(evidence).toContain('3 pages');
    expect(client.estimate(keyOf('spot', 'aggTrades'), asking)).toEqual({ requests: 3, weight: 12 });
    expect(clientOf(tradesAnswer).client.estimate(keyOf('um', 'aggTrades'), asking)).toEqual({
      requests: 100,
      weight: 2000,
    });
  });

  it('of futures reach back a year, and say so without a request', async () => {
    const asking = span('2025-06-01', '2025-06-02');
    for (const [market, symbol] of [
      ['um', 'BTCUSDT'],
      ['cm', 'BTCUSD_PERP'],
    ] as const) {
      const { client, asked } = clientOf(() => []);
      const { answered, evidence, batch } = await client.fetch(keyOf(market, 'aggTrades', symbol), asking);
      expect({ asked, answered, rows: batch.numRows }).toEqual({ asked: [], answered: { start: asking.end, end: asking.end }, rows: 0 }); // prettier-ignore
      expect(evidence).toContain('365 days');
    }
    const spot = clientOf(() => []);
    expect((await spot.client.fetch(keyOf('spot', 'aggTrades'), asking)).answered).toBeUndefined();
    expect(spot.asked).toHaveLength(24);
  });

  it('refuse ids that do not rise, and fields that are none', async () => {
    for (const rows of [[trade(2), trade(1)], [{ ...trade(1), p: 'NaN' }], [{ ...trade(1), T: -1 }], ['x'], {}]) {
      const { client } = clientOf(() => rows);
      expect(await failing(client.fetch(keyOf('um', 'aggTrades'), span('2026-11-20', '2026-11-20T01:00')))).toBe(
        'E_REST_CONTENT',
      );
    }
  });
});

describe('funding rates of REST', () => {
  it('have the distance of their rows for an interval, also the first', async () => {
    const times = [0, 8, 16, 20, 24, 25].map((hour) => START + hour * HOUR + 3);
    const { client, asked } = clientOf(
      ({ startTime, endTime }) =>
        [START - 8 * HOUR, ...times]
          .filter((time) => time >= Number(startTime) && time <= Number(endTime))
          .map((fundingTime) => ({ symbol: 'BTCUSDT', fundingTime, fundingRate: '0.0001', markPrice: '' })),
      { now: () => NOW + 48 * HOUR },
    );
    const { batch } = await client.fetch(keyOf('um', 'fundingRate'), span('2026-11-20', '2026-11-22'));
    const { calc_time, funding_interval_hours } = batch.columns as unknown as Record<string, BigInt64Array>;
    expect([...calc_time!].map((time) => Number(time) / 1000)).toEqual(times);
    expect([...funding_interval_hours!].map(Number)).toEqual([8, 8, 8, 4, 4, 1]);
    expect(asked).toEqual(['fapi.binance.com/fapi/v1/fundingRate']);
  });
});

describe('metrics of REST', () => {
  const FIVE = 300_000;
  const answer: Answer = ({ startTime, endTime }, path) => {
    const rows: unknown[] = [];
    for (let timestamp = Math.ceil(Number(startTime) / FIVE) * FIVE; timestamp <= Number(endTime); timestamp += FIVE) {
      // As text, as the documentation has it, or as the number that comes.
      rows.push({
        timestamp: path.includes('taker') ? String(timestamp) : timestamp,
        sumOpenInterest: '5',
        sumOpenInterestValue: '7',
        longShortRatio: path.includes('top') ? '2' : '3',
        buySellRatio: '4',
      });
    }
    return rows;
  };

  it('join open interest and the ratios by their time', async () => {
    const { client, asked } = clientOf(answer);
    const { batch, answered } = await client.fetch(keyOf('um', 'metrics'), span('2026-11-19', '2026-11-20'));
    expect([batch.numRows, answered]).toEqual([288, undefined]);
    const row = Object.entries(batch.columns as Readonly<Record<string, ArrayLike<number>>>).map(([name, column]) => [
      name,
      column[0],
    ]);
    expect(Object.fromEntries(row.slice(1))).toEqual({
      sum_open_interest: 5,
      sum_open_interest_value: 7,
      count_toptrader_long_short_ratio: 2,
      sum_toptrader_long_short_ratio: 2,
      count_long_short_ratio: 3,
      sum_taker_long_short_vol_ratio: 4,
    });
    expect(asked).toHaveLength(5);
  });

  it('reach back 30 days, and say so', async () => {
    const { client } = clientOf(answer);
    const { answered, evidence, batch } = await client.fetch(keyOf('um', 'metrics'), span('2026-10-01', '2026-11-20'));
    expect(answered!.end).toBe(epochMicroseconds('2026-11-20'));
    expect(Number(answered!.start) / 1000).toBeGreaterThan(NOW - 30 * 24 * HOUR);
    expect(evidence).toContain('30 days');
    expect(Number((batch.columns as unknown as Record<string, BigInt64Array>)['create_time']![0])).toBe(
      Number(answered!.start),
    );
  });
});

describe('what both clients share', () => {
  it('is one budget of both futures markets, whichever asks', async () => {
    const pauses: number[] = [];
    let now = NOW;
    const options = {
      weightPerMinute: { um: 40, cm: 45 },
      now: () => now,
      sleep: async (milliseconds: number) => {
        pauses.push(milliseconds);
        now += milliseconds;
      },
    };
    const { client } = clientOf(() => [], options);
    const asking = span('2026-11-20T11:00', '2026-11-20T11:30');
    await client.fetch(keyOf('um', 'aggTrades'), asking);
    await client.fetch(keyOf('cm', 'aggTrades', 'BTCUSD_PERP'), asking);
    expect(pauses).toEqual([]);
    await client.fetch(keyOf('cm', 'aggTrades', 'BTCUSD_PERP'), asking);
    expect(pauses).toHaveLength(1);
  });

  it('is one pause of both: what fapi asks for with a 429 holds for dapi', async () => {
    const { client, asked } = clientOf(() => new Response('', { status: 429, headers: { 'retry-after': '1000' } }), {
      retry: { attempts: 1 },
    });
    const asking = span('2026-11-20T11:00', '2026-11-20T11:30');
    expect(await failing(client.fetch(keyOf('um', 'aggTrades'), asking))).toBe('E_RATE_LIMITED');
    expect(await failing(client.fetch(keyOf('cm', 'aggTrades', 'BTCUSD_PERP'), asking))).toBe('E_RATE_LIMITED');
    expect(await failing(client.fetch(keyOf('spot', 'aggTrades'), asking))).toBe('E_RATE_LIMITED');
    expect(asked.map((each) => each.split('/')[0])).toEqual(['fapi.binance.com', 'data-api.binance.vision']);
  });

  it.each([
    [{ code: -1016, msg: 'This service is no longer available.' }, 400],
    [{ '239999': 'System maintenance, please try again later' }, 200],
    [{ '239999': 'System maintenance, please try again later' }, 400],
    [{ code: -1008, msg: 'Server is busy' }, 400],
  ])('is that %j passes: it is asked for again', async (content, status) => {
    let answers = 0;
    const bars = (): unknown => (answers++ < 2 ? new Response(JSON.stringify(content), { status }) : []);
    const { klines, asked } = clientOf(bars);
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2026-11-19' });
    expect((await klines.fetch(key, span('2026-11-19', '2026-11-20'))).batch.numRows).toBe(0);
    expect(asked).toHaveLength(3);
    const down = clientOf(() => new Response(JSON.stringify(content), { status }), { retry: { attempts: 2 } });
    expect(await failing(down.klines.fetch(key, span('2026-11-19', '2026-11-20')))).toBe('E_REST_UNAVAILABLE');
    expect(down.asked).toHaveLength(2);
  });

  it('is that a symbol of another market is refused before it is asked for', async () => {
    const { client, klines, asked } = clientOf(() => []);
    const wrong = cacheKey({ marketType: 'um', symbol: 'BTCUSD_PERP', interval: '1h', date: '2026-11-19' });
    expect(klines.covers(wrong)).toBe(false);
    expect(await failing(klines.fetch(wrong, span('2026-11-19', '2026-11-20')))).toBe('E_NOT_COVERED');
    expect(client.covers(keyOf('cm', 'aggTrades', 'BTCUSDT'))).toBe(false);
    expect(client.covers(keyOf('cm', 'metrics', 'BTCUSD_PERP'))).toBe(false);
    expect(await failing(client.fetch(keyOf('cm', 'aggTrades', 'BTCUSDT'), span('2026-11-19', '2026-11-20')))).toBe(
      'E_NOT_COVERED',
    );
    expect(asked).toEqual([]);
  });

  it('is that a clock that is ahead keeps no running candle: the Date header tells', async () => {
    const open = Date.parse('2026-11-20T12:00:00Z');
    const row = [open, '1', '2', '1', '1', '1', open + HOUR - 1, '1', 1, '1', '1', '0'];
    const { klines } = clientOf(
      () => new Response(JSON.stringify([row]), { headers: { date: new Date(NOW + HOUR / 2).toUTCString() } }),
      { now: () => NOW + 26 * HOUR },
    );
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2026-11-20' });
    expect((await klines.fetch(key, span('2026-11-20T12:00', '2026-11-20T13:00'))).batch.numRows).toBe(0);
  });

  it('is that impossible options are refused', () => {
    expect(() => new BinanceTailClient({ maxPages: 0 })).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
  });
});
