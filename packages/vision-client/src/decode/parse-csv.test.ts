import { describe, expect, it } from '@jest/globals';
import { BINANCE, type CacheKey, cacheKey, type Dataset, epochMicroseconds } from '@vision-cache/cache-keys';
import fc from 'fast-check';
import { isVisionClientError, type VisionClientError } from '../contract/errors.ts';
import { parseCsv } from './parse-csv.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, key: CacheKey) => parseCsv<Dataset>(bytesOf(text), key);
const failing = (act: () => unknown): VisionClientError => {
  try {
    act();
  } catch (error) {
    if (isVisionClientError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const plain = (value: unknown): unknown => (ArrayBuffer.isView(value) ? Array.from(value as never) : value);

const DAY = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' });
const OPEN = 1_704_067_200_000;
const HOUR = 3_600_000;
const bar = (hour: number, rest = '1,3,0.5,2,10', scale = 1): string => {
  const open = (OPEN + hour * HOUR) * scale;
  return `${open},${rest},${open + HOUR * scale - 1},20.5,7,4,8.25,0\n`;
};
const dayOf = (hours = 24): string => Array.from({ length: hours }, (_, hour) => bar(hour)).join('');

describe('parseCsv of klines', () => {
  it('gives typed columns with times in microseconds', () => {
    const { batch, quality } = parse(dayOf(), DAY);
    expect(batch.dataset).toBe('binance/spot/klines');
    expect(Object.keys(batch.columns)).toEqual([
      'open_time', 'open', 'high', 'low', 'close', 'volume', 'close_time', 'quote_volume', 'count', 'taker_buy_volume', 'taker_buy_quote_volume',
    ]); // prettier-ignore
    expect(Object.values(batch.columns).map((column) => column.length)).toEqual(Array(11).fill(24));
    expect(batch.columns['open_time']![1]).toBe(epochMicroseconds('2024-01-01T01:00'));
    expect(batch.columns['close_time']![1]).toBe(epochMicroseconds('2024-01-01T01:59:59.999999'));
    expect(batch.columns['count']![0]).toBe(7n);
    expect(quality).toEqual({
      rows: 24, duplicates: 0, conflicts: 0, unsorted: 0, offGrid: 0, otherDay: 0, ohlcViolations: 0, expectedRows: 24, missingRows: 0,
      missing: [], endsEarly: false, first: epochMicroseconds('2024-01-01'), last: epochMicroseconds('2024-01-01T23:00'), hasHeader: false,
      unknownColumns: [], timeUnit: 'ms',
    }); // prettier-ignore
  });

  it('gives the same rows from milliseconds and microseconds', () => {
    const inMicroseconds = Array.from({ length: 24 }, (_, hour) => bar(hour, undefined, 1000)).join('');
    expect(parse(inMicroseconds, DAY).batch).toEqual(parse(dayOf(), DAY).batch);
    expect(parse(inMicroseconds, DAY).quality.timeUnit).toBe('us');
    expect(parse(bar(0) + bar(1, undefined, 1000), DAY).quality.timeUnit).toBe('mixed');
  });

  it.each([
    'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore',
    'open_time,open,high,low,close,volume,close_time,quote_asset_volume,number_of_trades,taker_buy_base_asset_volume,taker_buy_quote_asset_volume,ignore',
    'Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades,Taker buy base asset volume,Taker buy quote asset volume,Ignore',
  ])('reads below the header %s', (header) => {
    const { batch, quality } = parse(`${header}\n${dayOf()}`, DAY);
    expect(quality.hasHeader).toBe(true);
    expect(batch).toEqual(parse(dayOf(), DAY).batch);
  });

  it('takes columns where the header says they are, and passes over unknown ones', () => {
    const { batch, quality } = parse(
      `volume,open_time,new_thing,open,high,low,close,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume\n` +
        `10,${OPEN},x,1,3,0.5,2,${OPEN + HOUR - 1},20.5,7,4,8.25\n`,
      DAY,
    );
    expect(batch).toEqual(parse(bar(0), DAY).batch);
    expect(quality.unknownColumns).toEqual(['new_thing']);
  });

  it('keeps a close time that is not the end of the bar, as before an outage', () => {
    const early = `${OPEN},1,3,0.5,2,10,${OPEN + 2_381_646},20.5,7,4,8.25,0\n`;
    expect(parse(early, DAY).batch.columns['close_time']![0]).toBe(epochMicroseconds('2024-01-01T00:39:41.646'));
    const atOpen = `${OPEN},1,1,1,1,10,${OPEN},20.5,7,4,8.25,0\n`;
    expect(parse(atOpen, DAY).batch.columns['close_time']![0]).toBe(epochMicroseconds('2024-01-01'));
  });

  it('reads a file without a last line feed, with carriage returns, or with blank lines at its end', () => {
    const { batch } = parse(dayOf(), DAY);
    expect(parse(dayOf().slice(0, -1), DAY).batch).toEqual(batch);
    expect(parse(dayOf().replaceAll('\n', '\r\n'), DAY).batch).toEqual(batch);
    expect(parse(dayOf().replaceAll('\n', '\r\n').slice(0, -2), DAY).batch).toEqual(batch);
    expect(parse(`${dayOf()}\n\r\n`, DAY).batch).toEqual(batch);
    for (const text of [dayOf(), dayOf().slice(0, -1)]) {
      expect(parse(text.replaceAll('\n', '\r\r\n'), DAY).batch).toEqual(batch);
    }
  });

  it('reads bytes that begin anywhere in their buffer', () => {
    const bytes = bytesOf(`xyz${dayOf()}xyz`);
    expect(parseCsv(bytes.subarray(3, -3), DAY).batch).toEqual(parse(dayOf(), DAY).batch);
  });

  it('removes exact repeats and counts them; of two different rows it keeps the first', () => {
    const { batch, quality } = parse(bar(0) + bar(1) + bar(1) + bar(1, '1,3,0.5,2.5,10') + bar(2), DAY);
    expect(quality).toMatchObject({ rows: 3, duplicates: 1, conflicts: 1, unsorted: 0 });
    expect(quality.conflicting).toEqual(
      expect.arrayContaining([expect.objectContaining({ time: expect.any(BigInt) })]),
    );
    expect(quality.conflicting!.every(({ kept, dropped }) => kept !== dropped)).toBe(true);
    expect(plain(batch.columns['close'])).toEqual([2, 2, 2]);
  });

  it('sorts rows and counts those that stood too late', () => {
    const { batch, quality } = parse(bar(0) + bar(2) + bar(1) + bar(3), DAY);
    expect(quality.unsorted).toBe(1);
    expect(plain(batch.columns['open_time'])).toEqual([0, 1, 2, 3].map((hour) => BigInt(OPEN + hour * HOUR) * 1000n));
  });

  it('refuses rows of another day, and a file that has no other', () => {
    expect(parse(bar(-1) + bar(0) + bar(24), DAY).quality).toMatchObject({ rows: 1, otherDay: 2 });
    expect(failing(() => parse(bar(24) + bar(25), DAY)).code).toBe('E_CSV_OTHER_DAY');
  });

  it('tells where bars are missing, and a file that ends early', () => {
    const hours = [1, 2, 5];
    const { quality } = parse(hours.map((hour) => bar(hour)).join(''), DAY);
    const at = (hour: number) => BigInt(OPEN + hour * HOUR) * 1000n;
    expect(quality).toMatchObject({ expectedRows: 24, missingRows: 21, endsEarly: true });
    expect(quality.missing).toEqual([
      { start: at(0), end: at(1) },
      { start: at(3), end: at(5) },
      { start: at(6), end: at(24) },
    ]);
  });

  it('refuses times that a spreadsheet has rounded, and reads exact ones in its notation', () => {
    const [exact, rounded] = [(OPEN / 1e12).toFixed(12) + 'E+12', (OPEN / 1e12).toFixed(5) + 'E+12'];
    expect(plain(parse(bar(0).replace(String(OPEN), exact), DAY).batch.columns['open_time'])).toEqual([
      BigInt(OPEN) * 1000n,
    ]);
    expect(failing(() => parse(bar(0).replace(String(OPEN), rounded), DAY))).toMatchObject({
      code: 'E_CSV_TIME',
      details: { line: 1 },
    });
  });

  it('keeps a bar off the grid, flags it, and takes it for the bar in which it opens', () => {
    const off = bar(1).replace(String(OPEN + HOUR), String(OPEN + HOUR + 1234));
    const { quality } = parse(bar(0) + off + Array.from({ length: 22 }, (_, hour) => bar(hour + 2)).join(''), DAY);
    expect(quality).toMatchObject({ rows: 24, offGrid: 1, missingRows: 0 });
  });

  it('counts bars whose prices contradict each other', () => {
    expect(
      parse(bar(0, '1,3,0.5,4,10') + bar(1, '1,3,1.5,2,10') + bar(2, '1,3,0.5,2,-1') + bar(3), DAY).quality
        .ohlcViolations,
    ).toBe(3);
  });

  it('counts a contradiction once, and none in a row that is not kept', () => {
    const wrong = '1,3,0.5,4,10';
    const text = bar(-1, wrong) + bar(0, wrong) + bar(0, wrong) + bar(1) + bar(1, wrong);
    expect(parse(text, DAY).quality).toMatchObject({
      rows: 2,
      otherDay: 1,
      duplicates: 1,
      conflicts: 1,
      ohlcViolations: 1,
    });
  });

  it('knows the grids of weeks and months', () => {
    const weekly = cacheKey({ symbol: 'BTCUSDT', interval: '1w', packagingFrequency: 'monthly', date: '2024-01' });
    const row = (open: string) => bar(0).replace(String(OPEN), String(Date.parse(open)));
    expect(
      parse(['2024-01-01', '2024-01-08', '2024-01-22', '2024-01-29'].map(row).join(''), weekly).quality,
    ).toMatchObject({ expectedRows: 5, missingRows: 1 });
    const monthly = cacheKey({ symbol: 'BTCUSDT', interval: '1mo', packagingFrequency: 'monthly', date: '2024-01' });
    expect(parse(row('2024-01-01'), monthly).quality).toMatchObject({ expectedRows: 1, missingRows: 0, offGrid: 0 });
  });
});

describe('parseCsv of months', () => {
  it.each([1, 1000])('closes a bar with its last microsecond, in milliseconds and microseconds', (scale) => {
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1mo', packagingFrequency: 'monthly', date: '2024-02' });
    const [open, end] = [Date.UTC(2024, 1), Date.UTC(2024, 2)].map((time) => time * scale);
    const { batch } = parse(`${open},1,3,0.5,2,10,${end! - 1},20.5,7,4,8.25,0\n`, key);
    expect(batch.columns['close_time']![0]).toBe(epochMicroseconds('2024-02-29T23:59:59.999999'));
  });
});

describe('parseCsv of every other nature', () => {
  const key = (marketType: string, dataNature: string, date = '2024-01-01', more = {}): CacheKey =>
    cacheKey({ marketType, dataNature, symbol: 'BTCUSDT', date, ...more } as never);
  const columnsOf = (text: string, of: CacheKey) =>
    Object.fromEntries(Object.entries(parse(text, of).batch.columns).map(([name, column]) => [name, plain(column)]));
  const T = 1_704_067_200_123n;

  it.each([
    [
      'spot',
      'aggTrades',
      `1,42000.5,0.1,2,3,${T},True,False\n`,
      {
        agg_trade_id: [1n],
        price: [42000.5],
        quantity: [0.1],
        first_trade_id: [2n],
        last_trade_id: [3n],
        transact_time: [T * 1000n],
        is_buyer_maker: [1],
        is_best_match: [0],
      },
    ],
    [
      'um',
      'aggTrades',
      `agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n1,42000.5,0.1,2,3,${T},true\n`,
      {
        agg_trade_id: [1n],
        price: [42000.5],
        quantity: [0.1],
        first_trade_id: [2n],
        last_trade_id: [3n],
        transact_time: [T * 1000n],
        is_buyer_maker: [1],
      },
    ],
    [
      'spot',
      'trades',
      `9007199254740993,42000.5,0.1,4200.05,${T}456,False,True\n`,
      {
        id: [9007199254740993n],
        price: [42000.5],
        qty: [0.1],
        quote_qty: [4200.05],
        time: [T * 1000n + 456n],
        is_buyer_maker: [0],
        is_best_match: [1],
      },
    ],
    [
      'um',
      'trades',
      `id,price,qty,quote_qty,time,is_buyer_maker\n1,2,3,6,${T},false\n`,
      { id: [1n], price: [2], qty: [3], quote_qty: [6], time: [T * 1000n], is_buyer_maker: [0] },
    ],
    [
      'cm',
      'trades',
      `id,price,qty,base_qty,time,is_buyer_maker\n1,2,3,6,${T},false\n`,
      { id: [1n], price: [2], qty: [3], base_qty: [6], time: [T * 1000n], is_buyer_maker: [0] },
    ],
    [
      'um',
      'bookTicker',
      `update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n5,1,2,3,4,${T},${T + 7n}\n`,
      {
        update_id: [5n],
        best_bid_price: [1],
        best_bid_qty: [2],
        best_ask_price: [3],
        best_ask_qty: [4],
        transaction_time: [T * 1000n],
        event_time: [(T + 7n) * 1000n],
      },
    ],
    [
      'um',
      'bookDepth',
      'timestamp,percentage,depth,notional\n2024-01-01 00:00:12,-5,1.5,2.5\n2024-01-01 00:00:12,5,1.5,2.5\n',
      {
        timestamp: [1704067212000000n, 1704067212000000n],
        percentage: [-5, 5],
        depth: [1.5, 1.5],
        notional: [2.5, 2.5],
      },
    ],
    [
      'um',
      'metrics',
      'create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio\n2024-01-01 00:05:00,BTCUSDT,71881.0000000000000000,3040566300.1,,"",0E-8,1.5\n',
      {
        create_time: [1704067500000000n],
        sum_open_interest: [71881],
        sum_open_interest_value: [3040566300.1],
        count_toptrader_long_short_ratio: [NaN],
        sum_toptrader_long_short_ratio: [NaN],
        count_long_short_ratio: [0],
        sum_taker_long_short_vol_ratio: [1.5],
      },
    ],
    [
      'um',
      'liquidationSnapshot',
      `time,side,order_type,time_in_force,original_quantity,price,average_price,order_status,last_fill_quantity,accumulated_fill_quantity\n${T},SELL,LIMIT,IOC,1,2,3,FILLED,4,5\n${T},SELL,LIMIT,IOC,1,2,3,FILLED,4,5\n`,
      {
        time: [T * 1000n],
        side: ['SELL'],
        order_type: ['LIMIT'],
        time_in_force: ['IOC'],
        original_quantity: [1],
        price: [2],
        average_price: [3],
        order_status: ['FILLED'],
        last_fill_quantity: [4],
        accumulated_fill_quantity: [5],
      },
    ],
    [
      'um',
      'liquidationSnapshot',
      `${T},BTCUSDT,SELL,LIMIT,IOC,1,2,3,FILLED,4,5\n`,
      {
        time: [T * 1000n],
        side: ['SELL'],
        order_type: ['LIMIT'],
        time_in_force: ['IOC'],
        original_quantity: [1],
        price: [2],
        average_price: [3],
        order_status: ['FILLED'],
        last_fill_quantity: [4],
        accumulated_fill_quantity: [5],
      },
    ],
    [
      'option',
      'EOHSummary',
      `date,hour,symbol,underlying,type,strike,open,high,low,close,volume_contracts,volume_usdt,best_bid_price,best_ask_price,best_bid_qty,best_ask_qty,best_buy_iv,best_sell_iv,mark_price,mark_iv,delta,gamma,vega,theta,openinterest_contracts,openinterest_usdt\n2024-01-01,5,BTC-240101-42000-C,BTCUSDT,C,240101-42000,,,,,0,0,,,1,2,-1,0.5,6.5,0.4,0.01,0.00001,1.5,-3.5,0,0\n`,
      {
        date: [1704067200000000n],
        hour: [5n],
        symbol: ['BTC-240101-42000-C'],
        type: ['C'],
        strike: ['240101-42000'],
        open: [NaN],
        high: [NaN],
        low: [NaN],
        close: [NaN],
        volume_contracts: [0],
        volume_usdt: [0],
        best_bid_price: [NaN],
        best_ask_price: [NaN],
        best_bid_qty: [1],
        best_ask_qty: [2],
        best_buy_iv: [-1],
        best_sell_iv: [0.5],
        mark_price: [6.5],
        mark_iv: [0.4],
        delta: [0.01],
        gamma: [0.00001],
        vega: [1.5],
        theta: [-3.5],
        openinterest_contracts: [0],
        openinterest_usdt: [0],
      },
    ],
  ])('%s %s', (market, nature, text, columns) => {
    expect(columnsOf(text, key(market, nature))).toEqual(columns);
  });

  it('funding rates, BVOL and premium klines', () => {
    const funding = key('um', 'fundingRate', '2024-01', { packagingFrequency: 'monthly' });
    expect(columnsOf(`calc_time,funding_interval_hours,last_funding_rate\n${T},8,-0.00012345\n`, funding)).toEqual({
      calc_time: [T * 1000n],
      funding_interval_hours: [8n],
      last_funding_rate: [-0.00012345],
    });
    const bvol = cacheKey({ marketType: 'option', dataNature: 'BVOLIndex', symbol: 'BTCBVOLUSDT', date: '2024-01-01' });
    expect(
      columnsOf(`calc_time,symbol,base_asset,quote_asset,index_value\n${T},BTCBVOLUSDT,BTC,USDT,55.5\n`, bvol),
    ).toEqual({ calc_time: [T * 1000n], base_asset: ['BTC'], quote_asset: ['USDT'], index_value: [55.5] });
    const premium = key('um', 'premiumIndexKlines', '2024-01-01', { interval: '1h' });
    expect(
      columnsOf(`${OPEN},-0.0004,-0.0002,-0.0005,-0.0003,0,${OPEN + HOUR - 1},0,12,0,0,0\n`, premium),
    ).toMatchObject({ open: [-0.0004], count: [12n] });
  });

  it('refuses the rows of another symbol', () => {
    const of = cacheKey({ marketType: 'option', dataNature: 'BVOLIndex', symbol: 'BTCBVOLUSDT', date: '2024-01-01' });
    expect(failing(() => parse(`${T},ETHBVOLUSDT,BTC,USDT,55.5\n`, of))).toMatchObject({
      code: 'E_CSV_VALUE',
      details: { column: 'symbol', line: 1 },
    });
  });

  it('has a layout for each dataset of the table', () => {
    for (const dataset of BINANCE.datasets) {
      const header = Object.keys(dataset.columns).join(',');
      const frequency = dataset.published.daily.length > 0 ? 'daily' : 'monthly';
      const of = key(dataset.marketType, dataset.dataNature, '2024-01', {
        packagingFrequency: frequency,
        interval: dataset.published[frequency][0],
        ...(frequency === 'daily' ? { date: '2024-01-01' } : {}),
      });
      expect(failing(() => parse(`${header}\n`, of)).code).toBe('E_CSV_EMPTY');
    }
  });
});

describe('parseCsv of a damaged file', () => {
  const withField = (field: number, value: string) => {
    const fields = bar(1).trimEnd().split(',');
    fields[field] = value;
    return `${bar(0)}${fields.join(',')}\n${bar(2)}`;
  };

  it.each([
    ['NUL', withField(1, '1\u00002'), 'E_CSV_VALUE'],
    ['a NUL where nothing is kept', withField(11, '\u0000'), 'E_CSV_VALUE'],
    ['nan', withField(1, 'nan'), 'E_CSV_VALUE'],
    ['NaN', withField(5, 'NaN'), 'E_CSV_VALUE'],
    ['Infinity', withField(5, 'Infinity'), 'E_CSV_VALUE'],
    ['1e400', withField(5, '1e400'), 'E_CSV_VALUE'],
    ['30 digits', withField(5, '9'.repeat(30)), 'E_CSV_VALUE'],
    ['a formula', withField(5, '=1+1'), 'E_CSV_VALUE'],
    ['hexadecimal', withField(5, '0x10'), 'E_CSV_VALUE'],
    ['two points', withField(5, '1.2.3'), 'E_CSV_VALUE'],
    ['only a point', withField(5, '.'), 'E_CSV_VALUE'],
    ['a space', withField(5, '1 2'), 'E_CSV_VALUE'],
    ['an absent price', withField(1, ''), 'E_CSV_VALUE'],
    ['a fractional count', withField(8, '1.5'), 'E_CSV_VALUE'],
    ['a count beyond 64 bits', withField(8, '99999999999999999999'), 'E_CSV_VALUE'],
    ['a missing field', `${bar(0)}${bar(1).replace(',7,', ',')}${bar(2)}`, 'E_CSV_FIELDS'],
    ['a field too many', withField(11, '0,0'), 'E_CSV_FIELDS'],
    ['an empty line', `${bar(0)}\n${bar(1)}`, 'E_CSV_FIELDS'],
    ['a time in seconds', withField(0, '1704070800'), 'E_CSV_TIME'],
    ['a time in nanoseconds', withField(0, '1704070800000000000'), 'E_CSV_TIME'],
    ['a 10 MB line', `${bar(0)}${'1'.repeat(10_000_000)}\n`, 'E_CSV_LINE'],
  ])('%s is refused with its line', (_, text, code) => {
    const error = failing(() => parse(text, DAY));
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject({ name: 'BTCUSDT-1h-2024-01-01.csv', line: 2 });
    expect(error.message.length).toBeLessThan(300);
  });

  it.each([
    ['a byte order mark', `\ufeff${bar(0)}`, 'E_CSV_HEADER'],
    ['HTML', '<!DOCTYPE html>\n<html>\n', 'E_CSV_HEADER'],
    ['a header without a column', 'open_time,open,high\n1,2,3\n', 'E_CSV_HEADER'],
    ['a file of something else', '1,2,3\n', 'E_CSV_FIELDS'],
    ['one 10 MB line', '1'.repeat(10_000_000), 'E_CSV_LINE'],
  ])('%s is refused at line 1', (_, text, code) => {
    expect(failing(() => parse(text, DAY))).toMatchObject({ code, details: { line: 1 } });
  });

  it.each([
    '',
    '\n',
    '\r\n\n',
    'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n',
  ])('a file without rows is refused: %j', (text) => expect(failing(() => parse(text, DAY)).code).toBe('E_CSV_EMPTY'));

  it('never throws anything but its own error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(100), (noise, at) => {
        const bytes = bytesOf(dayOf(4));
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
        try {
          parseCsv(bytes, DAY);
        } catch (error) {
          if (!isVisionClientError(error)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseCsv is exact', () => {
  const column = (values: readonly string[], extra = ''): Float64Array => {
    const key = cacheKey({ marketType: 'um', dataNature: 'bookTicker', symbol: 'BTCUSDT', date: '2024-01-01' });
    const text = values.map((value, id) => `${id},${value},1,1,1,${OPEN},${OPEN}${extra}\n`).join('');
    return parse(text, key).batch.columns['best_bid_price'] as Float64Array;
  };
  const expectExact = (values: string[]) => {
    const numbers = column(values);
    values.forEach((value, index) => {
      if (!Object.is(numbers[index], Number(value)))
        throw new Error(`${value}: ${numbers[index]} is not ${Number(value)}`);
    });
  };

  it('for numbers that are hard to round', () => {
    expectExact([
      '118661604939.99255335', '314039713035.00000000', '9007199254740993', '9007199254740992.5', '9007199254740991.49999999', '0.1', '0.30000000000000004',
      '4503599627370496.5', '4503599627370497.5', '4503599627370495.25', '1152921504606846.97600000', '2251799813685248.12500000', '2251799813685248.37500000',
      '0.000000000000000000000001', '123456789012345.123456789', '-0.0', '-0.00000001', '00012.50', '7.', '.5', '1e-8', '0E-8', '2.5E3', '1.7976931348623157e308',
      '5e-324', '999999999999999.999999999999999', '72057594037927.94500000', '72057594037927.93600000', '8589934592.49999999', '16777216.99999999',
    ]); // prettier-ignore
  });

  it('for every decimal that an archive could hold', () => {
    const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
    const decimal = fc
      .tuple(fc.constantFrom('', '-'), digits(16), fc.option(digits(13), { nil: undefined }))
      .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}`);
    fc.assert(fc.property(fc.array(decimal, { minLength: 1, maxLength: 50 }), expectExact), { numRuns: 1000 });
  });

  it('near the middle between two numbers, where a sum could round the wrong way', () => {
    const near = fc
      .tuple(fc.integer({ min: 1, max: 2 ** 26 }), fc.integer({ min: 28, max: 52 }), fc.integer({ min: -3, max: 3 }))
      .map(([odd, exponent, step]) => {
        const value = BigInt(odd) * 2n + 1n;
        const scaled = ((value << BigInt(exponent)) * 100_000_000n) / (1n << 27n) + BigInt(step);
        const text = scaled.toString().padStart(9, '0');
        return `${text.slice(0, -8)}.${text.slice(-8)}`;
      });
    fc.assert(
      fc.property(
        fc.array(
          near.filter((text) => text.length < 29),
          { minLength: 1, maxLength: 50 },
        ),
        expectExact,
      ),
      { numRuns: 1000 },
    );
  });
});

describe('rows that bear the end of what they tell of', () => {
  const day = (date: string, marketType = 'um') =>
    cacheKey({ marketType, dataNature: 'metrics', symbol: 'BTCUSDT', date } as never) as CacheKey;
  const lines = (...times: string[]) => times.map((time) => `${time},BTCUSDT,1,2,3,4,5,6\n`).join('');
  const timesOf = (text: string, key: CacheKey) => {
    const { batch, quality } = parse(text, key);
    return [...(batch.columns['create_time'] as BigInt64Array)]
      .map(String)
      .concat(`${quality.otherDay} of another day`);
  };
  const at = (time: string) => String(epochMicroseconds(time));

  it('are of the day before where they bear its end, in no other market and for no longer than that', () => {
    const text = lines('2026-06-24 00:05:00', '2026-06-25 00:00:00');
    const both = [at('2026-06-24T00:05'), at('2026-06-25T00:00'), '0 of another day'];
    expect(timesOf(text, day('2026-06-24'))).toEqual(both);
    expect(timesOf(text, day('2026-06-24', 'cm'))).toEqual([both[0], '1 of another day']);
    expect(timesOf(lines('2026-06-25 00:00:00', '2026-06-26 00:00:00'), day('2026-06-25'))).toEqual([
      at('2026-06-25T00:00'),
      '1 of another day',
    ]);
    expect(timesOf(lines('2026-06-24 00:05:00', '2026-06-25 00:05:00'), day('2026-06-24'))).toEqual([
      both[0],
      '1 of another day',
    ]);
  });
});
