import { afterEach, describe, expect, it } from '@jest/globals';
import { type ColumnBatch, DATASETS, type Dataset, expectedOpenTimes, storedColumns } from '@vision-cache/cache-keys';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RowsOfColumns, writeParquet } from './parquet.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';

afterEach(removeTempRoots);

const DAY = 86_400_000_000n;
const FIRST = 1_704_067_200_000_000n;

/** A day of bars of a minute, of which every number is told by its place. */
function day(number: number): RowsOfColumns {
  const start = FIRST + BigInt(number) * DAY;
  const open_time = expectedOpenTimes('1m', start, start + DAY);
  const columns: Record<string, Float64Array | BigInt64Array> = {};
  for (const name of storedColumns(DATASETS['binance/spot/klines']))
    columns[name] = Float64Array.from(open_time, (_, row) => number * 10_000 + row + name.length / 100);
  columns['open_time'] = open_time;
  columns['close_time'] = open_time.map((time) => time + 59_999_999n);
  columns['count'] = open_time.map((_, row) => BigInt(row * 7));
  return { numRows: 1440, columns };
}

const klines: Dataset = DATASETS['binance/spot/klines'];

const MICROSECONDS = { timestampFromMicroseconds: (micros: bigint) => micros } as never;

async function readBack(path: string) {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const rows = await parquetReadObjects({
    file,
    // The instants as they lie in the file: a Date has no microseconds.
    parsers: MICROSECONDS,
  });
  return { metadata, rows };
}

describe(writeParquet, () => {
  it('gives every value back, times in microseconds UTC, nothing optional', async () => {
    const path = join(tempRoot(), 'a.parquet');
    const days = [day(0), day(1)];
    const report = await writeParquet(path, days, klines, { metadata: { series: 'BTCUSDT/1m' } });
    expect(report).toMatchObject({ rows: 2880, rowGroups: 1 });
    const { metadata, rows } = await readBack(path);
    expect(rows).toHaveLength(2880);
    for (const name of storedColumns(klines)) {
      const expected = days.flatMap(({ columns }) => Array.from(columns[name] as ArrayLike<unknown>));
      expect(rows.map((row): unknown => row[name])).toEqual(expected);
    }
    const [, ...columns] = metadata.schema;
    expect(columns.map(({ name, type, repetition_type: r }) => [name, type, r])).toEqual(
      storedColumns(klines).map((name) => {
        const type = klines.columns[name]!.type === 'float64' ? 'DOUBLE' : 'INT64';
        return [name, type, 'REQUIRED'];
      }),
    );
    expect(columns[0]!.logical_type).toEqual({ type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' });
    expect(metadata.key_value_metadata).toEqual([{ key: 'series', value: 'BTCUSDT/1m' }]);
  });

  it('makes row groups of whole days with 100,000 rows at least, each with the least and greatest of every column', async () => {
    const path = join(tempRoot(), 'a.parquet');
    await writeParquet(
      path,
      Array.from({ length: 80 }, (_, number) => day(number)),
      klines,
    );
    const { metadata } = await readBack(path);
    expect(metadata.row_groups.map(({ num_rows: rows }) => Number(rows))).toEqual([70 * 1440, 10 * 1440]);
    const { statistics } = metadata.row_groups[1]!.columns[1]!.meta_data!;
    expect(statistics).toMatchObject({ min_value: 700_000.04, max_value: 791_439.04, null_count: 0n });
    for (const { columns } of metadata.row_groups)
      for (const { meta_data: column } of columns) expect(column!.statistics?.max_value).toBeDefined();
  });

  it('takes booleans, text and numbers that are absent', async () => {
    const path = join(tempRoot(), 'a.parquet');
    const dataset: Dataset = DATASETS['binance/spot/trades'];
    const columns = {
      id: BigInt64Array.of(1n, 2n, 2n ** 60n),
      price: Float64Array.of(NaN, -0, 1e-9),
      qty: Float64Array.of(NaN, NaN, NaN),
      quote_qty: Float64Array.of(1, Infinity, 3),
      time: BigInt64Array.of(FIRST, FIRST + 1n, FIRST + 2n),
      is_buyer_maker: Uint8Array.of(1, 0, 1),
      is_best_match: Uint8Array.of(0, 0, 1),
    };
    await writeParquet(path, [{ numRows: 3, columns }], dataset);
    const { rows, metadata } = await readBack(path);
    expect(rows.map(({ id, price, is_buyer_maker: maker }): unknown => [id, price, maker])).toEqual([
      [1n, NaN, true],
      [2n, -0, false],
      [2n ** 60n, 1e-9, true],
    ]);
    expect(metadata.row_groups[0]!.columns[2]!.meta_data!.statistics).toEqual({ null_count: 0n });
  });

  it('writes the same rows as the same bytes, and only the columns that are asked for', async () => {
    const root = tempRoot();
    const [a, b] = [join(root, 'a.parquet'), join(root, 'b.parquet')];
    await writeParquet(a, [day(0)], klines, { columns: ['close', 'open_time'] });
    await writeParquet(b, [day(0)], klines, { columns: ['close', 'open_time'] });
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
    expect(Object.keys((await readBack(a)).rows[0]!)).toEqual(['close', 'open_time']);
    await expect(writeParquet(a, [], klines, { columns: ['clsoe'] })).rejects.toMatchObject({ code: 'E_SCHEMA' });
  });

  it('leaves what was there, and nothing else, when the rows end in an error', async () => {
    const root = tempRoot();
    const path = join(root, 'a.parquet');
    writeFileSync(path, 'before');
    async function* failing(): AsyncGenerator<RowsOfColumns> {
      yield day(0);
      await Promise.reject(new Error('the rest is damaged'));
    }
    await expect(writeParquet(path, failing(), klines, { rowGroupRows: 1 })).rejects.toThrow('the rest is damaged');
    expect(readdirSync(root)).toEqual(['a.parquet']);
    expect(readFileSync(path, 'utf8')).toBe('before');
  });

  it('says with a code what the system refused', async () => {
    const root = tempRoot();
    mkdirSync(join(root, 'a.parquet'));
    await expect(writeParquet(join(root, 'a.parquet'), [day(0)], klines)).rejects.toMatchObject({ code: 'E_IO' });
    expect(readdirSync(root)).toEqual(['a.parquet']);
  });

  it('writes rows of a batch of the store as they are', async () => {
    const path = join(tempRoot(), 'a.parquet');
    const batch = { dataset: klines.id, ...day(3) } as unknown as ColumnBatch;
    expect((await writeParquet(path, [batch as never], klines)).rows).toBe(1440);
  });
});
