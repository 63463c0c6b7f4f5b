import {
  type CacheKey,
  cacheKey,
  type ColumnBatch,
  epochMicroseconds,
  keysBetween,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { VisionClientError } from '../contract/errors.ts';
import { type ArchiveServer, createSyntheticArchive, startArchiveServer } from '../testing/index.ts';
import { BinanceRestClient, type BinanceRestClientOptions } from './index.ts';

const NOW = '2024-02-03T12:20:30Z';
const archive = createSyntheticArchive({
  symbols: [
    { symbol: 'BTCUSDT', listed: '2023-06-01T04:00' },
    { symbol: 'BTCUSDT', marketType: 'um', listed: '2023-01-01' },
    { symbol: 'BTCUSD_PERP', marketType: 'cm', listed: '2022-06-01' },
  ],
  now: NOW,
  irregularities: [
    { name: 'outage', symbol: 'BTCUSDT', start: '2023-08-24T12:39:41.646Z', end: '2023-08-24T14:00:00Z' },
    { name: 'off-grid', interval: '1m', start: '2023-09-09T10:00', end: '2023-09-09T10:20' },
    { name: 'zero-length-bar', at: '2023-09-06T16:00' },
  ],
});

let server: ArchiveServer;
beforeAll(async () => {
  server = await startArchiveServer(archive);
});
afterEach(() => {
  server.forget();
  server.faults.clear();
});
afterAll(() => server.close());

const clientOf = (options: BinanceRestClientOptions = {}) =>
  new BinanceRestClient({ baseUrls: server.restUrls, now: () => Date.parse(NOW), ...options });
const span = (start: string, end: string): TimeSpan => ({
  start: epochMicroseconds(start),
  end: epochMicroseconds(end),
});
const keyOf = (key: { marketType?: string; dataNature?: string; symbol?: string; interval: string }): CacheKey =>
  cacheKey({
    symbol: 'BTCUSDT',
    date: '2023-07-01',
    packagingFrequency: ['1w', '1mo', '3d'].includes(key.interval) ? 'monthly' : 'daily',
    ...key,
  } as never);

async function failing(promise: Promise<unknown>): Promise<VisionClientError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'VisionClientError' });
  return error as VisionClientError;
}

type AnyColumn = readonly (number | bigint | string)[];
const columnsOf = (batch: ColumnBatch): [string, AnyColumn][] =>
  Object.entries(batch.columns as unknown as Readonly<Record<string, ArrayLike<number | bigint | string>>>).map(
    ([name, column]) => [name, Array.from(column)],
  );

/** The archive's own truth of a span: its days' or months' rows that open within it. */
function truth(key: CacheKey, { start, end }: TimeSpan): Record<string, AnyColumn> {
  const columns: Record<string, (number | bigint | string)[]> = {};
  for (const each of keysBetween({ ...key, start, end } as never)) {
    const batch = archive.rows(each);
    const times = (batch.columns as unknown as { open_time: BigInt64Array }).open_time;
    for (const [name, column] of columnsOf(batch)) {
      (columns[name] ??= []).push(...column.filter((_, row) => times[row]! >= start && times[row]! < end));
    }
  }
  return columns;
}
const plain = (batch: ColumnBatch): Record<string, AnyColumn> => Object.fromEntries(columnsOf(batch));

describe('BinanceRestClient', () => {
  it.each([
    ['spot klines of many pages', { interval: '1m' }, '2023-09-06T00:00', '2023-09-09T12:00', 6],
    ['a few minutes', { interval: '1m' }, '2023-08-20T00:00', '2023-08-20T00:10', 1],
    ['seconds', { interval: '1s' }, '2024-02-03T00:00', '2024-02-03T01:00', 4],
    ['months', { interval: '1mo' }, '2023-05-01', '2024-01-01', 1],
    ['weeks', { marketType: 'um', interval: '1w' }, '2023-01-01', '2024-01-29', 1],
    ['um klines', { marketType: 'um', interval: '1h' }, '2023-01-01', '2023-09-10', 13],
    [
      'um mark prices',
      { marketType: 'um', dataNature: 'markPriceKlines', interval: '1h' },
      '2023-08-20',
      '2023-09-20',
      2,
    ],
    [
      'um index prices',
      { marketType: 'um', dataNature: 'indexPriceKlines', interval: '4h' },
      '2023-08-20',
      '2023-09-20',
      1,
    ],
    [
      'cm klines by windows of 200 days',
      { marketType: 'cm', symbol: 'BTCUSD_PERP', interval: '1d' },
      '2022-06-01',
      '2024-02-01',
      4,
    ],
    [
      'cm klines by windows of 498 bars',
      { marketType: 'cm', symbol: 'BTCUSD_PERP', interval: '1h' },
      '2023-08-20',
      '2023-10-20',
      3,
    ],
    [
      'cm index prices of a pair',
      { marketType: 'cm', symbol: 'BTCUSD', dataNature: 'indexPriceKlines', interval: '1d' },
      '2023-08-20',
      '2023-10-20',
      1,
    ],
    [
      'cm premiums below 0',
      { marketType: 'cm', symbol: 'BTCUSD_PERP', dataNature: 'premiumIndexKlines', interval: '1h' },
      '2023-08-20',
      '2023-09-01',
      1,
    ],
  ] as const)('gets %s exactly', async (_, of, start, end, requests) => {
    const key = keyOf(of);
    const within = span(start, end);
    const client = clientOf();
    const answer = await client.fetch(key, within);
    const expected = truth(key, within);
    expect(answer.batch.numRows).toBeGreaterThan(5);
    expect(plain(answer.batch)).toEqual(expected);
    expect(answer.batch.dataset).toBe(`binance/${key.marketType}/${key.dataNature}`);
    expect(answer.cost.requests).toBe(requests);
    expect(client.estimate(key, within).requests).toBe(requests);
    expect(answer.facts.source).toBe('rest');
  });

  it('keeps and counts bars off their grid, bars that close early and bars without length', async () => {
    const client = clientOf();
    const minutes = await client.fetch(keyOf({ interval: '1m' }), spanOf('2023-09-09'));
    expect(minutes.quality).toEqual({ rows: 1440, duplicates: 0, offGrid: 20, unsorted: 0 });
    const hours = await client.fetch(keyOf({ interval: '1h' }), spanOf('2023-08-24'));
    expect(hours.batch.numRows).toBe(23);
    const { open_time: opens, close_time: closes } = hours.batch.columns as unknown as {
      open_time: BigInt64Array;
      close_time: BigInt64Array;
    };
    expect([opens[12], closes[12]]).toEqual([
      epochMicroseconds('2023-08-24T12:00'),
      epochMicroseconds('2023-08-24T12:39:41.646'),
    ]);
    expect(opens[13]).toBe(epochMicroseconds('2023-08-24T14:00'));
    expect(closes[0]).toBe(opens[1]! - 1n);
  });

  it('asks with endTime = end − 1, and with the cheapest limits', async () => {
    const client = clientOf();
    await client.fetch(keyOf({ interval: '1h' }), spanOf('2023-09-09'));
    await client.fetch(keyOf({ marketType: 'um', interval: '1h' }), spanOf('2023-09-09'));
    await client.fetch(keyOf({ marketType: 'um', interval: '1h' }), span('2023-09-01', '2023-09-15'));
    const day = `&startTime=${Date.parse('2023-09-09')}&endTime=${Date.parse('2023-09-10') - 1}`;
    expect(server.requests.map(({ path }) => path).slice(0, 2)).toEqual([
      `/api/v3/klines?symbol=BTCUSDT&interval=1h${day}&limit=1000`,
      `/fapi/v1/klines?symbol=BTCUSDT&interval=1h${day}&limit=25`,
    ]);
    expect(server.requests[2]!.path).toContain('&limit=337');
    expect(client.estimate(keyOf({ marketType: 'um', interval: '1h' }), spanOf('2023-09-09'))).toEqual({
      requests: 1,
      weight: 1,
    });
    expect(client.estimate(keyOf({ marketType: 'um', interval: '1m' }), spanOf('2023-09-09'))).toEqual({
      requests: 3,
      weight: 6,
    });
  });

  it('drops the bar that is not finished, by its own clock and by the host’s', async () => {
    const key = keyOf({ interval: '1h' });
    const today = spanOf('2024-02-03');
    const opens = async (client: BinanceRestClient) => (await client.fetch(key, today)).batch.numRows;
    expect(await opens(clientOf())).toBe(12);
    // A clock that is fast by a day asks for more, and is not believed.
    expect(await opens(clientOf({ now: () => Date.parse(NOW) + 86_400_000 }))).toBe(12);
    expect(await opens(clientOf({ now: () => Date.parse('2024-02-03T09:30Z') }))).toBe(9);
    // What lies wholly ahead is not asked for.
    server.forget();
    const ahead = await clientOf().fetch(key, spanOf('2024-02-05'));
    expect([ahead.batch.numRows, Object.keys(ahead.batch.columns).length, server.count()]).toEqual([0, 11, 0]);
  });

  it('answers no rows for a time before the listing', async () => {
    const answer = await clientOf().fetch(keyOf({ interval: '1h' }), spanOf('2023-05-31'));
    expect([answer.status, answer.batch.numRows]).toEqual(['ok', 0]);
  });

  it('covers klines of spot, um and cm, and refuses the rest', async () => {
    const client = clientOf();
    expect(client.covers(keyOf({ interval: '1s' }))).toBe(true);
    const other: CacheKey[] = [
      cacheKey({ symbol: 'BTCUSDT', dataNature: 'aggTrades', date: '2024-01-01' }),
      cacheKey({ symbol: 'BTCUSDT', marketType: 'option', dataNature: 'EOHSummary', date: '2024-01-01' }),
    ];
    expect(other.map((key) => client.covers(key))).toEqual([false, false]);
    expect((await failing(client.fetch(other[0]!, spanOf('2024-01-01')))).code).toBe('E_NOT_COVERED');
  });

  it('tells Binance’s own code when it refuses', async () => {
    const error = await failing(clientOf().fetch(keyOf({ symbol: 'NOPE', interval: '1h' }), spanOf('2024-01-01')));
    expect(error.code).toBe('E_REST_REFUSED');
    expect(error.details).toMatchObject({
      binanceCode: -1121,
      binanceMessage: 'Invalid symbol.',
      status: 400,
      attempts: 1,
    });
    expect(error.message).toContain('"Invalid symbol." (-1121)');
  });
});

describe('what REST must not get past the client', () => {
  const HOUR = 3_600_000;
  const START = Date.parse('2023-09-09');
  const row = (open: number, price = '1.5'): unknown[] => [
    open,
    price,
    '2',
    '1',
    '1.7',
    '10',
    open + HOUR - 1,
    '17',
    3,
    '5',
    '8',
    '0',
  ];
  const answering = (content: unknown, status = 200) =>
    clientOf({
      fetch: async () => new Response(typeof content === 'string' ? content : JSON.stringify(content), { status }),
    });
  const fetched = (content: unknown) => answering(content).fetch(keyOf({ interval: '1h' }), spanOf('2023-09-09'));

  it.each([
    ['rows before the span', [row(START - HOUR)]],
    ['rows after the span', [row(START), row(START + 24 * HOUR)]],
    ['two different rows of one time', [row(START), row(START, '1.6')]],
    ['a price that is no number', [row(START, 'NaN')]],
    ['a price beyond any number', [row(START, '9'.repeat(400))]],
    ['a price in scientific notation', [row(START, '1e5')]],
    ['an empty price', [row(START, '')]],
    ['too short a row', [row(START).slice(0, 8)]],
    ['objects, as options have them', [{ openTime: START }]],
    ['a time that is text', [[String(START), ...row(START).slice(1)]]],
    ['a page of HTML', '<html></html>'],
    ['JSON that is cut', '[[1'],
    ['a row nested 50,000 deep', `[${'['.repeat(50_000)}${']'.repeat(50_000)}]`],
    ['a field nested 50,000 deep', `[[${'['.repeat(50_000)}${']'.repeat(50_000)},1,2,3,4,5,6,7,8,9,10,11]]`],
    ['null', 'null'],
  ])('refuses %s', async (_, content) => {
    expect((await failing(fetched(content))).code).toBe('E_REST_CONTENT');
  });

  it('takes an error with status 200 for what it is', async () => {
    const error = await failing(fetched({ code: -1003, msg: 'Too many requests.' }));
    expect(error.details).toMatchObject({ binanceCode: -1003 });
  });

  it('sorts rows and removes repeats, and says so', async () => {
    const { batch, quality } = await fetched([row(START + HOUR), row(START), row(START)]);
    expect(quality).toEqual({ rows: 2, duplicates: 1, offGrid: 0, unsorted: 1 });
    expect(Array.from((batch.columns as unknown as { open_time: BigInt64Array }).open_time)).toEqual(
      [START, START + HOUR].map((ms) => BigInt(ms) * 1000n),
    );
  });

  it('asks on when a page comes full, and loses no row', async () => {
    for (const marketType of ['um', 'cm'] as const) {
      const crowded: typeof fetch = async (input) => {
        const { searchParams } = new URL(input as string);
        const [from, to, limit] = ['startTime', 'endTime', 'limit'].map((name) => Number(searchParams.get(name)));
        const opens: number[] = [];
        for (let open = START; open < START + 24 * HOUR; open += 60_000) {
          // Off the grid: more rows than the plan counts on.
          opens.push(...[open, open + 1, open + 2].filter((each) => each >= from! && each <= to!));
        }
        const rows = marketType === 'cm' ? opens.slice(-limit!) : opens.slice(0, limit);
        return new Response(JSON.stringify(rows.map((open) => row(open))));
      };
      const symbol = marketType === 'cm' ? 'BTCUSD_PERP' : 'BTCUSDT';
      const { batch } = await clientOf({ fetch: crowded }).fetch(
        keyOf({ marketType, symbol, interval: '1m' }),
        spanOf('2023-09-09'),
      );
      const opens = (batch.columns as unknown as { open_time: BigInt64Array }).open_time;
      expect(opens.length).toBe(3 * 1440);
      expect(opens.every((open, at) => at === 0 || open > opens[at - 1]!)).toBe(true);
    }
  });
});

describe('the manners of the REST client', () => {
  const key = () => keyOf({ marketType: 'um', interval: '1m' });

  it('waits for the next minute when the host’s weight is used up, by whomever', async () => {
    let now = 1_700_000_010_000;
    const pauses: number[] = [];
    const sent: number[] = [];
    let told = '0';
    const options: BinanceRestClientOptions = {
      baseUrls: server.restUrls,
      now: () => now,
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
        now += milliseconds;
      },
      fetch: async () => {
        sent.push(now);
        return new Response('[]', { headers: { 'x-mbx-used-weight-1m': told } });
      },
      weightPerMinute: { um: 10 },
    };
    const first = new BinanceRestClient(options);
    const second = new BinanceRestClient(options);
    await first.fetch(key(), spanOf('2023-09-09')); // 3 requests of weight 2
    await second.fetch(key(), span('2023-09-09T00:00', '2023-09-09T12:00')); // 2 more, by another client
    expect(pauses).toEqual([]);
    await first.fetch(key(), span('2023-09-09T00:00', '2023-09-09T00:10'));
    expect(pauses).toEqual([30_250]);
    told = '2000'; // others of this address have used the rest
    await second.fetch(key(), span('2023-09-09T00:00', '2023-09-09T00:10'));
    await first.fetch(key(), span('2023-09-09T00:00', '2023-09-09T00:10'));
    expect(pauses).toHaveLength(2);
    expect(sent).toHaveLength(8);
  });

  it('hears an abort while it waits for weight', async () => {
    const control = new AbortController();
    const client = clientOf({ weightPerMinute: { um: 3 } });
    const wait = failing(client.fetch(key(), spanOf('2023-09-09'), { signal: control.signal }));
    setTimeout(() => control.abort(new Error('no more')), 20);
    const error = await wait;
    expect(error.code).toBe('E_ABORTED');
  });

  it('repeats what passes, and stops all pages when one fails', async () => {
    const quick = { retry: { baseMs: 1 }, sleep: async () => undefined };
    server.faults.add({ fault: 'server-error', times: 2 }, { fault: 'reset', skip: 2, times: 1 });
    expect((await clientOf(quick).fetch(key(), spanOf('2023-09-09'))).batch.numRows).toBe(1440);
    server.faults.clear();
    server.faults.add({ fault: { kind: 'status', status: 451, body: 'restricted' }, times: 1 });
    server.forget();
    const error = await failing(clientOf({ ...quick, concurrency: 1 }).fetch(key(), span('2023-08-01', '2023-09-01')));
    expect(error.code).toBe('E_HTTP_451');
    expect(server.count()).toBe(1);
  });

  it('is banned with a typed error, and sends nothing more', async () => {
    server.faults.add({ fault: 'banned', times: 1 });
    // One page at a time: a second one that is under way would reach the server when it likes.
    const client = clientOf({ concurrency: 1 });
    expect((await failing(client.fetch(key(), spanOf('2023-09-09')))).code).toBe('E_BANNED');
    const before = server.count();
    const error = await failing(client.fetch(key(), spanOf('2023-09-09')));
    expect([error.code, server.count()]).toEqual(['E_BANNED', before]);
  });

  it('needs sensible options', () => {
    for (const options of [{ weightPerMinute: { um: 0 } }, { baseUrls: { spot: 'nowhere' } }]) {
      expect(() => new BinanceRestClient(options)).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
    }
  });
});
