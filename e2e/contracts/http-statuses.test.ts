import { BINANCE, spanOf } from '@vision-cache/cache-keys';
import { isVisionClientError, VisionDataClient } from '@vision-cache/vision-client';
import { BinanceRestClient } from '@vision-cache/vision-client/rest';
import { afterEach, describe, expect, it } from '@jest/globals';
import { binanceAsMsw, NOW } from './binance-as-msw.ts';

const key = BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' });
const { start, end } = spanOf(key.date);
const options = { retry: { attempts: 3 }, sleep: () => Promise.resolve(), now: NOW };

const CLIENTS = [
  {
    name: "VisionDataClient through Node's own HTTP client",
    ask: () => new VisionDataClient(options).fetch(key),
    requestsOfOne: 2,
    html: 'E_BAD_CONTENT',
  },
  {
    name: 'VisionDataClient through fetch',
    // msw replaces the global fetch when it listens: it is looked up then.
    ask: () => new VisionDataClient({ ...options, fetch: (...request) => globalThis.fetch(...request) }).fetch(key),
    requestsOfOne: 2,
    html: 'E_BAD_CONTENT',
  },
  {
    name: 'BinanceRestClient',
    ask: () => new BinanceRestClient(options).fetch(key, { start, end }),
    requestsOfOne: 1,
    html: 'E_REST_CONTENT',
  },
];

let hosts: ReturnType<typeof binanceAsMsw> | undefined;
afterEach(() => hosts?.close());

const codeOf = async (wait: Promise<unknown>): Promise<string> => {
  try {
    await wait;
    return 'none';
  } catch (error) {
    if (!isVisionClientError(error)) throw error;
    return error.code;
  }
};

describe.each(CLIENTS)('$name and the statuses of HTTP', ({ ask, requestsOfOne, html }) => {
  it.each([
    // Whoever answers so may answer well a moment later.
    { status: 408, code: 'E_HTTP_408', again: true },
    { status: 500, code: 'E_HTTP_500', again: true },
    { status: 502, code: 'E_HTTP_502', again: true },
    { status: 503, code: 'E_HTTP_503', again: true },
    { status: 504, code: 'E_HTTP_504', again: true },
    { status: 429, code: 'E_RATE_LIMITED', again: true },
    // These say the same however often they are asked.
    { status: 401, code: 'E_HTTP_401', again: false },
    { status: 403, code: 'E_HTTP_403', again: false },
    { status: 451, code: 'E_HTTP_451', again: false },
    { status: 418, code: 'E_BANNED', again: false },
  ])('$status is $code, and asked again: $again', async ({ status, code, again }) => {
    hosts = binanceAsMsw([{ fault: { kind: 'status', status, body: '' } }]);
    expect(await codeOf(ask())).toBe(code);
    const asked = hosts.requests();
    // The archive is asked for a file and its CHECKSUM, at once or one after the other.
    expect(asked).toBeGreaterThanOrEqual(again ? 3 : 1);
    expect(asked).toBeLessThanOrEqual((again ? 3 : 1) * requestsOfOne);
  });

  it.each([500, 503, 429])('a single %d is asked again, and the rows are right', async (status) => {
    hosts = binanceAsMsw([{ fault: { kind: 'status', status, body: '' }, times: 1 }]);
    const answer = await ask();
    const batch = 'batch' in answer ? answer.batch : undefined;
    expect([...(batch?.columns as { close: Float64Array }).close]).toEqual([
      ...(hosts.truth(key).columns as { close: Float64Array }).close,
    ]);
    expect(hosts.requests()).toBe(requestsOfOne + 1);
  });

  it('a page of HTML with status 200 is no answer', async () => {
    hosts = binanceAsMsw([{ fault: 'html' }]);
    expect(await codeOf(ask())).toBe(html);
  });
});

describe('a 404', () => {
  it('of the archive is a value, for it means that nothing is published', async () => {
    hosts = binanceAsMsw([{ fault: { kind: 'status', status: 404, body: '' } }]);
    expect(await new VisionDataClient(options).fetch(key)).toMatchObject({ status: 'missing' });
  });

  it('of REST is an error', async () => {
    hosts = binanceAsMsw([{ fault: { kind: 'status', status: 404, body: '' } }]);
    expect(await codeOf(new BinanceRestClient(options).fetch(key, { start, end }))).toMatch(/^E_/);
  });
});
