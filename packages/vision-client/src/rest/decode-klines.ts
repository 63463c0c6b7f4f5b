import {
  BINANCE,
  type CacheKey,
  type ColumnArray,
  type ColumnBatch,
  barCloseTime,
  floorOpenTime,
  nextOpenTime,
  storedColumns,
} from '@vision-cache/cache-keys';
import { quote } from '../contract/errors.ts';

/** The rows of one answer. */
export interface DecodedPage {
  readonly batch: ColumnBatch;
  /** Rows in the answer, before anything was left out. */
  readonly received: number;
  /** Open times of the first and last row in the answer, epoch milliseconds. */
  readonly first: number;
  readonly last: number;
  readonly duplicates: number;
  readonly unsorted: number;
  readonly offGrid: number;
}

/** What is wrong with an answer, as a sentence. It does not leave the client, which knows the request to it. */
export class RestContentProblem extends Error {
  override readonly name = 'RestContentProblem';
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/;
const FIELDS = 12;

/**
 * Klines as REST answers them: arrays of twelve, times in milliseconds, decimals as text. The columns are those of the
 * archive, in the archive's order. Bars that were not finished at `asOf` (epoch milliseconds) are left out.
 * @throws {RestContentProblem} if it is no such answer, or answers something else
 */
export function decodeKlines(
  answer: unknown,
  key: CacheKey,
  page: { readonly startTime: number; readonly endTime: number },
  asOf: number,
): DecodedPage {
  if (!Array.isArray(answer)) throw new RestContentProblem(`expected an array of klines, received ${shown(answer)}`);
  const rows = (answer as unknown[]).map(checkedRow);
  const unsorted = rows.filter((row, at) => at > 0 && row[0] < rows[at - 1]![0]).length;
  if (unsorted > 0) rows.sort((a, b) => a[0] - b[0]);
  const first = rows[0]?.[0] ?? NaN;
  const last = rows.at(-1)?.[0] ?? NaN;
  if (first < page.startTime || last > page.endTime) {
    const span = (from: number, to: number) => `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
    const asked = span(page.startTime, page.endTime);
    throw new RestContentProblem(`it returned rows ${span(first, last)} instead of ${asked}`);
  }
  const once = withoutRepeats(rows);
  const finished = once.filter((row) => isFinished(row, key, asOf));

  const dataset = BINANCE.datasetOf(key);
  const order = Object.keys(dataset.columns);
  const columns = Object.fromEntries(
    storedColumns(dataset).map((name) => [name, columnOf(finished, order.indexOf(name), name, key)]),
  );
  const batch = { dataset: dataset.id, numRows: finished.length, columns } as unknown as ColumnBatch;
  const offGrid = finished.filter(([open]) => floorOpenTime(key.interval!, open) !== BigInt(open) * 1000n).length;
  return { batch, received: rows.length, first, last, duplicates: rows.length - once.length, unsorted, offGrid };
}

/** Open time, close time and all twelve fields. */
type Row = readonly [openTime: number, closeTime: number, fields: readonly (string | number)[]];

const INTEGERS = [0, 6, 8];

function checkedRow(row: unknown, at: number): Row {
  const fields = row as readonly unknown[];
  if (!Array.isArray(row) || row.length < FIELDS)
    throw new RestContentProblem(`row ${at} is not a kline: ${shown(row)}`);
  for (let field = 0; field < FIELDS - 1; field++) {
    const value = fields[field];
    const isGood = INTEGERS.includes(field)
      ? Number.isSafeInteger(value) && (value as number) >= 0
      : typeof value === 'string' && DECIMAL.test(value) && Number.isFinite(Number(value));
    if (!isGood) throw new RestContentProblem(`field ${field} of row ${at} is ${shown(value)}`);
  }
  // Beyond the year 9999 a number is no time in milliseconds.
  if ((fields[0] as number) > 253_402_300_799_999)
    throw new RestContentProblem(`row ${at} opens at ${shown(fields[0])}`);
  return [fields[0] as number, fields[6] as number, fields as readonly (string | number)[]];
}

function withoutRepeats(rows: readonly Row[]): readonly Row[] {
  return rows.filter((row, at) => {
    const before = rows[at - 1];
    if (before?.[0] !== row[0]) return true;
    if (before[2].some((value, field) => value !== row[2][field])) {
      throw new RestContentProblem(`two different rows open at ${new Date(row[0]).toISOString()}`);
    }
    return false;
  });
}

/**
 * A bar whose span or close time is not over is not finished. Both are asked, for the bar before an outage closes
 * early, and may yet be corrected until its span is over.
 */
function isFinished([openTime, closeTime]: Row, key: CacheKey, asOf: number): boolean {
  return closeTime < asOf && barEnd(key, openTime) <= BigInt(asOf) * 1000n;
}

function barEnd(key: CacheKey, openTime: number): bigint {
  const interval = key.interval!;
  return nextOpenTime(interval, floorOpenTime(interval, openTime));
}

function columnOf(rows: readonly Row[], field: number, name: string, key: CacheKey): ColumnArray {
  switch (name) {
    case 'open_time':
      return BigInt64Array.from(rows, ([openTime]) => BigInt(openTime) * 1000n);
    case 'close_time':
      return BigInt64Array.from(rows, ([openTime, closeTime]) =>
        barCloseTime(key.interval!, BigInt(openTime) * 1000n, BigInt(closeTime) * 1000n),
      );
    case 'count':
      return BigInt64Array.from(rows, ([, , fields]) => BigInt(fields[field]!));
    default:
      return Float64Array.from(rows, ([, , fields]) => Number(fields[field]));
  }
}

function shown(value: unknown): string {
  return quote(typeof value === 'object' ? jsonOf(value) : value);
}

/** As text, unless it is nested so deep that nobody can write it. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? 'an array that is nested too deep' : 'an object that is nested too deep';
  }
}
