import { describe, expect, it } from '@jest/globals';
import { type Catalog, BINANCE, createCatalog, defineDataset, spanOf } from '@vision-cache/cache-keys';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { StoredFacts } from '../contract/entry-facts.ts';
import { klinesKey } from '../rows.fixture.ts';
import { decodeEntry } from '../decode.ts';
import { encodeEntry } from './encode-entry.ts';
import { metadataOf } from './metadata.ts';
import { storedSchema } from './open-entry.ts';

const key = klinesKey({ interval: '1d' });
const open = spanOf(key.date).start;
const facts: StoredFacts = {
  state: 'complete',
  rows: 1,
  first: open,
  last: open,
  spans: [spanOf(key.date)],
  holes: [],
  source: 'vision',
  missingColumns: [],
  contributions: [],
};
const f64 = (value: number) => Float64Array.of(value);
const columns = {
  open_time: BigInt64Array.of(open),
  open: f64(1),
  high: f64(4),
  low: f64(0.5),
  close: f64(2),
  volume: f64(8),
  close_time: BigInt64Array.of(open + 86_400_000_000n - 1n),
  quote_volume: f64(16),
  count: BigInt64Array.of(3n),
  taker_buy_volume: f64(2),
  taker_buy_quote_volume: f64(4),
};
const path = 'binance/spot/klines/daily/BTCUSDT/1d/2024-01-01.arrow';

describe('the test vectors of docs/format.md', () => {
  const { parts, sha256, crc32: crc } = encodeEntry(storedSchema(BINANCE.datasetOf('binance/spot/klines')), 1, columns, metadataOf(path, facts)); // prettier-ignore
  const bytes = Buffer.concat(parts);
  const vectors = {
    size: bytes.length,
    'body at': parts[0]!.length,
    'tail at': bytes.length - parts[parts.length - 1]!.length,
    'seal crc32': crc,
    'seal sha256': sha256,
    'sha256 of the whole file': createHash('sha256').update(bytes).digest('hex'),
    'first 192 bytes': bytes.subarray(0, 192).toString('hex').replace(/(.{64})/g, '$1\n').trim(), // prettier-ignore
  };

  it('are what is written', () => {
    expect(vectors).toMatchInlineSnapshot(`
     {
       "body at": 3136,
       "first 192 bytes": "4152524f57310000ffffffffb00900001000000000000a000b0008000a000400
     0a000000140000000400010000000a000c000000080004000a00000008000000
     30060000150000005c000000e00000001001000074010000a4010000e4010000
     240200005c020000b4020000e4020000180300004c03000084030000bc030000
     fc0300003804000070040000a0040000d80400000c0500004405000008000c00
     080004000800000008000000600000005600000063726333323a316365393961",
       "seal crc32": "1ce99a9e",
       "seal sha256": "153ae6f14a47924b19d79ff6db307d70baeb3c29258afd55a5ac1c80f81b79df",
       "sha256 of the whole file": "0e66aba24b5f6a9557dc0dd1578ce5bcebd05f0b991d4bf0650d7a6c17c077b4",
       "size": 6386,
       "tail at": 3840,
     }
    `);
    const doc = new URL('../../../../docs/format.md', import.meta.url);
    if (!existsSync(doc)) return;
    const text = readFileSync(doc, 'utf8');
    for (const value of Object.values(vectors)) expect(text).toContain(String(value));
  });

  it('have both seals where the page says', () => {
    const tailAt = vectors['tail at'];
    const seal = `crc32:${crc} sha256:${sha256}`;
    expect([bytes.readUInt32LE(68), bytes.readUInt32LE(tailAt + 64)]).toEqual([21, 21]);
    expect(bytes.toString('latin1', 180, 266)).toBe(seal);
    expect(bytes.toString('latin1', tailAt + 176, tailAt + 262)).toBe(seal);
    // As the page's own lines of Python do it.
    const blank = bytes.toString('latin1').replaceAll(/crc32:[0-9a-f]{8}( sha256:[0-9a-f]{64})/g, 'crc32:00000000$1');
    expect(crc32(Buffer.from(blank, 'latin1')).toString(16).padStart(8, '0')).toBe(crc);
    const empty = blank.replaceAll(/ sha256:[0-9a-f]{64}/g, ` sha256:${'0'.repeat(64)}`);
    expect(createHash('sha256').update(Buffer.from(empty, 'latin1')).digest('hex')).toBe(sha256);
  });

  it('are read again, and more metadata of a newer minor version is no hindrance', () => {
    expect(decodeEntry(bytes)).toMatchObject({ path, sha256, facts, batch: { numRows: 1, columns } });
    const more = metadataOf(path, facts).map(([name, value]) => [name, value === '1.1' ? '1.7' : value] as const);
    const newer = encodeEntry(storedSchema(BINANCE.datasetOf('binance/spot/klines')), 1, columns, [...more, ['vision-cache.mood', 'ünusual']]); // prettier-ignore
    expect(decodeEntry(Buffer.concat(newer.parts))).toMatchObject({ path, facts, batch: { columns } });
    const major = metadataOf(path, facts).map(([name, value]) => [name, value === '1.1' ? '2.0' : value] as const);
    const next = encodeEntry(storedSchema(BINANCE.datasetOf('binance/spot/klines')), 1, columns, major);
    expect(() => decodeEntry(Buffer.concat(next.parts))).toThrow(expect.objectContaining({ code: 'E_NEWER_FORMAT' }));
  });

  it('are those of one catalog: a dataset of the same name with other columns is refused', () => {
    const other: Catalog = createCatalog([
      defineDataset({
        exchange: 'binance',
        marketType: 'spot',
        dataNature: 'klines',
        published: { daily: ['1d'], monthly: [] },
        timeColumn: 'open_time',
        identity: ['open_time'],
        columns: { open_time: { type: 'timestamp', unit: 'us' }, close: { type: 'float64', unit: 'quote' } },
      }),
    ]);
    expect(() => decodeEntry(bytes, { catalog: other })).toThrow(expect.objectContaining({ code: 'E_SCHEMA' }));
  });
});
