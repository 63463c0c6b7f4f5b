import { describe, expect, it } from '@jest/globals';
import { COMBINATION_COUNT, COMBINATIONS } from '../keys/archive.fixture.ts';
import { BINANCE, createCatalog } from '../keys/catalog.ts';
import type { Column } from './column.ts';
import { type Dataset, PACKAGING_FREQUENCIES, rowSpanOf, rowSpanWithin, storedColumns } from './dataset.ts';
import { DATASETS, type DatasetId } from './datasets.ts';
import { epochMicroseconds } from '../time/time-input.ts';
import { spanOf } from '../time/utc-date.ts';

const datasets = Object.entries(DATASETS) as [DatasetId, Dataset][];

/** The archive's header words, from Binance's documentation; `!` marks one that is not kept, `?` one that may lack. */
const HEADERS: Record<string, string> = {
  klines: 'open_time open high low close volume close_time quote_volume count taker_buy_volume taker_buy_quote_volume ignore!',
  'spot/aggTrades': 'agg_trade_id price quantity first_trade_id last_trade_id transact_time is_buyer_maker is_best_match',
  aggTrades: 'agg_trade_id price quantity first_trade_id last_trade_id transact_time is_buyer_maker',
  'spot/trades': 'id price qty quote_qty time is_buyer_maker is_best_match',
  'um/trades': 'id price qty quote_qty time is_buyer_maker',
  'cm/trades': 'id price qty base_qty time is_buyer_maker',
  bookTicker: 'update_id best_bid_price best_bid_qty best_ask_price best_ask_qty transaction_time event_time',
  bookDepth: 'timestamp percentage depth notional',
  metrics: 'create_time symbol! sum_open_interest sum_open_interest_value count_toptrader_long_short_ratio sum_toptrader_long_short_ratio count_long_short_ratio sum_taker_long_short_vol_ratio',
  fundingRate: 'calc_time funding_interval_hours last_funding_rate',
  liquidationSnapshot: 'time symbol!? side order_type time_in_force original_quantity price average_price order_status last_fill_quantity accumulated_fill_quantity',
  BVOLIndex: 'calc_time symbol! base_asset quote_asset index_value',
  EOHSummary: 'date hour symbol underlying! type strike open high low close volume_contracts volume_usdt best_bid_price best_ask_price best_bid_qty best_ask_qty best_buy_iv best_sell_iv mark_price mark_iv delta gamma vega theta openinterest_contracts openinterest_usdt',
}; // prettier-ignore

describe('the dataset table', () => {
  it('is filed under the names of its datasets', () => {
    for (const [id, dataset] of datasets) expect(dataset.id).toBe(id);
    expect(() => createCatalog(datasets.map(([, dataset]) => dataset))).not.toThrow();
  });

  it('publishes what the archive does, and nothing else', () => {
    const published = datasets.flatMap(([, { marketType, dataNature, published }]) =>
      PACKAGING_FREQUENCIES.flatMap((packagingFrequency) =>
        published[packagingFrequency].map((interval) =>
          [marketType, dataNature, packagingFrequency, interval].join(' '),
        ),
      ),
    );
    expect(published).toHaveLength(COMBINATION_COUNT);
    expect(new Set(published)).toEqual(
      new Set(
        COMBINATIONS.map((each) =>
          [each.marketType, each.dataNature, each.packagingFrequency, each.interval].join(' '),
        ),
      ),
    );
  });

  it.each(datasets)('has the columns of %s as the archive writes them', (_id, { marketType, dataNature, columns }) => {
    const words = HEADERS[`${marketType}/${dataNature}`] ?? HEADERS[dataNature] ?? HEADERS.klines!;
    const shown = Object.entries(columns).map(
      ([name, column]) => `${name}${column.stored === false ? '!' : ''}${column.optional === true ? '?' : ''}`,
    );
    expect(shown.join(' ')).toBe(words);
  });

  it('keeps 11 columns of klines, and the time and identity of every row', () => {
    expect(storedColumns(DATASETS['binance/spot/klines'])).toHaveLength(11);
    for (const [, dataset] of datasets) {
      expect(storedColumns(dataset)).toEqual(expect.arrayContaining([dataset.timeColumn, ...dataset.identity]));
      expect(dataset.columns[dataset.timeColumn]).toEqual(expect.objectContaining({ type: 'timestamp', unit: 'us' }));
    }
  });

  it('never keeps an optional column, for then files would differ', () => {
    const columns: Column[] = datasets.flatMap(([, { columns }]) => Object.values(columns));
    for (const column of columns) if (column.optional === true) expect(column.stored).toBe(false);
  });

  it('reads each header word in one way', () => {
    for (const [, { columns }] of datasets) {
      const words = Object.entries(columns).flatMap(([name, column]) => [name, ...(column.aliases ?? [])]);
      expect(new Set(words).size).toBe(words.length);
    }
  });

  it('counts volume in contracts where the market does', () => {
    const unit = (id: DatasetId, column: string) => (DATASETS[id] as Dataset).columns[column]!.unit;
    expect(unit('binance/spot/klines', 'volume')).toBe('base');
    expect(unit('binance/spot/klines', 'quote_volume')).toBe('quote');
    expect(unit('binance/um/klines', 'taker_buy_volume')).toBe('base');
    expect(unit('binance/cm/klines', 'volume')).toBe('contracts');
    expect(unit('binance/cm/klines', 'taker_buy_volume')).toBe('contracts');
    expect(unit('binance/cm/klines', 'quote_volume')).toBe('base');
    expect(unit('binance/cm/trades', 'qty')).toBe('contracts');
    expect(unit('binance/cm/trades', 'base_qty')).toBe('base');
    expect(unit('binance/cm/aggTrades', 'quantity')).toBe('contracts');
    expect(unit('binance/um/premiumIndexKlines', 'volume')).toBe('none');
  });

  it('knows the times that rows of a day bear', () => {
    const um = DATASETS['binance/um/metrics'];
    const day = { start: epochMicroseconds('2026-06-24'), end: epochMicroseconds('2026-06-25') };
    expect(rowSpanOf(um, '2026-06-24')).toEqual({ start: day.start, end: day.end + 1n });
    expect(rowSpanOf(um, '2026-06-25')).toEqual(spanOf('2026-06-25'));
    expect(rowSpanOf(DATASETS['binance/cm/metrics'], '2026-06-24')).toEqual(day);
    expect(rowSpanWithin(um, day)).toEqual({ start: day.start + 1n, end: day.end + 1n });
    expect(rowSpanWithin(um, { start: day.start, end: day.end + 1n })).toEqual({ start: day.start + 1n, end: day.end + 1n }); // prettier-ignore
    expect(rowSpanWithin(um, spanOf('2026-06-25'))).toEqual(spanOf('2026-06-25'));
    expect(rowSpanWithin(DATASETS['binance/um/klines'], day)).toEqual(day);
  });

  it('takes no dataset that is labelled otherwise from a day on that does not exist', () => {
    const odd = { ...DATASETS['binance/um/metrics'], labelledByEndBefore: '2026-06-31' };
    expect(() => createCatalog([odd])).toThrow('its labelledByEndBefore "2026-06-31" is not a day');
  });

  it('has its home by the day wherever the archive has days', () => {
    for (const { marketType, dataNature, packagingFrequency, interval } of COMBINATIONS) {
      const dataset = BINANCE.datasetOf(`binance/${marketType}/${dataNature}`);
      const longer = interval === '3d' || interval === '1w' || interval === '1mo' || dataNature === 'fundingRate';
      expect(BINANCE.homeFrequency(dataset, interval as never)).toBe(longer ? 'monthly' : 'daily');
      if (longer) expect(packagingFrequency).toBe('monthly');
    }
  });
});
