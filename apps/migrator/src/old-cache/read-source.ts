import { hash } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type StoredFacts, decodeEntry } from '@vision-cache/arrow-store/decode';
import { type LegacyConflict, decodeLegacyKlines, legacyRowCount } from '@vision-cache/arrow-store/legacy';
import { BINANCE, type Dataset, type Interval, nextOpenTime, parseCachePath } from '@vision-cache/cache-keys';
import { readRegular } from '../disk/open-regular.ts';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { type TargetRows, splitRows } from './split-rows.ts';
import { storeErrorOf } from './store-errors.ts';

/** An old file's rows, cut to where they belong, with an account of every row. */
export interface SourceRows {
  readonly ok: true;
  readonly targets: readonly TargetRows[];
  readonly interval: Interval | undefined;
  readonly rowsIn: number;
  readonly duplicates: number;
  readonly conflicts: readonly LegacyConflict[];
  /** Rows of bars that were not finished when the file was written. */
  readonly unfinished: number;
  readonly missingColumns: readonly string[];
  readonly lossy: boolean;
  /** SHA-256 of the old file. */
  readonly sha256: string;
  /** Of a file that is in the new form already: where its rows came from, which it keeps. */
  readonly facts?: StoredFacts;
}

export interface RefusedSource {
  readonly ok: false;
  readonly reason: string;
  readonly message: string;
  /** Rows that the file says it has, where that can be told. */
  readonly rowsIn: number;
}

/**
 * Reads an old file for what it is to become. A refusal is a value; a disk that fails throws.
 * @throws what reading the file throws
 */
export function readSource(root: string, planned: PlannedFile): SourceRows | RefusedSource {
  return decodeSource(readRegular(join(root, planned.file)).bytes, planned);
}

/** The rows may be views of the bytes, which have to stay as they are while the rows are in use. */
export function decodeSource(bytes: Uint8Array, planned: PlannedFile): SourceRows | RefusedSource {
  const sha256 = hash('sha256', bytes);
  if (planned.sha256 !== undefined && planned.sha256 !== sha256) {
    const message = 'Its SHA-256 differs from the one in the old index.';
    return { ok: false, reason: 'index-checksum', message, rowsIn: legacyRowCount(bytes) ?? 0 };
  }
  try {
    if (planned.container === 'sealed') return decodeSealed(bytes, sha256);
    const dataset = datasetOf(planned);
    const interval = planned.intervals as readonly Interval[];
    const rows = decodeLegacyKlines(bytes, { dataset, interval, memory: 'shared' });
    const cut = cutUnfinished(rows.batch.columns.open_time as BigInt64Array, rows.interval, planned.changed);
    const batch = cut === rows.batch.numRows ? rows.batch : firstRows(rows.batch, cut);
    return {
      ok: true,
      targets: splitRows(batch, { dataset, symbol: planned.symbol, interval: rows.interval }),
      interval: rows.interval,
      rowsIn: rows.rowsRead,
      duplicates: rows.duplicates,
      conflicts: rows.conflicts,
      unfinished: rows.batch.numRows - cut,
      missingColumns: rows.missingColumns,
      lossy: rows.lossy,
      sha256,
    };
  } catch (error) {
    const known = storeErrorOf(error);
    if (known === undefined) throw error;
    return { ok: false, reason: known.found ?? known.code, message: known.message, rowsIn: legacyRowCount(bytes) ?? 0 };
  }
}

/** An entry of another root: its rows and what is known of them, every byte verified. */
function decodeSealed(bytes: Uint8Array, sha256: string): SourceRows {
  const { path, batch, facts } = decodeEntry(bytes, { crc32 });
  const key = parseCachePath(path);
  const target = { key, batch, spans: facts.spans, isWhole: facts.state !== 'partial' };
  const { missingColumns } = facts;
  const nothing = { duplicates: 0, conflicts: [], unfinished: 0, lossy: false };
  return {
    ok: true,
    targets: [target],
    interval: key.interval,
    rowsIn: batch.numRows,
    missingColumns,
    sha256,
    facts,
    ...nothing,
  };
}

function datasetOf({ market }: PlannedFile): Dataset {
  const found = BINANCE.datasets.find(({ marketType, dataNature }) => marketType === market && dataNature === 'klines');
  if (found === undefined) throw new TypeError(`no klines of ${market}`);
  return found;
}

/**
 * How many rows to take. A file that was written while its last bar was open holds that bar as it was then; only a
 * file time within that very bar tells so, because a copied file has a later time.
 */
export function cutUnfinished(times: BigInt64Array, interval: Interval, changed: number): number {
  const last = times.at(-1);
  if (last === undefined) return 0;
  const written = BigInt(changed) * 1000n;
  return written >= last && written < nextOpenTime(interval, last) ? times.length - 1 : times.length;
}

function firstRows<B extends { readonly numRows: number; readonly columns: object }>(batch: B, rows: number): B {
  const columns = Object.fromEntries(
    Object.entries(batch.columns as Record<string, Float64Array>).map(([name, column]) => [
      name,
      column.slice(0, rows),
    ]),
  );
  return { ...batch, numRows: rows, columns };
}
