import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isVisionClientError, type VisionClientError } from '../contract/errors.ts';
import { sleepFor } from './abort.ts';
import { fetchWithRetry } from './fetch-with-retry.ts';
import { createHttp, type HttpOptions } from './options.ts';

type Step = Response | Error | ((init: RequestInit) => Response | Promise<Response>);

/** A client whose host answers as scripted and whose clock moves only when it waits. */
function scripted(steps: Step[], options: HttpOptions = {}) {
  const world = {
    time: 1_700_000_000_000,
    requests: [] as { url: string; init: RequestInit; at: number }[],
    pauses: [] as number[],
  };
  const http = createHttp({
    random: () => 1,
    now: () => world.time,
    sleep: async (milliseconds) => {
      world.pauses.push(milliseconds);
      world.time += milliseconds;
    },
    fetch: async (url, init = {}) => {
      world.requests.push({ url: url as string, init, at: world.time });
      const step = steps[Math.min(world.requests.length, steps.length) - 1]!;
      if (step instanceof Error) throw step;
      return typeof step === 'function' ? await step(init) : step.clone();
    },
    ...options,
  });
  return Object.assign(world, { http });
}

const URL_A = 'https://data.binance.vision/data/a.zip';
const answer = (status: number, headers: Record<string, string> = {}, body = 'text') =>
  new Response(body, { status, headers });
const failing = async (wait: Promise<unknown>): Promise<VisionClientError> => {
  const error: unknown = await wait.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isVisionClientError(error)) throw new Error(`no VisionClientError: ${String(error)}`);
  return error;
};

describe('fetchWithRetry: what passes', () => {
  it.each([408, 500, 502, 503, 504])('tries again after %s, with full jitter', async (status) => {
    const world = scripted([answer(status), answer(status), answer(200)]);
    const { attempts, body } = await fetchWithRetry(URL_A, {}, world.http);
    expect({ attempts, text: String.fromCharCode(...body) }).toEqual({ attempts: 3, text: 'text' });
    expect(world.pauses).toEqual([500, 1000]);
  });

  it('gives up after the stated attempts with the status in its code', async () => {
    const world = scripted([answer(503, {}, 'Slow Down')], { retry: { attempts: 3 } });
    const error = await failing(fetchWithRetry(URL_A, {}, world.http));
    expect(error.code).toBe('E_HTTP_503');
    expect(error.details).toEqual({ url: URL_A, attempts: 3, status: 503, received: 'Slow Down' });
    expect(world.requests).toHaveLength(3);
  });

  it('sends again at once what a closed idle connection lost', async () => {
    const lost = new TypeError('fetch failed', {
      cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
    });
    const world = scripted([lost, answer(200)]);
    await fetchWithRetry(URL_A, {}, world.http);
    expect(world.pauses).toEqual([]);
  });

  it('tells what kept it from the host', async () => {
    const refused = new TypeError('fetch failed', {
      cause: Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' }),
    });
    const error = await failing(fetchWithRetry(URL_A, {}, scripted([refused]).http));
    expect(error.code).toBe('E_NETWORK');
    expect(error.message).toContain('ECONNREFUSED, connect refused');
    expect(error.cause).toBe(refused);
  });

  it('names the host and a code once, so that files that fail of one cause are one sentence', async () => {
    const unknown = new TypeError('fetch failed', {
      cause: Object.assign(new Error('getaddrinfo ENOTFOUND data.example'), { code: 'ENOTFOUND' }),
    });
    const { message, details } = await failing(fetchWithRetry(URL_A, {}, scripted([unknown]).http));
    expect(message).toBe(`${new URL(URL_A).host} cannot be reached: getaddrinfo ENOTFOUND data.example.`);
    expect(details).toMatchObject({ url: URL_A });
  });

  it('tries a name that is not known three times, and then for a while not at all, so that no network is told soon', async () => {
    const unknown = new TypeError('fetch failed', {
      cause: Object.assign(new Error('getaddrinfo ENOTFOUND data.example'), { code: 'ENOTFOUND' }),
    });
    const { http } = scripted([unknown, unknown, unknown, unknown, unknown, unknown]);
    expect((await failing(fetchWithRetry(URL_A, {}, http))).details).toMatchObject({ attempts: 3 });
    const next = await failing(fetchWithRetry(URL_A, {}, http));
    expect(next).toMatchObject({ message: expect.stringContaining('ENOTFOUND'), details: { attempts: 0 } });
  });

  it('finds a body shorter than its content-length, which fetch may not', async () => {
    const world = scripted([answer(200, { 'content-length': '10' }), answer(200, { 'content-length': '4' })]);
    expect((await fetchWithRetry(URL_A, {}, world.http)).attempts).toBe(2);
  });
});

describe('fetchWithRetry: what does not pass', () => {
  it('answers a 404, for an unpublished file is no failure', async () => {
    expect((await fetchWithRetry(URL_A, {}, scripted([answer(404)]).http)).status).toBe(404);
  });

  it.each([
    [403, /firewall/],
    [451, /region/],
  ])('explains a %s and does not repeat it', async (status, explanation) => {
    const world = scripted([answer(status)]);
    const error = await failing(fetchWithRetry(URL_A, {}, world.http));
    expect(error.code).toBe(`E_HTTP_${status}`);
    expect(error.message).toMatch(explanation);
    expect(world.requests).toHaveLength(1);
  });

  it('refuses an encoding that it did not ask for, in time', async () => {
    const error = await failing(
      fetchWithRetry(URL_A, {}, scripted([answer(200, { 'content-encoding': 'gzip' })]).http),
    );
    expect(error.code).toBe('E_BAD_CONTENT');
  });

  it('asks for no encoding, and past caches when told so', async () => {
    const world = scripted([answer(200)]);
    await fetchWithRetry(URL_A, { fresh: true }, world.http);
    expect(world.requests[0]!.init.headers).toMatchObject({
      'accept-encoding': 'identity',
      'cache-control': 'no-cache',
    });
  });

  it('refuses a body beyond its limit, whether announced or not', async () => {
    for (const headers of [{ 'content-length': '4' }, {}] as Record<string, string>[]) {
      const error = await failing(fetchWithRetry(URL_A, { maxBytes: 3 }, scripted([answer(200, headers)]).http));
      expect(error.code).toBe('E_TOO_LARGE');
    }
  });
});

describe('fetchWithRetry: 429 and 418', () => {
  it.each([
    ['2', 2000],
    ['1.5', 1500],
    [new Date(1_700_000_007_000).toUTCString(), 7000],
    ['garbage', 0],
    ['-5', 0],
    ['', 0],
  ])('takes Retry-After %j as a floor below the jitter', async (header, floor) => {
    const world = scripted([answer(429, { 'retry-after': header }), answer(200)]);
    await fetchWithRetry(URL_A, {}, world.http);
    expect(world.pauses).toEqual([floor + 500]);
  });

  it('fails at once when the pause is longer than it waits, and lets nobody else ask', async () => {
    const world = scripted([answer(429, { 'retry-after': '99999999999' }), answer(200)]);
    expect((await failing(fetchWithRetry(URL_A, {}, world.http))).code).toBe('E_RATE_LIMITED');
    expect((await failing(fetchWithRetry(URL_A, {}, world.http))).code).toBe('E_RATE_LIMITED');
    expect(world.requests).toHaveLength(1);
  });

  it('pauses every request to the host', async () => {
    const world = scripted([answer(429, { 'retry-after': '10' }), answer(200)]);
    await Promise.all([1, 2, 3].map((each) => fetchWithRetry(`${URL_A}?${each}`, {}, world.http)));
    const [first, ...others] = world.requests.map(({ at }) => at);
    expect(others.filter((at) => at > first!).every((at) => at >= first! + 10_000)).toBe(true);
    const late = scripted([answer(429, { 'retry-after': '10' }), answer(200)], { concurrency: 1 });
    await Promise.all([1, 2, 3].map((each) => fetchWithRetry(`${URL_A}?${each}`, {}, late.http)));
    expect(late.requests.map(({ at }) => at - late.requests[0]!.at)).toEqual([0, 10_500, 10_500, 10_500]);
  });

  it('sends nothing to a host that has banned it until the ban is over, from any client', async () => {
    const world = scripted([answer(418, { 'retry-after': '120' }), answer(200)]);
    const error = await failing(fetchWithRetry(URL_A, {}, world.http));
    expect(error.code).toBe('E_BANNED');
    expect(error.details).toMatchObject({ retryAt: 1_700_000_120_000 });
    const other = createHttp({ fetch: world.http.fetch as typeof fetch, now: world.http.now });
    expect((await failing(fetchWithRetry(`${URL_A}?other`, {}, other))).code).toBe('E_BANNED');
    expect(world.requests).toHaveLength(1);
    await fetchWithRetry('https://api.binance.com/api/v3/ping', {}, other);
    world.time += 120_000;
    expect((await fetchWithRetry(URL_A, {}, world.http)).status).toBe(200);
  });
});

describe('fetchWithRetry: redirects', () => {
  const to = (location: string) => answer(302, { location });

  it('follows one that stays with the host', async () => {
    const world = scripted([to('/data/b.zip'), answer(200)]);
    await fetchWithRetry(URL_A, {}, world.http);
    expect(world.requests[1]!.url).toBe('https://data.binance.vision/data/b.zip');
  });

  it.each(['https://elsewhere.example/x', 'http://data.binance.vision/data/a.zip', 'file:///etc/passwd', 'http://'])(
    'refuses one to %s',
    async (location) => {
      const world = scripted([to(location), answer(200)]);
      expect((await failing(fetchWithRetry(URL_A, {}, world.http))).code).toBe('E_REDIRECT');
      expect(world.requests).toHaveLength(1);
    },
  );

  it('goes where it is allowed to, and ends a loop', async () => {
    const allowed = scripted([to('https://mirror.example/x'), answer(200)], { redirectHosts: ['mirror.example'] });
    expect((await fetchWithRetry(URL_A, {}, allowed.http)).status).toBe(200);
    const loop = scripted([to('/data/a.zip')]);
    expect((await failing(fetchWithRetry(URL_A, {}, loop.http))).code).toBe('E_REDIRECT');
  });
});

describe('fetchWithRetry: stopping', () => {
  it('hears the signal before, in a pause and in the queue', async () => {
    const before = AbortSignal.abort(new Error('no more'));
    const world = scripted([answer(503)]);
    const early = await failing(fetchWithRetry(URL_A, { signal: before }, world.http));
    expect(early.code).toBe('E_ABORTED');
    expect(early.cause).toBe(before.reason);
    expect(world.requests).toHaveLength(0);

    const control = new AbortController();
    const pausing = createHttp({
      fetch: async () => answer(503),
      retry: { baseMs: 1e6, maxMs: 1e6 },
      random: () => 1,
      timeouts: { totalMs: 1e9 },
    });
    const wait = failing(fetchWithRetry(URL_A, { signal: control.signal }, pausing));
    setTimeout(() => control.abort(), 20);
    expect((await wait).code).toBe('E_ABORTED');

    const queued = new AbortController();
    const busy = createHttp({
      fetch: () => new Promise(() => undefined),
      concurrency: 1,
      timeouts: { headersMs: 60 },
      retry: { attempts: 1 },
    });
    const first = failing(fetchWithRetry(URL_A, {}, busy));
    const second = failing(fetchWithRetry(URL_A, { signal: queued.signal }, busy));
    queued.abort();
    expect((await second).code).toBe('E_ABORTED');
    expect((await first).code).toBe('E_TIMEOUT');
  });

  it('waits for no pause that is longer than the time it has, whoever was told to pause', async () => {
    const limited = answer(429, { 'retry-after': '20' });
    const world = scripted([limited, answer(200)], { timeouts: { totalMs: 5000 } });
    for (let times = 0; times < 2; times++) {
      expect((await failing(fetchWithRetry(URL_A, {}, world.http))).code).toBe('E_RATE_LIMITED');
    }
    expect({ requests: world.requests.length, pauses: world.pauses }).toEqual({ requests: 1, pauses: [] });
  });

  it('does not count the time for which a request stands behind others', async () => {
    let time = 0;
    const busy = createHttp({
      concurrency: 1,
      timeouts: { totalMs: 250 },
      retry: { attempts: 2, baseMs: 0 },
      now: () => time,
      fetch: () => {
        time += 100;
        return Promise.resolve(answer(time <= 300 ? 503 : 200));
      },
    });
    const all = await Promise.all(Array.from({ length: 8 }, () => fetchWithRetry(URL_A, {}, busy)));
    expect(all.map(({ status }) => status)).toEqual(Array(8).fill(200));
  });

  it.each([
    ['behind the last date', '9999999999999999'],
    ['beyond any number', '9'.repeat(400)],
  ])('keeps to a typed error when asked to wait until %s', async (_, seconds) => {
    const banned = scripted([answer(418, { 'retry-after': seconds })]);
    for (let times = 0; times < 2; times++) {
      expect((await failing(fetchWithRetry(URL_A, {}, banned.http))).code).toBe('E_BANNED');
    }
    expect(banned.requests).toHaveLength(1);
    const limited = scripted([answer(429, { 'retry-after': seconds })]);
    for (let times = 0; times < 2; times++) {
      expect((await failing(fetchWithRetry(URL_A, {}, limited.http))).code).toBe('E_RATE_LIMITED');
    }
    expect(limited.requests).toHaveLength(1);
  });

  it('waits as long as it should where no timer is as long', async () => {
    const control = new AbortController();
    let isOver = false;
    const wait = sleepFor(2 ** 31, control.signal).then(() => (isOver = true));
    await new Promise((done) => setTimeout(done, 20));
    expect(isOver).toBe(false);
    control.abort(new Error('enough'));
    await expect(wait).rejects.toThrow('enough');
  });

  it('needs sensible options', () => {
    expect(() => createHttp({ concurrency: 0 })).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
    expect(() => createHttp({ timeouts: { idleMs: -1 } })).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
  });
});

describe('fetchWithRetry over a real socket', () => {
  let server: Server | undefined;
  let open = 0;
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((done) => (server ? server.close(done) : done(undefined)));
    server = undefined;
  });
  const serve = async (handler: (response: ServerResponse) => void): Promise<string> => {
    server = createServer((_, response) => {
      open++;
      response.on('close', () => {
        open--;
      });
      handler(response);
    });
    await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  };
  const impatient = (timeouts: HttpOptions['timeouts']) => createHttp({ retry: { attempts: 1 }, timeouts: timeouts! });

  it.each([
    ['headers', { headersMs: 50 }, () => undefined],
    [
      'idle',
      { idleMs: 50 },
      (response: ServerResponse): void => void response.writeHead(200, { 'content-length': 9 }).write('x'),
    ],
    [
      'total',
      { totalMs: 150, idleMs: 60_000 }, // A busy machine may keep the next byte waiting.
      (response: ServerResponse) => {
        response.writeHead(200);
        const drip: NodeJS.Timeout = setInterval(() => void response.write('x'), 10);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ] as const)('ends a wait at its %s limit and closes the socket', async (phase, timeouts, handler) => {
    const url = await serve(handler);
    const error = await failing(fetchWithRetry(url, {}, impatient(timeouts)));
    expect(error.details).toMatchObject({ phase });
    for (let turns = 0; open > 0 && turns < 200; turns++) await new Promise((done) => setTimeout(done, 5));
    expect(open).toBe(0);
  });

  it.each([
    [
      'a connection that is cut in the body',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 9 });
        response.write('x', () => response.destroy());
      },
    ],
    [
      'a chunked body that is cut',
      (response: ServerResponse) => {
        response.writeHead(200);
        response.write('x', () => response.destroy());
      },
    ],
  ])('finds %s', async (_, handler) => {
    const error = await failing(fetchWithRetry(await serve(handler), {}, impatient({})));
    expect(error.code).toBe('E_TRUNCATED');
  });
});
