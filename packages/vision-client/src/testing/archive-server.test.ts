import { cacheKey, visionObjectKey, visionPrefix, visionUrl } from '@vision-cache/cache-keys';
import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { createSyntheticArchive, type ArchiveServer, type ArchiveServerOptions, startArchiveServer } from './index.ts';

const archive = createSyntheticArchive({
  symbols: [
    { symbol: 'BTCUSDT', listed: '2023-12-01T04:00', intervals: ['1m', '1h', '1d', '1w', '1mo'] },
    { symbol: '币安人生USDT', listed: '2024-01-20', intervals: ['1h'], natures: ['klines'] },
    { symbol: 'BTCUSDT', marketType: 'um', listed: '2023-06-01', intervals: ['1h', '1d'] },
    { symbol: 'BTCUSD_PERP', marketType: 'cm', listed: '2023-06-01', intervals: ['1h', '1d'] },
  ],
  now: '2024-02-03T12:20:30Z',
});
const KEY = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-15' });

let server: ArchiveServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
async function serve(options?: ArchiveServerOptions): Promise<ArchiveServer> {
  server = await startArchiveServer(archive, options);
  return server;
}
const ask = (at: ArchiveServer, path: string, init: RequestInit = {}) =>
  fetch(`${at.baseUrl}${path}`, { headers: { 'accept-encoding': 'identity' }, ...init });

describe('the archive over HTTP', () => {
  it('serves files and their CHECKSUM, and 404 for what is not published', async () => {
    const at = await serve();
    const response = await fetch(visionUrl(visionObjectKey(KEY), at.baseUrl));
    const object = archive.object(visionObjectKey(KEY))!;
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array(object.body));
    expect(response.headers.get('etag')).toBe(`"${object.etag}"`);
    expect(response.headers.get('last-modified')).toBe('Tue, 16 Jan 2024 04:00:00 GMT');
    const again = await fetch(response.url, { headers: { 'if-none-match': `"${object.etag}"` } });
    expect(again.status).toBe(304);
    const missing = await ask(at, `/${visionObjectKey(cacheKey({ ...KEY, date: '2024-02-03' } as never))}`);
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('<Code>NoSuchKey</Code>');
    expect(at.requests.map(({ status }) => status)).toEqual([200, 304, 404]);
  });

  it('answers others while it makes the files of a long listing', async () => {
    const symbols = [{ symbol: 'BTCUSDT', listed: '2023-12-01', intervals: ['1h' as const] }];
    const at = (server = await startArchiveServer(createSyntheticArchive({ symbols, now: '2024-02-03' })));
    const order: string[] = [];
    const list = fetch(`${at.listingUrl}?prefix=${visionPrefix(KEY)}`).then(async (response) => {
      expect(await response.text()).toContain('<IsTruncated>');
      order.push('listing');
    });
    while (at.requests.length === 0) await new Promise(setImmediate);
    await ask(at, '/nothing');
    order.push('404');
    await list;
    expect(order).toEqual(['404', 'listing']);
  });

  it('finds symbols in any script', async () => {
    const at = await serve();
    const key = cacheKey({ symbol: '币安人生USDT', interval: '1h', date: '2024-01-21' });
    const response = await fetch(visionUrl(visionObjectKey(key), at.baseUrl));
    expect(response.status).toBe(200);
    expect(at.requests[0]!.path).toBe(`/${visionObjectKey(key)}`);
  });

  it('lists page by page, as S3 does', async () => {
    const at = await serve();
    const list = async (query: string) => (await fetch(`${at.listingUrl}?${query}`)).text();
    const texts = (xml: string, tag: string) =>
      [...xml.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'g'))].map(([, text]) => text);
    expect(texts(await list('prefix=data/&delimiter=/'), 'Prefix').slice(1)).toEqual(['data/futures/', 'data/spot/']);
    expect(texts(await list('prefix=data/spot/daily/klines/&delimiter=/'), 'Prefix').slice(1)).toEqual([
      'data/spot/daily/klines/BTCUSDT/',
      'data/spot/daily/klines/币安人生USDT/',
    ]);
    const prefix = 'data/spot/daily/klines/BTCUSDT/1d/';
    const whole = texts(await list(`prefix=${prefix}`), 'Key');
    expect(whole[0]).toBe(`${prefix}BTCUSDT-1d-2023-12-01.zip`);
    expect(whole[1]).toBe(`${prefix}BTCUSDT-1d-2023-12-01.zip.CHECKSUM`);
    expect(whole.at(-2)).toBe(`${prefix}BTCUSDT-1d-2024-02-02.zip`);
    const pages: (string | undefined)[] = [];
    for (let marker = '', more = true; more;) {
      const xml = await list(`prefix=${prefix}&delimiter=/&max-keys=30&marker=${marker}`);
      pages.push(...texts(xml, 'Key'));
      more = texts(xml, 'IsTruncated')[0] === 'true';
      marker = texts(xml, 'NextMarker')[0] ?? '';
      expect(more).toBe(marker !== '');
    }
    expect(pages).toEqual(whole);
    // What ends a name may divide it, too: an archive and its CHECKSUM are one then.
    const rolledUp: (string | undefined)[] = [];
    for (let marker = '', more = true; more;) {
      const xml = await list(`prefix=${prefix}&delimiter=.zip&max-keys=30&marker=${marker}`);
      rolledUp.push(...texts(xml, 'Prefix').slice(1));
      expect(texts(xml, 'Key')).toEqual([]);
      more = texts(xml, 'IsTruncated')[0] === 'true';
      marker = texts(xml, 'NextMarker')[0] ?? '';
    }
    expect(rolledUp).toEqual(whole.filter((name) => name?.endsWith('.zip')));
    const object = archive.object(whole[0]!)!;
    const xml = await list(`prefix=${whole[0]!}`);
    expect([texts(xml, 'ETag')[0], texts(xml, 'Size')[0], texts(xml, 'LastModified')[0]]).toEqual([
      `&quot;${object.etag}&quot;`,
      String(object.size),
      '2023-12-02T04:00:00.000Z',
    ]);
    expect(texts(await list('prefix=data/nothing/'), 'Key')).toEqual([]);
    expect(texts(await list(`prefix=data/&delimiter=/&marker=data/futures/`), 'Prefix').slice(1)).toEqual([
      'data/spot/',
    ]);
    // The host of the files itself answers a page.
    expect(await (await ask(at, '/')).text()).toContain('<!DOCTYPE html>');
  });
});

describe("REST's klines over HTTP", () => {
  type Row = [number, string, string, string, string, string, number, string, number, string, string, string];
  const klines = async (at: ArchiveServer, path: string) => {
    const response = await ask(at, path);
    return { status: response.status, rows: (await response.json()) as Row[], headers: response.headers };
  };
  const ms = (text: string) => Date.parse(`${text}Z`);

  it('answers the same rows as the archive, times in milliseconds', async () => {
    const at = await serve();
    const { rows } = await klines(
      at,
      `/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=${ms('2024-01-15T00:00')}&endTime=${ms('2024-01-16T00:00') - 1}`,
    );
    const csv = archive
      .csv(KEY)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(rows.map((row) => row.map(String))).toEqual(csv);
    expect(typeof rows[0]![1]).toBe('string');
    expect(typeof rows[0]![8]).toBe('number');
  });

  it('counts from the start on spot and um, from the end on cm, and clamps the limit', async () => {
    const at = await serve();
    const span = `startTime=${ms('2023-12-01T04:00')}&endTime=${ms('2024-02-01T00:00')}`;
    const spot = await klines(at, `/api/v3/klines?symbol=BTCUSDT&interval=1h&${span}&limit=5000`);
    expect(spot.rows).toHaveLength(1000);
    expect(spot.rows[0]![0]).toBe(ms('2023-12-01T04:00'));
    const um = await klines(at, `/fapi/v1/klines?symbol=BTCUSDT&interval=1h&${span}&limit=5000`);
    expect(um.rows).toHaveLength(1485);
    const cm = await klines(at, `/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1h&${span}`);
    expect(cm.rows).toHaveLength(500);
    expect(cm.rows.at(-1)![0]).toBe(ms('2024-02-01T00:00'));
    const wide = await ask(
      at,
      `/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1d&startTime=${ms('2023-01-01T00:00')}&endTime=${ms('2024-01-01T00:00')}`,
    );
    expect([wide.status, await wide.json()]).toEqual([400, { code: -4088, msg: 'Maximum time interval is 200 days.' }]);
  });

  it('gives the bar that is not finished, and nothing before the listing', async () => {
    const at = await serve();
    const { rows } = await klines(at, '/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=2');
    expect(rows.map(([open]) => open)).toEqual([ms('2024-02-03T11:00'), ms('2024-02-03T12:00')]);
    expect(rows[1]![6]).toBe(ms('2024-02-03T13:00') - 1);
    const { rows: minutes } = await klines(
      at,
      `/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=${ms('2024-02-03T12:00')}`,
    );
    expect(minutes).toHaveLength(21);
    const sum = minutes.reduce((total, row) => total + Number(row[5]), 0);
    expect(Number(rows[1]![5])).toBeCloseTo(sum, 5);
    const before = await klines(
      at,
      `/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=0&endTime=${ms('2023-12-01T03:59')}`,
    );
    expect([before.status, before.rows]).toEqual([200, []]);
    const first = await klines(at, '/api/v3/klines?symbol=BTCUSDT&interval=1d&startTime=0&limit=1');
    expect(first.rows.map(([open]) => open)).toEqual([ms('2023-12-01T00:00')]);
    const month = await klines(at, '/api/v3/klines?symbol=BTCUSDT&interval=1M&startTime=0');
    expect(month.rows).toHaveLength(3);
  });

  it.each([
    ['/api/v3/klines?symbol=NOPE&interval=1h', -1121],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1mo', -1120],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1s', -1120],
    ['/api/v3/klines?interval=1h', -1102],
    ['/fapi/v1/indexPriceKlines?symbol=BTCUSDT&interval=1h', -1102],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=x', -1100],
  ])('refuses %s with %i', async (path, code) => {
    const { status, rows } = await klines(await serve(), path);
    expect([status, (rows as unknown as { code: number }).code]).toEqual([400, code]);
  });

  it('has mark, index and premium klines: without volumes, premiums below 0 too', async () => {
    const at = await serve();
    const mark = await klines(at, '/fapi/v1/markPriceKlines?symbol=BTCUSDT&interval=1d&limit=100');
    const index = await klines(at, '/dapi/v1/indexPriceKlines?pair=BTCUSD&interval=1d&limit=100');
    const premium = await klines(at, '/dapi/v1/premiumIndexKlines?symbol=BTCUSD_PERP&interval=1h&limit=100');
    for (const { rows } of [mark, index, premium]) {
      expect(rows).toHaveLength(100);
      expect(rows.every((row) => row[5] === '0' && row[7] === '0')).toBe(true);
    }
    // A market's marks lie close to its index.
    expect(Math.abs(Number(mark.rows[0]![4]) / Number(index.rows[0]![4]) - 1)).toBeLessThan(0.01);
    expect(premium.rows.some((row) => Number(row[3]) < 0)).toBe(true);
  });

  it('counts weight, and refuses beyond a limit until the minute is over', async () => {
    let now = 1_700_000_010_000;
    const at = await serve({ weightLimits: { um: 12 }, clock: () => now });
    const path = '/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=';
    const used: (string | null)[] = [];
    for (const limit of [99, 499, 1000])
      used.push((await ask(at, `${path}${limit}`)).headers.get('x-mbx-used-weight-1m'));
    expect(used).toEqual(['1', '3', '8']);
    const refused = await ask(at, `${path}1500`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    now += 30_000;
    expect((await ask(at, `${path}99`)).headers.get('x-mbx-used-weight-1m')).toBe('1');
  });
});

describe('faults', () => {
  const PATH = `/${visionObjectKey(KEY)}`;

  it('meets the requests that its rule names, as often as it says', async () => {
    const at = await serve({ faults: [{ fault: 'server-error', path: '.CHECKSUM', skip: 1, times: 2 }] });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn++) statuses.push((await ask(at, `${PATH}.CHECKSUM`)).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    at.faults.add({ fault: { kind: 'status', status: 429, retryAfter: 'garbage' } });
    const limited = await ask(at, PATH);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, 'garbage']);
    at.faults.clear();
    expect((await ask(at, PATH)).status).toBe(200);
    expect([at.count(), at.count('CHECKSUM')]).toEqual([6, 4]);
  });

  it.each(['truncated', 'truncated-chunked', 'reset', 'reset-in-body', 'hang-up', 'garbage', 'redirect-loop'] as const)(
    'breaks a request by %s',
    async (fault) => {
      const at = await serve({ faults: [{ fault }] });
      await expect(ask(at, PATH).then((response) => response.arrayBuffer())).rejects.toThrow();
    },
  );

  it('can cut a body so that HTTP cannot tell', async () => {
    const at = await serve({ faults: [{ fault: 'truncated-silently' }] });
    const body = await (await ask(at, PATH)).arrayBuffer();
    expect(body.byteLength).toBe(archive.object(visionObjectKey(KEY))!.size >> 1);
  });

  it('can keep a client waiting until it goes away', async () => {
    const at = await serve({ faults: [{ fault: 'stall' }] });
    const control = new AbortController();
    const response = await ask(at, PATH, { signal: control.signal });
    const body = response.arrayBuffer();
    control.abort();
    await expect(body).rejects.toThrow();
    expect(response.status).toBe(200);
  });

  it('changes bytes, checksums, encodings and pages', async () => {
    const at = await serve({
      faults: [
        { fault: 'wrong-checksum', path: 'CHECKSUM', times: 1 },
        { fault: 'wrong-body', times: 1 },
        { fault: 'unasked-gzip', times: 1 },
        { fault: 'html', times: 1 },
      ],
    });
    const good = Buffer.from(archive.object(`${PATH.slice(1)}.CHECKSUM`)!.body).toString();
    const wrong = await (await ask(at, `${PATH}.CHECKSUM`)).text();
    expect(wrong).toMatch(/^[0-9a-f]{64} {2}BTCUSDT-1h-2024-01-15\.zip\n$/);
    expect(wrong).not.toBe(good);
    const body = new Uint8Array(await (await ask(at, PATH)).arrayBuffer());
    const object = archive.object(PATH.slice(1))!;
    expect(body.filter((byte, at) => byte !== object.body[at])).toHaveLength(1);
    expect((await ask(at, PATH)).headers.get('content-encoding')).toBe('gzip');
    expect(await (await ask(at, PATH)).text()).toContain('<html>');
  });

  it('closes a connection after it promised to keep it', async () => {
    const at = await serve({ faults: [{ fault: 'close-after' }] });
    const text = await new Promise<string>((resolve) => {
      const socket = connect(at.port, '127.0.0.1', () =>
        socket.write(`GET ${PATH}.CHECKSUM HTTP/1.1\r\nhost: x\r\n\r\n`),
      );
      let received = '';
      socket.on('data', (part) => (received += String(part)));
      socket.on('end', () => resolve(received));
    });
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(text.toLowerCase()).toContain('connection: keep-alive');
  });

  it('closes every connection with the server', async () => {
    const at = await serve({ faults: [{ fault: 'no-answer' }] });
    const waiting = ask(at, PATH);
    waiting.catch(() => undefined);
    while (at.connections() === 0) await new Promise((done) => setTimeout(done, 5));
    await at.close();
    await expect(waiting).rejects.toThrow();
    expect(at.connections()).toBe(0);
  });
});
