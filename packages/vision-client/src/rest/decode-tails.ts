import type { ColumnBatch, Dataset } from '@vision-cache/cache-keys';
import { RestContentProblem } from './decode-klines.ts';

const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/;
const LAST_MILLISECOND = 253_402_300_799_999;

type Fields = Readonly<Record<string, unknown>>;

/** The rows of an answer: an array of objects. */
function objectsOf(content: unknown): readonly Fields[] {
  if (!Array.isArray(content)) throw new RestContentProblem('an array of rows is expected');
  return content.map((row: unknown, at) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new RestContentProblem(`row ${at} is not an object`);
    }
    return row as Fields;
  });
}

/** A whole number that is not negative: an id, or a time in milliseconds. */
function wholeField(row: Fields, name: string): number {
  const value = row[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RestContentProblem(`${name} is not a whole number`);
}

/** A time in milliseconds; that of open interest and ratios stands as text in Binance's documentation. */
function timeField(row: Fields, name: string): number {
  const value = row[name];
  const time = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : wholeField(row, name);
  if (time > LAST_MILLISECOND) throw new RestContentProblem(`${name} is not a time in milliseconds`);
  return time;
}

/** A decimal as text, as REST writes all its numbers. */
function decimalField(row: Fields, name: string): number {
  const value = row[name];
  if (typeof value === 'string' && DECIMAL.test(value) && Number.isFinite(Number(value))) return Number(value);
  throw new RestContentProblem(`${name} is not a decimal`);
}

function flagField(row: Fields, name: string): number {
  const value = row[name];
  if (typeof value === 'boolean') return value ? 1 : 0;
  throw new RestContentProblem(`${name} is not true or false`);
}

const microseconds = (times: readonly number[]): BigInt64Array =>
  BigInt64Array.from(times, (time) => BigInt(time) * 1000n);

/** A row of aggregate trades. Paging goes by its id and time. */
export interface AggTradeRow {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly price: number;
  readonly quantity: number;
  readonly firstTrade: number;
  readonly lastTrade: number;
  readonly isBuyerMaker: number;
  /** Of spot only. */
  readonly isBestMatch: number;
}

/** Rows whose ids rise: another order, or an id that comes twice, is no answer to a page. */
export function aggTradeRows(content: unknown): readonly AggTradeRow[] {
  let before = -1;
  return objectsOf(content).map((row) => {
    const id = wholeField(row, 'a');
    if (id <= before) throw new RestContentProblem(`id ${id} comes after ${before}`);
    before = id;
    return {
      id,
      time: timeField(row, 'T'),
      price: decimalField(row, 'p'),
      quantity: decimalField(row, 'q'),
      firstTrade: wholeField(row, 'f'),
      lastTrade: wholeField(row, 'l'),
      isBuyerMaker: flagField(row, 'm'),
      isBestMatch: 'M' in row ? flagField(row, 'M') : 1,
    };
  });
}

export function aggTradesBatch(dataset: Dataset, rows: readonly AggTradeRow[]): ColumnBatch {
  const columns = {
    agg_trade_id: BigInt64Array.from(rows, ({ id }) => BigInt(id)),
    price: Float64Array.from(rows, ({ price }) => price),
    quantity: Float64Array.from(rows, ({ quantity }) => quantity),
    first_trade_id: BigInt64Array.from(rows, ({ firstTrade }) => BigInt(firstTrade)),
    last_trade_id: BigInt64Array.from(rows, ({ lastTrade }) => BigInt(lastTrade)),
    transact_time: microseconds(rows.map(({ time }) => time)),
    is_buyer_maker: Uint8Array.from(rows, ({ isBuyerMaker }) => isBuyerMaker),
    ...('is_best_match' in dataset.columns
      ? { is_best_match: Uint8Array.from(rows, ({ isBestMatch }) => isBestMatch) }
      : {}),
  };
  return { dataset: dataset.id, numRows: rows.length, columns };
}

/** A row of funding: when it was calculated, and the rate. */
export interface FundingRow {
  readonly time: number;
  readonly rate: number;
}

export function fundingRows(content: unknown): readonly FundingRow[] {
  return objectsOf(content)
    .map((row) => ({ time: timeField(row, 'fundingTime'), rate: decimalField(row, 'fundingRate') }))
    .sort((a, b) => a.time - b.time);
}

const HOUR_MS = 3_600_000;
const USUAL_HOURS = 8;

/**
 * REST does not say the interval, which the archive has in a column: it is the distance to the row before, in hours.
 * @param rows one more than is kept, at the beginning, where there is one
 */
export function fundingBatch(dataset: Dataset, rows: readonly FundingRow[], from: number, until: number): ColumnBatch {
  const kept = rows.flatMap(({ time, rate }, at) => {
    if (time < from || time >= until) return [];
    const other = rows[at - 1]?.time ?? rows[at + 1]?.time;
    const hours = other === undefined ? USUAL_HOURS : Math.max(1, Math.round(Math.abs(time - other) / HOUR_MS));
    return [{ time, rate, hours: hours > 24 ? USUAL_HOURS : hours }];
  });
  const columns = {
    calc_time: microseconds(kept.map(({ time }) => time)),
    funding_interval_hours: BigInt64Array.from(kept, ({ hours }) => BigInt(hours)),
    last_funding_rate: Float64Array.from(kept, ({ rate }) => rate),
  };
  return { dataset: dataset.id, numRows: kept.length, columns };
}

/** Values by time, of one endpoint of metrics. */
export type MetricsColumns = ReadonlyMap<number, Readonly<Record<string, number>>>;

export function metricsColumns(content: unknown, fields: Readonly<Record<string, string>>): MetricsColumns {
  return new Map(
    objectsOf(content).map((row) => {
      const values = Object.entries(fields).map(([column, field]): [string, number] => [
        column,
        decimalField(row, field),
      ]);
      return [timeField(row, 'timestamp'), Object.fromEntries(values)];
    }),
  );
}

/** One row for each time that open interest is told for; a ratio that is not there is NaN, as an empty field is. */
export function metricsBatch(
  dataset: Dataset,
  parts: readonly MetricsColumns[],
  from: number,
  until: number,
): ColumnBatch {
  const [openInterest] = parts;
  const times = [...(openInterest?.keys() ?? [])].filter((time) => time >= from && time < until).sort((a, b) => a - b);
  const names = Object.keys(dataset.columns).filter((name) => name !== 'create_time' && name !== 'symbol');
  const columns = Object.fromEntries(
    names.map((name) => {
      const of = (time: number): number => parts.map((part) => part.get(time)?.[name]).find(Number.isFinite) ?? NaN;
      return [name, Float64Array.from(times, of)];
    }),
  );
  return { dataset: dataset.id, numRows: times.length, columns: { create_time: microseconds(times), ...columns } };
}
