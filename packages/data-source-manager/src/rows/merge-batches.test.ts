import { BINANCE, DATASETS } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bars, barsWithin, span, SPOT_KLINES } from '../__fixtures__/market.ts';
import { batchOf } from './batch-rows.ts';
import { conflictsByRow, mergeBatches } from './merge-batches.ts';

const HOUR = 3_600_000_000n;
const hoursOf = (...hours: number[]): BigInt64Array => BigInt64Array.from(hours, (hour) => BigInt(hour) * HOUR);

describe(mergeBatches, () => {
  it('gives every row once, sorted, of whoever has it', () => {
    const anyHours = fc.uniqueArray(fc.nat({ max: 60 })).map((hours) => hours.sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(anyHours, { maxLength: 4 }), (all) => {
        const inputs = all.map((hours, index) => ({
          batch: bars('BTCUSDT', hoursOf(...hours), '1h'),
          source: `s${index}`,
        }));
        const { batch, conflicts } = mergeBatches(SPOT_KLINES, inputs, '1h');
        const expected = [...new Set(all.flat())].sort((a, b) => a - b);
        expect(batch).toEqual(bars('BTCUSDT', hoursOf(...expected), '1h'));
        expect(conflicts).toEqual([]);
      }),
    );
  });

  it("keeps the first one's values and reports both", () => {
    const daily = bars('BTCUSDT', hoursOf(1, 2), '1h');
    const monthly = bars('BTCUSDT', hoursOf(2, 3), '1h', 5);
    const { batch, conflicts } = mergeBatches(SPOT_KLINES, [
      { batch: daily, source: 'vision' },
      { batch: monthly, source: 'rest' },
    ]);
    expect(batch.columns.open[1]).toBe(daily.columns.open[1]);
    expect(conflicts).toHaveLength(4);
    expect(conflicts[0]).toEqual({
      time: 2n * HOUR,
      column: 'open',
      kept: daily.columns.open[1],
      dropped: monthly.columns.open[0],
      keptSource: 'vision',
      droppedSource: 'rest',
    });
  });

  it('takes of each input only the spans that it is taken for', () => {
    const day = span('2024-01-01', '2024-01-02');
    const [morning, evening] = [span('2024-01-01', '2024-01-01T12:00'), span('2024-01-01T12:00', '2024-01-02')];
    const first = { batch: barsWithin('AAAUSDT', '1h', day), source: 'a', spans: [morning] };
    const second = { batch: barsWithin('BTCUSDT', '1h', day), source: 'b', spans: [evening] };
    const { batch, conflicts } = mergeBatches(SPOT_KLINES, [first, second]);
    expect(conflicts).toEqual([]);
    expect([...batch.columns.open]).toEqual([
      ...barsWithin('AAAUSDT', '1h', morning).columns.open,
      ...barsWithin('BTCUSDT', '1h', evening).columns.open,
    ]);
  });

  it('drops rows that one input has twice', () => {
    const { batch } = mergeBatches(SPOT_KLINES, [
      { batch: bars('BTCUSDT', hoursOf(1, 1, 2, 2, 2, 3), '1h'), source: 'vision' },
    ]);
    expect(batch).toEqual(bars('BTCUSDT', hoursOf(1, 2, 3), '1h'));
  });

  it('finds no conflict in a close time that was computed, or in two values that are no number', () => {
    const one = bars('BTCUSDT', hoursOf(1), '1h');
    const other = bars('BTCUSDT', hoursOf(1), '1h');
    one.columns.close_time[0] = 1n;
    one.columns.quote_volume[0] = NaN;
    other.columns.quote_volume[0] = NaN;
    const inputs = [
      { batch: one, source: 'vision' },
      { batch: other, source: 'rest' },
    ];
    expect(mergeBatches(SPOT_KLINES, inputs, '1h').conflicts).toEqual([]);
    expect(mergeBatches(SPOT_KLINES, inputs).conflicts).toMatchObject([{ column: 'close_time' }]);
  });

  it('tells rows of one instant apart by their identity, and by everything where there is none', () => {
    const trades = DATASETS['binance/um/aggTrades'];
    const trade = (ids: number[], prices: number[]) =>
      batchOf(trades, ids.length, {
        agg_trade_id: BigInt64Array.from(ids, BigInt),
        price: Float64Array.from(prices),
        quantity: new Float64Array(ids.length),
        first_trade_id: new BigInt64Array(ids.length),
        last_trade_id: new BigInt64Array(ids.length),
        transact_time: new BigInt64Array(ids.length).fill(7n),
        is_buyer_maker: new Uint8Array(ids.length),
      });
    const merged = mergeBatches(trades, [
      { batch: trade([1, 2], [10, 20]), source: 'vision' },
      { batch: trade([2, 3], [21, 30]), source: 'rest' },
    ]);
    expect([...merged.batch.columns.agg_trade_id]).toEqual([1n, 2n, 3n]);
    expect(merged.conflicts).toMatchObject([{ column: 'price', kept: 20, dropped: 21 }]);

    const liquidations = DATASETS['binance/um/liquidationSnapshot'];
    expect(BINANCE.datasets).toContain(liquidations);
    expect(liquidations.identity).toEqual([]);
  });

  it('refuses rows of another dataset', () => {
    const foreign = { ...bars('BTCUSDT', hoursOf(1), '1h'), dataset: 'binance/um/klines' as never };
    expect(() => mergeBatches(SPOT_KLINES, [{ batch: foreign, source: 'vision' }])).toThrow(
      expect.objectContaining({ code: 'E_DATASET' }),
    );
  });
});

describe(conflictsByRow, () => {
  const conflict = (column: string, keptSource = 'vision', droppedSource = 'rest', time = 1n) => ({
    time,
    column,
    kept: 1,
    dropped: 2,
    keptSource,
    droppedSource,
  });

  it('tells volumes that REST restated from contradictions', () => {
    expect(conflictsByRow([conflict('volume'), conflict('count')])).toMatchObject([{ kind: 'restatement' }]);
    expect(conflictsByRow([conflict('volume'), conflict('close')])).toMatchObject([{ kind: 'contradiction' }]);
    expect(conflictsByRow([conflict('volume', 'vision', 'vision')])).toMatchObject([{ kind: 'contradiction' }]);
    expect(conflictsByRow([conflict('volume'), conflict('close', 'vision', 'rest', 2n)])).toMatchObject([
      { time: 1n, kind: 'restatement' },
      { time: 2n, kind: 'contradiction' },
    ]);
  });

  it('is told which sources restate', () => {
    const fromMirror = [conflict('volume', 'vision', 'mirror')];
    expect(conflictsByRow(fromMirror)).toMatchObject([{ kind: 'contradiction' }]);
    expect(conflictsByRow(fromMirror, ['mirror'])).toMatchObject([{ kind: 'restatement' }]);
    expect(conflictsByRow([conflict('volume')], [])).toMatchObject([{ kind: 'contradiction' }]);
  });
});

describe('repeats in one source', () => {
  it('are removed wherever they stand among the rows of one time', () => {
    const trades = DATASETS['binance/spot/trades'];
    const batch = batchOf(trades, 3, {
      id: BigInt64Array.of(1n, 2n, 1n),
      price: Float64Array.of(5, 6, 5),
      qty: Float64Array.of(1, 1, 1),
      quote_qty: Float64Array.of(5, 6, 5),
      time: BigInt64Array.of(9n, 9n, 9n),
      is_buyer_maker: Uint8Array.of(1, 0, 1),
      is_best_match: Uint8Array.of(1, 1, 1),
    });
    const { batch: merged, conflicts } = mergeBatches(trades, [{ batch, source: 'vision' }]);
    expect([...merged.columns.id]).toEqual([1n, 2n]);
    expect(conflicts).toEqual([]);
  });
});
