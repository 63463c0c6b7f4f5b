import { describe, expect, it } from '@jest/globals';
import { BINANCE, cacheKey } from '@vision-cache/cache-keys';
import { CLOSE_TIME, FLOAT, INT, SKIP, SYMBOL, TIME } from './field-kind.ts';
import { isBars, layoutOf, LONGEST_LINE } from './layout.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const klines = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' });
const month = cacheKey({ symbol: 'BTCUSDT', interval: '1mo', packagingFrequency: 'monthly', date: '2024-01' });
const trades = cacheKey({ dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' });
const metrics = cacheKey({ marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT', date: '2024-01-01' });
const ROW = '1704067200000,1,2,0.5,1,10,1704070799999,10,5,4,4';
const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume';

describe(layoutOf, () => {
  it('reads klines without a header, with the column ignore or without it', () => {
    for (const row of [`${ROW},0`, ROW]) {
      const layout = layoutOf(bytesOf(`${row}\n`), klines);
      expect(layout).toMatchObject({ hasHeader: false, start: 0, rowTimeField: 0, barMicroseconds: 3_600_000_000 });
      expect(layout.unknownColumns).toEqual([]);
      expect(layout.fields.slice(0, 9).map(({ kind, mayBeEmpty }) => [kind, mayBeEmpty])).toEqual([
        [TIME, false],
        [FLOAT, false],
        [FLOAT, false],
        [FLOAT, false],
        [FLOAT, false],
        [FLOAT, true],
        [CLOSE_TIME, false],
        [FLOAT, true],
        [INT, true],
      ]);
    }
  });

  it('has no length of a bar where there is none', () => {
    expect(layoutOf(bytesOf(`${ROW}\n`), month).barMicroseconds).toBeNaN();
    const trade = '1,42000.5,0.1,4200,1704067200000,True,True\n';
    expect(layoutOf(bytesOf(trade), trades).barMicroseconds).toBeNaN();
  });

  it('finds columns by their words, whatever their order, case, quotes and spaces', () => {
    const words =
      'Open_Time," open ",HIGH,low,close,close_time,volume,quoteVolume,new_one,count,takerBuyVolume,taker_buy_quote_volume';
    const layout = layoutOf(bytesOf(`${words}\r\n${ROW}\n`), klines);
    expect(layout.fields.map(({ name }) => name)).toEqual([
      'open_time', 'open', 'high', 'low', 'close', 'close_time', 'volume', 'quote_volume', 'new_one', 'count',
      'taker_buy_volume', 'taker_buy_quote_volume',
    ]); // prettier-ignore
    expect(layout.fields[8]).toEqual({ name: 'new_one', kind: SKIP, mayBeEmpty: true });
    expect(layout).toMatchObject({ hasHeader: true, unknownColumns: ['new_one'], start: words.length + 2 });
  });

  it('starts at the end of a header that no row follows', () => {
    expect(layoutOf(bytesOf(HEADER), klines).start).toBe(HEADER.length);
    expect(layoutOf(bytesOf(`${HEADER}\n`), klines).start).toBe(HEADER.length + 1);
  });

  it('takes a row that begins with a digit or a minus for a row, and anything else for a header', () => {
    for (const first of ['0', '9', '-1']) {
      expect(layoutOf(bytesOf(ROW.replace('1704067200000', first)), klines).hasHeader).toBe(false);
    }
    for (const first of ['/', ':', '+1']) {
      expect(() => layoutOf(bytesOf(ROW.replace('1704067200000', first)), klines)).toThrow('line 1: the header');
    }
  });

  it('compares the symbol of a column that is not kept', () => {
    const { fields } = layoutOf(bytesOf('create_time,symbol,x\n'.replace('x', rest(metrics))), metrics);
    expect(fields[1]).toMatchObject({ name: 'symbol', kind: SYMBOL });
  });

  it.each([
    ['E_CSV_EMPTY', ''],
    ['E_CSV_EMPTY', '\r\n\n'],
    ['E_CSV_FIELDS', '1,2,3\n'],
    ['E_CSV_FIELDS', `${ROW},0,0\n`],
    ['E_CSV_HEADER', `${HEADER.replace('low,', '')}\n`],
    ['E_CSV_HEADER', `${HEADER},low\n`],
    ['E_CSV_HEADER', `close_time,${HEADER.replace('close_time,', '')}\n`],
    ['E_CSV_LINE', '1'.repeat(LONGEST_LINE)],
  ])('refuses with %s: %#', (code, text) => {
    expect(() => layoutOf(bytesOf(text), klines)).toThrow(expect.objectContaining({ code }));
  });

  it('names the column in question, and how many fields there were', () => {
    const detailsOf = (text: string): unknown => {
      try {
        return layoutOf(bytesOf(text), klines);
      } catch (error) {
        return (error as { details: unknown }).details;
      }
    };
    expect(detailsOf(`${HEADER.replace('count,', '')}\n`)).toMatchObject({ column: 'count', line: 1 });
    expect(detailsOf(`${HEADER},low\n`)).toMatchObject({ column: 'low' });
    expect(detailsOf('1,2,3\n')).toMatchObject({ expected: 12, actual: 3, line: 1 });
  });

  it('takes one byte less than the longest line', () => {
    expect(() => layoutOf(bytesOf('1'.repeat(LONGEST_LINE - 1)), klines)).toThrow('has 1 fields');
  });
});

const rest = (key: typeof metrics): string =>
  Object.keys(BINANCE.datasetOf(key).columns)
    .filter((name) => !['create_time', 'symbol'].includes(name))
    .join(',');

describe(isBars, () => {
  it('tells datasets of bars from others', () => {
    expect([isBars(BINANCE.datasetOf(klines)), isBars(BINANCE.datasetOf(trades))]).toEqual([true, false]);
  });
});
