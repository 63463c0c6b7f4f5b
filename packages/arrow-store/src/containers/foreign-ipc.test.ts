import { describe, expect, it } from '@jest/globals';
import { DATASETS, cachePath, legacyCachePath } from '@vision-cache/cache-keys';
import { Schema, Table, tableToIPC } from 'apache-arrow';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeLegacyKlines } from '../legacy/read-legacy.ts';
import { klinesKey } from '../rows.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { UnifiedCacheManager } from '../unified-cache-manager.ts';
import { type Columns, bars, floats, ipc, longs, pandasColumns } from './old-file.fixture.ts';

/** Where a field of a flatbuffers table stands; undefined if the table has none of it. */
function field(view: DataView, table: number, id: number): number | undefined {
  const vtable = table - view.getInt32(table, true);
  const offset = 4 + 2 * id < view.getUint16(vtable, true) ? view.getUint16(vtable + 4 + 2 * id, true) : 0;
  return offset === 0 ? undefined : table + offset;
}

const target = (view: DataView, reference: number): number => reference + view.getUint32(reference, true);

/** The table of the schema: in the first message of a stream, and in the footer of a file as apache-arrow writes it. */
function schemaOf(bytes: Uint8Array, format: 'file' | 'stream'): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const trailer = bytes.length - 10;
  if (format === 'stream') return target(view, field(view, target(view, 8), 2)!);
  return target(view, field(view, target(view, trailer - view.getInt32(trailer, true)), 1)!);
}

const ROOM = '-'.repeat(32);

/** A file with room in its schema for what is written into it later. */
function withRoom(columns: Columns, format: 'file' | 'stream'): Uint8Array {
  const { schema, batches } = new Table(columns);
  return tableToIPC(new Table(new Schema(schema.fields, new Map([['room', ROOM]])), batches), format);
}

/**
 * Lets the schema say that the bytes are big-endian. A number that is left out is 0, and the list of what a table has may
 * be shared with other tables: so there is a list of its own, and the number behind it.
 */
function saidBigEndian(plain: Uint8Array, format: 'file' | 'stream'): Uint8Array {
  const bytes = Buffer.from(plain);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const schema = schemaOf(bytes, format);
  const shared = schema - view.getInt32(schema, true);
  const own = Math.ceil(bytes.indexOf(ROOM, schema) / 2) * 2;
  const number = own + view.getUint16(shared, true);
  bytes.copy(bytes, own, shared, shared + view.getUint16(shared, true));
  view.setUint16(number, 1, true);
  view.setUint16(own + 4, number - schema, true);
  view.setInt32(schema, schema - own, true);
  return bytes;
}

/** Lets a column be of another type, by its number in Schema.fbs. */
function retyped(plain: Uint8Array, format: 'file' | 'stream', column: number, type: number): Uint8Array {
  const bytes = plain.slice();
  const view = new DataView(bytes.buffer);
  const fields = target(view, field(view, schemaOf(bytes, format), 1)!);
  bytes[field(view, target(view, fields + 4 + 4 * column), 2)!] = type;
  return bytes;
}

function swapped<T extends Float64Array | BigInt64Array>(values: T): T {
  const copy = values.slice() as T;
  Buffer.from(copy.buffer).swap64();
  return copy;
}

const of = bars();
const decode = (bytes: Uint8Array) =>
  decodeLegacyKlines(bytes, { dataset: DATASETS['binance/spot/klines'], interval: '1h' });
const bigEndian = (format: 'file' | 'stream') => {
  const { open, high, low, close, volume } = of;
  const numbers = Object.entries({ open, high, low, close, volume });
  const columns = Object.fromEntries(numbers.map(([name, values]) => [name, floats(swapped(values))]));
  return saidBigEndian(
    withRoom({ ...pandasColumns(of), ...columns, open_time: longs(swapped(of.time)) }, format),
    format,
  );
};

describe.each(['file', 'stream'] as const)('an Arrow %s of another machine or a newer format', (format) => {
  it('is refused by name where its numbers are big-endian, also where they pass for little-endian ones', () => {
    const big = { code: 'E_FORMAT', details: { found: 'big-endian' } };
    expect(() => decode(bigEndian(format))).toThrow(expect.objectContaining(big));
    const plain = withRoom(pandasColumns(of), format);
    expect(decode(plain).batch.numRows).toBe(24);
    expect(() => decode(saidBigEndian(plain, format))).toThrow(expect.objectContaining(big));
  });

  it.each([
    ['list view', 25],
    ['large list view', 26],
    ['run-end encoded', 22],
    ['binary view', 23],
    ['struct', 13],
    ['a type that does not exist', 99],
  ])('is refused where a column is of %s', (_, type) => {
    const code = expect.stringMatching(/^E_(FORMAT|SCHEMA)$/);
    const plain = ipc(pandasColumns(of), format);
    expect(decode(retyped(plain, format, 4, 3)).batch.numRows).toBe(24); // as it is: a float
    for (const column of [0, 4, 5]) {
      const bytes = retyped(plain, format, column, type);
      expect(() => decode(bytes)).toThrow(expect.objectContaining({ code }));
    }
  });
});

it('a big-endian old file is a miss that is told, and stays as it is', async () => {
  const root = tempRoot();
  const key = klinesKey();
  const file = join(root, legacyCachePath(key)!);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bigEndian('file'));
  const cache = new UnifiedCacheManager({ root });
  expect(await cache.load(key)).toBeUndefined();
  expect((await cache.loadMany([key])).entries).toEqual([undefined]);
  expect(cache.stats()).toMatchObject({ misses: 2, quarantined: 0, unsealed: 0 });
  expect(cache.stats().oldRefused).toBeGreaterThan(0);
  expect(readFileSync(file)).toEqual(Buffer.from(bigEndian('file')));
  // Under the new path it is no entry either.
  const under = join(root, cachePath(key));
  mkdirSync(dirname(under), { recursive: true });
  writeFileSync(under, bigEndian('file'));
  expect(await cache.load(key)).toBeUndefined();
  expect(cache.stats()).toMatchObject({ unsealed: 1, quarantined: 0 });
  removeTempRoots();
});
