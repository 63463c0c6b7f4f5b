import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { inspect } from 'node:util';
import { s3Objects } from './s3-objects.ts';
import type { S3Credentials, S3CredentialsProvider } from './credentials.ts';
import type { S3Options } from './s3-options.ts';
import { S3ServerFixture, s3Problem } from './s3-server.fixture.ts';

let bucket = new S3ServerFixture();
const server = setupServer(http.all('http://s3.test/*', ({ request }) => bucket.handle(request)));
beforeAll(() => {
  server.listen({ onUnhandledRequest: 'error' });
});
beforeEach(() => {
  bucket = new S3ServerFixture();
});
afterEach(() => {
  server.resetHandlers();
});
afterAll(() => {
  server.close();
});

const SECRETS = ['AKIDEXAMPLE', 'wJalrXUtnFEMI', 'FwoGZXIvYXdz', 'Signature', 'AWS4-HMAC'];
const credentials: S3Credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI', sessionToken: 'FwoGZXIvYXdz' }; // prettier-ignore
const NOW = Date.UTC(2024, 5, 1);

function open(more: Partial<S3Options> = {}) {
  const pauses: number[] = [];
  const sleep = (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  const options = { bucket: 'b', endpoint: 'http://s3.test', credentials, now: () => NOW, random: () => 1, sleep, ...more }; // prettier-ignore
  return { objects: s3Objects(options), pauses };
}

const bytes = [new TextEncoder().encode('0123456789')];
const first = (count: number, answer: () => Response) => (_: Request, at: number) =>
  at <= count ? answer() : undefined;

/** The error of a promise, of which nothing that was signed with may be read anywhere. */
async function failureOf(promise: Promise<unknown>): Promise<{ code?: string; details?: unknown }> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  const shown = inspect(error, { depth: 10, showHidden: true });
  for (const secret of SECRETS) expect(shown).not.toContain(secret);
  return error as { code?: string };
}

describe('a bucket that fails', () => {
  it.each([
    ['503 SlowDown', () => s3Problem(503, 'SlowDown')],
    ['500 InternalError', () => s3Problem(500, 'InternalError')],
    ['a gateway without words', () => new Response('<html>', { status: 502 })],
    ['429', () => new Response(null, { status: 429 })],
    ['a reset', () => HttpResponse.error()],
    ['400 RequestTimeout', () => s3Problem(400, 'RequestTimeout')],
    ['bytes that were damaged on their way', () => s3Problem(400, 'BadDigest')],
  ])('is asked again after %s, later each time', async (_, answer) => {
    const { objects, pauses } = open();
    bucket.interfere = first(3, answer);
    expect(await objects.put('a', bytes)).toMatchObject({ size: 10 });
    expect(pauses).toEqual([100, 200, 400]);
    expect(bucket.objects.get('a')?.bytes).toEqual(bytes[0]);
  });

  it('is asked so many times and then told, with its own code and without a secret', async () => {
    const { objects, pauses } = open({ attempts: 4 });
    bucket.interfere = first(99, () => s3Problem(503, 'SlowDown'));
    const details = { path: 's3://b/a', operation: 'put', status: 503, reason: 'SlowDown', attempts: 4 };
    expect(await failureOf(objects.put('a', bytes))).toMatchObject({ code: 'E_BUCKET', details });
    expect([bucket.log.length, pauses.length, bucket.objects.size]).toEqual([4, 3, 0]);
    bucket.interfere = first(99, () => HttpResponse.error());
    expect(await failureOf(objects.get('a'))).toMatchObject({ code: 'E_BUCKET', details: { status: undefined } });
  });

  it('waits as long as the bucket asks', async () => {
    const { objects, pauses } = open();
    bucket.interfere = first(1, () => s3Problem(503, 'SlowDown', { 'retry-after': '7' }));
    await objects.put('a', bytes);
    expect(pauses).toEqual([7000]);
  });

  it('gives up a request that takes too long, and asks again', async () => {
    const { objects } = open({ timeoutMs: 30, attempts: 2 });
    bucket.interfere = () => new Promise(() => undefined);
    const message = expect.stringContaining('30 ms, 2 times');
    expect(await failureOf(objects.get('a'))).toMatchObject({ code: 'E_TIMEOUT', details: { limitMs: 30 }, message });
  });

  it('is no longer asked when the caller ends it', async () => {
    const ended = new AbortController();
    const { objects } = open();
    bucket.interfere = () => {
      ended.abort(new Error('enough'));
      return s3Problem(503, 'SlowDown');
    };
    expect(await failureOf(objects.get('a', { signal: ended.signal }))).toMatchObject({ code: 'E_ABORTED' });
    expect(bucket.log).toHaveLength(1);
  });

  it('takes no body that was cut off', async () => {
    const { objects } = open();
    await objects.put('a', bytes);
    const cut = () => new Response('01234', { headers: { 'content-length': '10', etag: '"e"' } });
    bucket.interfere = (_, at) => (at <= 3 ? cut() : undefined);
    expect((await objects.get('a'))?.bytes).toHaveLength(10);
    bucket.interfere = cut;
    expect(await failureOf(objects.get('a'))).toMatchObject({
      code: 'E_BUCKET',
      details: { reason: 'IncompleteBody' },
    });
  });

  it('takes no listing that was cut off', async () => {
    const { objects } = open();
    bucket.interfere = () => new Response('<ListBucketResult><Contents><Key>a</Key>');
    expect(await failureOf(objects.list('')[Symbol.asyncIterator]().next())).toMatchObject({ code: 'E_BUCKET' });
  });

  it.each([
    ['goes on without saying where', '<IsTruncated>true</IsTruncated>', []],
    ['goes on where it began', '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>', []],
    [
      'has a key that is no text',
      '<EncodingType>url</EncodingType><Contents><Key>%E9</Key><Size>1</Size></Contents>',
      [],
    ],
    ['has a size that is none', '<Contents><Key>a</Key><Size>-</Size></Contents>', []],
  ])('takes no listing that %s', async (_, inner) => {
    const { objects } = open();
    bucket.interfere = () => new Response(`<ListBucketResult>${inner}</ListBucketResult>`);
    const listed = (async () => {
      for await (const info of objects.list('')) expect(info).toBeUndefined();
    })();
    expect(await failureOf(listed)).toMatchObject({ code: 'E_BUCKET', details: { reason: 'NoListing' } });
    expect(bucket.log.length).toBeLessThanOrEqual(2);
  });

  it('lists keys as they are where it has not encoded them, and only those that were asked for', async () => {
    const { objects } = open({ prefix: 'team' });
    const contents = ['team/a+b%20c', 'team/é', 'other/secret'].map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`); // prettier-ignore
    bucket.interfere = () => new Response(`<ListBucketResult>${contents.join('')}</ListBucketResult>`);
    const keys: string[] = [];
    for await (const { key } of objects.list('')) keys.push(key);
    expect(keys).toEqual(['a+b%20c', 'é']);
  });

  it('takes no part but the one that was asked for', async () => {
    const { objects } = open();
    await objects.put('a', bytes);
    const part = (text: string, range: string) => () =>
      new Response(text, { status: 206, headers: { 'content-range': `bytes ${range}/10`, etag: '"e"' } });
    for (const other of [part('0123', '0-3'), part('234', '2-4'), part('2345', '')]) {
      bucket.log.length = 0;
      bucket.interfere = (_, at) => (at === 1 ? other() : undefined);
      const found = await objects.get('a', { range: { start: 2, end: 6 } });
      expect([new TextDecoder().decode(found?.bytes), bucket.log.length]).toEqual(['2345', 2]);
      bucket.interfere = other;
      expect(await failureOf(objects.get('a', { range: { start: 2, end: 6 } }))).toMatchObject({
        code: 'E_BUCKET',
        details: { reason: 'IncompleteBody' },
      });
    }
  });

  it('is not left by a key or a prefix of dots', async () => {
    const { objects } = open();
    for (const key of ['../other/a', 'a/../../other/a', './a', 'a/..']) {
      expect(await failureOf(objects.get(key))).toMatchObject({ code: 'E_OPTION', details: { option: 'key' } });
      expect(await failureOf(objects.put(key, bytes))).toMatchObject({ code: 'E_OPTION' });
    }
    expect(() => open({ prefix: 'team/../../other' })).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
    expect(bucket.log).toEqual([]);
    await objects.put('a..b/.c/...', bytes);
    expect([...bucket.objects.keys()]).toEqual(['a..b/.c/...']);
  });

  it.each(['a b+c/d e.arrow', "it's (100%)*!", '币安/é~ü', 'a?b#c&d=e;f', '%2e%2e/x'])(
    'keeps the key %s as it is, signed, listed and told',
    async (key) => {
      const { objects } = open();
      await objects.put(key, bytes);
      expect([...bucket.objects.keys()]).toEqual([key]);
      expect((await objects.get(key, { range: { start: 0, end: 2 } }))?.bytes).toHaveLength(2);
      for await (const info of objects.list('')) expect(info.key).toBe(key);
      await objects.delete(key);
      expect(bucket.objects.size).toBe(0);
    },
  );

  it('is not taken for empty where there is none', async () => {
    const { objects } = open();
    bucket.interfere = () => s3Problem(404, 'NoSuchBucket');
    const details = { status: 404, reason: 'NoSuchBucket' };
    expect(await failureOf(objects.get('a'))).toMatchObject({ code: 'E_BUCKET', details });
    expect(await failureOf(objects.list('')[Symbol.asyncIterator]().next())).toMatchObject({
      code: 'E_BUCKET',
      details,
    });
  });

  it('does not send us elsewhere', async () => {
    const { objects } = open();
    bucket.interfere = () => new Response(null, { status: 307, headers: { location: 'http://elsewhere.test/b/a' } });
    expect(await failureOf(objects.get('a'))).toMatchObject({ code: 'E_BUCKET', details: { status: 307 } });
  });

  it('may refuse, or not know, a condition', async () => {
    const { objects } = open();
    bucket.interfere = (request) => request.headers.has('if-none-match') ? s3Problem(501, 'NotImplemented') : undefined; // prettier-ignore
    expect(await objects.put('a', bytes, { ifAbsent: true })).toBeDefined();
    bucket.interfere = undefined;
    bucket.ignoresConditions = true;
    expect(await objects.put('a', bytes, { ifAbsent: true })).toBeDefined();
  });
});

describe('credentials of a bucket', () => {
  it('sign every request, with what its bytes are', async () => {
    const { objects } = open({ region: 'eu-central-1' });
    await objects.put('a', bytes);
    const { headers } = bucket.requests[0]!;
    expect(headers.get('authorization')).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20240601\/eu-central-1\/s3\/aws4_request, SignedHeaders=content-md5;host;/); // prettier-ignore
    expect(headers.get('content-md5')).toBe('eB5eJF1ptWaXm4bijSPyxw==');
    expect(bucket.requests[0]!.url).toBe('http://s3.test/b/a');
  });

  it('are asked for once, and again when they have expired', async () => {
    const given: string[] = [];
    const provider: S3CredentialsProvider = () => {
      given.push(`K${given.length}`);
      return { ...credentials, accessKeyId: given[given.length - 1]! };
    };
    const { objects } = open({ credentials: provider });
    await Promise.all([objects.put('a', bytes), objects.put('b', bytes)]);
    expect(given).toEqual(['K0']);
    bucket.interfere = (request) => /K0/.test(request.headers.get('authorization')!) ? s3Problem(400, 'ExpiredToken') : undefined; // prettier-ignore
    expect((await objects.get('a'))?.size).toBe(10);
    expect(given).toEqual(['K0', 'K1']);
  });

  it('are renewed a minute before they expire', async () => {
    let now = NOW;
    let asked = 0;
    const provider = () => ({ ...credentials, expiresAt: now + 3_600_000 * ++asked });
    const { objects } = open({ credentials: provider, now: () => now });
    await objects.get('a');
    now += 3_500_000;
    await objects.get('a');
    expect(asked).toBe(1);
    now += 50_000;
    await objects.get('a');
    expect(asked).toBe(2);
  });

  it('that stay expired are told of as such, and of a provider only that it failed', async () => {
    const { objects } = open();
    bucket.interfere = () => s3Problem(400, 'ExpiredToken');
    expect(await failureOf(objects.get('a'))).toMatchObject({ code: 'E_CREDENTIALS', details: { reason: 'ExpiredToken' } }); // prettier-ignore
    const failing = open({ credentials: () => Promise.reject(new Error('wJalrXUtnFEMI is wrong')) }).objects;
    expect(await failureOf(failing.get('a'))).toMatchObject({ code: 'E_CREDENTIALS' });
    const none = open({ credentials: undefined, environment: {} }).objects;
    expect(await failureOf(none.get('a'))).toMatchObject({ code: 'E_CREDENTIALS', details: { reason: 'none are given' } }); // prettier-ignore
  });

  it('are not taken where a function gives something else, and nothing of it is told', async () => {
    for (const given of [
      undefined,
      {},
      { accessKeyId: 'AKIDEXAMPLE' },
      { accessKeyId: 7, secretAccessKey: 'wJalrXUtnFEMI' },
    ]) {
      const { objects, pauses } = open({ credentials: () => given as never });
      expect(await failureOf(objects.get('a'))).toMatchObject({ code: 'E_CREDENTIALS' });
      expect(pauses).toEqual([]);
    }
    const broken = open({
      credentials: { accessKeyId: 'AKIDEXAMPLE\n', secretAccessKey: 'wJalrXUtnFEMI' },
      attempts: 1,
    });
    expect(await failureOf(broken.objects.get('a'))).toMatchObject({ code: 'E_BUCKET' });
  });

  it('may not do everything', async () => {
    const { objects } = open();
    bucket.interfere = () => s3Problem(403, 'AccessDenied');
    const details = { path: 's3://b/a', operation: 'put', systemCode: 'AccessDenied' };
    expect(await failureOf(objects.put('a', bytes))).toMatchObject({ code: 'E_PERMISSION', details });
    expect(bucket.log).toHaveLength(1);
  });

  it('are of the environment, as the place is', async () => {
    const environment = { AWS_ACCESS_KEY_ID: 'K', AWS_SECRET_ACCESS_KEY: 'S', AWS_REGION: 'r', AWS_ENDPOINT_URL_S3: 'http://s3.test/base' }; // prettier-ignore
    const { objects } = open({ credentials: undefined, endpoint: undefined, prefix: '/team a/', environment });
    await objects.get('x').catch(() => undefined);
    expect(objects.name).toBe('s3://b/team a/');
    expect(bucket.requests[0]!.url).toBe('http://s3.test/base/b/team%20a/x');
    expect(bucket.requests[0]!.headers.get('authorization')).toContain('Credential=K/20240601/r/s3');
  });

  it.each([
    { endpoint: 'https://AKIDEXAMPLE:wJalrXUtnFEMI@s3.test' },
    { endpoint: 'ftp://AKIDEXAMPLE:wJalrXUtnFEMI@s3.test' },
    { endpoint: 'AKIDEXAMPLE:wJalrXUtnFEMI@s3.test' },
    { endpoint: 'https://s3.test/?X-Amz-Signature=0&X-Amz-Credential=AKIDEXAMPLE' },
    { bucket: 'AKIDEXAMPLE:wJalrXUtnFEMI@b' },
  ])('do not stand in %j', (given) => {
    let caught: unknown;
    try {
      open(given);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'E_OPTION' });
    for (const secret of SECRETS) expect(inspect(caught, { depth: 9 })).not.toContain(secret);
  });
});

describe('a clock that is wrong', () => {
  const later = new Date(NOW + 3_600_000).toUTCString();
  it('is set by that of the bucket', async () => {
    const { objects, pauses } = open();
    bucket.interfere = (request) => request.headers.get('x-amz-date') === '20240601T010000Z' ? undefined : s3Problem(403, 'RequestTimeTooSkewed', { date: later }); // prettier-ignore
    await objects.put('a', bytes);
    await objects.get('a');
    expect([bucket.log.length, pauses.length]).toEqual([3, 0]);
  });

  it('is told of where that does not help', async () => {
    const { objects } = open();
    bucket.interfere = () => s3Problem(403, 'RequestTimeTooSkewed', { date: later });
    const details = { reason: 'RequestTimeTooSkewed' };
    expect(await failureOf(objects.get('a'))).toMatchObject({ code: 'E_CREDENTIALS', details });
    bucket.interfere = () => s3Problem(403, 'RequestTimeTooSkewed');
    expect(await failureOf(objects.get('a'))).toMatchObject({ code: 'E_CREDENTIALS', details });
  });
});
