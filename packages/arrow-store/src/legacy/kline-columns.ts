import { type Column, type Dataset, storedColumns } from '@vision-cache/cache-keys';
import { squash } from './open-times.ts';
import type { RawColumn, RawTable } from '../containers/raw-table.ts';
import { refusal } from '../containers/refusal.ts';

/** Spellings of old files beyond the catalog's aliases, squashed. Source: the Python project over the years, ccxt, REST. */
const OLD_NAMES: Readonly<Record<string, readonly string[]>> = {
  open: ['openprice'],
  high: ['highprice'],
  low: ['lowprice'],
  close: ['closeprice'],
  volume: ['basevolume', 'baseassetvolume'],
  quote_volume: ['quoteassetvolume'],
  count: ['numberoftrades', 'numtrades', 'tradecount', 'tradescount'],
  taker_buy_volume: ['takerbuybasevolume', 'takerbuybaseassetvolume', 'takerbuybase', 'takerbasevolume'],
  taker_buy_quote_volume: ['takerbuyquoteassetvolume', 'takerbuyquote', 'takerquotevolume'],
};

/** REST's names of a coin-margined contract, whose volume counts contracts and whose other one is of the base asset. */
const COIN_NAMES: Readonly<Record<string, { readonly beside: string; readonly names: readonly string[] }>> = {
  quote_volume: { beside: 'volume', names: ['baseassetvolume', 'basevolume'] },
  taker_buy_quote_volume: { beside: 'takerbuyvolume', names: ['takerbuybaseassetvolume', 'takerbuybasevolume'] },
};

/** Without these a row says nothing; the other columns may be missing. */
const NEEDED: ReadonlySet<string> = new Set(['open', 'high', 'low', 'close']);
/** Restored from the open time, never read: old files have it wrong in several ways. */
export const RECOMPUTED: ReadonlySet<string> = new Set(['close_time']);

export interface ValueColumns {
  /** By the dataset's names: `Float64Array` for amounts and prices, whole numbers for counts. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** Those counts that the file holds as 64-bit integers, as it holds them. */
  readonly integers: ReadonlyMap<string, BigInt64Array>;
  readonly missing: readonly string[];
  /** Whether a column was kept in 32 bits, so that digits were lost when it was written. */
  readonly lossy: boolean;
}

/**
 * The dataset's value columns in file order, found under whatever name the file has them, as 64-bit floats; counts are
 * checked to be whole. Columns that the dataset does not know are passed over.
 * @throws {ArrowStoreError} `E_SCHEMA` without prices, `E_LOGICAL` if a row lacks a value.
 */
export function readValueColumns(table: RawTable, dataset: Dataset): ValueColumns {
  const squashed = table.names.map(squash);
  const columns = new Map<string, Float64Array>();
  const integers = new Map<string, BigInt64Array>();
  const missing: string[] = [];
  let lossy = false;
  for (const name of storedColumns(dataset)) {
    if (name === dataset.timeColumn || RECOMPUTED.has(name)) continue;
    const index = indexOf(squashed, name, dataset);
    const column = index === -1 ? undefined : table.read(index);
    if (column === undefined || (!NEEDED.has(name) && isEmpty(column, table.rows))) {
      if (NEEDED.has(name)) throw refusal('E_SCHEMA', 'missing-prices', `The file has no column ${name}.`);
      missing.push(name);
      continue;
    }
    if (column.kind === 'float' && column.single) lossy = true;
    if (column.kind === 'int') integers.set(name, column.values);
    columns.set(name, numbers(column, name, dataset.columns[name]!.type === 'int64'));
  }
  return { columns, integers, missing, lossy };
}

function indexOf(squashed: readonly string[], name: string, { columns }: Dataset): number {
  const { aliases = [] }: Column = columns[name]!;
  const isCoin = columns['volume']?.unit === 'contracts';
  const old = (isCoin && name === 'volume' ? undefined : OLD_NAMES[name]) ?? [];
  const coin = isCoin ? COIN_NAMES[name] : undefined;
  const ofCoin = coin !== undefined && squashed.includes(coin.beside) ? coin.names : [];
  for (const spelling of [name, ...aliases, ...old, ...ofCoin]) {
    const index = squashed.indexOf(squash(spelling));
    if (index !== -1) return index;
  }
  return -1;
}

/** A column without a single value is one that the file does not have. */
function isEmpty(column: RawColumn, rows: number): boolean {
  if (rows === 0) return false;
  if (column.nulls?.every((each) => each === 1) === true) return true;
  return column.kind === 'float' && column.values.every((value) => Number.isNaN(value));
}

function numbers(column: RawColumn, name: string, whole: boolean): Float64Array {
  if (column.nulls !== undefined) {
    throw refusal('E_LOGICAL', 'null', `Row ${column.nulls.indexOf(1)} has no ${name}.`);
  }
  const values = floats(column, name);
  if (isUsual(values, whole)) return values;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Number.isNaN(value)) throw refusal('E_LOGICAL', 'nan', `Row ${row} has no number for ${name}.`);
    if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
      throw refusal('E_LOGICAL', 'not-a-count', `Row ${row} has ${value} for ${name}.`);
    }
  }
  return values;
}

/** The usual case at once: a difference with itself is 0 but for what is not finite. */
function isUsual(values: Float64Array, whole: boolean): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value - value !== 0) return false;
    if (whole && (Math.floor(value) !== value || Math.abs(value) > Number.MAX_SAFE_INTEGER)) return false;
  }
  return true;
}

function floats(column: RawColumn, name: string): Float64Array {
  switch (column.kind) {
    case 'float':
      return column.values;
    case 'int':
      return smallIntegers(column.values) ?? Float64Array.from(column.values, Number);
    case 'text':
      return Float64Array.from(column.values, (text) => (/^\s*[-+]?[\d.]/.test(text) ? Number(text) : NaN));
    default:
      throw refusal('E_SCHEMA', 'column-type', `The column ${name} holds times.`);
  }
}

/** Through 32-bit words, without a bigint for each row; undefined if a value is too large for that. */
function smallIntegers(values: BigInt64Array): Float64Array | undefined {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const out = new Float64Array(values.length);
  for (let row = 0; row < out.length; row++) {
    const high = words[row * 2 + 1]!;
    if (high > 0x1f_ffff || high < 0) return undefined;
    out[row] = high * 4_294_967_296 + (words[row * 2]! >>> 0);
  }
  return out;
}
