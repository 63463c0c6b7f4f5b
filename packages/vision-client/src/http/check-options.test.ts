import { describe, expect, it } from '@jest/globals';
import { BinanceRestClient, BinanceTailClient } from '../rest/index.ts';
import { VisionDataClient } from '../vision-data-client.ts';

const made = {
  VisionDataClient: (options: unknown) => new VisionDataClient(options as object),
  BinanceRestClient: (options: unknown) => new BinanceRestClient(options as object),
  BinanceTailClient: (options: unknown) => new BinanceTailClient(options as object),
} as const;
const ALL = Object.keys(made) as (keyof typeof made)[];

describe('options of plain JavaScript', () => {
  it.each(
    [
      [{ timeouts: { headers: 300 } }, 'timeouts.headers'],
      [{ timeouts: 300 }, 'timeouts'],
      [{ timeouts: { headersMs: '300' } }, 'timeouts.headersMs'],
      [{ timeouts: { idleMs: NaN } }, 'timeouts.idleMs'],
      [{ retry: { attempt: 3 } }, 'retry.attempt'],
      [{ retry: { attempts: 0 } }, 'retry.attempts'],
      [{ retry: { maxMs: -1 } }, 'retry.maxMs'],
      [{ concurency: 3 }, 'concurency'],
      [{ concurrency: '8' }, 'concurrency'],
      [{ fetch: 'https://x' }, 'fetch'],
      [{ now: 5 }, 'now'],
      [{ redirectHosts: 'x' }, 'redirectHosts'],
      ['fast', 'options'],
      [null, 'options'],
    ].flatMap(([options, option]) => ALL.map((client) => [client, options, option] as const)),
  )('of %s: %j is refused, by the name %s', (client, options, option) => {
    expect(() => made[client](options)).toThrow(
      expect.objectContaining({
        code: 'E_OPTION',
        details: expect.objectContaining({ option }),
        message: expect.stringContaining(option as string),
      }),
    );
  });

  it.each([
    ['VisionDataClient', { baseUrl: 'data.binance.vision' }, 'baseUrl'],
    ['VisionDataClient', { baseUrl: '' }, 'baseUrl'],
    ['VisionDataClient', { listingUrl: 'ftp://x' }, 'listingUrl'],
    ['VisionDataClient', { onChecksumMismatch: 'ignore' }, 'onChecksumMismatch'],
    ['VisionDataClient', { unzipMode: 'loose' }, 'unzipMode'],
    ['VisionDataClient', { maxArchiveBytes: '1 GB' }, 'maxArchiveBytes'],
    ['BinanceRestClient', { baseUrls: { spott: 'https://x' } }, 'baseUrls.spott'],
    ['BinanceRestClient', { baseUrls: { um: 'fapi.binance.com' } }, 'baseUrls.um'],
    ['BinanceRestClient', { weightPerMinute: { um: '9' } }, 'weightPerMinute.um'],
    ['BinanceTailClient', { maxPage: 9 }, 'maxPage'],
  ] as const)('of %s: %j is refused, by the name %s', (client, options, option) => {
    expect(() => made[client](options)).toThrow(
      expect.objectContaining({ code: 'E_OPTION', details: expect.objectContaining({ option }) }),
    );
  });

  it('suggest the name that was probably meant', () => {
    expect(() => made.VisionDataClient({ timeouts: { headers: 300 } })).toThrow('"headersMs", perhaps,');
    expect(() => made.VisionDataClient({ concurency: 3 })).toThrow('"concurrency", perhaps,');
  });

  it('may be undefined one by one', () => {
    expect(made.VisionDataClient({ baseUrl: undefined, timeouts: undefined, fetch: undefined })).toBeDefined();
    expect(made.VisionDataClient(undefined)).toBeDefined();
  });
});
