import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { isVisionClientError } from '../contract/errors.ts';
import { fetchWithRetry } from '../http/fetch-with-retry.ts';
import { createHttp } from '../http/options.ts';
import { forgetProxy, proxyVariable } from './proxy.ts';

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'];
const before = new Map(VARIABLES.map((name) => [name, process.env[name]]));
const forget = (): void => {
  for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
  forgetProxy();
};
beforeEach(forget);
afterEach(() => {
  forget();
  for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
});

const started = async (server: ReturnType<typeof createServer>): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
};

describe('a proxy of the environment', () => {
  it('is gone through by every request, unless NO_PROXY names the host', async () => {
    const tunnels: string[] = [];
    const target = createServer((_, response) => response.end('here'));
    const proxy = createServer((request, response) => {
      tunnels.push(new URL(request.url!).host);
      response.end('here');
    });
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url!);
      const [host, port] = request.url!.split(':');
      const way = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        way.pipe(socket).pipe(way);
      });
      for (const end of [way, socket]) end.on('error', () => [way, socket].forEach((each) => each.destroy()));
    });
    const [there, via] = [await started(target), await started(proxy)];
    try {
      const ask = async (): Promise<string> =>
        new TextDecoder().decode((await fetchWithRetry(`http://${there}/x`, {}, createHttp())).body);
      process.env['HTTP_PROXY'] = `http://${via}`;
      expect(await ask()).toBe('here');
      expect(tunnels).toEqual([there]);
      process.env['NO_PROXY'] = 'example.com 127.0.0.1';
      expect(await ask()).toBe('here');
      expect(tunnels).toEqual([there]);
    } finally {
      for (const server of [target, proxy]) {
        server.closeAllConnections();
        server.close();
      }
    }
  });

  it('is named where a request fails, and its password is not', async () => {
    const closed = createServer();
    const address = await started(closed);
    await new Promise((resolve) => closed.close(resolve));
    process.env['HTTPS_PROXY'] = `http://me:secret@${address}`;
    const http = createHttp({ retry: { attempts: 1 } });
    const error: unknown = await fetchWithRetry('https://vision.test/x', {}, http).catch((thrown: unknown) => thrown);
    if (!isVisionClientError(error)) throw new Error('no error');
    expect(error.code).toBe('E_NETWORK');
    expect(error.message).toContain('the proxy that HTTPS_PROXY names');
    expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain('secret');
  });

  it('is named where a request takes too long', async () => {
    const silent = createServer().on('connect', (_, socket) => void setTimeout(() => socket.destroy(), 500));
    process.env['HTTPS_PROXY'] = `http://${await started(silent)}`;
    try {
      const http = createHttp({ retry: { attempts: 1 }, timeouts: { headersMs: 100 } });
      const error: unknown = await fetchWithRetry('https://vision.test/x', {}, http).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'E_TIMEOUT' });
      expect(String(error)).toContain('HTTPS_PROXY');
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

describe(proxyVariable, () => {
  it.each([
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://p' }, 'HTTPS_PROXY'],
    [{ https_proxy: 'http://p', HTTPS_PROXY: 'http://q' }, 'https_proxy'],
    [{ HTTP_PROXY: 'http://p' }, 'HTTP_PROXY'],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: '.binance.vision' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'binance.vision:443' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'binance.vision:8443' }, 'HTTPS_PROXY'],
    [{ HTTPS_PROXY: 'http://p', no_proxy: 'vision', NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: 'http://p', no_proxy: 'inance.vision' }, 'HTTPS_PROXY'],
    [{ HTTPS_PROXY: '' }, undefined],
  ])('of %j is %s', (environment, name) => {
    expect(proxyVariable('https://data.binance.vision/x', environment as NodeJS.ProcessEnv)).toBe(name);
  });

  it('of HTTPS is none of HTTP', () => {
    expect(proxyVariable('http://localhost/x', { HTTPS_PROXY: 'http://p' })).toBeUndefined();
  });
});
