import {
  CompressionType,
  compressionRegistry,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Utf8View,
  vectorFromArray,
} from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { lz4Frame } from './lz4-frame.ts';
import type { OldBars } from './old-bars.ts';

/** How a file of a generation was written. */
export interface OldForm {
  readonly container: 'file' | 'stream' | 'lz4' | 'parquet';
  /** Unit of open_time; a bare integer is in microseconds. */
  readonly time: 'ms' | 'us' | 'ns' | 'integer';
  /** `quote_volume` and `trades`, or since 2025-04 `quote_asset_volume` and `count`. */
  readonly names: 'first' | 'second';
  /** Text columns of polars. */
  readonly sourceColumn?: boolean;
  readonly openTimeLast?: boolean;
}

const DIVIDED: Readonly<Record<OldForm['time'], bigint>> = { ms: 1000n, us: 1n, ns: 1n, integer: 1n };

interface OldColumn {
  readonly name: string;
  readonly type: DataType;
  readonly values: Float64Array | BigInt64Array;
}

/** Bars as bytes in an old form. close_time is 998,001 µs late, as it was. */
export function oldFile(bars: OldBars, form: OldForm, barMicroseconds: bigint): Uint8Array {
  const columns = oldColumns(bars, form, barMicroseconds);
  if (form.container === 'parquet') return parquet(columns);
  const fields = columns.map(({ name, type }) => new Field(name, type, false));
  const data = columns.map(({ type, values }): Data =>
    makeData({ type, length: values.length, data: values } as never),
  );
  if (form.sourceColumn === true) {
    const sources = vectorFromArray(
      Array.from(bars.openTime, () => 'VISION'),
      new Utf8View(),
    );
    fields.push(new Field('_data_source', new Utf8View(), true));
    data.push(sources.data[0] as never);
  }
  const schema = new Schema(fields);
  const struct = makeData({ type: new Struct(fields), length: bars.openTime.length, nullCount: 0, children: data });
  const table = new Table(schema, new RecordBatch(schema, struct));
  if (form.container !== 'lz4') return tableToIPC(table, form.container);
  return feather(table);
}

function oldColumns(bars: OldBars, { time, names, openTimeLast }: OldForm, barMicroseconds: bigint): OldColumn[] {
  const scale = (value: bigint) => (time === 'ns' ? value * 1000n : value / DIVIDED[time]);
  const type = {
    ms: new TimestampMillisecond('UTC'),
    us: new TimestampMicrosecond('UTC'),
    ns: new TimestampNanosecond('UTC'),
    integer: new Int64(),
  }[time];
  const float = new Float64();
  const openTime = { name: 'open_time', type, values: bars.openTime.map(scale) };
  const closeTime = bars.openTime.map((open) => open + barMicroseconds - 1n + 998_001n);
  const rest: OldColumn[] = [
    { name: 'open', type: float, values: bars.open },
    { name: 'high', type: float, values: bars.high },
    { name: 'low', type: float, values: bars.low },
    { name: 'close', type: float, values: bars.close },
    { name: 'volume', type: float, values: bars.volume },
    { name: 'close_time', type: new Int64(), values: closeTime },
    { name: names === 'first' ? 'quote_volume' : 'quote_asset_volume', type: float, values: bars.quoteVolume },
    { name: names === 'first' ? 'trades' : 'count', type: new Int64(), values: bars.count },
    { name: 'taker_buy_volume', type: float, values: bars.takerBuyVolume },
    { name: 'taker_buy_quote_volume', type: float, values: bars.takerBuyQuoteVolume },
  ];
  return openTimeLast === true ? [...rest, openTime] : [openTime, ...rest];
}

function parquet(columns: readonly OldColumn[]): Uint8Array {
  const columnData = columns.map(({ name, type, values }) => {
    if (name !== 'open_time' || type instanceof Int64) {
      return { name, data: values, type: values instanceof Float64Array ? ('DOUBLE' as const) : ('INT64' as const) };
    }
    const perMillisecond = type instanceof TimestampMillisecond ? 1 : 1000;
    return {
      name,
      data: Array.from(values as BigInt64Array, (time) => new Date(Number(time) / perMillisecond)),
      type: 'TIMESTAMP' as const,
    };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData: columnData }));
}

/**
 * Feather: an Arrow file whose buffers are LZ4 frames. apache-arrow 21.2 writes the compressed length where the format
 * wants the other one (ipc/writer.mjs, fixed after it), so that the lengths are put right afterwards.
 */
function feather(table: Table): Uint8Array {
  const lengths: (readonly [compressed: number, plain: number])[] = [];
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    encode: (plain) => {
      const frame = lz4Frame(plain);
      if (frame.length < plain.length) lengths.push([frame.length, plain.length]);
      return frame;
    },
  });
  const bytes = tableToIPC(table, 'file', CompressionType.LZ4_FRAME);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const [compressed, plain] of lengths) {
    while (view.getBigInt64(at, true) !== BigInt(compressed) || view.getUint32(at + 8, true) !== 0x184d2204) at += 8;
    view.setBigInt64(at, BigInt(plain), true);
    at += 8;
  }
  return bytes;
}
