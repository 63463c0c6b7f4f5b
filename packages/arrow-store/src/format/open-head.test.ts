import { BINANCE, type CacheKey, cacheKey, cachePath } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32Zlib } from '../frame/crc32-zlib.ts';
import { headLength } from '../frame/frame-reader.ts';
import { anyRows, bars, klinesKey } from '../rows.fixture.ts';
import { checkRows } from '../write/check-rows.ts';
import { prepareNew } from '../write/prepare-entry.ts';
import { openBytes } from './decode-entry.ts';
import { openHead, stretchOf, verifyColumn } from './open-head.ts';

const trades = cacheKey({ marketType: 'um', dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' });
const texts = cacheKey({ marketType: 'option', dataNature: 'EOHSummary', symbol: 'BTCUSDT', date: '2023-06-01' });
const file = (key: CacheKey, rows: number): Uint8Array => {
  const batch = key.dataNature === 'klines' ? bars(key) : anyRows(key, rows);
  const checked = checkRows(BINANCE, key, batch, { source: 'vision', asOf: '2026-01-01' }, cachePath(key));
  return Buffer.concat(prepareNew(checked, BINANCE.sourceRank).encoded.parts);
};

describe('an entry by its head alone', () => {
  it.each<readonly [string, CacheKey, number]>([
    ['klines', klinesKey(), 24],
    ['flags', trades, 37],
    ['no row', trades, 0],
    ['texts', texts, 24],
  ])('is the entry that the whole file is, of %s', (_, key, rows) => {
    const bytes = file(key, rows);
    const wanted = { path: cachePath(key), key };
    const entry = openHead(bytes.subarray(0, headLength(bytes)), bytes.length, BINANCE, crc32Zlib, 'f', wanted)!;
    expect(entry).toEqual(openBytes(bytes, BINANCE, crc32Zlib, 'f', wanted));
    for (const place of entry.layout.columns) {
      const { start, end } = stretchOf(place);
      const column = bytes.slice(entry.bodyAt + start, entry.bodyAt + end);
      verifyColumn(entry, place, column, crc32Zlib, 'f');
      if (column.length === 0) continue;
      column[column.length >> 1]! ^= 1;
      expect(() => verifyColumn(entry, place, column, crc32Zlib, 'f')).toThrow(expect.objectContaining({ code: 'E_INTEGRITY' })); // prettier-ignore
    }
  });

  it('is refused when any byte of the head or the size is another', () => {
    const key = klinesKey();
    const bytes = file(key, 24);
    const head = bytes.slice(0, headLength(bytes));
    const open = (size = bytes.length) => openHead(head, size, BINANCE, crc32Zlib, 'f', { path: cachePath(key), key });
    expect(open()).toBeDefined();
    expect(() => open(bytes.length + 8)).toThrow(expect.objectContaining({ code: 'E_INTEGRITY' }));
    const codes = new Set<unknown>();
    for (let at = 0; at < head.length; at++) {
      head[at]! ^= 4;
      try {
        expect(open()).toBeUndefined(); // An empty list of CRCs reads as format 1.0: then the whole file is read.
        codes.add('whole');
      } catch (error) {
        codes.add((error as { code?: string }).code);
      }
      head[at]! ^= 4;
    }
    for (const code of codes) expect(['E_INTEGRITY', 'E_FORMAT', 'E_KEY_MISMATCH', 'E_NEWER_FORMAT', 'E_UNSEALED', 'whole']).toContain(code); // prettier-ignore
  });

  it('is not known of a file of format 1.0', () => {
    const root = fileURLToPath(new URL('__fixtures__/format-1.0/cache', import.meta.url));
    const answers = JSON.parse(readFileSync(join(root, '../answers.json'), 'utf8')) as { path: string; facts?: { layout?: string } }[]; // prettier-ignore
    const { path } = answers.find(({ facts }) => facts?.layout === 'new')!;
    const bytes = readFileSync(join(root, path));
    expect(
      openHead(bytes.subarray(0, headLength(bytes)), bytes.length, BINANCE, crc32Zlib, 'f', undefined),
    ).toBeUndefined();
  });
});
