import {
  type ColumnBatch,
  type Dataset,
  cachePath,
  contradicts,
  isoText,
  storedColumns,
} from '@vision-cache/cache-keys';
import type { ReportedConflict } from '../contract/outcome.ts';
import type { TargetRows } from '../old-cache/split-rows.ts';

/** Rows that stand somewhere already, and the columns that not all of them have. */
export interface StandingRows {
  readonly batch: ColumnBatch;
  readonly missingColumns: ReadonlySet<string>;
}

export type Comparison =
  | { readonly kind: 'equal' }
  | { readonly kind: 'adds' }
  | { readonly kind: 'conflict'; readonly conflicts: readonly ReportedConflict[] };

export interface Incoming {
  readonly target: TargetRows;
  readonly missingColumns: readonly string[];
  readonly lossy: boolean;
}

/** At most so many conflicts of a file are told one by one. */
const MOST_TOLD = 20;

/**
 * Whether an entry holds all of an old file's rows, lacks some, or has others for the same times. What one side never had
 * is not compared; close times of old files were computed, and contradict none; rows of 32 bits are equal where they round so.
 */
export function compareRows(standing: StandingRows, incoming: Incoming, dataset: Dataset): Comparison {
  const { batch, key } = incoming.target;
  const ours = batch.columns[dataset.timeColumn] as BigInt64Array;
  const theirs = standing.batch.columns[dataset.timeColumn] as BigInt64Array;
  const unsaid = new Set([...incoming.missingColumns, ...standing.missingColumns, dataset.timeColumn]);
  const compared = storedColumns(dataset).filter((name) => !unsaid.has(name));
  if (unsaid.size === 1 && isSame([dataset.timeColumn, ...compared], standing.batch, batch)) return { kind: 'equal' };
  const conflicts: ReportedConflict[] = [];
  let absent = 0;
  for (let row = 0, at = 0; row < ours.length; row++) {
    while (at < theirs.length && theirs[at]! < ours[row]!) at++;
    if (theirs[at] !== ours[row]) {
      absent += 1;
      continue;
    }
    for (const name of compared) {
      const kept = (standing.batch.columns[name] as Float64Array | BigInt64Array)[at]!;
      const dropped = (batch.columns[name] as Float64Array | BigInt64Array)[row]!;
      if (!contradicts({ dataset, interval: key.interval, time: ours[row]! }, name, kept, dropped)) continue;
      if (incoming.lossy && typeof kept === 'number' && Math.fround(kept) === dropped) continue;
      if (conflicts.length < MOST_TOLD)
        conflicts.push({ time: isoText(ours[row]!), column: name, kept: plain(kept), dropped: plain(dropped) });
    }
  }
  if (conflicts.length > 0) return { kind: 'conflict', conflicts };
  const knows = [...standing.missingColumns].some((name) => !incoming.missingColumns.includes(name));
  return { kind: absent > 0 || knows ? 'adds' : 'equal' };
}

/** The usual case, at the cost of comparing bytes: an entry that holds just these rows. */
function isSame(names: readonly string[], one: ColumnBatch, other: ColumnBatch): boolean {
  if (one.numRows !== other.numRows || names.some((name) => !ArrayBuffer.isView(one.columns[name]))) return false;
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => Buffer.from(buffer, byteOffset, byteLength);
  return names.every((name) =>
    bytesOf(one.columns[name] as Float64Array).equals(bytesOf(other.columns[name] as Float64Array)),
  );
}

const plain = (value: number | bigint): number | string => (typeof value === 'bigint' ? String(value) : value);

export const pathOf = ({ key }: Pick<TargetRows, 'key'>): string => cachePath(key);
