import { afterEach, describe, expect, it } from '@jest/globals';
import { cacheKey, cachePath } from '@vision-cache/cache-keys';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, type ServeOptions } from './command.ts';
import type { Coverage, Setup } from './contract/api.ts';

const HOUR = 3_600_000_000n;
const DAY = { marketType: 'spot', symbol: 'BTCUSDT', interval: '1h', date: '2024-01-02' } as const;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'serve-'));
  closing.push(() => rm(made, { recursive: true }));
  return made;
}

/** A cache with one day of hours, and a page of one file. */
async function cacheAndPage(): Promise<{ readonly root: string; readonly pageFolder: string; readonly file: string }> {
  const [root, pageFolder] = [await folder(), await folder()];
  await writeFile(join(pageFolder, 'index.html'), '<!doctype html>');
  const key = cacheKey(DAY);
  const midnight = BigInt(Date.UTC(2024, 0, 2)) * 1000n;
  const prices = new Float64Array(24).fill(1);
  const times = BigInt64Array.from({ length: 24 }, (_, hour) => midnight + BigInt(hour) * HOUR);
  const columns = {
    open_time: times, open: prices, high: prices, low: prices, close: prices, volume: prices,
    close_time: times.map((time) => time + HOUR - 1n), quote_volume: prices,
    count: new BigInt64Array(24), taker_buy_volume: prices, taker_buy_quote_volume: prices,
  }; // prettier-ignore
  const batch = { dataset: 'binance/spot/klines', numRows: 24, columns } as never;
  await new UnifiedCacheManager({ root }).save(key, batch, { source: 'vision', asOf: Date.UTC(2024, 0, 4) });
  return { root, pageFolder, file: join(root, cachePath(key)) };
}

async function served(options: ServeOptions) {
  const stop = new AbortController();
  let ended: Promise<void> | undefined;
  const url = await new Promise<URL>((ready, failed) => {
    ended = serve({ port: 0, ...options }, { signal: stop.signal, onReady: (at) => ready(new URL(at)) });
    ended.catch(failed);
  });
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  closing.push(end);
  const ask = (path: string, method = 'GET', body?: object): Promise<Response> =>
    fetch(new URL(path, url), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  return { url, ask, end };
}

const tree = async (root: string): Promise<string[]> => (await readdir(root, { recursive: true })).map(String).sort();

describe(serve, () => {
  it('shows the newest days of a cache on loopback, and ends when it is told to', async () => {
    const { root, pageFolder } = await cacheAndPage();
    const { url, ask, end } = await served({ root, pageFolder });
    expect(url.hostname).toBe('127.0.0.1');
    const setup = (await (await ask('/api/setup')).json()) as Setup;
    expect(setup).toMatchObject({ mode: 'offline', mayWrite: false, hasOldCache: false, cache: root });
    expect(setup.start).toMatchObject({ symbol: 'BTCUSDT', interval: '1h', to: Date.UTC(2024, 0, 3) });
    expect(setup).not.toHaveProperty('notice');
    await end();
    await expect(ask('/api/setup')).rejects.toThrow();
  });

  it('writes nothing and asks no host unless it is allowed to', async () => {
    const { root, pageFolder, file } = await cacheAndPage();
    const asked: string[] = [];
    const note = async (input: unknown): Promise<Response> => {
      asked.push(String(input));
      throw new TypeError('no network in a test');
    };
    // A damaged file is moved aside by a cache that may write.
    const bytes = await readFile(file);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(file, bytes);
    const before = await tree(root);
    const { ask } = await served({
      root,
      pageFolder,
      vision: { fetch: note },
      rest: { fetch: note },
    });
    const range = { marketType: 'spot', symbol: 'BTCUSDT', interval: '1h', from: 0, to: Date.UTC(2024, 0, 3) };
    const entry = { marketType: 'spot', symbol: 'BTCUSDT', interval: '1h', date: DAY.date };
    for (const [path, body, code] of [
      ['/api/plan', range, 'E_OFFLINE'],
      ['/api/fetch', range, 'E_OFFLINE'],
      ['/api/invalidate', entry, 'E_READ_ONLY'],
      ['/api/migration/plan', {}, 'E_READ_ONLY'],
      ['/api/migration/apply', {}, 'E_READ_ONLY'],
    ] as const) {
      const answer = await ask(path, 'POST', body);
      expect([path, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([path, 409, code]);
    }
    const verified = (await (await ask('/api/verify', 'POST', entry)).json()) as { sound: boolean };
    expect(verified.sound).toBe(false);
    await ask(`/api/coverage?marketType=spot&symbol=BTCUSDT&interval=1h&from=0&to=${String(Date.UTC(2024, 0, 3))}`);
    expect(await tree(root)).toEqual(before);
    expect(asked).toEqual([]);
  });

  it('shows days as absent if their month is known to have no rows', async () => {
    const { root, pageFolder } = await cacheAndPage();
    const [askedAt, believedUntil] = [BigInt(Date.UTC(2024, 5, 1)) * 1000n, BigInt(Date.UTC(2100, 0, 1)) * 1000n];
    await new UnifiedCacheManager({ root }).saveAbsent(
      cacheKey({ ...DAY, packagingFrequency: 'monthly', date: '2023-12' }),
      { source: 'vision', kind: 'delisted', evidence: 'not in the listing', askedAt, believedUntil },
    );
    const { ask } = await served({ root, pageFolder });
    const [from, to] = [Date.UTC(2023, 10, 30), Date.UTC(2023, 11, 3)].map(String);
    const path = `/api/coverage?marketType=spot&symbol=BTCUSDT&interval=1h&from=${from!}&to=${to!}`;
    const { entries } = (await (await ask(path)).json()) as Coverage;
    expect(entries.map(({ date, state }) => [date, state])).toEqual([
      ['2023-12-01', 'absent'],
      ['2023-12-02', 'absent'],
    ]);
  });

  it('lets the page invalidate and fetch where it is allowed to', async () => {
    const { root, pageFolder, file } = await cacheAndPage();
    const { ask } = await served({ root, pageFolder, allowWrite: true });
    expect(await (await ask('/api/setup')).json()).toMatchObject({ mode: 'live', mayWrite: true });
    const entry = { marketType: 'spot', symbol: 'BTCUSDT', interval: '1h', date: DAY.date };
    expect((await ask('/api/invalidate', 'POST', entry)).status).toBe(200);
    expect(await tree(root)).not.toContain(file.slice(root.length + 1));
  });

  it('asks for the token of the address beyond loopback', async () => {
    const { root, pageFolder } = await cacheAndPage();
    const { url } = await served({ root, pageFolder, host: '0.0.0.0' });
    const bare = new URL(url);
    bare.search = '';
    expect((await fetch(bare)).status).toBe(403);
    expect((await fetch(url)).status).toBe(200);
  });

  it('says what is wrong before it serves anything', async () => {
    const { root, pageFolder } = await cacheAndPage();
    const nowhere = join(root, 'nowhere');
    await mkdir(join(root, 'empty'));
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => taken.once('listening', done));
    const { port } = taken.address() as { port: number };
    closing.push(() => new Promise((done) => taken.close(done)));
    for (const [options, code] of [
      [{ root: nowhere, pageFolder }, 'E_NO_CACHE'],
      [{ root, pageFolder: nowhere }, 'E_NO_PAGE'],
      [{ root, pageFolder, port }, 'E_PORT_IN_USE'],
      [{ root, pageFolder, host: '192.0.2.1' }, 'E_HOST'],
    ] as const) {
      await expect(served(options)).rejects.toMatchObject({ code, message: expect.stringMatching(/\.$/) });
    }
  });
});
