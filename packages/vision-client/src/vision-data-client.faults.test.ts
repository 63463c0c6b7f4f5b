import { getEventListeners, getMaxListeners, setMaxListeners } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cacheKey } from '@vision-cache/cache-keys';
import { isVisionClientError, type VisionClientError } from './contract/errors.ts';
import { type ArchiveServer, createSyntheticArchive, type FaultName, startArchiveServer } from './testing/index.ts';
import { VisionDataClient, type VisionDataClientOptions } from './vision-data-client.ts';

const KEY = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-10' });
const archive = createSyntheticArchive({ now: '2024-03-01' });

const failing = async (wait: Promise<unknown>): Promise<VisionClientError> => {
  const error: unknown = await wait.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isVisionClientError(error)) throw new Error(`no VisionClientError: ${String(error)}`);
  return error;
};

/** A clock or `fetch` of its own: each client knows the hosts by itself, for a ban would be heard by all that follow. */
const WAYS: [string, () => VisionDataClientOptions][] = [
  ["Node's own HTTP client", () => ({ now: () => Date.now() })],
  ['fetch', () => ({ fetch: (input, init) => globalThis.fetch(input, init) })],
];

// What msw can say, statuses and bodies, is in e2e/contracts/http-statuses.test.ts.
describe.each(WAYS)('VisionDataClient against a faulty server, through %s', (_, way) => {
  let server: ArchiveServer;
  beforeAll(async () => {
    server = await startArchiveServer(archive);
  });
  beforeEach(() => {
    server.faults.clear();
    server.forget();
  });
  afterAll(() => server.close());

  const client = (options: VisionDataClientOptions = {}) =>
    new VisionDataClient({
      baseUrl: server.baseUrl,
      listingUrl: server.listingUrl,
      ...way(),
      retry: { baseMs: 5, attempts: 3 },
      ...options,
    });
  /** Short only where time is to run out: everything else may take as long as a busy machine takes. */
  const timeoutsOf = (fault: FaultName) =>
    fault === 'no-answer' || fault === 'stall' ? { headersMs: 300, idleMs: 300 } : {};
  const faultOnce = (fault: FaultName) => server.faults.add({ fault, path: '.zip', times: 1 });

  it.each<FaultName>([
    'truncated', 'truncated-chunked', 'truncated-silently', 'reset', 'reset-in-body', 'hang-up', 'no-answer', 'stall',
    'corrupt-gzip', 'unasked-gzip', 'garbage', 'close-after',
  ])('gets the day in spite of one answer that is %s', async (fault) => {
    faultOnce(fault);
    // After a time-out the same limit holds for the answer that is right.
    const answer = await client({ timeouts: timeoutsOf(fault), retry: { baseMs: 5, attempts: 10 } }).fetch(KEY);
    if (answer.status !== 'ok') throw new Error(answer.evidence);
    expect(answer.batch).toEqual(archive.fileRows(KEY));
    expect(answer.quality.integrity.checksum).toBe('verified');
  }); // prettier-ignore

  it.each<[FaultName, RegExp]>([
    ['truncated', /^E_TRUNCATED$/],
    ['truncated-chunked', /^E_TRUNCATED$/],
    ['truncated-silently', /^E_(CHECKSUM_|ZIP_)/],
    ['reset', /^E_NETWORK$/],
    ['reset-in-body', /^E_TRUNCATED$/],
    ['hang-up', /^E_NETWORK$/],
    ['no-answer', /^E_TIMEOUT$/],
    ['stall', /^E_TIMEOUT$/],
    ['corrupt-gzip', /^E_BAD_CONTENT$/],
    ['unasked-gzip', /^E_BAD_CONTENT$/],
    ['garbage', /^E_NETWORK$/],
    ['redirect-loop', /^E_REDIRECT$/],
  ])('fails with a code where every answer is %s', async (fault, code) => {
    server.faults.add({ fault });
    const error = await failing(client({ timeouts: timeoutsOf(fault), retry: { baseMs: 1, attempts: 2 } }).fetch(KEY));
    expect(error.code).toMatch(code);
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  });

  it('gets 300 files over connections that the server closes behind its answers', async () => {
    server.faults.add({ fault: 'close-after' });
    const days = Array.from({ length: 30 }, (_, day) =>
      cacheKey({
        symbol: 'BTCUSDT',
        interval: '1d',
        date: new Date(Date.UTC(2023, 5, 1 + day)).toISOString().slice(0, 10),
      }),
    );
    const one = client({ retry: { baseMs: 1 } });
    const answers = await Promise.all(Array.from({ length: 150 }, (_, each) => one.fetch(days[each % 30]!)));
    expect(answers.every(({ status }) => status === 'ok')).toBe(true);
    expect(server.count()).toBeGreaterThanOrEqual(300);
  });

  it('leaves no connection behind that waits for an answer', async () => {
    server.faults.add({ fault: 'stall' });
    await failing(client({ retry: { attempts: 1 }, timeouts: { idleMs: 50 } }).fetch(KEY));
    const control = new AbortController();
    const wait = failing(client({ timeouts: { idleMs: 10_000 } }).fetch(KEY, { signal: control.signal }));
    setTimeout(() => control.abort(), 50);
    expect((await wait).code).toBe('E_ABORTED');
  });

  it('sends nothing more once it is banned, also what was waiting', async () => {
    server.faults.add({ fault: 'banned' });
    const one = client({ concurrency: 2 });
    // Of a symbol of its own: a request that the test before gave up may reach the server only now.
    const key = cacheKey({ symbol: 'ETHUSDT', interval: '1h', date: '2024-01-10' });
    const errors = await Promise.all(Array.from({ length: 10 }, () => failing(one.fetch(key))));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['E_BANNED']));
    const sent = server.count('ETHUSDT');
    expect(sent === 1 || sent === 2).toBe(true);
  });

  it('asks no more than so many at a time', async () => {
    let under = 0;
    let most = 0;
    const one = client({
      concurrency: 3,
      fetch: async (input, init) => {
        most = Math.max(most, ++under);
        await new Promise((done) => setTimeout(done, 2));
        under--;
        return globalThis.fetch(input, init);
      },
    });
    const dates = Array.from({ length: 12 }, (_, day) => `2024-01-${String(day + 1).padStart(2, '0')}`);
    await Promise.all(dates.map((date) => one.fetch(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date }))));
    expect(most).toBe(3);
  });

  it('lets as many requests as there are hear one signal, where Node would warn of a leak from ten on', async () => {
    const [usual, chosen] = [new AbortController().signal, new AbortController().signal];
    setMaxListeners(30, chosen);
    const dates = Array.from({ length: 28 }, (_, day) => `2024-01-${String(day + 1).padStart(2, '0')}`);
    for (const signal of [usual, chosen]) {
      const one = client({ concurrency: 20, timeouts: { headersMs: 60_000 } });
      await Promise.all(
        dates.map((date) => one.fetch(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date }), { signal })),
      );
    }
    expect(getMaxListeners(usual)).toBeGreaterThan(1000);
    expect(getMaxListeners(chosen)).toBe(30);
    expect(getEventListeners(usual, 'abort')).toEqual([]);
  });
});
