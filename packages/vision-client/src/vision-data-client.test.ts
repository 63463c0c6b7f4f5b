import { describe, expect, it } from '@jest/globals';
import {
  BINANCE,
  type CacheKey,
  cacheKey,
  type Dataset,
  homeKeys,
  PACKAGING_FREQUENCIES,
  visionObjectKey,
} from '@vision-cache/cache-keys';
import { isVisionClientError, type VisionClientError } from './contract/errors.ts';
import { listingXml } from './testing/files/object-listing.ts';
import {
  createSyntheticArchive,
  type Irregularity,
  type SyntheticArchive,
  type SyntheticArchiveOptions,
  type SyntheticSymbol,
  zipOf,
} from './testing/index.ts';
import { VisionDataClient, type VisionDataClientOptions } from './vision-data-client.ts';

const BASE = 'https://vision.test';

interface Asked {
  readonly name: string;
  readonly fresh: boolean;
}

/** A client of a synthetic archive that is reached by a function, and what was asked of it. */
function clientOf(
  options: SyntheticArchiveOptions & { irregularities?: Irregularity[] } = {},
  more: VisionDataClientOptions = {},
  intercept?: (asked: Asked, archive: SyntheticArchive) => Response | undefined,
  listed: (query: Record<string, string>) => Record<string, string> = (query) => query,
) {
  const archive = createSyntheticArchive({ now: '2024-03-01', ...options });
  const asked: Asked[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input as string);
    const name = decodeURIComponent(url.pathname.slice(1));
    const request = {
      name: name === '' ? `list ${url.searchParams.get('marker') ?? ''}` : name,
      fresh: init?.cache === 'reload',
    };
    asked.push(request);
    const intercepted = intercept?.(request, archive);
    if (intercepted !== undefined) return intercepted;
    if (name === '') {
      const query = Object.fromEntries(
        ['prefix', 'marker', 'delimiter'].flatMap((each) =>
          url.searchParams.has(each) ? [[each, url.searchParams.get(each)!]] : [],
        ),
      );
      return new Response(listingXml(archive.list({ ...listed(query), maxKeys: 40 })));
    }
    const object = archive.object(name);
    if (object === undefined) return new Response('NoSuchKey', { status: 404 });
    const headers = {
      etag: `"${object.etag}"`,
      'last-modified': new Date(object.lastModified).toUTCString(),
      'content-length': String(object.body.length),
    };
    return new Response(object.body as Uint8Array<ArrayBuffer>, { headers });
  };
  const client = new VisionDataClient({ baseUrl: BASE, fetch, retry: { attempts: 2, baseMs: 0 }, ...more });
  return { archive, client, asked };
}

const DAY = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-10' });
const ZIP = visionObjectKey(DAY);
/** A short history, of which a listing is quickly made. */
const LISTED_LATE: SyntheticSymbol = {
  symbol: 'BTCUSDT',
  listed: '2024-01-05',
  natures: ['klines'],
  intervals: ['1h', '1w'],
};
const on = (name: string, more = {}): Irregularity => ({ name, date: DAY.date, ...more }) as Irregularity;
const failing = async (wait: Promise<unknown>): Promise<VisionClientError> => {
  const error: unknown = await wait.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isVisionClientError(error)) throw new Error(`no VisionClientError: ${String(error)}`);
  return error;
};

describe('VisionDataClient.fetch', () => {
  it('gives the rows of a day, where they come from and how they were proved', async () => {
    const { archive, client, asked } = clientOf();
    const answer = await client.fetch(DAY);
    if (answer.status !== 'ok') throw new Error('missing');
    expect(answer.batch).toEqual(archive.fileRows(DAY));
    const object = archive.object(ZIP)!;
    expect(answer.facts).toEqual({
      source: 'vision',
      sourceUrl: `${BASE}/${ZIP}`,
      sourceSha256: new TextDecoder().decode(archive.object(`${ZIP}.CHECKSUM`)!.body).slice(0, 64),
      sourceEtag: object.etag,
      sourceLastModified: object.lastModified,
    });
    expect(answer.quality).toMatchObject({
      rows: 24,
      missingRows: 0,
      integrity: { checksum: 'verified', otherMembers: 0 },
    });
    expect(asked.map(({ name }) => name)).toEqual([ZIP, `${ZIP}.CHECKSUM`]);
  });

  it('gives every nature of every market that the archive has, daily and monthly', async () => {
    const { archive, client } = clientOf({ eventsPerDay: 4 });
    const symbolOf: Record<string, string> = {
      cm: 'BTCUSD_PERP',
      BVOLIndex: 'BTCBVOLUSDT',
      indexPriceKlines: 'BTCUSD',
    };
    let files = 0;
    for (const { marketType, dataNature, published } of BINANCE.datasets as readonly Dataset[]) {
      for (const packagingFrequency of PACKAGING_FREQUENCIES) {
        if (published[packagingFrequency].length === 0) continue;
        const interval = published[packagingFrequency].includes('1h') ? '1h' : undefined;
        const symbol =
          (marketType === 'cm' ? symbolOf[dataNature] : undefined) ??
          symbolOf[dataNature] ??
          symbolOf[marketType] ??
          'BTCUSDT';
        const date = packagingFrequency === 'daily' ? '2024-01-10' : '2024-01';
        const key = cacheKey({
          marketType,
          dataNature,
          packagingFrequency,
          symbol: marketType === 'um' ? 'BTCUSDT' : symbol,
          interval,
          date,
        } as never) as CacheKey;
        if (archive.object(visionObjectKey(key)) === undefined) continue;
        files++;
        const answer = await client.fetch(key);
        if (answer.status !== 'ok') throw new Error(`${visionObjectKey(key)} is missing`);
        expect(answer.batch).toEqual(archive.fileRows(key));
      }
    }
    expect(files).toBeGreaterThanOrEqual(36);
  }, 60_000);

  it('takes an unpublished day for a value, with one request', async () => {
    const { client, asked } = clientOf();
    const answer = await client.fetch(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' }));
    expect(answer).toEqual({
      status: 'missing',
      evidence: expect.stringMatching(/^404 for data\/spot.* from https:\/\/vision\.test$/),
    });
    expect(asked).toHaveLength(1);
  });

  it('says what it does not cover', async () => {
    const { client } = clientOf();
    expect(client.covers(DAY)).toBe(true);
    const elsewhere = { ...DAY, exchange: 'kraken' } as unknown as CacheKey;
    expect(client.covers(elsewhere)).toBe(false);
    expect((await failing(client.fetch(elsewhere))).code).toBe('E_NOT_COVERED');
  });

  it('reports a short archive, repeated, unsorted and foreign rows', async () => {
    const quality = async (...irregularities: Irregularity[]) => {
      const answer = await clientOf({ irregularities }).client.fetch(DAY);
      return answer.status === 'ok' ? answer.quality : undefined;
    };
    expect(await quality(on('short-archive'))).toMatchObject({ endsEarly: true, expectedRows: 24 });
    expect(await quality(on('duplicates', { rows: 5 }))).toMatchObject({ rows: 24, duplicates: 5 });
    expect((await quality(on('unsorted')))!.unsorted).toBeGreaterThan(0);
    expect(await quality(on('foreign-rows'))).toMatchObject({ rows: 24, otherDay: 3 });
    expect(await quality({ name: 'outage', start: '2024-01-10T05:30', end: '2024-01-10T07:30' })).toMatchObject({
      missingRows: 1,
      endsEarly: false,
    });
  });
});

describe('VisionDataClient: CHECKSUM', () => {
  it('asks for both once more past caches, then refuses', async () => {
    const { client, asked } = clientOf({ irregularities: [on('wrong-checksum')] });
    const error = await failing(client.fetch(DAY));
    expect(error.code).toBe('E_CHECKSUM_MISMATCH');
    expect(asked).toEqual([
      { name: ZIP, fresh: false },
      { name: `${ZIP}.CHECKSUM`, fresh: false },
      { name: ZIP, fresh: true },
      { name: `${ZIP}.CHECKSUM`, fresh: true },
    ]);
  });

  it('takes a good archive with a wrong CHECKSUM when told to, and says so', async () => {
    const { archive, client } = clientOf(
      { irregularities: [on('wrong-checksum')] },
      { onChecksumMismatch: 'accept-if-consistent' },
    );
    const answer = await client.fetch(DAY);
    if (answer.status !== 'ok') throw new Error('missing');
    expect(answer.batch).toEqual(archive.fileRows(DAY));
    expect(answer.quality.integrity).toEqual({
      checksum: 'mismatch',
      publishedSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      md5MatchesListing: true,
      otherMembers: 0,
    });
    // Both files twice; what the listing costs is no part of the archive.
    const size = archive.object(ZIP)!.body.length + archive.object(`${ZIP}.CHECKSUM`)!.body.length;
    expect(answer.cost).toEqual({ requests: 4, bytes: 2 * size });
  });

  it('never takes what is not the listed object, whatever the policy', async () => {
    const other = zipOf(
      'BTCUSDT-1h-2024-01-10.csv',
      new TextEncoder().encode('1704844800000,1,1,1,1,1,1704848399999,1,1,1,1,0\n'),
    );
    const { client } = clientOf({}, { onChecksumMismatch: 'accept-if-consistent' }, ({ name }) =>
      name === ZIP ? new Response(other as Uint8Array<ArrayBuffer>) : undefined,
    );
    expect((await failing(client.fetch(DAY))).code).toBe('E_CHECKSUM_MISMATCH');
  });

  it.each(['upper-case', 'crlf', 'no-newline'] as const)('reads a CHECKSUM in the form %s', async (form) => {
    expect((await clientOf({ irregularities: [on('checksum-form', { form })] }).client.fetch(DAY)).status).toBe('ok');
  });

  it.each([
    ['two-lines', 'E_CHECKSUM_FORMAT'],
    ['other-name', 'E_CHECKSUM_FORMAT'],
    ['garbage', 'E_CHECKSUM_FORMAT'],
    ['empty', 'E_CHECKSUM_FORMAT'],
    ['missing', 'E_CHECKSUM_MISSING'],
  ])('refuses a CHECKSUM that is %s', async (form, code) => {
    const { client } = clientOf({ irregularities: [on('checksum-form', { form })] });
    expect((await failing(client.fetch(DAY))).code).toBe(code);
  });

  it('heals a stale cache on the way', async () => {
    const stale = ({ name, fresh }: Asked) =>
      name.endsWith('.CHECKSUM') && !fresh ? new Response(`${'0'.repeat(64)}  BTCUSDT-1h-2024-01-10.zip\n`) : undefined;
    const answer = await clientOf({}, {}, stale).client.fetch(DAY);
    expect(answer).toMatchObject({ status: 'ok', quality: { integrity: { checksum: 'verified' } } });
  });
});

describe('VisionDataClient: what is no archive', () => {
  it.each([
    ['a page of a proxy', '<html>Sign in</html>'],
    ['an error of S3', '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'],
    ['an error of REST', '{"code":-1003,"msg":"Too many requests"}'],
  ])('refuses %s with status 200', async (_, body) => {
    expect((await failing(clientOf({}, {}, () => new Response(body)).client.fetch(DAY))).code).toBe('E_BAD_CONTENT');
  });

  it('refuses a member of another name, and takes one of several only when told to', async () => {
    const content = new TextEncoder().encode('x');
    const wrongName = ({ name }: Asked) =>
      name === ZIP ? new Response(zipOf('other.csv', content) as Uint8Array<ArrayBuffer>) : undefined;
    const client = clientOf({}, { onChecksumMismatch: 'accept-if-consistent' }, wrongName).client;
    expect((await failing(client.fetch(DAY))).code).toBe('E_ZIP_NAME');
  });

  it('stops when its caller does', async () => {
    const control = new AbortController();
    const { client } = clientOf({}, {}, () => {
      control.abort();
      return undefined;
    });
    expect((await failing(client.fetch(DAY, { signal: control.signal }))).code).toBe('E_ABORTED');
  });
});

describe('VisionDataClient: listing', () => {
  const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
    const all: T[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  it('lists what is published from a day on, page by page', async () => {
    const { client, asked } = clientOf({ symbols: [LISTED_LATE] });
    const from = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-10' });
    const listed = await collect(client.list(from));
    expect(listed.map(({ key }) => key.date)).toEqual(
      Array.from({ length: 51 }, (_, day) => new Date(Date.UTC(2024, 0, 10 + day)).toISOString().slice(0, 10)).filter(
        (day) => day <= '2024-02-28',
      ),
    );
    expect(asked.length).toBeGreaterThan(1);
    expect(listed[0]).toMatchObject({
      etag: expect.stringMatching(/^[0-9a-f]{32}$/),
      lastModified: expect.stringMatching(/Z$/),
    });
  });

  it('tells the availability of a symbol: first, last, holes, sizes', async () => {
    const { client } = clientOf({
      symbols: [LISTED_LATE],
      irregularities: [on('missing-file')],
    });
    const availability = await client.availability({ symbol: 'BTCUSDT', interval: '1h' });
    expect(availability).toMatchObject({ packagingFrequency: 'daily', last: '2024-02-28', holes: ['2024-01-10'] });
    expect(availability.bytes).toBe(availability.files.reduce((sum, { size }) => sum + size, 0));
    expect(await client.availability({ symbol: 'NOSUCHCOIN', interval: '1h' })).toMatchObject({
      first: undefined,
      last: undefined,
      holes: [],
      files: [],
    });
    const weekly = await client.availability({ symbol: 'BTCUSDT', interval: '1w' });
    expect(weekly.packagingFrequency).toBe('monthly');
  });

  it('tells the days alone in half the pages, also where the listing knows no such delimiter', async () => {
    const { client, asked } = clientOf({ symbols: [LISTED_LATE] });
    const from = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-10' });
    const all = async <T>(each: AsyncIterable<T>): Promise<T[]> => {
      const found: T[] = [];
      for await (const one of each) found.push(one);
      return found;
    };
    const listed = (await all(client.list(from))).map(({ key }) => key.date);
    const pages = asked.splice(0).length;
    expect(await all(client.dates(from))).toEqual(listed);
    expect([pages, asked.splice(0).length]).toEqual([3, 2]);
    const { client: plain } = clientOf({ symbols: [LISTED_LATE] }, {}, undefined, (query) => ({
      ...query,
      delimiter: '',
    }));
    expect(await all(plain.dates(from))).toEqual(listed);
  });

  it('names symbols and intervals', async () => {
    const { client } = clientOf({
      symbols: [LISTED_LATE, { ...LISTED_LATE, symbol: 'ETHUSDT' }, { ...LISTED_LATE, marketType: 'um' }],
    });
    expect(await client.names({ marketType: 'spot', packagingFrequency: 'daily', dataNature: 'klines' })).toEqual([
      'BTCUSDT',
      'ETHUSDT',
    ]);
    expect(
      await client.names({ marketType: 'um', packagingFrequency: 'monthly', dataNature: 'klines', symbol: 'BTCUSDT' }),
    ).toEqual(['1h', '1w']);
  });

  it('refuses a page of HTML, whatever its status says', async () => {
    const { client } = clientOf(
      {},
      {},
      () => new Response('<!DOCTYPE html>\n<html><head><link href="x"></head></html>'),
    );
    expect((await failing(client.availability({ symbol: 'BTCUSDT', interval: '1h' }))).code).toBe('E_BAD_CONTENT');
  });
});

describe('a month that is kept by the day', () => {
  it('comes as one batch whose rows belong to its days', async () => {
    const { client } = clientOf({ symbols: [LISTED_LATE] });
    const month = cacheKey({ symbol: 'BTCUSDT', interval: '1h', packagingFrequency: 'monthly', date: '2024-01' });
    const answer = await client.fetch(month);
    expect(answer).toMatchObject({ status: 'ok', quality: { rows: 27 * 24, missingRows: 4 * 24, endsEarly: false } });
    expect(homeKeys(month)).toHaveLength(31);
  });
});
