import type { ColumnBatch, Dataset } from '@vision-cache/cache-keys';
import type { DataQualityReport } from '../contract/quality.ts';

/** What is odd about the rows of a file and yet no reason to leave them out; what does not occur is absent. */
export type Oddities = Pick<DataQualityReport, 'zeroQuantity' | 'constantFlag' | 'frozenBands' | 'missingBands'>;

/** A flag that is the same in fewer rows may be so by chance. */
const ROWS_OF_A_FLAG = 100;
/** A band that stands still for fewer snapshots may be that of a quiet book. */
const SNAPSHOTS_OF_A_BAND = 20;

/** About 80 snapshots. */
const ROWS_THAT_TELL = 1000;
/** The archive has 10 or 12; with more, the column is none of bands. */
const MOST_BANDS = 64;

/**
 * Counts them; one pass over the column that can be odd, and none where a dataset has no such column.
 * @param zerosAlready trades of quantity 0, where they have been counted
 */
export function countOddities(batch: ColumnBatch, dataset: Dataset, zerosAlready?: number): Oddities {
  const columns = batch.columns as Readonly<Record<string, unknown>>;
  const isTrades = 'is_buyer_maker' in dataset.columns;
  const quantity = (columns['quantity'] ?? columns['qty']) as Float64Array | undefined;
  const zeroQuantity = isTrades ? (zerosAlready ?? zeros(quantity)) : 0;
  const constantFlag = isTrades ? constantRows(columns['is_buyer_maker'] as Uint8Array | undefined) : 0;
  const isBook = 'percentage' in dataset.columns;
  const frozen = isBook ? frozenBands(columns) : 0;
  const missing = isBook ? missingBands(columns[dataset.timeColumn] as BigInt64Array, columns['percentage']) : 0;
  return {
    ...(zeroQuantity === 0 ? {} : { zeroQuantity }),
    ...(constantFlag === 0 ? {} : { constantFlag }),
    ...(frozen === 0 ? {} : { frozenBands: frozen }),
    ...(missing === 0 ? {} : { missingBands: missing }),
  };
}

function zeros(column: Float64Array | undefined): number {
  if (column === undefined) return 0;
  let count = 0;
  for (let row = 0; row < column.length; row++) if (column[row] === 0) count++;
  return count;
}

/** All rows where the flag is the same in each of many, and none otherwise. */
function constantRows(flag: Uint8Array | undefined): number {
  if (flag === undefined || flag.length < ROWS_OF_A_FLAG) return 0;
  const [first] = flag;
  for (let row = 1; row < flag.length; row++) if (flag[row] !== first) return 0;
  return flag.length;
}

/** How many bands bear one depth and notional in each of many snapshots. */
function frozenBands(columns: Readonly<Record<string, unknown>>): number {
  const percentage = columns['percentage'] as Float64Array;
  const depth = columns['depth'] as Float64Array;
  const notional = columns['notional'] as Float64Array;
  const bands: { at: number; depth: number; notional: number; snapshots: number; isFrozen: boolean }[] = [];
  let place = -1;
  for (let row = 0; row < percentage.length; row++) {
    // Where none stands still by then, none does all day.
    if (row === ROWS_THAT_TELL && !bands.some(({ isFrozen }) => isFrozen)) return 0;
    const at = percentage[row]!;
    // A snapshot has its bands in the order of the one before.
    place = place + 1 < bands.length ? place + 1 : 0;
    if (bands[place]?.at !== at) place = bands.findIndex((each) => each.at === at);
    const band = bands[place];
    if (band === undefined) {
      bands.push({ at, depth: depth[row]!, notional: notional[row]!, snapshots: 1, isFrozen: true });
      place = bands.length - 1;
      if (bands.length > MOST_BANDS) return 0;
      continue;
    }
    band.snapshots++;
    if (band.depth !== depth[row] || band.notional !== notional[row]) band.isFrozen = false;
  }
  return bands.filter(({ isFrozen, snapshots }) => isFrozen && snapshots >= SNAPSHOTS_OF_A_BAND).length;
}

/** How many rows the snapshots of a file lack, if each of them is to have every band of the file. */
function missingBands(times: BigInt64Array, column: unknown): number {
  const percentage = column as Float64Array;
  // Compared by their halves, since each bigint of a column costs an object.
  const halves = new Int32Array(times.buffer, times.byteOffset, times.length * 2);
  const bands: number[] = [];
  let snapshots = 0;
  let place = -1;
  for (let row = 0; row < percentage.length; row++) {
    const at = row * 2;
    if (row === 0 || halves[at] !== halves[at - 2] || halves[at + 1] !== halves[at - 1]) snapshots++;
    place = place + 1 < bands.length ? place + 1 : 0;
    if (bands[place] !== percentage[row]) place = bands.indexOf(percentage[row]!);
    if (place >= 0) continue;
    place = bands.push(percentage[row]!) - 1;
    if (bands.length > MOST_BANDS) return 0;
  }
  return snapshots * bands.length - percentage.length;
}
