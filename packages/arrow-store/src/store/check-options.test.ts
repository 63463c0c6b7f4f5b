import { afterEach, describe, expect, it } from '@jest/globals';
import { BINANCE, spanOf } from '@vision-cache/cache-keys';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readArrowFile, writeArrowFile } from '../arrow-file.ts';
import { readLegacyKlines } from '../legacy.ts';
import { acquireRoot } from '../leases/root-lease.ts';
import { rootCatalog } from '../read/root-catalog.ts';
import { bars, fromRest, klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { repack } from '../upkeep/repack.ts';
import type { UnifiedCacheManagerOptions } from '../manager-options.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';

afterEach(removeTempRoots);

const key = klinesKey();
const { start, end } = spanOf(key.date);
const refused = (option: string, message = '') =>
  expect.objectContaining({ name: 'ArrowStoreError', code: 'E_OPTION', details: expect.objectContaining({ option }), message: expect.stringContaining(message) }); // prettier-ignore

describe('a root', () => {
  it.each(['', '  ', undefined, null, 5, '~', '~/cache', 'file:///tmp/x', 'file:x', 'https://x.test/y', 'a\0b', new URL('https://x.test/'), {}])(
    'is not %p',
    (root) => {
      const options = { root } as UnifiedCacheManagerOptions;
      expect(() => new UnifiedCacheManager(options)).toThrow(refused('root', 'root must be'));
      expect(() => acquireRoot(root as string, { purpose: 'x' })).toThrow(refused('root'));
      expect(() => rootCatalog(root as string)).toThrow(refused('root'));
    },
  ); // prettier-ignore

  it('is a path or a file: URL', async () => {
    const root = join(tempRoot(), 'a cache~1');
    expect(new UnifiedCacheManager({ root: './~x' }).root).toBe(resolve('~x'));
    const cache = new UnifiedCacheManager({ root: pathToFileURL(root) });
    expect(cache.root).toBe(root);
    await cache.init();
    expect(readdirSync(root)).toContain('CACHEDIR.TAG');
    expect(new UnifiedCacheManager({ root: 'C:' }).root).toBe(resolve('C:'));
  });
});

describe('options that plain JavaScript hands in', () => {
  it.each<readonly [string, unknown, string, string]>([
    ['a name with a letter too few', { durabilty: 'none' }, 'durabilty', 'Is durability meant?'],
    ['a name that there is not', { ttl: 5 }, 'ttl', 'There are root, readLegacy'],
    ['another durability', { durability: 'fast' }, 'durability', '"none" or "entry" or "group"'],
    ['another word for off', { readLegacy: 'no' }, 'readLegacy', '"fallback" or "off"'],
    ['a boolean', { verify: true }, 'verify', 'is true'.slice(3)],
    ['no function', { now: 5 }, 'now', 'a function'],
    ['no number', { leaseTimeoutMs: '5' }, 'leaseTimeoutMs', 'a number from 0 on'],
    ['no time', { fetchSilenceMs: Number.NaN }, 'fetchSilenceMs', 'a number from 0 on'],
    ['no catalog', { catalog: {} }, 'catalog', 'createCatalog()'],
    ['a name of every object', { toString: 1 }, 'toString', 'no option'],
  ])('of the manager are refused by name: %s', (_, options, option, message) => {
    const all = { root: './x', ...(options as object) };
    expect(() => new UnifiedCacheManager(all)).toThrow(refused(option, message));
  });

  it('of the manager are to be an object', () => {
    for (const options of [undefined, null, './data', [], 5]) {
      expect(() => new UnifiedCacheManager(options as never)).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
    }
    expect(() => new UnifiedCacheManager({ root: './x', durability: undefined } as never)).not.toThrow();
  });

  it('of its methods are refused by name', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const wrong = (options: object) => options as never;
    const calls: readonly (readonly [string, Promise<unknown>])[] = [
      ['column', cache.load(key, wrong({ column: ['close'] }))],
      ['columns', cache.load(key, wrong({ columns: 'close' }))],
      ['columns', cache.loadMany([key], wrong({ columns: [1] }))],
      ['uncounted', cache.loadMany([key], wrong({ uncounted: 'yes' }))],
      ['signal', cache.coverage([key], wrong({ signal: new AbortController() }))],
      ['timeout', cache.lease(key, wrong({ timeout: 5 }))],
      ['durability', cache.save(key, bars(key), fromRest, wrong({ durability: 'disk' }))],
      ['durabilty', cache.saveMany([], wrong({ durabilty: 'none' }))],
    ];
    for (const [option, call] of calls) await expect(call).rejects.toEqual(refused(option));
    expect(readdirSync(cache.root)).toEqual([]);
  });
});

describe('options of a repack and of many symbols', () => {
  it('are refused by name', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    await expect(cache.loadSeries([key], { colums: [] } as never)).rejects.toEqual(refused('colums', 'columns'));
    const first = (options: object) => repack({ root: cache.root, monthly: [], ...options }).next();
    await expect(first({ dryrun: true })).rejects.toEqual(refused('dryrun', 'dryRun'));
    await expect(first({ monthly: '1d' })).rejects.toEqual(refused('monthly'));
    expect(() => new UnifiedCacheManager({ root: cache.root, fileSystem: {} as never })).toThrow(refused('fileSystem'));
  });
});

describe('options of the functions for one file', () => {
  it('are refused by name', async () => {
    const file = join(tempRoot(), 'x.arrow');
    const wrong = (options: object) => options as never;
    await expect(readArrowFile(file, wrong({ column: [] }))).rejects.toEqual(refused('column'));
    await expect(writeArrowFile(file, bars(key), fromRest, wrong({ durability: 'fast' }))).rejects.toEqual(refused('durability')); // prettier-ignore
    const dataset = BINANCE.datasetOf(key);
    await expect(readLegacyKlines(file, wrong({ dataset, maxMemory: 5 }))).rejects.toEqual(refused('maxMemory', 'Is maxMemoryMb meant?')); // prettier-ignore
    await expect(readLegacyKlines(file, wrong({ dataset, timeoutMs: -1 }))).rejects.toEqual(refused('timeoutMs'));
  });
});

describe('facts that plain JavaScript hands in', () => {
  const asked = [{ source: 'rest', object: 'x', outcome: 'no-rows' }];
  const hole = { start, end, kind: 'no-data' };
  it.each<readonly [string, unknown, string]>([
    ['no source', { source: ' ' }, 'source'],
    ['a time that is no bigint', { spans: [{ start: 1, end: 2 }] }, 'spans'],
    ['a span that ends before it starts', { spans: [{ start: end, end: start }] }, 'spans'],
    ['a failure as an answer', { holes: [{ ...hole, asked: [{ ...asked[0], outcome: 'failed' }] }] }, 'holes'],
    ['an object and a span', { holes: [{ ...hole, asked: [{ ...asked[0], span: hole }] }] }, 'holes'],
    ['neither of them', { holes: [{ ...hole, asked: [{ source: 'rest', outcome: 'no-rows' }] }] }, 'holes'],
    ['a date as an instant', { holes: [{ ...hole, believedUntil: new Date() }] }, 'holes'],
    ['ids that are numbers', { missingIds: [{ from: 1, to: 2 }] }, 'missingIds'],
    ['counts that are none', { quality: { duplicates: -1 } }, 'quality'],
    ['half a digest', { sourceDigest: { algorithm: 'md5', hex: 'abcd' } }, 'sourceDigest'],
    ['a name that there is not', { sorce: 'rest' }, 'sorce'],
  ])('are refused: %s', async (_, facts, option) => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const all = { ...fromRest, ...(facts as object) };
    await expect(cache.save(key, bars(key), all)).rejects.toEqual(refused(option));
    expect(readdirSync(cache.root)).toEqual([]);
  });

  it('of an absence are refused, and those of a stored entry are taken as they are', async () => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const absent = { source: 'rest', kind: 'no-data', evidence: '', askedAt: 1n, believedUntil: 2n };
    await expect(cache.saveAbsent(key, { ...absent, askedAt: 5 as never })).rejects.toEqual(refused('askedAt'));
    await expect(cache.saveAbsent(key, { ...absent, asked: [{}] as never })).rejects.toEqual(refused('asked'));
    const { facts } = await cache.save(key, bars(key), fromRest);
    const copy = new UnifiedCacheManager({ root: tempRoot() });
    expect((await copy.save(key, bars(key), { ...facts, asOf: '2026-01-01' })).facts).toEqual(facts);
  });
});
