import { type CacheKey, cacheKey, cachePath, createCatalog, BINANCE, keysBetween } from '@vision-cache/cache-keys';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { http } from 'msw';
import { setupServer } from 'msw/node';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BucketCacheManager, type BucketCacheManagerOptions } from '../bucket-cache-manager.ts';
import { anyRows, bars, klinesKey } from '../rows.fixture.ts';
import { s3Objects } from '../s3/s3-objects.ts';
import { S3ServerFixture, s3Problem } from '../s3/s3-server.fixture.ts';
import { filesBelow, removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

let bucket = new S3ServerFixture();
let local = '';
const server = setupServer(http.all('http://s3.test/*', ({ request }) => bucket.handle(request)));
beforeAll(() => {
  server.listen({ onUnhandledRequest: 'error' });
});
beforeEach(() => {
  bucket = new S3ServerFixture();
  local = tempRoot();
});
afterEach(removeTempRoots);
afterAll(() => {
  server.close();
});

const vision = { source: 'vision', asOf: '2026-01-01' } as const;
function open(more: Partial<BucketCacheManagerOptions> = {}) {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };
  const objects = s3Objects({ bucket: 'b', endpoint: 'http://s3.test', credentials, sleep: () => Promise.resolve() });
  return new BucketCacheManager({ objects, local, ...more });
}

/** The bytes that a folder holds of the same rows. */
async function bytesInFolder(key: CacheKey): Promise<Buffer> {
  const root = tempRoot();
  await new UnifiedCacheManager({ root }).save(key, bars(key), vision);
  return readFileSync(join(root, cachePath(key)));
}

const day = klinesKey({ interval: '1m' });
const minutes = keysBetween({ symbol: 'BTCUSDT', interval: '1m', start: '2024-01-01', end: '2024-01-11' });

describe('a cache in a bucket', () => {
  it('puts the bytes that a folder has, and says where they are', async () => {
    const saved = await open().save(day, bars(day), vision);
    expect(saved).toMatchObject({ kept: 'bucket', facts: { state: 'complete', rows: 1440 } });
    expect(Buffer.from(bucket.objects.get(cachePath(day))!.bytes)).toEqual(await bytesInFolder(day));
    expect(filesBelow(local).filter((path) => path.endsWith('.arrow'))).toEqual([]);
  });

  it('keeps a part in the folder, says so, and moves the whole up', async () => {
    const cache = open();
    const key = klinesKey();
    const { start } = { start: BigInt(Date.parse(`${key.date}T00:00Z`)) * 1000n };
    const half = (from: number, to: number) => ({ start: start + BigInt(from) * 3_600_000_000n, end: start + BigInt(to) * 3_600_000_000n }); // prettier-ignore
    const hours = (from: number, to: number) => bars(key, { bars: Array.from({ length: to - from }, (_, at) => from + at) }); // prettier-ignore
    const first = await cache.save(key, hours(0, 12), { ...vision, spans: [half(0, 12)] });
    expect(first).toMatchObject({ kept: 'local', facts: { state: 'partial', rows: 12 } });
    expect(bucket.objects.has(cachePath(key))).toBe(false);
    expect(await open().coverage([key])).toMatchObject([{ state: 'partial', rows: 12 }]);
    const second = await cache.save(key, hours(12, 24), { ...vision, spans: [half(12, 24)] });
    expect(second).toMatchObject({ kept: 'bucket', facts: { state: 'complete', rows: 24 } });
    expect(bucket.objects.has(cachePath(key))).toBe(true);
    expect(filesBelow(local).filter((path) => path.endsWith('.arrow'))).toEqual([]);
    expect((await open({ local: tempRoot() }).load(key))?.numRows).toBe(24);
  });

  it.each([
    ['the same', undefined],
    ['another answer', 'new'],
  ])('unites a part in the folder with what another machine has put, once %s is saved', async (_, sourceEtag) => {
    const cache = open();
    const key = klinesKey();
    const start = BigInt(Date.parse(`${key.date}T00:00Z`)) * 1000n;
    const spans = [{ start, end: start + 7_200_000_000n }];
    await cache.save(key, bars(key, { bars: [0, 1] }), { source: 'rest', asOf: '2026-01-01', spans });
    const missing = { ...vision, spans: [{ start: start + 7_200_000_000n, end: start + 86_400_000_000n }, ...spans] };
    const given = sourceEtag === undefined ? missing : { ...missing, sourceEtag };
    const less = bars(key, { bars: Array.from({ length: 23 }, (_, at) => at + 1) });
    await open({ local: tempRoot() }).save(key, less, missing);
    expect(await cache.save(key, less, given)).toMatchObject({
      kept: 'bucket',
      facts: { rows: 24 },
    });
    expect(filesBelow(local).filter((path) => path.endsWith('.arrow'))).toEqual([]);
    const found = await open({ local: tempRoot() }).load(key);
    expect(found?.columns.close).toEqual(bars(key).columns.close);
    expect(found?.facts).toMatchObject({ source: 'vision', contributions: [{ source: 'rest' }] });
  });

  it('brings two columns with one request a day, or two, and a third of the bytes of a month', async () => {
    const catalog = createCatalog(BINANCE.datasets, { monthly: ['1m'] });
    const month = catalog.cacheKey({ symbol: 'BTCUSDT', interval: '1m', packagingFrequency: 'monthly', date: '2024-01' } as never) as typeof day; // prettier-ignore
    const writer = open({ catalog });
    await writer.save(month, bars(month), vision);
    const { size } = { size: bucket.objects.get(cachePath(month))!.bytes.length };
    const cache = open({ catalog });
    await cache.coverage([month]); // the marker
    bucket.log.length = 0;
    bucket.bytesSent = 0;
    const { batch } = await open({ catalog, local: tempRoot() }).loadMany([month], { columns: ['open_time', 'close'] });
    const whole = bars(month).columns as Record<string, unknown>;
    expect(batch.columns).toEqual({ open_time: whole['open_time'], close: whole['close'] });
    // The head with the first column, and the other one; the bucket's mark is asked for only where something is missing.
    expect(bucket.log.map((line) => line.replace(/ bytes.*/, ''))).toEqual(Array(2).fill(`GET ${cachePath(month)}`));
    expect(bucket.bytesSent).toBeLessThan(size / 3);
  });

  it('brings ten days with a request each, and asks for no head twice', async () => {
    const cache = open();
    await cache.saveMany(minutes.map((key) => ({ key, batch: bars(key), facts: vision })));
    const reader = open();
    await reader.coverage([]);
    bucket.log.length = 0;
    const { batch, entries } = await reader.loadMany(minutes, { columns: ['open_time', 'close'] });
    expect(batch.numRows).toBe(14_400);
    expect(entries.every((known) => known?.state === 'complete')).toBe(true);
    expect(bucket.log).toHaveLength(minutes.length);
    // Many are listed first; what is known by its ETag is not asked for again.
    bucket.log.length = 0;
    await reader.coverage(minutes);
    expect(bucket.log).toHaveLength(1);
  });

  it.each<readonly [string, CacheKey]>([
    ['texts', cacheKey({ marketType: 'option', dataNature: 'EOHSummary', symbol: 'BTCUSDT', date: '2023-06-01' })],
    ['flags', cacheKey({ marketType: 'um', dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' })],
  ])('gives columns of %s as the whole entry does', async (_, key) => {
    const batch = anyRows(key, 6000);
    await open().save(key, batch, vision);
    for (const names of [undefined, ...Object.keys(batch.columns).map((name) => [name])]) {
      const found = await open().load(key, { columns: names });
      for (const [name, column] of Object.entries(found!.columns)) {
        expect(column).toEqual((batch.columns as Record<string, unknown>)[name]);
      }
    }
  });

  it('gets an entry of format 1.0 whole', async () => {
    const golden = fileURLToPath(new URL('../format/__fixtures__/format-1.0/cache', import.meta.url));
    const path = filesBelow(golden).find((each) => each.startsWith('binance/spot/klines/daily/BTCUSDT/1h/') && each.endsWith('02.arrow'))!; // prettier-ignore
    const bytes = readFileSync(join(golden, path));
    bucket.objects.set(path, { bytes, etag: 'e' });
    const key = klinesKey({ date: path.slice(-16, -6) });
    const found = await open().load(key, { columns: ['close'] });
    const expected = await new UnifiedCacheManager({ root: golden, readLegacy: 'off' }).load(key, { columns: ['close'] }); // prettier-ignore
    expect(found?.columns).toEqual(expected?.columns);
  });

  it('never answers a damaged column, whatever byte of the object is another', async () => {
    const key = klinesKey({ interval: '1m', symbol: 'ETHUSDT' });
    await open().save(key, bars(key), vision);
    const { bytes } = bucket.objects.get(cachePath(key))!;
    const right = bars(key).columns.close;
    let refused = 0;
    for (let at = 3; at < bytes.length; at += 997) {
      bytes[at]! ^= 16;
      const found = await open().load(key, { columns: ['close'] });
      if (found === undefined) refused++;
      else expect(found.columns.close).toEqual(right);
      bytes[at]! ^= 16;
    }
    expect(refused).toBeGreaterThan(8);
    bytes[bytes.length >> 1]! ^= 16;
    const healed = open();
    expect(await healed.load(key)).toBeUndefined();
    expect(await healed.save(key, bars(key), vision)).toMatchObject({ kept: 'bucket' });
    expect((await open().load(key))?.columns.close).toEqual(right);
  });

  it('reads an object anew that is replaced while it is read', async () => {
    const key = klinesKey({ interval: '1m' });
    await open().save(key, bars(key), vision);
    const cache = open();
    let parts = 0;
    bucket.interfere = (request) => {
      if (request.method !== 'GET' || !request.url.includes('.arrow') || parts++ !== 1) return undefined;
      bucket.objects.set(cachePath(key), { ...bucket.objects.get(cachePath(key))!, etag: 'other' });
      return undefined;
    };
    const found = await cache.load(key, { columns: ['open_time', 'taker_buy_quote_volume'] });
    expect(found?.columns.taker_buy_quote_volume).toEqual(bars(key).columns.taker_buy_quote_volume);
    expect(parts).toBeGreaterThan(2);
  });

  it('loses nothing on a bucket that ignores conditions', async () => {
    bucket.ignoresConditions = true;
    const caches = [open(), open({ local: tempRoot() })];
    await Promise.all(caches.flatMap((cache) => minutes.map((key) => cache.save(key, bars(key), vision))));
    for (const key of minutes) {
      const { bytes } = bucket.objects.get(cachePath(key))!;
      expect([key.date, (await bytesInFolder(key)).equals(bytes)]).toEqual([key.date, true]);
    }
  });

  it('takes no late listing for a loss: what it does not list is put again, byte for byte', async () => {
    await open().saveMany(minutes.map((key) => ({ key, batch: bars(key), facts: vision })));
    const before = new Map(bucket.objects);
    bucket.interfere = (request) => request.url.includes('list-type') ? new Response('<ListBucketResult></ListBucketResult>') : undefined; // prettier-ignore
    const late = open();
    expect(await late.coverage(minutes)).toEqual(minutes.map(() => undefined));
    await late.saveMany(minutes.map((key) => ({ key, batch: bars(key), facts: vision })));
    expect(bucket.objects).toEqual(before);
  });

  it('leaves nothing half done when a put fails, and the next one ends it', async () => {
    bucket.interfere = (request) => (request.method === 'PUT' && request.url.includes('.arrow') ? s3Problem(503, 'SlowDown') : undefined); // prettier-ignore
    await expect(open().save(day, bars(day), vision)).rejects.toMatchObject({ code: 'E_BUCKET' });
    expect(await open().coverage([day])).toEqual([undefined]);
    bucket.interfere = undefined;
    expect(await open().save(day, bars(day), vision)).toMatchObject({ kept: 'bucket' });
    expect((await open().load(day))?.numRows).toBe(1440);
  });

  it('keeps symbols with letters of any alphabet apart', async () => {
    const keys = ['币安人生USDT', 'BTCUSDT'].map((symbol) => klinesKey({ symbol, interval: '1h' }));
    const cache = open();
    for (const key of keys) await cache.save(key, bars(key), vision);
    const series = [];
    for await (const { symbol, dates } of open().series()) series.push([symbol, dates]);
    expect(series).toEqual([['BTCUSDT', [keys[0]!.date]], ['币安人生USDT', [keys[0]!.date]]]); // prettier-ignore
    for (const key of keys) expect((await open().load(key))?.numRows).toBe(24);
    const entries = [];
    for await (const { path, facts } of open().entries({ exchange: 'binance', marketType: 'spot', dataNature: 'klines', packagingFrequency: 'daily', symbol: 'BTCUSDT' })) entries.push([path, facts.rows]); // prettier-ignore
    expect(entries).toEqual([[cachePath(keys[1]!), 24]]);
  });

  it('refuses a catalog with other homes than the bucket', async () => {
    await open().save(day, bars(day), vision);
    const monthly = open({ catalog: createCatalog(BINANCE.datasets, { monthly: ['1d'] }), local: tempRoot() });
    await expect(monthly.coverage([day])).rejects.toMatchObject({ code: 'E_HOMES' });
    const other = () => open({ catalog: createCatalog(BINANCE.datasets, { monthly: ['1m'] }), local: tempRoot() });
    const months = Array.from({ length: 18 }, (_, at) => ({ ...day, packagingFrequency: 'monthly', date: `20${22 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}` })) as never as CacheKey[]; // prettier-ignore
    await expect(other().load(months[0]!)).rejects.toMatchObject({ code: 'E_HOMES' });
    await expect(other().loadMany(months.slice(0, 3))).rejects.toMatchObject({ code: 'E_HOMES' });
    await expect(other().loadMany(months)).rejects.toMatchObject({ code: 'E_HOMES' });
  });

  it('is verified as a folder is, object by object', async () => {
    const cache = open();
    const some = minutes.slice(0, 3);
    const root = tempRoot();
    const folder = new UnifiedCacheManager({ root });
    for (const key of some) for (const each of [cache, folder]) await each.save(key, bars(key), vision);
    expect(await gathered(cache.verify())).toEqual(await gathered(folder.verify()));
    expect(await gathered(cache.batches(some))).toEqual(await gathered(folder.batches(some)));

    const [first, second, third] = some.map((key) => cachePath(key));
    const bytes = new Uint8Array(bucket.objects.get(second!)!.bytes).fill(7, 60_000, 60_001);
    bucket.objects.set(second!, { bytes, etag: 'other' });
    bucket.objects.set(third!, { bytes: bytes.slice(0, 9000), etag: 'cut' });
    bucket.objects.set('binance/spot/readme.txt', { bytes: new Uint8Array(1), etag: 'e' });
    const found = await gathered(open().verify());
    expect(found.map(({ path, status }) => [path, status])).toEqual([
      [first, 'ok'],
      [second, 'damaged'],
      [third, 'damaged'],
      ['binance/spot/readme.txt', 'foreign'],
    ]);
  });

  it('is marked for what it keeps by the month before anything is put', async () => {
    const monthly = createCatalog(BINANCE.datasets, { monthly: ['1h'] });
    await open({ catalog: monthly }).mark();
    await open({ catalog: monthly }).mark();
    await expect(open().mark()).rejects.toMatchObject({ code: 'E_HOMES' });
    expect([...bucket.objects.keys()]).toEqual(['.vision-cache/format.json']);
  });

  it('reads what it has copied from its folder, as long as the bucket has the same', async () => {
    const folder = tempRoot();
    const copies = { folder, maxBytes: 700_000 };
    await open().saveMany(minutes.map((key) => ({ key, batch: bars(key), facts: vision })));
    const few = minutes.slice(0, 5);
    const first = await open({ copies }).loadMany(few);
    bucket.log.length = 0;
    expect(await open({ copies }).loadMany(few)).toEqual(first);
    expect(bucket.log.filter((line) => line.endsWith('.arrow'))).toEqual([]);
    expect(await open({ copies }).load(few[0]!)).toMatchObject({ numRows: 1440 });
    expect(bucket.log.filter((line) => line.startsWith('GET') && line.endsWith('.arrow'))).toEqual([]);
    // A damaged copy is taken away and got again; so is one of an object that is another by now.
    const copy = filesBelow(folder).find((path) => !path.startsWith('.vision-cache'))!;
    const disk = await import('node:fs');
    disk.writeFileSync(join(folder, copy), disk.readFileSync(join(folder, copy)).fill(7, 60_000, 60_010));
    expect(await open({ copies }).loadMany(few)).toEqual(first);
    expect(bucket.log.filter((line) => line.startsWith('GET') && line.endsWith('.arrow'))).toHaveLength(1);
    await open({ copies }).loadMany(minutes);
    const size = filesBelow(folder).reduce((sum, path) => sum + disk.statSync(join(folder, path)).size, 0);
    expect(size).toBeLessThanOrEqual(700_000);
    expect(size).toBeGreaterThan(400_000);
  });
});

async function gathered<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of from) found.push(each);
  return found;
}
