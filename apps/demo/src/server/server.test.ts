import { afterEach, describe, expect, it } from '@jest/globals';
import { cacheKey } from '@vision-cache/cache-keys';
import { connect } from 'node:net';
import { EventHub } from './event-hub.ts';
import { EventStreams } from './event-stream.ts';
import { FetchJobs } from './fetch-jobs.ts';
import type { DemoDesk } from '../contract/desk.ts';
import { demoServer } from './server.ts';

const files = new Map([['/', { body: Buffer.from('<!doctype html>'), type: 'text/html', etag: '"1"' }]]);
const asked: unknown[] = [];
const desk = new Proxy({} as DemoDesk, {
  get: (_, name) =>
    name === 'setup'
      ? { mode: 'embedded' }
      : async (input: never) => {
          asked.push(input);
          if (name === 'coverage') cacheKey({ ...(input as object), date: '2024-01-01' } as never);
          if (name === 'plan') throw new TypeError('secret internals');
          return {};
        },
});
const unexpected: unknown[] = [];

async function started() {
  const hub = new EventHub();
  const server = demoServer({
    desk,
    hub,
    files,
    guard: { host: '127.0.0.1', token: undefined },
    onUnexpected: (error) => void unexpected.push(error),
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  open.push(() => server.close());
  return { address, hub };
}
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

describe(demoServer, () => {
  it('serves the page, with no room for foreign code', async () => {
    const { address } = await started();
    const answer = await fetch(address);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await answer.text()).toBe('<!doctype html>');
  });

  it('gives no file that is not of the page', async () => {
    const { address } = await started();
    for (const path of ['/../../package.json', '/%2e%2e/package.json', '/assets/../../etc/passwd', '//etc/passwd']) {
      const answer = await fetch(`${address}${path}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ code: 'E_NOT_FOUND', sentence: expect.any(String) });
    }
  });

  it('answers no page of another origin', async () => {
    const { address } = await started();
    const answer = await fetch(`${address}/api/setup`, { headers: { origin: 'https://evil.example' } });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'E_NOT_FOR_YOU' });
  });

  it('says what is wrong with a name, in the kernel’s sentence', async () => {
    const { address } = await started();
    const answer = await fetch(`${address}/api/coverage?marketType=futures&symbol=BTCUSDT&interval=1m&from=0&to=1`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      code: 'E_KEY_MARKET_TYPE',
      sentence: expect.stringContaining('um (USD-margined)'),
    });
  });

  it('refuses what is not asked for in the right shape', async () => {
    const { address } = await started();
    for (const path of [
      'coverage?symbol=BTCUSDT',
      'coverage?marketType=spot&symbol=BTCUSDT&interval=1m&from=x&to=1',
      'facts?date=1',
    ]) {
      const answer = await fetch(`${address}/api/${path}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'E_REQUEST' });
    }
  });

  it('never tells a stack', async () => {
    const { address } = await started();
    const answer = await fetch(`${address}/api/plan`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ marketType: 'spot', symbol: 'A', interval: '1m', from: 0, to: 1 }),
    });
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(text).not.toContain('secret');
    expect(unexpected).toHaveLength(1);
  });

  it('tells what happens as it happens', async () => {
    const { address, hub } = await started();
    const stop = new AbortController();
    const stream = await fetch(`${address}/api/events`, { signal: stop.signal });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe(':\n\n');
    hub.tell({ type: 'quarantined', what: 'a file', reason: 'a bit' });
    expect((await reader.read()).value).toContain('"type":"quarantined"');
    stop.abort();
  });
});

describe(EventStreams, () => {
  it('lets a page go that does not read, and keeps no more than a bounded buffer for it', async () => {
    const { address, hub } = await started();
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    open.push(async () => socket.destroy());
    const host = new URL(address).host;
    socket.write(`GET /api/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await new Promise((begun) => socket.once('data', begun));
    socket.pause();
    const closed = new Promise((done) => socket.on('error', done).on('close', done));
    const reason = 'x'.repeat(50_000);
    let told = 0;
    for (; told < 2000 && hub.listening > 0; told++) {
      hub.tell({ type: 'quarantined', what: 'a file', reason });
      if (told % 50 === 0) await new Promise((done) => setImmediate(done));
    }
    expect(hub.listening).toBe(0);
    socket.resume();
    await closed;
  });

  it('answers no more pages than it has room for, and has room again when one is closed', async () => {
    const { address, hub } = await started();
    const stops = Array.from({ length: 32 }, () => new AbortController());
    for (const { signal } of stops) await fetch(`${address}/api/events`, { signal });
    const refused = await fetch(`${address}/api/events`);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'E_TOO_MANY_PAGES']);
    stops[0]!.abort();
    for (let turn = 0; turn < 200 && hub.listening === 32; turn++) await new Promise((done) => setTimeout(done, 5));
    const stop = new AbortController();
    expect((await fetch(`${address}/api/events`, { signal: stop.signal })).status).toBe(200);
    for (const each of [...stops, stop]) each.abort();
  });
});

describe(FetchJobs, () => {
  const series = { marketType: 'spot', symbol: 'BTCUSDT', interval: '1m' } as const;
  const heard = (hub: EventHub) => {
    const events: { type: string; state?: string; sentence?: string }[] = [];
    hub.listen((event) => void events.push(event));
    return events;
  };
  const settled = () => new Promise((done) => setImmediate(done));

  it('tells how far it is and that it is done', async () => {
    const hub = new EventHub();
    const events = heard(hub);
    new FetchJobs(hub).start({ series, total: 2, run: async function* () {
      yield { dates: ['2024-01-01'] };
      yield { dates: ['2024-01-02'] };
    } }); // prettier-ignore
    await settled();
    expect(events.filter(({ type }) => type === 'fetch').map(({ state }) => state)).toEqual([
      'running',
      'running',
      'running',
      'done',
    ]);
  });

  it('keeps what had arrived when it is cancelled, and says so', async () => {
    const hub = new EventHub();
    const events = heard(hub);
    const jobs = new FetchJobs(hub);
    const job = jobs.start({ series, total: 2, run: async function* (signal) {
      yield { dates: ['2024-01-01'] };
      await new Promise((_, stop) => signal.addEventListener('abort', () => stop(new Error('stopped'))));
    } }); // prettier-ignore
    await settled();
    await jobs.cancel(job);
    expect(events.filter(({ state }) => state === 'cancelled')).toMatchObject([
      { sentence: 'Cancelled. What had arrived was kept: 1 of 2.' },
    ]);
    await expect(jobs.cancel(job)).rejects.toMatchObject({ code: 'E_NO_SUCH_JOB' });
  });

  it('says why it failed', async () => {
    const hub = new EventHub();
    const events = heard(hub);
    new FetchJobs(hub).start({ series, total: 1, run: async function* () {
      yield* [];
      throw Object.assign(new Error('The host does not answer.'), { code: 'E_NETWORK' });
    } }); // prettier-ignore
    await settled();
    expect(events.filter(({ state }) => state === 'failed')).toMatchObject([
      { sentence: 'The host does not answer. Nothing had arrived yet.' },
    ]);
  });
});
