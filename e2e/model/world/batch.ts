import type { ColumnBatch } from '@vision-cache/cache-keys';
import { DAY, HOUR, nextBar } from './calendar.ts';
import { hasBars, isRow, marketOf, placesWithin, type World } from './world.ts';

type Row = { readonly at: number; readonly close: number };

const micros = (rows: readonly Row[], of: (row: Row) => number): BigInt64Array =>
  BigInt64Array.from(rows, (row) => BigInt(of(row)) * 1000n);
const numbers = (rows: readonly Row[], of: (row: Row) => number): Float64Array => Float64Array.from(rows, of);

const IDS = new WeakMap<World, Map<number, number>>();

/** The numbers of all trades: they step by one, whatever outage lies between two of them. */
function idsOf(world: World): Map<number, number> {
  let ids = IDS.get(world);
  if (ids === undefined) {
    const times = placesWithin(world, { start: world.lives[0]!.start, end: world.now + 400 * DAY });
    ids = new Map(times.filter((at) => isRow(world, at)).map((at, index) => [at, 1000 + index]));
    IDS.set(world, ids);
  }
  return ids;
}

/** Rows as a source hands them on. What is read of them is their time and their price. */
export function batchOf(world: World, symbol: string, rows: readonly Row[]): ColumnBatch {
  const numRows = rows.length;
  if (world.nature === 'aggTrades') {
    const ids = idsOf(world);
    const id = BigInt64Array.from(rows, ({ at }) => BigInt(ids.get(at)!));
    const columns = {
      agg_trade_id: id,
      price: numbers(rows, ({ close }) => close),
      quantity: numbers(rows, () => 1),
      first_trade_id: id,
      last_trade_id: id,
      transact_time: micros(rows, ({ at }) => at),
      is_buyer_maker: Uint8Array.from(rows, ({ at }) => (at / HOUR) % 2),
      is_best_match: Uint8Array.from(rows, () => 1),
    };
    return { dataset: 'binance/spot/aggTrades', numRows, columns };
  }
  if (world.nature === 'fundingRate') {
    const columns = {
      calc_time: micros(rows, ({ at }) => at),
      funding_interval_hours: BigInt64Array.from(rows, () => 8n),
      last_funding_rate: numbers(rows, ({ close }) => close),
    };
    return { dataset: 'binance/um/fundingRate', numRows, columns };
  }
  const ofSymbol = symbol.length;
  const columns = {
    open_time: micros(rows, ({ at }) => at),
    open: numbers(rows, ({ close }) => close),
    high: numbers(rows, ({ close }) => close + 2),
    low: numbers(rows, ({ close }) => close - 2),
    close: numbers(rows, ({ close }) => close),
    volume: numbers(rows, () => ofSymbol),
    close_time: BigInt64Array.from(rows, ({ at }) => BigInt(nextBar(world.interval, at)) * 1000n - 1n),
    quote_volume: numbers(rows, () => ofSymbol),
    count: BigInt64Array.from(rows, () => 1n),
    taker_buy_volume: numbers(rows, () => 0),
    taker_buy_quote_volume: numbers(rows, () => 0),
  };
  return { dataset: `binance/${marketOf(world)}/${world.nature}`, numRows, columns };
}

/** Times and values of the rows of an answer. */
export function rowsOf(world: World, batch: ColumnBatch): Row[] {
  const columns = batch.columns as unknown as Record<string, BigInt64Array | Float64Array | undefined>;
  const [time, value] = hasBars(world)
    ? ['open_time', 'close']
    : world.nature === 'aggTrades'
      ? ['transact_time', 'price']
      : ['calc_time', 'last_funding_rate'];
  const times = columns[time] as BigInt64Array;
  const values = columns[value] as Float64Array;
  return Array.from(times, (at, index) => ({ at: Number(at / 1000n), close: values[index]! }));
}
