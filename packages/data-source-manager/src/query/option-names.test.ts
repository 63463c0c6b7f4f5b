import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { DataSourceManager } from '../data-source-manager.ts';

const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-01-01', end: '2024-01-02' } as const;

/** What plain JavaScript may say. */
const loosely = (options: object): never => options as never;

describe('an option of the manager', () => {
  const { cache } = compose();
  it.each([
    [{ sorces: [] }, 'sorces', 'Is sources meant?'],
    [{ timeouts: { headersMs: 1 } }, 'timeouts', 'There are cache, sources,'],
    [{ sources: { fetch: () => undefined } }, 'sources', 'an array of sources'],
    [{ sources: [() => undefined] }, 'sources', 'an array of sources'],
    [{ cache: {} }, 'cache', 'a cache is expected'],
    [{ concurrency: 0 }, 'concurrency', 'from 1 on'],
    [{ concurrency: '8' }, 'concurrency', 'from 1 on'],
    [{ now: 5 }, 'now', 'a function'],
    [{ catalog: [] }, 'catalog', 'createCatalog()'],
    [{ rank: 'vision' }, 'rank', 'an array of names'],
    [{ revisions: 'a/file' }, 'revisions', 'append'],
  ])('that cannot be meant is refused by name: %j', (options, option, text) => {
    let error: unknown;
    try {
      new DataSourceManager(loosely({ cache, ...options }));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'E_OPTION', details: { option }, message: expect.stringContaining(text) });
  });
});

describe('an option of a request', () => {
  it.each([
    [{ strikt: false }, 'strikt', 'Is strict meant?'],
    [{ strict: 'no' }, 'strict', 'true or false'],
    [{ client: {} }, 'client', 'There are signal, columns,'],
    [{ columns: 'close' }, 'columns', 'an array of names'],
    [{ allow: 'no-data' }, 'allow', 'an array of names'],
    [{ signal: {} }, 'signal', 'an AbortSignal'],
    [{ onProgress: true }, 'onProgress', 'a function'],
    [{ mode: 'ofline' }, 'mode', 'fill, offline, refresh'],
  ])('that cannot be meant is refused by name: %j', async (options, option, text) => {
    const { manager, archive, rest } = compose();
    const expected = { code: 'E_OPTION', details: { option }, message: expect.stringContaining(text) };
    await expect(manager.getKlines(query, loosely(options))).rejects.toMatchObject(expected);
    await expect(manager.get({ ...query, dataNature: 'klines' }, loosely(options))).rejects.toMatchObject(expected);
    await expect(manager.segments(query, loosely(options)).next()).rejects.toMatchObject(expected);
    expect([archive.asked, rest.asked]).toEqual([[], []]);
  });

  it('is known by the call that takes it, and by no other', async () => {
    const { manager } = compose();
    const wrong = loosely({ maxAgeMs: 5 });
    const refused = { code: 'E_OPTION', details: { option: 'maxAgeMs' } };
    const open = { ...query, dataNature: 'klines' };
    for (const call of [
      () => manager.plan(open, wrong),
      () => manager.audit(open, wrong),
      () => manager.reconcile(open, wrong),
      () => manager.verifyAcross(query, '1h', '1d', wrong),
      () => manager.segments(query, loosely({ maxAgeMs: 5 })).next(),
    ]) {
      await expect(call()).rejects.toMatchObject(refused);
    }
    expect(() => manager.getMany([open], wrong)).toThrow('getMany() has no option "maxAgeMs"');
    await expect(manager.segments(query, { ahead: 0 }).next()).rejects.toMatchObject({ details: { option: 'ahead' } });
    await expect(manager.symbols({}, { maxAgeMs: -1 })).rejects.toMatchObject({ details: { option: 'maxAgeMs' } });
  });

  it('that is undefined is not given', async () => {
    const { manager } = compose();
    const options = { strict: undefined, mode: undefined, columns: undefined, signal: undefined };
    expect((await manager.getKlines(query, options)).batch.numRows).toBe(24);
  });
});
