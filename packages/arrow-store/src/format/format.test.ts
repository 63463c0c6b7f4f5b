import { describe, expect, it } from '@jest/globals';
import {
  BINANCE,
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  cacheKey,
  cachePath,
  spanOf,
} from '@vision-cache/cache-keys';
import { tableFromIPC } from 'apache-arrow';
import { createHash } from 'node:crypto';
import type { StoredFacts } from '../contract/entry-facts.ts';
import { anyRows, bars, klinesKey } from '../rows.fixture.ts';
import { crc32Table } from '../frame/crc32-table.ts';
import { crc32Zlib } from '../frame/crc32-zlib.ts';
import { decodeWith } from './decode-entry.ts';
import { encodeEntry } from './encode-entry.ts';
import { metadataOf } from './metadata.ts';
import { storedSchema } from './open-entry.ts';

function factsOf(key: CacheKey, batch: ColumnBatch, more: Partial<StoredFacts> = {}): StoredFacts {
  return {
    state: 'complete',
    rows: batch.numRows,
    first: undefined,
    last: undefined,
    spans: [spanOf(key.date)],
    holes: [],
    source: 'vision',
    missingColumns: [],
    contributions: [],
    ...more,
  };
}

function encode(key: CacheKey, batch: ColumnBatch, more: Partial<StoredFacts> = {}): Uint8Array {
  const dataset: Dataset = BINANCE.datasetOf(key);
  const metadata = metadataOf(cachePath(key), factsOf(key, batch, more));
  return Buffer.concat(encodeEntry(storedSchema(dataset), batch.numRows, batch.columns, metadata).parts);
}

describe('the file format', () => {
  it('gives every dataset back as it was written', () => {
    for (const dataset of BINANCE.datasets as readonly Dataset[]) {
      const frequency = dataset.published.daily.length > 0 ? 'daily' : 'monthly';
      const interval = dataset.published[frequency][0];
      const key = cacheKey({ ...dataset, packagingFrequency: frequency, interval, symbol: 'BTCUSDT', date: '2024-01-01' } as never) as CacheKey; // prettier-ignore
      for (const rows of [0, 1, 8, 9, 65]) {
        const batch = anyRows(key, rows);
        const decoded = decodeWith(encode(key, batch), crc32Zlib, {});
        expect(decoded.batch).toEqual(batch);
        expect(decoded.path).toBe(cachePath(key));
      }
    }
  });

  it('is read by apache-arrow, with its types and metadata', () => {
    const key = klinesKey({ interval: '1m' });
    const batch = bars(key);
    const table = tableFromIPC(encode(key, batch));
    expect(table.numRows).toBe(1440);
    expect(table.batches).toHaveLength(1);
    expect(
      table.schema.fields.map(({ name, type, nullable }) => `${name} ${String(type)} ${String(nullable)}`),
    ).toEqual([
      'open_time Timestamp<MICROSECOND, UTC> false',
      ...['open', 'high', 'low', 'close', 'volume'].map((name) => `${name} Float64 false`),
      'close_time Timestamp<MICROSECOND, UTC> false',
      'quote_volume Float64 false',
      'count Int64 false',
      'taker_buy_volume Float64 false',
      'taker_buy_quote_volume Float64 false',
    ]);
    expect(table.getChild('close')!.toArray()).toEqual(batch.columns.close);
    expect(table.schema.metadata.get('vision-cache.path')).toBe(cachePath(key));
  });

  it('refuses an entry that is larger than any that is read, before it looks at a row', () => {
    const key = klinesKey();
    const metadata = metadataOf(cachePath(key), factsOf(key, bars(key)));
    const encodeMany = () => encodeEntry(storedSchema(BINANCE.datasetOf(key)), 25_000_000, {}, metadata);
    expect(encodeMany).toThrow(expect.objectContaining({ code: 'E_TOO_LARGE', message: expect.stringContaining(cachePath(key)) })); // prettier-ignore
  });

  it('has one implementation of CRC-32 for browsers that agrees with zlib', () => {
    for (let length = 0; length < 100; length++) {
      const bytes = createHash('shake256', { outputLength: length + 1 })
        .update(`${length}`)
        .digest()
        .subarray(1);
      expect(crc32Table(bytes, 77)).toBe(crc32Zlib(bytes, 77));
    }
  });
});
