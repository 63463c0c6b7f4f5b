import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchIsPlain, nodeTransport } from './node-transport.ts';

const undici = globalThis as { [key: symbol]: unknown };
const DISPATCHER = Symbol.for('undici.globalDispatcher.1');

describe(fetchIsPlain, () => {
  const { fetch } = globalThis;
  const dispatcher = undici[DISPATCHER];
  afterEach(() => {
    globalThis.fetch = fetch;
    undici[DISPATCHER] = dispatcher;
  });

  it("is so where nobody has touched the platform's fetch", () => {
    expect(fetchIsPlain()).toBe(true);
  });

  it('is not where fetch has been replaced, as msw and tests do', () => {
    globalThis.fetch = async () => new Response();
    expect(fetchIsPlain()).toBe(false);
  });

  it('is not where fetch goes through a proxy', () => {
    undici[DISPATCHER] = { constructor: { name: 'ProxyAgent' } };
    expect(fetchIsPlain()).toBe(false);
  });
});

describe(nodeTransport, () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });
  async function serving(listener: RequestListener): Promise<string> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((done) => server!.once('listening', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  const ask = (url: string, signal = new AbortController().signal) =>
    nodeTransport(url, { headers: { 'accept-encoding': 'identity', 'x-asked': 'so' }, signal });

  it('gives status, headers and the parts of the body', async () => {
    const url = await serving((request, response) => {
      response.writeHead(404, { etag: '"e"', 'x-heard': request.headers['x-asked'] });
      response.end('not here');
    });
    const { status, ok, headers, body } = await ask(url);
    expect([status, ok, headers.get('etag'), headers.get('x-heard'), headers.get('x-other')]).toEqual([
      404,
      false,
      '"e"',
      'so',
      null,
    ]);
    const reader = body!.getReader();
    expect(String((await reader.read()).value)).toBe('not here');
    expect((await reader.read()).value).toBeUndefined();
    expect((await reader.read()).value).toBeUndefined();
  });

  it('follows no redirect', async () => {
    const url = await serving((_, response) => response.writeHead(302, { location: 'https://elsewhere/' }).end());
    const { status, headers } = await ask(url);
    expect([status, headers.get('location')]).toEqual([302, 'https://elsewhere/']);
  });

  it('hears an abort before the answer, within the body, and from the start', async () => {
    const url = await serving((request, response) => {
      if (request.url === '/') return;
      response.writeHead(200, { 'content-length': '10' });
      response.write('half');
    });
    const early = new AbortController();
    const waiting = ask(url, early.signal);
    early.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');

    const late = new AbortController();
    const reader = (await ask(`${url}body`, late.signal)).body!.getReader();
    await reader.read();
    const rest = reader.read();
    late.abort(new Error('enough'));
    await expect(rest).rejects.toThrow();
    await expect(ask(url, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  it('tells a body that broke off from one that ended', async () => {
    const url = await serving((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    });
    const reader = (await ask(url)).body!.getReader();
    await expect(
      (async () => {
        while ((await reader.read()).value !== undefined);
      })(),
    ).rejects.toThrow();
  });

  it('refuses what is no HTTP address', async () => {
    await expect(ask('ftp://host/file')).rejects.toThrow('ftp:');
  });
});
