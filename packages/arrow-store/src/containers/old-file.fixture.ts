import {
  type DataType,
  Decimal,
  Dictionary,
  Float32,
  Float64,
  Int32,
  Int64,
  Table,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Utf8,
  type Vector,
  makeData,
  makeVector,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';

/** 2024-01-01, epoch microseconds. */
export const START = 1_704_067_200_000_000n;
export const HOUR = 3_600_000_000n;

/** Bars of an hour that pass for bars; each with its own prices. */
export function bars(rows = 24, start = START, step = HOUR) {
  const column = (value: (row: number) => number) => Float64Array.from({ length: rows }, (_, row) => value(row));
  const price = (row: number) => 100 + (row % 7) / 4;
  return {
    time: BigInt64Array.from({ length: rows }, (_, row) => start + BigInt(row) * step),
    open: column(price),
    high: column((row) => price(row) + 1),
    low: column((row) => price(row) - 1),
    close: column((row) => price(row) + 0.5),
    volume: column((row) => 10 + row),
    quote: column((row) => (10 + row) * price(row)),
    count: BigInt64Array.from({ length: rows }, (_, row) => BigInt(row + 1)),
    takerBase: column((row) => (10 + row) / 2),
    takerQuote: column((row) => ((10 + row) * price(row)) / 2),
  };
}

export type Bars = ReturnType<typeof bars>;
export type Columns = Record<string, Vector>;

const UNITS = {
  s: [TimestampSecond, 1_000_000n, 1n],
  ms: [TimestampMillisecond, 1000n, 1n],
  us: [TimestampMicrosecond, 1n, 1n],
  ns: [TimestampNanosecond, 1n, 1000n],
} as const;

/** A column of instants in a unit, its raw integers exactly as given. */
export function timestamps(times: BigInt64Array, unit: keyof typeof UNITS, timezone: string | null = 'UTC'): Vector {
  const [type, divide, multiply] = UNITS[unit];
  const data = times.map((time) => (time / divide) * multiply);
  return makeVector(makeData({ type: new type(timezone), length: data.length, data: data as never }));
}

export const floats = (values: Float64Array): Vector =>
  makeVector(makeData({ type: new Float64(), length: values.length, data: values }));
export const singles = (values: Float64Array): Vector =>
  makeVector(makeData({ type: new Float32(), length: values.length, data: Float32Array.from(values) }));
export const longs = (values: BigInt64Array): Vector =>
  makeVector(makeData({ type: new Int64(), length: values.length, data: values }));
export const ints = (values: BigInt64Array): Vector =>
  makeVector(makeData({ type: new Int32(), length: values.length, data: Int32Array.from(values, Number) }));
export const texts = (values: readonly (string | null)[]): Vector => vectorFromArray([...values], new Utf8());
export const dictionary = (values: readonly string[]): Vector =>
  vectorFromArray([...values], new Dictionary(new Utf8(), new Int32()));

/** 128-bit decimals of eight places. */
export function decimals(values: Float64Array): Vector {
  const data = new Uint32Array(values.length * 4);
  values.forEach((value, row) => {
    const scaled = BigInt(Math.round(value * 1e8));
    data[row * 4] = Number(scaled & 0xffff_ffffn);
    data[row * 4 + 1] = Number(scaled >> 32n);
  });
  return makeVector(makeData({ type: new Decimal(8, 28, 128), length: values.length, data }));
}

/** The columns as pandas wrote them last. */
export function pandasColumns(of: Bars): Columns {
  return {
    open_time: timestamps(of.time, 'ns'),
    open: floats(of.open),
    high: floats(of.high),
    low: floats(of.low),
    close: floats(of.close),
    volume: floats(of.volume),
    // Wrong, as the old project had it.
    close_time: longs(of.time.map((time) => time + HOUR - 1n + 998_001n)),
    quote_asset_volume: floats(of.quote),
    count: longs(of.count),
    taker_buy_volume: floats(of.takerBase),
    taker_buy_quote_volume: floats(of.takerQuote),
  };
}

export function ipc(columns: Columns, format: 'file' | 'stream' = 'file'): Uint8Array {
  return tableToIPC(new Table(columns as Record<string, Vector<DataType>>), format);
}
