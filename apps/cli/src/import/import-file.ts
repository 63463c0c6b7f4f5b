import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyCache } from '../contract/any-cache.ts';
import {
  type CacheKey,
  type Catalog,
  CHECKSUM_EXTENSION,
  type ColumnArray,
  type ColumnBatch,
  type Dataset,
  rowSpanOf,
  spanOf,
} from '@vision-cache/cache-keys';
import { decodeArchive, parseChecksumFile, parseCsv } from '@vision-cache/vision-client';
import { seriesName } from '../series/series-name.ts';
import { slice } from '../rows/read-rows.ts';
import { counted } from '../text/table.ts';
import { codeOf } from '../text/tell-error.ts';
import { keyOfFile } from './key-of-file.ts';

/** What became of a file. */
export type ImportRow =
  | {
      readonly file: string;
      readonly status: 'imported';
      readonly series: string;
      readonly date: string;
      readonly rows: number;
      readonly checksum: 'verified' | 'none';
      /** Rows that were there with other values: the cache keeps those of the source that it trusts more, else the new ones. */
      readonly conflicts: number;
      /** Rows of the file that are of another day or month, or came again with other values. */
      readonly leftOut: number;
    }
  | { readonly file: string; readonly status: 'refused'; readonly code: string; readonly reason: string };

export interface ImportOptions {
  /** The folder that is imported. */
  readonly folder: string;
  /** Of files whose path names no market. @default spot, where no folder speaks of another one */
  readonly market: string | undefined;
  readonly now: number;
}

/** Takes a zip of the archive, or a CSV in its form, into the cache; or says why not. */
export async function importFile(
  cache: AnyCache,
  catalog: Catalog,
  shown: string,
  { folder, market, now }: ImportOptions,
): Promise<ImportRow> {
  const path = join(folder, shown);
  const refused = (code: string, reason: string): ImportRow => ({ file: shown, status: 'refused', code, reason });
  try {
    const found = keyOfFile({ folder, file: shown, market });
    if (!('key' in found)) return refused(found.code, found.reason);
    const { key } = found;
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const isZip = path.endsWith('.zip');
    const checksum = isZip ? checksumOf(`${path}${CHECKSUM_EXTENSION}`) : undefined;
    if (checksum !== undefined && checksum !== sha256)
      return refused('E_CHECKSUM_MISMATCH', `its SHA-256 is ${sha256}, its CHECKSUM says ${checksum}`);
    const { batch, quality } = isZip ? await decodeArchive(bytes, key, { mode: 'strict' }) : parseCsv(bytes, key);
    const dataset: Dataset = catalog.datasetOf(key);
    const source = { source: 'import', ...(isZip ? { sourceSha256: sha256 } : {}), asOf: now };
    const items = catalog.homeKeys(key).flatMap((home) => {
      const part = rowsOf(dataset, batch, home.packagingFrequency === 'daily' ? home : key);
      if (part.numRows === 0) return [];
      return [
        {
          key: home,
          batch: part,
          facts:
            home.date.length > key.date.length || home.date === key.date
              ? source
              : { ...source, spans: [spanOf(key.date)] },
        },
      ];
    });
    const results = await cache.saveMany(items);
    const conflicts = new Set(results.flatMap((result) => result.conflicts.map(({ time }) => time))).size;
    const series = seriesName({ ...key, packagingFrequency: catalog.homeFrequency(dataset, key.interval) });
    return {
      file: shown,
      status: 'imported',
      series,
      date: key.date,
      rows: batch.numRows,
      checksum: checksum === undefined ? 'none' : 'verified',
      conflicts,
      leftOut: quality.otherDay + quality.conflicts,
    };
  } catch (error) {
    const code = codeOf(error);
    // The disk's own trouble is none of the file's.
    if (code === undefined || code === 'E_NO_SPACE' || code === 'E_READ_ONLY' || code === 'E_ABORTED') throw error;
    return refused(code, error instanceof Error ? error.message : String(error));
  }
}

/** What a user has to know of a file that was taken in. */
export function importWarnings({ conflicts, leftOut }: ImportRow & { readonly status: 'imported' }): string[] {
  return [
    ...(conflicts === 0 ? [] : [`the cache had other values for ${counted(conflicts, 'row')}`]),
    ...(leftOut === 0 ? [] : [`${counted(leftOut, 'row')} of another day or month, or there before, left out`]),
  ];
}

function checksumOf(path: string): string | undefined {
  try {
    return parseChecksumFile(readFileSync(path, 'utf8')).sha256;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The rows that belong to a key's day or month. */
function rowsOf(dataset: Dataset, batch: ColumnBatch, { date }: CacheKey): ColumnBatch {
  const columns = batch.columns as Readonly<Record<string, ColumnArray>>;
  const times = columns[dataset.timeColumn] as BigInt64Array;
  const { start, end } = rowSpanOf(dataset, date);
  // A row that bears the end of its day is that day's, and not also the next one's.
  const first = start === spanOf(date).start && rowSpanOf(dataset, date).end > spanOf(date).end ? start + 1n : start;
  const rows = slice({ numRows: batch.numRows, columns }, place(times, first), place(times, end));
  return { dataset: batch.dataset, ...rows };
}

/** The first row that is not before an instant. */
function place(times: BigInt64Array, instant: bigint): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
