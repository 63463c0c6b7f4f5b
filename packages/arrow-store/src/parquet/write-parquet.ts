import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Dataset } from '@vision-cache/cache-keys';
import type { ParquetWriter } from 'hyparquet-writer';
import { storeError } from '../disk/system-error.ts';
import { parquetColumns, schemaOf, sourceOf, statisticsOf } from './parquet-schema.ts';
import { rowGroups, type RowsOfColumns } from './row-groups.ts';

export interface ParquetOptions {
  /** Names of the columns, in their order. @default all that are stored */
  readonly columns?: readonly string[] | undefined;
  /** A row group has at least so many rows, of whole batches; the last may have fewer. @default 100_000 */
  readonly rowGroupRows?: number | undefined;
  /** Told in the file's key-value metadata. @default none */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** What was written. */
export interface ParquetReport {
  readonly rows: number;
  readonly bytes: number;
  readonly rowGroups: number;
}

/**
 * Writes rows to a Parquet file, a row group at a time, in memory that does not grow with it: explicit types, times in
 * microseconds UTC, statistics, Snappy. The file appears under its name when all of it is on the disk, in place of one
 * that is there; the same rows give the same bytes. `hyparquet-writer` has to be installed beside this package.
 * @param batches In the order of time, a day or month each: a row group has whole ones.
 * @throws {ArrowStoreError} `E_SCHEMA` for a column that is none, or what the system said.
 * @example
 * const { rows } = await writeParquet('btc.parquet', cache.batches(keys), DATASETS['binance/spot/klines']);
 */
export async function writeParquet(
  path: string,
  batches: AsyncIterable<RowsOfColumns> | Iterable<RowsOfColumns>,
  dataset: Dataset,
  { columns: names, rowGroupRows = 100_000, metadata = {} }: ParquetOptions = {},
): Promise<ParquetReport> {
  const columns = parquetColumns(dataset, names);
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const target = resolve(path);
  // A name that no scan of a folder takes for data, on the same file system.
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = attempt(target, 'open', () => {
    mkdirSync(dirname(target), { recursive: true });
    return openSync(temporary, 'wx');
  });
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  try {
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({
      writer: bytes,
      schema: schemaOf(columns),
      createdBy: 'vision-cache',
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
    const flush = (): void => {
      attempt(target, 'write', () => writeAll(file, bytes.getBytes()));
      bytes.index = 0;
    };
    let rows = 0;
    for await (const group of rowGroups(
      batches,
      columns.map(({ name }) => name),
      rowGroupRows,
    )) {
      writeGroup(writer, columns, group);
      rows += group.numRows;
      flush();
    }
    await writer.finish();
    flush();
    attempt(target, 'fsync', () => fsyncSync(file));
    close();
    attempt(target, 'rename', () => renameSync(temporary, target));
    return { rows, bytes: statSync(target).size, rowGroups: writer.row_groups.length };
  } finally {
    close();
    rmSync(temporary, { force: true });
  }
}

function writeGroup(writer: ParquetWriter, columns: ReturnType<typeof parquetColumns>, group: RowsOfColumns): void {
  const columnData = columns.map((column) => sourceOf(column, group.columns[column.name]!));
  void writer.write({ columnData, rowGroupSize: group.numRows });
  const written = writer.row_groups.at(-1)!;
  columns.forEach((column, index) => {
    const statistics = statisticsOf(column, group.columns[column.name]!);
    if (statistics !== undefined) written.columns[index]!.meta_data!.statistics = statistics;
  });
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

function attempt<T>(path: string, operation: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error, { path, operation });
  }
}
